const offset = 14_695_981_039_346_656_037n
const prime = 1_099_511_628_211n
const mask = (1n << 64n) - 1n

/** The fingerprint Alertmanager gives these labels (prometheus/common model.LabelSet.Fingerprint: FNV-1a over sorted pairs). */
export function fingerprintOf(labels: Record<string, string>): string {
  const bytes = Object.keys(labels)
    .map((name) => ({ name, bytes: Buffer.from(name) }))
    .sort((left, right) => Buffer.compare(left.bytes, right.bytes))
    .flatMap(({ name, bytes }) => [...bytes, 255, ...Buffer.from(labels[name]!), 255])
  const hash = bytes.reduce((sum, byte) => ((sum ^ BigInt(byte)) * prime) & mask, offset)
  return hash.toString(16).padStart(16, '0')
}

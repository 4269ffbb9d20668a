const SUFFIXES: Record<string, number> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
}

/** The value of a Kubernetes quantity ("500m", "2Gi", 8) in its base unit; NaN when it is not one. */
export function quantity(text: unknown): number {
  if (typeof text === 'number') return text
  const match = /^([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/.exec(String(text))
  return match ? Number(match[1]) * SUFFIXES[match[2] ?? '']! : Number.NaN
}

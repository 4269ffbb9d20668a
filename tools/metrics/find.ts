/** What people say, and what metric names say instead. */
const spoken: Record<string, string[]> = {
  ttft: ['time', 'first', 'token'],
  itl: ['inter', 'token', 'latency'],
  tpot: ['time', 'output', 'token'],
  kv: ['cache', 'kv'],
  vram: ['fb'],
  temperature: ['temp', 'celsius'],
  power: ['power', 'watts'],
  utilisation: ['util', 'usage'],
  utilization: ['util', 'usage'],
  latency: ['latency', 'duration', 'seconds'],
  duration: ['duration', 'latency', 'seconds'],
  errors: ['error', 'failed', 'errors'],
  queue: ['waiting', 'queue', 'pending'],
  throughput: ['tokens', 'requests', 'throughput', 'total'],
  memory: ['memory', 'mem', 'bytes', 'fb'],
  ram: ['memory', 'mem'],
  network: ['network', 'receive', 'transmit'],
  disk: ['disk', 'filesystem'],
  restarts: ['restarts', 'restart'],
  nvlink: ['nvlink'],
  gpu: ['gpu', 'dcgm'],
}

export interface Candidate {
  name: string
  help?: string | undefined
}

/** How well a metric answers the words; 0 where any word finds nothing. Words of the name count more than its help. */
export function score({ name, help = '' }: Candidate, text: string): number {
  const words = text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
  const parts = new Set(name.toLowerCase().split(/[^a-z0-9]+/))
  const described = help.toLowerCase()
  if (name.toLowerCase() === text.toLowerCase().trim()) return 1000
  let total = 0
  for (const word of words) {
    const meant = [word, ...(spoken[word] ?? [])]
    // A spoken word such as TTFT stands for all of its parts together.
    const together = spoken[word]?.length === 3 && spoken[word].every((part) => parts.has(part))
    const best = Math.max(
      together ? 12 : 0,
      ...meant.map((one, index) => {
        const own = index === 0 ? 1 : 0.6
        if (parts.has(one)) return 10 * own
        if (name.toLowerCase().includes(one) && one.length > 2) return 6 * own
        return described.includes(one) && one.length > 2 ? 3 * own : 0
      }),
    )
    if (best === 0) return 0
    total += best
  }
  // Of two that fit alike the shorter name says it more directly.
  return total - parts.size * 0.1
}

/** Compares two answers of the Prometheus API. */

export interface ApiAnswer {
  status: number
  body: unknown
}

export async function ask(url: string): Promise<ApiAnswer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(20_000) })
  const text = await response.text()
  try {
    return { status: response.status, body: JSON.parse(text) }
  } catch {
    return { status: response.status, body: text }
  }
}

const relativeTolerance = 1e-9

function closeEnough(a: string, b: string): boolean {
  const x = Number(a.replace('Inf', 'Infinity'))
  const y = Number(b.replace('Inf', 'Infinity'))
  if (a === b || (Number.isNaN(x) && Number.isNaN(y))) return true
  return Math.abs(x - y) <= relativeTolerance * Math.max(Math.abs(x), Math.abs(y))
}

type Point = [number, string]
interface Item {
  metric: Record<string, string>
  value?: Point
  values?: Point[]
}
interface Data {
  resultType: string
  result: Item[] | Point
}

const key = (item: Item) => JSON.stringify(Object.entries(item.metric).sort())

function pointDifferences(where: string, a: Point[], b: Point[]): string[] {
  if (a.length !== b.length) return [`${where}: ${a.length} points, ours ${b.length}`]
  return a.flatMap(([time, value], index) => {
    const [ourTime, ourValue] = b[index] as Point
    if (time !== ourTime) return [`${where}: at ${time}, ours at ${ourTime}`]
    return closeEnough(value, ourValue) ? [] : [`${where} at ${time}: ${value}, ours ${ourValue}`]
  })
}

function resultDifferences(real: Data, ours: Data): string[] {
  if (real.resultType !== ours.resultType) return [`${real.resultType}, ours ${ours.resultType}`]
  if (real.resultType === 'scalar') return pointDifferences('scalar', [real.result as Point], [ours.result as Point])
  if (real.resultType === 'string') return JSON.stringify(real) === JSON.stringify(ours) ? [] : ['string differs']
  const theirItems = real.result as Item[]
  const ourItems = new Map((ours.result as Item[]).map((item) => [key(item), item]))
  const found = theirItems.flatMap((item) => {
    const our = ourItems.get(key(item))
    if (!our) return [`ours lacks ${key(item)}`]
    return pointDifferences(key(item), item.values ?? [item.value as Point], our.values ?? [our.value as Point])
  })
  const known = new Set(theirItems.map(key))
  for (const extra of ourItems.keys()) if (!known.has(extra)) found.push(`ours adds ${extra}`)
  return found
}

const isResult = (data: unknown): data is Data => typeof data === 'object' && data !== null && 'resultType' in data

function position(message: string): string | undefined {
  return /(\d+:\d+): parse error/.exec(message)?.[1]
}

/** What differs, in words; empty when the answers agree. Error texts may differ, their positions may not. */
export function differences(real: ApiAnswer, ours: ApiAnswer): string[] {
  if (real.status !== ours.status) {
    return [
      `status ${real.status}, ours ${ours.status}: ${JSON.stringify(real.body).slice(0, 200)} / ${JSON.stringify(ours.body).slice(0, 200)}`,
    ]
  }
  const their = real.body as { status?: string; data?: unknown; errorType?: string; error?: string }
  const our = ours.body as typeof their
  if (their.status !== our.status || their.errorType !== our.errorType)
    return [`${their.errorType}, ours ${our.errorType}`]
  if (their.status === 'error') {
    const at = position(their.error ?? '')
    const ourAt = position(our.error ?? '')
    return at === ourAt ? [] : [`position ${at}, ours ${ourAt}: ${their.error} / ${our.error}`]
  }
  if (isResult(their.data) && isResult(our.data)) return resultDifferences(their.data, our.data)
  const same = JSON.stringify(sorted(their.data)) === JSON.stringify(sorted(our.data))
  return same ? [] : [`${JSON.stringify(their.data).slice(0, 300)}, ours ${JSON.stringify(our.data).slice(0, 300)}`]
}

function sorted(data: unknown): unknown {
  if (Array.isArray(data)) return data.map(sorted)
  if (typeof data !== 'object' || data === null) return data
  return Object.fromEntries(Object.entries(data).sort())
}

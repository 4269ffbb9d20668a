/** The times a person may choose with one click; any other whole number with s, m, h, d or w can be typed. */
export const ranges = ['15m', '1h', '6h', '24h', '7d'] as const
export const defaultRange = '1h'

const unitSeconds: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }
const longestSeconds = 400 * 86_400

/** Seconds of `90m`; undefined where it is no such text. */
export function rangeSeconds(text: string): number | undefined {
  const found = /^([1-9]\d{0,5})([smhdw])$/.exec(text)
  if (!found) return undefined
  const seconds = Number(found[1]) * unitSeconds[found[2]!]!
  return seconds >= 60 && seconds <= longestSeconds ? seconds : undefined
}

/** What the bar above the cards says: it is in the address, so a link shows the same. */
export interface Scope {
  range: string
  /** Empty: all */
  clusters: readonly string[]
}

export function scopeOf(search: Pick<URLSearchParams, 'get'>): Scope {
  const range = search.get('range') ?? ''
  return {
    range: rangeSeconds(range) === undefined ? defaultRange : range,
    clusters: (search.get('clusters') ?? '').split(',').filter(Boolean),
  }
}

interface Timed {
  /** The card's time follows the bar */
  timed: boolean
}
export type Call = { input: Record<string, unknown> } & Timed

/** Tools that mean something else by the time they take. */
const periods = ['1h', '6h', '24h', '7d', '30d']
const longestOf: Record<string, number> = { check_gpu_health: 7 * 86_400 }
/** A point in time, and not how far back */
const instants = new Set(['get_audit_log'])
/** Without a time it shows this moment, and stays so */
const nowUnlessAsked = new Set(['query_metrics', 'get_pod_logs', 'get_deployment_logs'])

/**
 * The pinned call over the time and the clusters that are chosen. `left-out`: it is about clusters that are not chosen.
 * @param takes names of the arguments of the tool
 */
export function callWithin(
  { tool, input }: { tool: string; input: Record<string, unknown> },
  { range, clusters }: Scope,
  { takes, nowMs }: { takes: ReadonlySet<string>; nowMs: number },
): Call | 'left-out' {
  const next: Record<string, unknown> = { ...input }
  if (clusters.length > 0) {
    const own = Array.isArray(input.clusters) ? (input.clusters as string[]) : undefined
    if (typeof input.cluster === 'string' && !clusters.includes(input.cluster)) return 'left-out'
    if (takes.has('clusters')) {
      const both = own && own.length > 0 ? own.filter((name) => clusters.includes(name)) : [...clusters]
      if (both.length === 0) return 'left-out'
      next.clusters = both
    }
  }
  const asked = 'since' in input || 'start' in input
  if (takes.has('period')) {
    next.period = nearestPeriod(range)
    return { input: next, timed: true }
  }
  if (!takes.has('since') || (nowUnlessAsked.has(tool) && !asked)) return { input: next, timed: false }
  for (const name of ['start', 'end', 'step']) delete next[name]
  const seconds = Math.min(rangeSeconds(range) ?? 3_600, longestOf[tool] ?? longestSeconds)
  next.since = instants.has(tool)
    ? new Date(nowMs - seconds * 1_000).toISOString()
    : seconds === rangeSeconds(range)
      ? range
      : `${Math.floor(seconds / 86_400)}d`
  return { input: next, timed: true }
}

const nearestPeriod = (range: string): string => {
  const wanted = rangeSeconds(range) ?? 3_600
  return periods.find((period) => rangeSeconds(period)! >= wanted) ?? periods.at(-1)!
}

import type { Series } from '#contract'
import type { PrometheusResult, Sample } from '../clients/prometheus/types.ts'
import { type Fold, foldSamples, numberOf } from './fold.ts'
import { namer } from './series-names.ts'
import { chartPoints, statisticsOf, thin } from './statistics.ts'

export type Aggregate = 'merge' | Fold

interface Raw {
  cluster: string
  metric: Record<string, string>
  values: Sample[]
}

export interface Combined {
  /** Highest last value first */
  series: Series[]
  /** Series there are; those beyond `mostSeries` are left out */
  total: number
}

/** Series of one answer at most; all of them together have at most `mostPoints`. */
export const mostSeries = 200
const mostPoints = 24_000
const leastPoints = 60

export interface Combining {
  aggregate: Aggregate
  /** Labels as they may be shown; asked for the series that stay only */
  redact?: <T>(value: T) => T
}

/** Series of all clusters: kept apart, or those with the same labels made one (MET-013). */
export function combine(
  results: readonly { cluster: string; value: PrometheusResult }[],
  { aggregate, redact = (value) => value }: Combining,
): Combined {
  const raw: Raw[] = []
  for (const { cluster, value } of results)
    for (const { metric, values } of value.series) raw.push({ cluster, metric, values })
  const instant = results.every(({ value }) => value.resultType !== 'matrix')
  const joined = aggregate === 'merge' ? raw : grouped(raw).map((group) => fold(group, aggregate, instant))
  const kept = top(joined).map((one) => ({ ...one, metric: redact(one.metric) }))
  const name = namer(kept)
  const points = Math.max(leastPoints, Math.min(chartPoints, Math.floor(mostPoints / Math.max(1, kept.length))))
  return { series: kept.map((one) => seriesOf(one, name(one), points)), total: joined.length }
}

/** The series with the highest last value; those whose last is no number come last, equal ones as they came. */
function top(all: Raw[]): Raw[] {
  const ranked = all.map((one) => {
    const last = one.values.at(-1)
    const value = last === undefined ? Number.NaN : numberOf(last[1])
    return { one, rank: Number.isFinite(value) ? value : Number.NEGATIVE_INFINITY }
  })
  // Two infinities differ by NaN
  ranked.sort((left, right) => (left.rank === right.rank ? 0 : right.rank - left.rank))
  return ranked.slice(0, mostSeries).map(({ one }) => one)
}

const idOf = (one: Raw) => `${one.cluster} ${labelKey(one.metric)}`

const labelKey = (metric: Record<string, string>) =>
  JSON.stringify(Object.entries(metric).sort(([left], [right]) => (left < right ? -1 : 1)))

function grouped(raw: Raw[]): Raw[][] {
  const groups = new Map<string, Raw[]>()
  for (const one of raw) {
    const key = labelKey(one.metric)
    const group = groups.get(key)
    if (group) group.push(one)
    else groups.set(key, [one])
  }
  return [...groups.values()]
}

function fold(group: Raw[], how: Fold, instant: boolean): Raw {
  const names = [...new Set(group.map((one) => one.cluster))]
  return {
    cluster: names.length === 1 ? names[0]! : `${how} of ${names.length} clusters`,
    metric: group[0]!.metric,
    values: foldSamples(
      group.map(({ values }) => values),
      how,
      instant,
    ),
  }
}

const seriesOf = (one: Raw, name: string, points: number): Series => ({
  id: idOf(one),
  name,
  cluster: one.cluster,
  metric: one.metric,
  values: thin(one.values, points),
  points: one.values.length,
  ...statisticsOf(one.values),
})

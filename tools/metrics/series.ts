import type { Series } from '#contract'
import type { PrometheusResult, Sample } from '../clients/prometheus/types.ts'
import { cell } from '../text.ts'
import { chartPoints } from './service.ts'

export type Aggregate = 'merge' | 'sum' | 'avg' | 'max' | 'min'

interface Raw {
  cluster: string
  metric: Record<string, string>
  values: Sample[]
}

/** Series of all clusters: kept apart, or those with the same labels made one (MET-013). Highest last value first. */
export function combine(
  results: readonly { cluster: string; value: PrometheusResult }[],
  aggregate: Aggregate,
): Series[] {
  const raw = results.flatMap(({ cluster, value }) => value.series.map((one) => ({ cluster, ...one })))
  const joined = aggregate === 'merge' ? raw : [...grouped(raw).values()].map((group) => fold(group, aggregate))
  const name = namer(joined)
  const series = joined.map((one) => seriesOf(one, name(one)))
  return series.sort((left, right) => rank(right) - rank(left) || (left.id < right.id ? -1 : 1))
}

const rank = (one: Series) => one.last ?? Number.NEGATIVE_INFINITY

const labelKey = (metric: Record<string, string>) =>
  JSON.stringify(Object.entries(metric).sort(([left], [right]) => (left < right ? -1 : 1)))

function grouped(raw: Raw[]): Map<string, Raw[]> {
  const groups = new Map<string, Raw[]>()
  for (const one of raw) {
    const key = labelKey(one.metric)
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  return groups
}

/** At each moment over the clusters that have a value there. */
function fold(group: Raw[], aggregate: Exclude<Aggregate, 'merge'>): Raw {
  const at = new Map<number, number[]>()
  for (const { values } of group)
    for (const [time, value] of values) at.set(time, [...(at.get(time) ?? []), Number(value)])
  const values = [...at]
    .sort(([left], [right]) => left - right)
    .map(([time, numbers]): Sample => [time, wireNumber(reduce(numbers, aggregate))])
  const names = [...new Set(group.map((one) => one.cluster))]
  return {
    cluster: names.length === 1 ? names[0]! : `${aggregate} of ${names.length} clusters`,
    metric: group[0]!.metric,
    values,
  }
}

function reduce(numbers: number[], aggregate: Exclude<Aggregate, 'merge'>): number {
  if (aggregate === 'max') return Math.max(...numbers)
  if (aggregate === 'min') return Math.min(...numbers)
  const sum = numbers.reduce((total, number) => total + number, 0)
  return aggregate === 'sum' ? sum : sum / numbers.length
}

/** Prometheus' spelling. */
const wireNumber = (value: number): string => {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}
const number = (text: string): number =>
  text === '+Inf' || text === 'Inf'
    ? Number.POSITIVE_INFINITY
    : text === '-Inf'
      ? Number.NEGATIVE_INFINITY
      : Number(text)

/** Labels that mean something to people come first, addresses and serial numbers last. */
const familiar = ['model_name', 'model', 'deployment', 'service', 'namespace', 'pod', 'node', 'gpu', 'job', 'phase']
const unfamiliar = ['uuid', 'UUID', 'pci_bus_id', 'endpoint', 'instance', 'pod_ip', 'uid', 'container_id', 'id']
const familiarity = (key: string): number =>
  familiar.includes(key)
    ? familiar.indexOf(key)
    : familiar.length + (unfamiliar.includes(key) ? 1 + unfamiliar.indexOf(key) : 0)

/**
 * Names a series by its cluster, where there are several, and by as few labels as tell it from the others: those that people know first.
 * A label that repeats the cluster is left out.
 */
function namer(all: Raw[]): (one: Raw) => string {
  const severalClusters = new Set(all.map((one) => one.cluster)).size > 1
  const labelOf = (one: Raw, key: string) => (one.metric[key] === one.cluster ? undefined : one.metric[key])
  const groups = (keys: readonly string[]) =>
    new Set(all.map((one) => JSON.stringify([one.cluster, ...keys.map((key) => labelOf(one, key) ?? null)]))).size
  const differs = (key: string) => new Set(all.map((one) => one.metric[key])).size > 1
  const keys = [...new Set(all.flatMap((one) => Object.keys(one.metric)))].filter(differs)
  keys.sort((left, right) => familiarity(left) - familiarity(right))
  // The name of the metric is what people look for first, where several are asked for
  if (keys.includes('__name__')) keys.unshift(...keys.splice(keys.indexOf('__name__'), 1))
  // Even where the cluster alone tells them apart, what is measured has a name
  const chosen = keys.filter((key) => key === '__name__' || familiar.includes(key)).slice(0, 1)
  for (const key of keys) {
    if (chosen.includes(key)) continue
    if (groups([...chosen, key]) > groups(chosen)) chosen.push(key)
  }
  return (one) => {
    const parts = chosen.flatMap((key) => {
      const value = labelOf(one, key)
      return value ? [cell(value, 60)] : []
    })
    if (parts.length === 0 && one.metric.__name__) parts.push(one.metric.__name__)
    if (severalClusters) parts.unshift(one.cluster)
    return parts.join(' · ') || 'value'
  }
}

function seriesOf(one: Raw, name: string): Series {
  const finite = one.values.map(([, value]) => number(value)).filter(Number.isFinite)
  const last = one.values.at(-1)
  const lastNumber = last && number(last[1])
  return {
    id: `${one.cluster} ${labelKey(one.metric)}`,
    name,
    cluster: one.cluster,
    metric: one.metric,
    values: thin(one.values),
    points: one.values.length,
    ...(lastNumber !== undefined && Number.isFinite(lastNumber) && { last: lastNumber }),
    ...(finite.length > 0 && {
      min: finite.reduce((least, value) => Math.min(least, value)),
      avg: finite.reduce((sum, value) => sum + value, 0) / finite.length,
      max: finite.reduce((most, value) => Math.max(most, value)),
    }),
  }
}

/**
 * At most what a chart shows. Each bucket of neighbours keeps its lowest and its highest point, so that a spike stays
 * visible; the first and the last point always stay.
 */
export function thin(values: readonly Sample[]): Sample[] {
  if (values.length <= chartPoints) return [...values]
  const inner = values.slice(1, -1)
  const buckets = (chartPoints - 2) / 2
  const kept: Sample[] = [values[0]!]
  for (let bucket = 0; bucket < buckets; bucket++) {
    const part = inner.slice(
      Math.floor((bucket * inner.length) / buckets),
      Math.floor(((bucket + 1) * inner.length) / buckets),
    )
    const byValue = [...part].sort((left, right) => number(left[1]) - number(right[1]))
    const ends = [byValue[0], byValue.at(-1)].filter((sample) => sample !== undefined)
    kept.push(...[...new Set(ends)].sort((left, right) => left[0] - right[0]))
  }
  return [...kept, values.at(-1)!]
}

/** Labels as PromQL writes them, values cut, only those named; nothing where there are none. */
export const labelsText = (metric: Record<string, string>, keys: readonly string[]): string =>
  !keys.some((key) => metric[key] !== undefined)
    ? ''
    : `{${keys.flatMap((key) => (metric[key] === undefined ? [] : [`${key}="${cell(metric[key], 60).replaceAll('"', "'")}"`])).join(', ')}}`

/** Labels that all series share, and those in which they differ. */
export function splitLabels(series: readonly { metric: Record<string, string> }[]): {
  same: string[]
  varying: string[]
} {
  const keys = [...new Set(series.flatMap((one) => Object.keys(one.metric)))].sort()
  const same = keys.filter(
    (key) => series.length > 1 && series.every((one) => one.metric[key] === series[0]!.metric[key]),
  )
  return { same, varying: keys.filter((key) => !same.includes(key)) }
}

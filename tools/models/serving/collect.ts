import type { PrometheusResult } from '../../clients/prometheus/types.ts'
import { type Counter, counters, type Gauge, gauges, type Histogram, histograms, type Source } from './names.ts'
import type { Owner } from './owner.ts'
import { type Buckets, boundOf, merged, quantile } from './quantile.ts'

/** What was measured of one deployment, whatever engine it runs. Seconds, ratios 0–1, rates per second; absent: not measured. */
export interface Measured {
  key: string
  namespace: string
  name: string
  models: string[]
  source: Source
  pods: number
  requestsPerSecond?: number
  errorsPerSecond?: number
  rejectedPerSecond?: number
  running?: number
  waiting?: number
  /** Per second, of the fitted line */
  waitingGrowth?: number
  tokensInPerSecond?: number
  tokensOutPerSecond?: number
  preemptionsPerSecond?: number
  /** Of the fullest pod */
  kvUsage?: number
  /** Pods whose cache is as good as full */
  fullPods: number
  prefixHits?: number
  ttft: Quantiles
  itl: Quantiles
  e2e: Quantiles
  queue: Quantiles
}

export interface Quantiles {
  p50?: number
  p95?: number
  p99?: number
}

/** From here on a KV cache has no room for another sequence. */
export const fullFrom = 0.95

type Labels = Record<string, string>
interface Entry {
  owner: Pick<Owner<never>, 'key' | 'namespace' | 'name'>
  models: Set<string>
  pods: Set<string>
  /** `running/0` → values of its pods */
  gauges: Map<string, number[]>
  counters: Map<string, number>
  buckets: Map<string, Buckets>
}

const placesOf = new Map<string, string>(
  Object.entries(gauges).flatMap(([gauge, list]) =>
    list.map(({ name }, index): [string, string] => [name, `${gauge}/${index}`]),
  ),
)

/** The answers of the three questions put together by whose they are. */
export function collect(
  answers: { now: PrometheusResult; counted: PrometheusResult; buckets: PrometheusResult },
  ownerOf: (labels: Labels) => Entry['owner'],
): Measured[] {
  const entries = new Map<string, Entry>()
  const entryOf = (labels: Labels): Entry => {
    const owner = ownerOf(labels)
    const known = entries.get(owner.key)
    const entry = known ?? {
      owner,
      models: new Set(),
      pods: new Set(),
      gauges: new Map(),
      counters: new Map(),
      buckets: new Map(),
    }
    entries.set(owner.key, entry)
    const model = labels.model_name ?? labels.model
    if (model) entry.models.add(model)
    return entry
  }
  for (const [labels, value] of samplesOf(answers.now)) {
    const place = placesOf.get(labels.__name__ ?? '')
    if (!place) continue
    const entry = entryOf(labels)
    const values = entry.gauges.get(place) ?? []
    values.push(value)
    entry.gauges.set(place, values)
    if (labels.pod) entry.pods.add(labels.pod)
  }
  for (const [{ measure = '', ...labels }, value] of samplesOf(answers.counted)) {
    const entry = entryOf(labels)
    entry.counters.set(measure, (entry.counters.get(measure) ?? 0) + value)
  }
  const single = new Map<string, { entry: Entry; measure: string; buckets: Buckets }>()
  for (const [{ measure = '', le, ...labels }, value] of samplesOf(answers.buckets)) {
    const id = JSON.stringify([measure, labels])
    const one = single.get(id) ?? { entry: entryOf(labels), measure, buckets: new Map() }
    one.buckets.set(boundOf(le), value)
    single.set(id, one)
  }
  for (const { entry, measure, buckets } of single.values())
    entry.buckets.set(measure, merged(entry.buckets.get(measure), buckets))
  return [...entries.values()].flatMap((entry) => measuredOf(entry) ?? [])
}

function* samplesOf(result: PrometheusResult): Generator<[Labels, number]> {
  for (const { metric, values } of result.series) {
    const value = Number(values.at(-1)?.[1] ?? 'NaN')
    if (Number.isFinite(value)) yield [metric, value]
  }
}

/** The first name that has anything above nothing, else the first that is there. */
function first<T>(count: number, read: (index: number) => T | undefined, isSome: (value: T) => boolean) {
  const found = Array.from({ length: count }, (_, index) => ({ index, value: read(index) })).filter(
    (one): one is { index: number; value: T } => one.value !== undefined,
  )
  return found.find(({ value }) => isSome(value)) ?? found[0]
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
const isAbove = (value: number) => value > 0

function measuredOf(entry: Entry): Measured | undefined {
  const gauge = (name: Gauge, fold: (values: readonly number[]) => number) =>
    first(
      gauges[name].length,
      (index) => {
        const values = entry.gauges.get(`${name}/${index}`)
        return values && fold(values)
      },
      isAbove,
    )
  const counter = (name: Counter) =>
    first(counters[name].length, (index) => entry.counters.get(`${name}/${index}`), isAbove)
  const spread = (name: Histogram): { index?: number; quantiles: Quantiles } => {
    const found = first(
      histograms[name].length,
      (index) => entry.buckets.get(`${name}/${index}`),
      (buckets) => quantile(buckets, 0.5) !== undefined,
    )
    if (!found) return { quantiles: {} }
    const at = (key: keyof Quantiles, of: number) => {
      const value = quantile(found.value, of)
      return value === undefined ? {} : { [key]: value }
    }
    return { index: found.index, quantiles: { ...at('p50', 0.5), ...at('p95', 0.95), ...at('p99', 0.99) } }
  }
  const running = gauge('running', sum)
  const waiting = gauge('waiting', sum)
  const kv = gauge('kvUsage', (values) => Math.max(...values))
  const kvPods = kv ? (entry.gauges.get(`kvUsage/${kv.index}`) ?? []) : []
  const queries = counter('prefixQueries')?.value
  const rate = gauge('hitRate', (values) => sum(values) / values.length)?.value
  const prefixHits = queries ? (counter('prefixHits')?.value ?? 0) / queries : rate
  const ttft = spread('ttft')
  const requests = counter('requests')
  const source = sourceOf([running && gauges.running[running.index], kv && gauges.kvUsage[kv.index]], requests?.index)
  if (!source) return undefined
  const growth = waiting && entry.counters.get(`waitingGrowth/${waiting.index}`)
  const given = {
    requestsPerSecond: requests?.value,
    errorsPerSecond: counter('errors')?.value ?? (requests && 0),
    rejectedPerSecond: counter('rejected')?.value,
    running: running?.value,
    waiting: waiting?.value,
    waitingGrowth: growth,
    tokensInPerSecond: counter('tokensIn')?.value,
    tokensOutPerSecond: counter('tokensOut')?.value ?? gauge('tokensOutNow', sum)?.value,
    preemptionsPerSecond: counter('preemptions')?.value,
    kvUsage: kv?.value,
    prefixHits,
  }
  return {
    key: entry.owner.key,
    namespace: entry.owner.namespace,
    name: entry.owner.name,
    models: [...entry.models].sort(),
    source,
    pods: Math.max(kvPods.length, 1),
    fullPods: kvPods.filter((usage) => usage >= fullFrom).length,
    ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<Measured>),
    ttft: ttft.quantiles,
    itl: spread('itl').quantiles,
    e2e: spread('e2e').quantiles,
    queue: spread('queue').quantiles,
  }
}

/** The engine where one of its own figures is there, else the frontend before it. */
function sourceOf(
  state: readonly ({ source: Source } | undefined)[],
  requests: number | undefined,
): Source | undefined {
  const engines = state.flatMap((one) => one?.source ?? [])
  return (
    engines.find((one) => one !== 'dynamo') ??
    engines[0] ??
    (requests === undefined ? undefined : counters.requests[requests]?.source)
  )
}

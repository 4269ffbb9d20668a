import { createHash } from 'node:crypto'
import type { AnswerCache } from './answer-cache.ts'
import type { Prometheus, PrometheusResult } from './types.ts'

const second = 1_000
const minute = 60 * second
const ttlMs = {
  instant: 30 * second,
  shortRange: minute,
  longRange: 5 * minute,
  names: 5 * minute,
  server: 60 * minute,
}

/** Measured on V8: a pair of a number and a short string, a series with its labels. */
const bytesOfSample = 96
const bytesOfSeries = 400
const bytesOfName = 80

/** What is empty, partial or warned about is asked again: it is what people wait to see change. */
function sizeOfResult({ series, partial }: PrometheusResult): number | undefined {
  if (partial || series.length === 0) return undefined
  return series.reduce((sum, { values }) => sum + bytesOfSeries + values.length * bytesOfSample, 0)
}
const sizeOfNames = (names: readonly unknown[]) => (names.length === 0 ? undefined : names.length * bytesOfName)

const hash = (text: string) => createHash('sha256').update(text).digest('base64url').slice(0, 22)
const times = (...dates: (Date | undefined)[]) => dates.map((date) => date?.getTime() ?? '').join(':')

/**
 * The same client with a memory: instant queries for 30 s, ranges under an hour for 60 s, others and names for 5 min (MET-018 to
 * MET-023). Keys hold the client (address and credential), the query's hash, the evaluation time, start, end and step. An instant
 * query of now has one key whatever the millisecond.
 */
export function cachedPrometheus(client: Prometheus, cache: AnswerCache, now: () => number): Prometheus {
  const owner = cache.newOwner()
  const key = (kind: string, ...rest: (string | number)[]) => [owner, kind, ...rest].join('|')
  const isNow = (time?: Date) => time === undefined || Math.abs(time.getTime() - now()) <= second

  let paceMs: number | undefined

  interface Look<T> {
    ttlMs: number
    sizeOf: (value: T) => number | undefined
    read: (signal: AbortSignal) => Promise<T>
  }
  type Asking = { signal?: AbortSignal; fresh?: boolean }
  const look = async <T>(key: string, { signal, fresh }: Asking, how: Look<T>): Promise<T> =>
    (await cache.through(key, { signal, fresh, ...how })).value

  async function result(key: string, { signal, fresh }: Asking, how: Omit<Look<PrometheusResult>, 'sizeOf'>) {
    const read = async (signal: AbortSignal) => {
      const startedMs = now()
      try {
        return await how.read(signal)
      } finally {
        paceMs = now() - startedMs
      }
    }
    const { value, readAt } = await cache.through(key, { signal, fresh, sizeOf: sizeOfResult, ttlMs: how.ttlMs, read })
    return readAt ? { ...value, readAt } : value
  }

  return {
    cluster: client.cluster,
    get paceMs() {
      return paceMs
    },
    query: (q) =>
      result(key('instant', hash(q.query), isNow(q.time) ? 'now' : times(q.time)), q, {
        ttlMs: ttlMs.instant,
        read: (signal) => client.query({ ...q, signal }),
      }),
    queryRange: (q) =>
      result(key('range', hash(q.query), times(q.start, q.end), q.stepSeconds), q, {
        ttlMs: q.end.getTime() - q.start.getTime() < 60 * minute ? ttlMs.shortRange : ttlMs.longRange,
        read: (signal) => client.queryRange({ ...q, signal }),
      }),
    labelNames: (q = {}) =>
      look(key('labels', hash(JSON.stringify(q.match ?? [])), times(q.start, q.end)), q, {
        ttlMs: ttlMs.names,
        sizeOf: sizeOfNames,
        read: (signal) => client.labelNames({ ...q, signal }),
      }),
    labelValues: (q) =>
      look(key('values', hash(JSON.stringify([q.label, q.match ?? []])), times(q.start, q.end)), q, {
        ttlMs: ttlMs.names,
        sizeOf: sizeOfNames,
        read: (signal) => client.labelValues({ ...q, signal }),
      }),
    series: (q) =>
      look(key('series', hash(JSON.stringify([q.match, q.limit])), times(q.start, q.end)), q, {
        ttlMs: minute,
        sizeOf: ({ series }) => (series.length === 0 ? undefined : series.length * bytesOfSeries),
        read: (signal) => client.series({ ...q, signal }),
      }),
    metadata: (q = {}) =>
      look(key('metadata', q.metric ?? ''), q, {
        ttlMs: ttlMs.names,
        sizeOf: (value) => Object.keys(value).length * bytesOfSeries || undefined,
        read: (signal) => client.metadata({ ...q, signal }),
      }),
    seriesCounts: (q = {}) =>
      look(key('counts'), q, {
        ttlMs: ttlMs.names,
        sizeOf: (value) => (value?.metrics.size ?? 1) * bytesOfName,
        read: (signal) => client.seriesCounts({ signal }),
      }),
    server: (q = {}) =>
      look(key('server'), q, {
        ttlMs: ttlMs.server,
        sizeOf: () => bytesOfSeries,
        read: (signal) => client.server({ signal }),
      }),
    // what fires must be what fires now
    alertingRules: (q) => client.alertingRules(q),
    ready: (signal) => client.ready(signal),
  }
}

import { ToolError } from '#contract'
import { durationSeconds, type TimeRange, timeRange } from '../arguments.ts'
import type { PerCluster } from '../clients/index.ts'
import type { Prometheus, PrometheusResult } from '../clients/prometheus/types.ts'
import { TimedCache } from './cache.ts'

/** When a query is evaluated: once, or on a grid. */
export type Evaluation = { kind: 'instant'; time: Date } | ({ kind: 'range'; stepSeconds: number } & TimeRange)

interface Caches {
  results: TimedCache<PrometheusResult>
  names: TimedCache<string[]>
  metadata: TimedCache<Awaited<ReturnType<Prometheus['metadata']>>>
}

// One set of caches for each set of clients: two servers in one process share nothing.
const cachesOf = new WeakMap<object, Caches>()

function caches(prometheus: PerCluster<Prometheus>): Caches {
  let own = cachesOf.get(prometheus)
  if (!own) {
    own = { results: new TimedCache(200), names: new TimedCache(200), metadata: new TimedCache(50) }
    cachesOf.set(prometheus, own)
  }
  return own
}

const minute = 60_000

/** MET-018 instant 30 s, MET-019 range under an hour 60 s, MET-020 from an hour on 5 min. */
const ttlMs = (evaluation: Evaluation): number => {
  if (evaluation.kind === 'instant') return minute / 2
  return evaluation.end.getTime() - evaluation.start.getTime() < 60 * minute ? minute : 5 * minute
}

/** Evaluation time and step belong to the key (MET-022); "now" of an instant query is the same for half a minute. */
function keyOf(cluster: string, query: string, evaluation: Evaluation, explicitTime: boolean): string {
  if (evaluation.kind === 'range') {
    const { start, end, stepSeconds } = evaluation
    return JSON.stringify(['range', cluster, query, start.getTime(), end.getTime(), stepSeconds])
  }
  return JSON.stringify(['instant', cluster, query, explicitTime ? evaluation.time.getTime() : 'now'])
}

export interface Ask {
  cluster: string
  query: string
  evaluation: Evaluation
  /** An instant query at a time that the caller gave, not at now */
  explicitTime?: boolean
  now: Date
  signal: AbortSignal
}

/** Ask one cluster's Prometheus, from the cache where it is fresh enough. */
export async function ask(prometheus: PerCluster<Prometheus>, request: Ask): Promise<PrometheusResult> {
  const { cluster, query, evaluation, explicitTime = false, now, signal } = request
  return caches(prometheus).results.through(keyOf(cluster, query, evaluation, explicitTime), {
    now,
    ttlMs: ttlMs(evaluation),
    read: () => {
      const client = prometheus.for(cluster)
      if (evaluation.kind === 'instant') return client.query({ query, time: evaluation.time, signal })
      const { start, end, stepSeconds } = evaluation
      return client.queryRange({ query, start, end, stepSeconds, signal })
    },
  })
}

interface Look {
  cluster: string
  now: Date
  signal: AbortSignal
}

/** Names of labels, or values of one label of the series that match; five minutes old at most (MET-021). */
export function labelValues(
  prometheus: PerCluster<Prometheus>,
  { cluster, now, signal, label, match }: Look & { label?: string; match?: string[] },
): Promise<string[]> {
  return caches(prometheus).names.through(JSON.stringify([cluster, label ?? null, match ?? null]), {
    now,
    ttlMs: 5 * minute,
    read: () => {
      const client = prometheus.for(cluster)
      const matching = match && match.length > 0 ? { match } : {}
      return label === undefined
        ? client.labelNames({ ...matching, signal })
        : client.labelValues({ label, ...matching, signal })
    },
  })
}

export const metadataOf = (prometheus: PerCluster<Prometheus>, { cluster, now, signal }: Look) =>
  caches(prometheus).metadata.through(cluster, {
    now,
    ttlMs: 5 * minute,
    read: () => prometheus.for(cluster).metadata({ signal }),
  })

const niceSteps = [15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 604_800]

/** Points that a chart can show for one series. */
export const chartPoints = 240

/** A step that gives no more than a chart shows; one minute at least, which is what scrapes usually allow (MET-005). */
export const defaultStep = (rangeSeconds: number): number =>
  niceSteps.find((step) => step >= 60 && rangeSeconds / step <= chartPoints) ?? Math.ceil(rangeSeconds / chartPoints)

/** Points that Prometheus refuses to go beyond, for one series. */
const mostPoints = 11_000

export interface When {
  since?: string | undefined
  start?: string | undefined
  end?: string | undefined
  step?: string | undefined
  time?: string | undefined
}

/**
 * Instant unless a range or a step is given. The range lies on its step's grid, so that the same question asked again
 * within a step means the same thing and comes from the cache.
 */
export function evaluationOf(when: When, now: Date): { evaluation: Evaluation; explicitTime: boolean } {
  const ranged = when.since ?? when.start ?? when.end ?? when.step
  if (ranged === undefined) {
    const time = when.time === undefined ? now : new Date(when.time)
    return { evaluation: { kind: 'instant', time }, explicitTime: when.time !== undefined }
  }
  if (when.time !== undefined)
    throw new ToolError('invalid-request', 'time asks for one moment, the other arguments for a range.', {
      next: 'Give time alone, or since (or start and end) with step.',
      field: 'time',
    })
  const range = timeRange(when, { now })
  const rangeSeconds = (range.end.getTime() - range.start.getTime()) / 1000
  const stepSeconds = when.step ? durationSeconds(when.step) : defaultStep(rangeSeconds)
  if (stepSeconds <= 0 || rangeSeconds / stepSeconds > mostPoints)
    throw new ToolError(
      'invalid-request',
      `A step of ${when.step} over this range is more than ${mostPoints} points.`,
      {
        next: `Leave step away, or take ${defaultStep(rangeSeconds)}s or more.`,
        field: 'step',
      },
    )
  const onGrid = (date: Date) => new Date(Math.floor(date.getTime() / 1000 / stepSeconds) * stepSeconds * 1000)
  const end = when.end === undefined && rangeSeconds > 2 * stepSeconds ? onGrid(range.end) : range.end
  const start = when.end === undefined && rangeSeconds > 2 * stepSeconds ? onGrid(range.start) : range.start
  return { evaluation: { kind: 'range', start, end, stepSeconds }, explicitTime: true }
}

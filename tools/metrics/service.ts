import { ToolError } from '#contract'
import { durationSeconds, type TimeRange, timeRange } from '../arguments.ts'
import type { Prometheus, PrometheusResult } from '../clients/prometheus/types.ts'
import { chartPoints } from './statistics.ts'

/** When a query is evaluated: once, or on a grid. */
export type Evaluation = { kind: 'instant'; time: Date } | ({ kind: 'range'; stepSeconds: number } & TimeRange)

export interface Ask {
  query: string
  evaluation: Evaluation
  timeoutMs?: number
  signal: AbortSignal
  /** Past the cache */
  fresh?: boolean
}

/** Ask one Prometheus, instant or range. */
export function ask(client: Prometheus, { evaluation, ...rest }: Ask): Promise<PrometheusResult> {
  if (evaluation.kind === 'instant') return client.query({ ...rest, time: evaluation.time })
  const { start, end, stepSeconds } = evaluation
  return client.queryRange({ ...rest, start, end, stepSeconds })
}

const niceSteps = [15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 604_800]

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
}

/**
 * Instant unless since, start or step is given; `end` alone is the moment. A range that ends now lies on its step's grid, so that the
 * same question asked again within a step means the same thing and comes from the cache.
 */
export function evaluationOf(when: When, now: Date): Evaluation {
  if ((when.since ?? when.start ?? when.step) === undefined)
    return { kind: 'instant', time: when.end === undefined ? now : new Date(when.end) }
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
  if (when.end !== undefined || rangeSeconds <= 2 * stepSeconds) return { kind: 'range', ...range, stepSeconds }
  const onGrid = (date: Date) => new Date(Math.floor(date.getTime() / 1000 / stepSeconds) * stepSeconds * 1000)
  return { kind: 'range', start: onGrid(range.start), end: onGrid(range.end), stepSeconds }
}

import * as z from 'zod'
import type { NewEvent } from '#contract'
import type { MetricWatch } from '../clients/prometheus/settings.ts'
import type { PrometheusSeries } from '../clients/prometheus/types.ts'
import { numberOf } from './fold.ts'

/** METRIC_UPDATE of MET-026: a watched value changed much, or crossed its threshold one way or the other. */
export const metricChanged = z.object({
  id: z.string(),
  metric: z.string().describe('Name of the watch'),
  cluster: z.string(),
  labels: z.record(z.string(), z.string()),
  value: z.number(),
  previousValue: z.number().optional().describe('At the last event of this series, or when it was first seen'),
  changePercent: z.number().optional(),
  thresholdBreached: z.boolean(),
  threshold: z.number().optional().describe('The one that is breached'),
  at: z.string(),
})
export type MetricChanged = z.output<typeof metricChanged>

/** What was last told of each series. */
export type Told = Map<string, { value: number; breached: boolean }>

/** Series of one watch on one cluster that are followed; a watch should be an aggregate. */
export const mostWatched = 100

const breachedBy = ({ above, below }: MetricWatch, value: number): number | undefined => {
  if (above !== undefined && value > above) return above
  return below !== undefined && value < below ? below : undefined
}

/**
 * What is worth telling of the values read now: a threshold crossed in either direction, or a change of at least `changePercent` since
 * what was told last. What is seen for the first time is told only if it is a breach. `told` is brought up to date.
 */
export function changesOf(
  watch: MetricWatch,
  { cluster, series, told, at }: { cluster: string; series: readonly PrometheusSeries[]; told: Told; at: Date },
): MetricChanged[] {
  const seen = new Set<string>()
  const changes: MetricChanged[] = []
  for (const { metric, values } of series.slice(0, mostWatched)) {
    const value = values[0] && numberOf(values[0][1])
    if (value === undefined || !Number.isFinite(value)) continue
    const id = `${watch.name} ${cluster} ${JSON.stringify(Object.entries(metric).sort())}`
    seen.add(id)
    const before = told.get(id)
    const threshold = breachedBy(watch, value)
    const breached = threshold !== undefined
    const change = before && percentOf(before.value, value)
    const isChange =
      watch.changePercent !== undefined && before !== undefined && Math.abs(change ?? 0) >= watch.changePercent
    const isCrossing = breached !== (before?.breached ?? false)
    if (!before || isChange || isCrossing) told.set(id, { value, breached })
    if (!isChange && !isCrossing) continue
    changes.push({
      id,
      metric: watch.name,
      cluster,
      labels: metric,
      value,
      ...(before && { previousValue: before.value }),
      ...(change !== undefined && Number.isFinite(change) && { changePercent: Math.round(change * 10) / 10 }),
      thresholdBreached: breached,
      ...(threshold !== undefined && { threshold }),
      at: at.toISOString(),
    })
  }
  // A series that is gone and comes back is seen for the first time
  for (const id of told.keys()) if (id.startsWith(`${watch.name} ${cluster} `) && !seen.has(id)) told.delete(id)
  return changes
}

const percentOf = (before: number, now: number): number =>
  before === now
    ? 0
    : before === 0
      ? Math.sign(now) * Number.POSITIVE_INFINITY
      : (100 * (now - before)) / Math.abs(before)

export const eventOf = (data: MetricChanged): NewEvent => ({
  name: 'metric.changed',
  subject: `metrics/watch/${data.metric}/${data.cluster}`,
  cluster: data.cluster,
  data,
})

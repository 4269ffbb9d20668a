import type { MeasuredMetric } from '#contract'

/** The value at or below which the share `of` (0–1) of the sorted samples lies: nearest rank, so it is one of them. */
export const percentile = (sorted: readonly number[], of: number): number =>
  sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(of * sorted.length) - 1))] ?? Number.NaN

const mostBuckets = 24
/** Values that reach over more than this factor are put into ranges of equal ratio. */
const wide = 12

/** Ranges over all samples, each counted once. `counts` sum to the samples; `bounds` rise and begin and end with a sample. */
export function histogram(sorted: readonly number[]): { bounds: number[]; counts: number[] } {
  const low = sorted[0]
  const high = sorted.at(-1)
  if (low === undefined || high === undefined) return { bounds: [], counts: [] }
  if (low === high) return { bounds: [low, high], counts: [sorted.length] }
  const buckets = Math.min(mostBuckets, Math.max(4, Math.ceil(2 * Math.sqrt(sorted.length))))
  const isWide = low > 0 && high / low > wide
  const inner = Array.from({ length: buckets - 1 }, (_, index) => {
    const share = (index + 1) / buckets
    return isWide ? low * (high / low) ** share : low + (high - low) * share
  })
  // Close values can round to one bound
  const bounds = [low, ...inner.filter((bound, index) => bound > (inner[index - 1] ?? low) && bound < high), high]
  const counts = new Array<number>(bounds.length - 1).fill(0)
  let bucket = 0
  for (const sample of sorted) {
    while (bucket < counts.length - 1 && sample >= bounds[bucket + 1]!) bucket++
    counts[bucket]!++
  }
  return { bounds, counts }
}

const round = (value: number) => Number(value.toPrecision(4))

export interface MetricShape {
  id: string
  label: string
  unit: MeasuredMetric['unit']
  better: MeasuredMetric['better']
  objective?: number | undefined
}

/** Samples as the card shows them; undefined where there are none. */
export function metricOf(
  { id, label, unit, better, objective }: MetricShape,
  samples: readonly number[],
): MeasuredMetric | undefined {
  if (samples.length === 0) return undefined
  const sorted = samples.toSorted((a, b) => a - b)
  const { bounds, counts } = histogram(sorted)
  const at = (of: number) => round(percentile(sorted, of))
  return {
    id,
    label,
    unit,
    better,
    samples: samples.length,
    mean: round(samples.reduce((sum, one) => sum + one, 0) / samples.length),
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    min: round(sorted[0]!),
    max: round(sorted.at(-1)!),
    bounds: bounds.map(round),
    counts,
    ...(objective !== undefined && { objective }),
  }
}

/** Within this many percent two measurements are called the same: what a repeated one differs by. */
const noisePercent = 5

/** The figures beside those of an earlier measurement, by their medians. */
export function compared(metrics: readonly MeasuredMetric[], before: readonly MeasuredMetric[]): MeasuredMetric[] {
  return metrics.map((metric) => {
    const other = before.find(({ id, unit }) => id === metric.id && unit === metric.unit)
    if (!other || other.p50 === 0) return metric
    const changePercent = round((100 * (metric.p50 - other.p50)) / other.p50)
    const isBetter = metric.better === 'lower' ? changePercent < 0 : changePercent > 0
    const change = Math.abs(changePercent) <= noisePercent ? 'same' : isBetter ? 'better' : 'worse'
    return { ...metric, before: other.p50, changePercent, change }
  })
}

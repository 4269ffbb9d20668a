import type { PrometheusSeries } from '../clients/prometheus/types.ts'
import { numberOf } from './fold.ts'

/** How far back a trend looks, and how closely: 60 to 240 points. */
export const periods = {
  '1h': { seconds: 3_600, step: '1m' },
  '6h': { seconds: 21_600, step: '5m' },
  '24h': { seconds: 86_400, step: '10m' },
  '7d': { seconds: 604_800, step: '1h' },
  '30d': { seconds: 2_592_000, step: '3h' },
} as const
export type Period = keyof typeof periods

const label = 'quartermaster_statistic'

/** What Prometheus computes for each series; all in one query, told apart by a label. */
const statistics = (expression: string, period: Period) => {
  const { step, seconds } = periods[period]
  const over = `(${expression})[${period}:${step}]`
  return {
    now: expression,
    average: `avg_over_time(${over})`,
    before: `avg_over_time(${over} offset ${period})`,
    min: `min_over_time(${over})`,
    max: `max_over_time(${over})`,
    deviation: `stddev_over_time(${over})`,
    perSecond: `deriv(${over})`,
    ahead: `predict_linear(${over}, ${seconds})`,
  }
}
type Statistic = keyof ReturnType<typeof statistics>

/** One query for all statistics: a round trip, and every one of the same moment. */
export const trendQuery = (expression: string, period: Period): string =>
  Object.entries(statistics(expression, period))
    .map(([name, query]) => `label_replace(${query}, "${label}", "${name}", "", "")`)
    .join('\nor ')

export interface Trend {
  metric: Record<string, string>
  now?: number
  average: number
  /** The average of the period before; absent where there was nothing then */
  before?: number
  changePercent?: number
  min: number
  max: number
  perSecond: number
  /** What the fitted line says a period from now */
  ahead: number
  /** -1 to 1: how much of the movement the fitted line explains */
  fit: number
}

/** The answer of trendQuery, one entry for each series. */
export function trendsOf(series: readonly PrometheusSeries[], period: Period): Trend[] {
  const found = new Map<string, { metric: Record<string, string>; values: Partial<Record<Statistic, number>> }>()
  for (const { metric, values } of series) {
    // Functions drop the name of the metric, the expression itself may keep it
    const { __name__: _, [label]: statistic, ...labels } = metric
    const value = values[0] && numberOf(values[0][1])
    // NaN and infinities are no figures: 0/0 of a rate, the mean over a gap
    if (statistic === undefined || value === undefined || !Number.isFinite(value)) continue
    const key = JSON.stringify(Object.entries(labels).sort())
    const entry = found.get(key) ?? { metric: labels, values: {} }
    entry.values[statistic as Statistic] = value
    found.set(key, entry)
  }
  return [...found.values()].flatMap(({ metric, values }) => {
    const { now, average, before, deviation = 0, perSecond = 0, ahead } = values
    // Gone for the whole period: nothing to say about its trend
    if (average === undefined) return []
    const { min = average, max = average } = values
    const change = before === undefined ? Number.NaN : (100 * (average - before)) / Math.abs(before)
    // The slope of a line over a period, against the deviation of a line of that slope: slope × length / √12
    const straight = (perSecond * periods[period].seconds) / Math.sqrt(12)
    return {
      metric,
      ...(now !== undefined && { now }),
      average,
      ...(before !== undefined && { before }),
      ...(Number.isFinite(change) && { changePercent: change }),
      min,
      max,
      perSecond,
      ahead: ahead ?? average,
      fit: deviation > 0 ? Math.max(-1, Math.min(1, straight / deviation)) : 0,
    }
  })
}

/** A line that explains less of the movement than this is noise. */
const clearFit = 0.6

export const isClear = ({ fit }: Trend): boolean => Math.abs(fit) >= clearFit

/** Seconds until the fitted line meets the limit; undefined where it moves away from it or there is no clear line. */
export function secondsUntil(trend: Trend, limit: number): number | undefined {
  if (trend.now === undefined || !isClear(trend)) return undefined
  const seconds = (limit - trend.now) / trend.perSecond
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined
}

/** How alike each value is to the one `lag` places before it: -1 to 1; 0 where there are too few. */
export function autocorrelation(values: readonly number[], lag: number): number {
  const pairs = values.flatMap((value, index) =>
    index >= lag && Number.isFinite(value) && Number.isFinite(values[index - lag]!)
      ? [[values[index - lag]!, value] as const]
      : [],
  )
  if (pairs.length < lag) return 0
  const mean = (side: 0 | 1) => pairs.reduce((sum, pair) => sum + pair[side], 0) / pairs.length
  const [left, right] = [mean(0), mean(1)]
  let both = 0
  let one = 0
  let other = 0
  for (const [before, after] of pairs) {
    both += (before - left) * (after - right)
    one += (before - left) ** 2
    other += (after - right) ** 2
  }
  // Root by root: the product of two tiny sums is nothing
  const scale = Math.sqrt(one) * Math.sqrt(other)
  return scale > 0 ? Math.max(-1, Math.min(1, both / scale)) : 0
}

/** An hourly series that repeats from day to day, and the hour (UTC) when it is highest on average. */
export function dailyPattern(values: readonly (readonly [number, string])[]): { peakHour: number } | undefined {
  const numbers = values.map(([, text]) => numberOf(text))
  if (autocorrelation(numbers, 24) < 0.6) return undefined
  const hours = Array.from({ length: 24 }, () => ({ sum: 0, count: 0 }))
  for (const [index, [time]] of values.entries()) {
    const value = numbers[index]!
    if (!Number.isFinite(value)) continue
    const hour = hours[Math.floor(time / 3600) % 24]!
    hour.sum += value
    hour.count += 1
  }
  const means = hours.map(({ sum, count }) => (count === 0 ? Number.NEGATIVE_INFINITY : sum / count))
  return { peakHour: means.indexOf(Math.max(...means)) }
}

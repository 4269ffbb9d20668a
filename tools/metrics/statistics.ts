import type { Sample } from '../clients/prometheus/types.ts'
import { numberOf } from './fold.ts'

export interface Statistics {
  last?: number
  min?: number
  avg?: number
  max?: number
  /** When it was highest, unix seconds */
  maxAt?: number
  /** Change of the fitted line over the range, in percent of the average; only of five finite values or more */
  trendPercent?: number
}

/** One pass over the values; NaN and infinities are values but no statistics. */
export function statisticsOf(values: readonly Sample[]): Statistics {
  let count = 0
  let sum = 0
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  let maxAt = 0
  let sumTime = 0
  let sumTimeTime = 0
  let sumTimeValue = 0
  const origin = values[0]?.[0] ?? 0
  for (const [time, text] of values) {
    const value = numberOf(text)
    if (!Number.isFinite(value)) continue
    const at = time - origin
    count += 1
    sum += value
    sumTime += at
    sumTimeTime += at * at
    sumTimeValue += at * value
    if (value < min) min = value
    if (value > max) {
      max = value
      maxAt = time
    }
  }
  const final = values.at(-1)
  const last = final && numberOf(final[1])
  const known = { ...(last !== undefined && Number.isFinite(last) && { last }) }
  if (count === 0) return known
  const avg = sum / count
  const spread = count * sumTimeTime - sumTime * sumTime
  const slope = spread > 0 ? (count * sumTimeValue - sumTime * sum) / spread : 0
  const over = final![0] - origin
  const trend = (100 * slope * over) / Math.abs(avg)
  return {
    ...known,
    min,
    avg,
    max,
    ...(values.length > 1 && { maxAt }),
    ...(count >= 5 && Number.isFinite(trend) && { trendPercent: Math.round(trend * 10) / 10 }),
  }
}

/** Points that a chart can show for one series. */
export const chartPoints = 240

/**
 * At most what a chart shows. Each bucket of neighbours keeps its lowest and its highest point, so that a spike stays
 * visible; the first and the last point always stay.
 */
export function thin(values: readonly Sample[], most = chartPoints): Sample[] {
  if (values.length <= most) return [...values]
  const buckets = Math.max(1, Math.floor((most - 2) / 2))
  const inner = values.length - 2
  const kept: Sample[] = [values[0]!]
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = 1 + Math.floor((bucket * inner) / buckets)
    const to = 1 + Math.floor(((bucket + 1) * inner) / buckets)
    if (from >= to) continue
    let low = from
    let high = from
    for (let index = from + 1; index < to; index++) {
      const value = numberOf(values[index]![1])
      if (Number.isNaN(value)) continue
      const lowest = numberOf(values[low]![1])
      const highest = numberOf(values[high]![1])
      if (Number.isNaN(lowest) || value < lowest) low = index
      if (Number.isNaN(highest) || value > highest) high = index
    }
    kept.push(values[Math.min(low, high)]!)
    if (low !== high) kept.push(values[Math.max(low, high)]!)
  }
  kept.push(values.at(-1)!)
  return kept
}

/** Statistics as Prometheus computes them: compensated sums, population variance, interpolated quantiles. */

/** Neumaier's sum. */
export function sum(values: readonly number[]): number {
  let total = 0
  let lost = 0
  for (const value of values) {
    const next = total + value
    if (Number.isFinite(next)) lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total
    else lost = 0
    total = next
  }
  return total + lost
}

/** The mean; one infinity among the values is the answer rather than NaN. */
export function mean(values: readonly number[]): number {
  const total = sum(values)
  if (Number.isFinite(total) || values.some((value) => !Number.isFinite(value))) return total / values.length
  // The sum overflowed though no value did: average the parts.
  return values.reduce((average, value) => average + value / values.length, 0)
}

/** Population variance by Welford's method. */
export function variance(values: readonly number[]): number {
  let count = 0
  let average = 0
  let spread = 0
  for (const value of values) {
    count += 1
    const delta = value - average
    average += delta / count
    spread += delta * (value - average)
  }
  return spread / count
}

/** Linear interpolation between the closest ranks; NaN sorts first; q outside 0..1 gives an infinity. */
export function quantile(q: number, values: readonly number[]): number {
  if (values.length === 0 || Number.isNaN(q)) return Number.NaN
  if (q < 0) return Number.NEGATIVE_INFINITY
  if (q > 1) return Number.POSITIVE_INFINITY
  const sorted = [...values].sort((a, b) => (Number.isNaN(a) ? -1 : Number.isNaN(b) ? 1 : a - b))
  const rank = q * (sorted.length - 1)
  const lower = Math.max(0, Math.floor(rank))
  const upper = Math.min(sorted.length - 1, lower + 1)
  const weight = rank - Math.floor(rank)
  return (sorted[lower] as number) * (1 - weight) + (sorted[upper] as number) * weight
}

import type { Sample } from '../clients/prometheus/types.ts'

export type Fold = 'sum' | 'avg' | 'max' | 'min'

/** A value of Prometheus' wire as a number. */
export const numberOf = (text: string): number =>
  text === '+Inf' || text === 'Inf'
    ? Number.POSITIVE_INFINITY
    : text === '-Inf'
      ? Number.NEGATIVE_INFINITY
      : Number(text)

/** A number in Prometheus' spelling. */
export const wireNumber = (value: number): string => {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}

/**
 * Several series as one (MET-013): at each moment over those that have a value there. NaN counts as no value while another has one.
 * An instant answer is one moment, although each server may have stamped it with its own clock or it was read a little earlier.
 */
export function foldSamples(series: readonly (readonly Sample[])[], how: Fold, instant: boolean): Sample[] {
  if (instant) {
    const samples = series.flatMap((values) => values.slice(-1))
    if (samples.length === 0) return []
    const numbers = samples.map(([, value]) => numberOf(value))
    return [[Math.max(...samples.map(([time]) => time)), wireNumber(foldNumbers(numbers, how))]]
  }
  const times = Float64Array.from(new Set(series.flatMap((values) => values.map(([time]) => time)))).sort()
  const at = new Map<number, number>()
  for (const [index, time] of times.entries()) at.set(time, index)
  const folded = new Float64Array(times.length).fill(Number.NaN)
  const counts = new Uint32Array(times.length)
  for (const values of series)
    for (const [time, text] of values) {
      const value = numberOf(text)
      if (Number.isNaN(value)) continue
      const index = at.get(time)!
      folded[index] = counts[index] === 0 ? value : foldTwo(folded[index]!, value, how)
      counts[index]! += 1
    }
  return Array.from(times, (time, index): Sample => {
    const value = folded[index]!
    return [time, wireNumber(how === 'avg' ? value / counts[index]! : value)]
  })
}

function foldTwo(left: number, right: number, how: Fold): number {
  if (how === 'max') return Math.max(left, right)
  return how === 'min' ? Math.min(left, right) : left + right
}

function foldNumbers(numbers: readonly number[], how: Fold): number {
  const known = numbers.filter((value) => !Number.isNaN(value))
  if (known.length === 0) return Number.NaN
  const folded = known.reduce((left, right) => foldTwo(left, right, how))
  return how === 'avg' ? folded / known.length : folded
}

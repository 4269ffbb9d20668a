import type { Window } from '../range.ts'
import { sum } from '../statistics.ts'

/** Least squares over a window, after `linearRegression` of `promql/functions.go`. */

function regress(window: Window, interceptMs: number): { slope: number; intercept: number } {
  const { times, values, from, to } = window
  const y = values.slice(from, to)
  const start = y[0] as number
  if (y.every((value) => value === start)) {
    return Number.isFinite(start) ? { slope: 0, intercept: start } : { slope: Number.NaN, intercept: Number.NaN }
  }
  const x = times.slice(from, to).map((timeMs) => (timeMs - interceptMs) / 1000)
  const n = y.length
  const sumX = sum(x)
  const sumY = sum(y)
  const covariance = sum(x.map((value, index) => value * (y[index] as number))) - (sumX * sumY) / n
  const slope = covariance / (sum(x.map((value) => value * value)) - (sumX * sumX) / n)
  return { slope, intercept: sumY / n - (slope * sumX) / n }
}

export function deriv(window: Window): number | undefined {
  if (window.to - window.from < 2) return undefined
  return regress(window, window.times[window.from] as number).slope
}

/** The value that the trend reaches `seconds` after the evaluation. */
export function predictLinear(window: Window, seconds: number): number | undefined {
  if (window.to - window.from < 2) return undefined
  const { slope, intercept } = regress(window, window.evaluatedMs)
  return slope * seconds + intercept
}

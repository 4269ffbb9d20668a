import type { Window } from '../range.ts'
import type { RangeMode } from '../types.ts'

/** The rate family, after `promql/functions.go` (extrapolatedRate, instantValue) of 2.42 and of 3.x. */

const first = ({ values, from }: Window) => values[from] as number
const last = ({ values, to }: Window) => values[to - 1] as number

/** Difference of the edges, with what was lost at counter resets added. */
function rise(window: Window, isCounter: boolean): number {
  let result = last(window) - first(window)
  if (!isCounter) return result
  for (let index = window.from + 1; index < window.to; index += 1) {
    const before = window.values[index - 1] as number
    if ((window.values[index] as number) < before) result += before
  }
  return result
}

/**
 * How far the samples are stretched towards each edge of the range: all the way when the edge is near (1.1 average
 * gaps), else half a gap; a counter never below its own zero. 3.x applies the zero bound after that choice, 2.x before.
 */
function startGapSeconds(gaps: { gap: number; average: number; toZero: number; mode: RangeMode }): number {
  const { gap, average, toZero, mode } = gaps
  if (mode === '2') {
    const bounded = Math.min(gap, toZero)
    return bounded < average * 1.1 ? bounded : average / 2
  }
  return Math.min(gap < average * 1.1 ? gap : average / 2, toZero)
}

function extrapolated(
  window: Window,
  mode: RangeMode,
  kind: { isCounter: boolean; isRate: boolean },
): number | undefined {
  const count = window.to - window.from
  if (count < 2) return undefined
  const firstMs = window.times[window.from] as number
  const lastMs = window.times[window.to - 1] as number
  const change = rise(window, kind.isCounter)
  const sampled = (lastMs - firstMs) / 1000
  const average = sampled / (count - 1)
  const zeroable = kind.isCounter && change > 0 && first(window) >= 0
  const toZero = zeroable ? sampled * (first(window) / change) : Number.POSITIVE_INFINITY
  const toStart = startGapSeconds({ gap: (firstMs - window.startMs) / 1000, average, toZero, mode })
  const toEnd = (window.endMs - lastMs) / 1000
  const stretched = sampled + toStart + (toEnd < average * 1.1 ? toEnd : average / 2)
  const result = change * (stretched / sampled)
  return kind.isRate ? result / ((window.endMs - window.startMs) / 1000) : result
}

/** Of the last two samples only. */
function instantaneous(window: Window, isRate: boolean): number | undefined {
  if (window.to - window.from < 2) return undefined
  const before = window.values[window.to - 2] as number
  const reset = isRate && last(window) < before
  const change = reset ? last(window) : last(window) - before
  const elapsed = (window.times[window.to - 1] as number) - (window.times[window.to - 2] as number)
  return isRate ? change / (elapsed / 1000) : change
}

function countChanges(window: Window, counts: (before: number, now: number) => boolean): number {
  let count = 0
  for (let index = window.from + 1; index < window.to; index += 1) {
    if (counts(window.values[index - 1] as number, window.values[index] as number)) count += 1
  }
  return count
}

export const counters: Record<string, (window: Window, mode: RangeMode) => number | undefined> = {
  rate: (window, mode) => extrapolated(window, mode, { isCounter: true, isRate: true }),
  increase: (window, mode) => extrapolated(window, mode, { isCounter: true, isRate: false }),
  delta: (window, mode) => extrapolated(window, mode, { isCounter: false, isRate: false }),
  irate: (window) => instantaneous(window, true),
  idelta: (window) => instantaneous(window, false),
  changes: (window) =>
    countChanges(window, (before, now) => now !== before && !(Number.isNaN(now) && Number.isNaN(before))),
  resets: (window) => countChanges(window, (before, now) => now < before),
}

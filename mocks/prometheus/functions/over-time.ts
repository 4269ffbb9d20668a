import type { Window } from '../range.ts'
import { mean, quantile as quantileOf, sum, variance } from '../statistics.ts'

/** The `*_over_time` functions: statistics of one window. */

const slice = ({ values, from, to }: Window) => values.slice(from, to)

/** The extreme of a window; NaN counts only where there is nothing else. */
function extreme({ values, from, to }: Window, better: (candidate: number, best: number) => boolean): number {
  let best = values[from] as number
  for (let index = from; index < to; index += 1) {
    const value = values[index] as number
    if (better(value, best) || Number.isNaN(best)) best = value
  }
  return best
}

export const overTime = {
  table: {
    sum_over_time: (window) => sum(slice(window)),
    avg_over_time: (window) => mean(slice(window)),
    min_over_time: (window) => extreme(window, (value, best) => value < best),
    max_over_time: (window) => extreme(window, (value, best) => value > best),
    count_over_time: ({ from, to }) => to - from,
    stddev_over_time: (window) => Math.sqrt(variance(slice(window))),
    stdvar_over_time: (window) => variance(slice(window)),
    present_over_time: () => 1,
  } as Record<string, (window: Window) => number>,
  quantile: (q: number, window: Window) => quantileOf(q, slice(window)),
}

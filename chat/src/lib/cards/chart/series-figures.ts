import type { Series } from '#contract'

/** The latest value of a series; undefined where it is not a number. */
export function lastOf(series: Series): number | undefined {
  const value = series.last ?? Number(series.values.at(-1)?.[1])
  return Number.isFinite(value) ? value : undefined
}

import type { Series } from '../types.ts'

/**
 * Orders by the value of the only step: an instant query keeps this order, a range query is ordered by labels anyway.
 * NaN comes last in both directions.
 */
export function sortByValue(series: Series[], direction: 'ascending' | 'descending'): Series[] {
  const value = (one: Series) => one.values[0] ?? Number.NaN
  return [...series].sort((a, b) => {
    const nans = Number(Number.isNaN(value(a))) - Number(Number.isNaN(value(b)))
    if (nans !== 0 || Number.isNaN(value(a))) return nans
    return direction === 'ascending' ? value(a) - value(b) : value(b) - value(a)
  })
}

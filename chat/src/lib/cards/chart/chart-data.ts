import type { Series } from '#contract'

/** One time axis for all series; a series without a value at a moment has null there, as has NaN. */
export function aligned(series: readonly Series[]): [number[], ...(number | null)[][]] {
  const times = [...new Set(series.flatMap(({ values }) => values.map(([time]) => time)))].sort((a, b) => a - b)
  const columns = series.map(({ values }) => {
    const byTime = new Map(values)
    return times.map((time) => {
      const text = byTime.get(time)
      const value = text === undefined ? Number.NaN : Number(text)
      return Number.isFinite(value) ? value : null
    })
  })
  return [times, ...columns]
}

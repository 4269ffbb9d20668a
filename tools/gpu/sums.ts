/** Average of what is there, one decimal; undefined of nothing. */
export function average(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined)
  if (known.length === 0) return undefined
  return Math.round((known.reduce((sum, value) => sum + value, 0) / known.length) * 10) / 10
}

export const total = (values: readonly (number | undefined)[]): number | undefined => {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? undefined : Math.round(known.reduce((sum, value) => sum + value, 0))
}

export const most = (values: readonly (number | undefined)[]): number | undefined => {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

/** Above this a GPU is shown as hot (GPU-022). */
export const hotCelsius = 80
/** Below this a GPU that holds memory does no work. */
export const idlePercent = 5

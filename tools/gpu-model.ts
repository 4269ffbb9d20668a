/** GPU names are close to each other: an L4 is no L40S, an H20 no H200. */

const words = (text: string) =>
  text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')

/**
 * Does `wanted` name this model? `h100`, `H100 SXM` and `rtx4090` are taken whatever the case and the separators, from
 * the beginning of a word to the end of one, or to where digits follow letters: `sxm` is in `SXM5`, `l4` is not in `L40S`.
 */
export function isGpuModel(wanted: string, model: string): boolean {
  const parts = words(model)
  const whole = words(wanted).join('')
  return parts.some((_, index) => {
    const rest = parts.slice(index).join('')
    if (!rest.startsWith(whole)) return false
    const ends = parts.slice(index).map((_part, count) => parts.slice(index, index + count + 1).join('').length)
    const isLetterThenDigit = /[a-z]$/.test(whole) && /^\d/.test(rest.slice(whole.length))
    return whole !== '' && (ends.includes(whole.length) || isLetterThenDigit)
  })
}

/** Those of `models` that are meant: the one with exactly this name, else all it names. Without a wish: all. */
export function meantModels(wanted: string | undefined, models: readonly string[]): string[] {
  if (wanted === undefined) return [...models]
  const exact = models.filter((model) => model === wanted)
  return exact.length > 0 ? exact : models.filter((model) => isGpuModel(wanted, model))
}

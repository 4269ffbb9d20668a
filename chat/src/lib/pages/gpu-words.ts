const gib = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** `70 / 80 GiB` */
export const memoryWords = (usedMib: number | undefined, totalMib: number | undefined): string =>
  usedMib === undefined
    ? '–'
    : `${gib.format(usedMib / 1024)}${totalMib ? ` / ${gib.format(totalMib / 1024)}` : ''} GiB`

/** `642 / 700 W`; kilowatts from 10,000 on */
export function powerWords(watts: number | undefined, limitWatts?: number): string {
  if (watts === undefined) return '–'
  const large = Math.max(watts, limitWatts ?? 0) >= 10_000
  const one = (value: number) => (large ? (value / 1000).toFixed(1) : gib.format(value))
  return `${one(watts)}${limitWatts ? ` / ${one(limitWatts)}` : ''} ${large ? 'kW' : 'W'}`
}

export const percentWords = (percent: number | undefined): string =>
  percent === undefined ? '–' : `${Math.round(percent)} %`
export const heatWords = (celsius: number | undefined): string => (celsius === undefined ? '–' : `${celsius} °C`)

/** `NVIDIA H100 80GB HBM3` says no more than `H100 80GB HBM3` on a page about GPUs. */
export const modelWords = (model: string): string => model.replace(/^NVIDIA[ -]/, '')

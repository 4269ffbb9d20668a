/** Numbers and times are written in English where a caller names no other language (`useWords().locale`). */
const english = 'en-US'

const formats = (locale: string) => {
  const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  return {
    whole: new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }),
    short: new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 }),
    precise: new Intl.NumberFormat(locale, { maximumFractionDigits: 4 }),
    compact: new Intl.NumberFormat(locale, { notation: 'compact', maximumSignificantDigits: 3 }),
    clock: new Intl.DateTimeFormat(locale, { ...clock, second: '2-digit' }),
    dayAndClock: new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric', ...clock }),
  }
}

// Making one takes longer than a table of a thousand figures takes with it
const made = new Map<string, ReturnType<typeof formats>>()
function of(locale: string) {
  const known = made.get(locale) ?? formats(locale)
  made.set(locale, known)
  return known
}

export function formatNumber(value: number, locale = english): string {
  const { whole, precise } = of(locale)
  return Number.isInteger(value) || Math.abs(value) >= 1000 ? whole.format(value) : precise.format(value)
}

export function formatBytes(bytes: number, locale = english): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
  let value = Math.abs(bytes)
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${bytes < 0 ? '−' : ''}${of(locale).short.format(value)} ${units[unit]}`
}

export function formatSeconds(seconds: number, locale = english): string {
  const { short } = of(locale)
  const value = Math.abs(seconds)
  if (value < 0.001 && value > 0) return `${short.format(seconds * 1_000_000)} µs`
  if (value < 1 && value > 0) return `${short.format(seconds * 1000)} ms`
  if (value < 120) return `${short.format(seconds)} s`
  if (value < 7200) return `${Math.round(seconds / 60)} m`
  if (value < 172_800) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} d`
}

export const formatMs = (ms: number, locale = english): string =>
  ms < 1000 ? `${Math.round(ms)} ms` : formatSeconds(ms / 1000, locale)

/** A measured value with its unit: 0.42 ms, 118 ms, 2.35 s, 61.3 tokens/s. */
export function metricValue(value: number, unit: string, locale = english): string {
  const { short } = of(locale)
  return unit === 'ms' && value >= 1000 ? `${short.format(value / 1000)} s` : `${short.format(value)} ${unit}`
}

/** How long ago, in the coarsest two units. Future moments read "in …". */
export function formatAge(iso: string, now: number): string {
  const then = Date.parse(iso)
  if (Number.isNaN(then)) return iso
  const seconds = Math.round((now - then) / 1000)
  return seconds < 0 ? `in ${duration(-seconds)}` : duration(seconds)
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} m`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return minutes % 60 ? `${hours} h ${minutes % 60} m` : `${hours} h`
  const days = Math.floor(hours / 24)
  return days < 14 && hours % 24 ? `${days} d ${hours % 24} h` : `${days} d`
}

/** Local time of day; with the day where it is not today. */
export function formatTime(iso: string, now: number, locale = english): string {
  const then = new Date(iso)
  if (Number.isNaN(then.getTime())) return iso
  const { clock, dayAndClock } = of(locale)
  return then.toDateString() === new Date(now).toDateString() ? clock.format(then) : dayAndClock.format(then)
}

const point = (locale: string) => of(locale).precise.format(0.5).slice(1, 2)

/** Integer minor units as people read them: `$12.50`, `1,250 QU`. */
export function formatMoney(money: { amount: number; currency: string }, locale = english): string {
  const { whole } = of(locale)
  if (money.currency === 'usd-cent') {
    const cents = Math.abs(money.amount)
    return `${money.amount < 0 ? '−' : ''}$${whole.format(Math.trunc(cents / 100))}${point(locale)}${String(cents % 100).padStart(2, '0')}`
  }
  return `${whole.format(money.amount).replace('-', '−')} ${money.currency.toUpperCase()}`
}

/** A measured value with its unit as charts and legends show it. */
export function formatUnit(value: number | undefined | null, unit?: string, locale = english): string {
  if (value === undefined || value === null || !Number.isFinite(value)) return '–'
  const { short, compact } = of(locale)
  switch (unit) {
    case 'seconds':
      return formatSeconds(value, locale)
    case 'bytes':
      return formatBytes(value, locale)
    case 'percent':
      return `${short.format(value)} %`
    case 'ratio':
      return `${short.format(value * 100)} %`
    case 'watts':
      return `${short.format(value)} W`
    case 'celsius':
      return `${short.format(value)} °C`
    default:
      return Math.abs(value) >= 10_000 ? compact.format(value) : short.format(value)
  }
}

/** The middle of a long name left out: hashes, addresses, pod names. */
export const shorten = (text: string, limit: number): string =>
  text.length <= limit ? text : `${text.slice(0, Math.ceil(limit * 0.6))}…${text.slice(-Math.floor(limit * 0.3))}`

/** Numbers, durations and strings as PromQL (and Go) read and write them. */

const durationPattern = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/
const unitsMs = [31_536_000_000, 604_800_000, 86_400_000, 3_600_000, 60_000, 1000, 1]
const unitNames = ['y', 'w', 'd', 'h', 'm', 's', 'ms']

/** `1h30m` to milliseconds; undefined when it is not a duration. */
export function parseDurationMs(text: string): number | undefined {
  if (text === '') return undefined
  if (text === '0') return 0
  const match = durationPattern.exec(text)
  if (!match) return undefined
  return unitsMs.reduce((sum, unit, index) => sum + Number(match[index + 1] ?? 0) * unit, 0)
}

/** Milliseconds the way Prometheus prints them: `1h30m`, `1d`, `0s`. Years, weeks and days only where they divide evenly. */
export function formatDurationMs(ms: number): string {
  if (ms === 0) return '0s'
  let rest = Math.abs(ms)
  let text = ms < 0 ? '-' : ''
  for (const [index, unit] of unitsMs.entries()) {
    const exactOnly = index < 3
    if (exactOnly && rest % unit !== 0) continue
    const count = Math.floor(rest / unit)
    if (count > 0) text += `${count}${unitNames[index]}`
    rest -= count * unit
  }
  return text
}

/** A number token: decimal, hexadecimal, octal by leading zero as Go reads it, `inf`, `nan`, or a duration in seconds. */
export function parseNumber(text: string): number | undefined {
  const sign = text.startsWith('-') ? -1 : 1
  const body = text.replace(/^[+-]\s*/, '').toLowerCase()
  if (body === 'inf') return sign * Number.POSITIVE_INFINITY
  if (body === 'nan') return Number.NaN
  const plain = body.replaceAll('_', '')
  if (/^0[0-7]+$/.test(plain)) return sign * Number.parseInt(plain, 8)
  if (/^(?:0x[0-9a-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)$/.test(plain)) return sign * Number(plain)
  const durationMs = parseDurationMs(body)
  return durationMs === undefined ? undefined : (sign * durationMs) / 1000
}

/** A float as Prometheus writes sample values: shortest digits, exponent with two digits only outside 1e-6..1e21. */
export function formatValue(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  if (Object.is(value, -0)) return '-0'
  return String(value).replace(/e([+-])(\d)$/, 'e$10$2')
}

/** A float without an exponent, as label values of `count_values` carry it. */
export function formatPlain(value: number): string {
  const text = formatValue(value)
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text)
  if (!match) return text
  const [, sign = '', head = '', tail = '', exponent = '0'] = match
  const digits = head + tail
  const point = 1 + Number(exponent)
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  return sign + digits.padEnd(point, '0')
}

const simpleEscapes: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
}

/** Content of a quoted string token (quotes included in `token`); throws nothing, unknown escapes were refused before. */
export function unquote(token: string): string {
  const body = token.slice(1, -1)
  if (token.startsWith('`')) return body
  return body.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/gs,
    (_, x, u, U, o, c) => {
      const hex = x ?? u ?? U
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16))
      if (o !== undefined) return String.fromCharCode(Number.parseInt(o, 8))
      return simpleEscapes[c] ?? c
    },
  )
}

/** A string in double quotes with Go's escapes. */
export const quote = (text: string) => JSON.stringify(text)

import { parseDurationMs } from '../literals.ts'
import { badData } from '../types.ts'

/** Request parameters, with the refusals of Prometheus' `web/api/v1`. */

const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const rfc3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/

const invalid = (name: string, reason: string) => badData(`invalid parameter "${name}": ${reason}`)

function timeMs(text: string): number | undefined {
  if (number.test(text)) return Math.round(Number(text) * 1000)
  const parsed = rfc3339.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(parsed) ? undefined : parsed
}

/** Unix seconds or RFC 3339 to milliseconds. */
export function requiredTimeMs(params: URLSearchParams, name: string): number {
  const text = params.get(name) ?? ''
  const ms = timeMs(text)
  if (ms === undefined) throw invalid(name, `cannot parse ${JSON.stringify(text)} to a valid timestamp`)
  return ms
}

export function optionalTimeMs(params: URLSearchParams, name: string): number | undefined {
  const text = params.get(name) ?? ''
  if (text === '') return undefined
  const ms = timeMs(text)
  if (ms !== undefined) return ms
  throw invalid(name, `Invalid time value for '${name}': cannot parse ${JSON.stringify(text)} to a valid timestamp`)
}

function durationMs(params: URLSearchParams, name: string): number {
  const text = params.get(name) ?? ''
  const ms = number.test(text) ? Math.round(Number(text) * 1000) : parseDurationMs(text)
  if (ms !== undefined) return ms
  throw invalid(name, `cannot parse ${JSON.stringify(text)} to a valid duration`)
}

export const optionalDurationMs = (params: URLSearchParams, name: string) =>
  params.get(name) ? durationMs(params, name) : undefined

export function stepMs(params: URLSearchParams): number {
  const ms = durationMs(params, 'step')
  if (ms > 0) return ms
  throw invalid('step', 'zero or negative query resolution step widths are not accepted. Try a positive integer')
}

export function optionalLimit(params: URLSearchParams, name = 'limit'): number | undefined {
  const text = params.get(name) ?? ''
  if (text === '') return undefined
  if (/^\d+$/.test(text)) return Number(text)
  throw invalid(
    name,
    /^-\d+$/.test(text)
      ? 'limit must be non-negative'
      : `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
  )
}

/** Runs `read` and puts `invalid parameter "name": ` before what it complains of. */
export function blaming<Result>(name: string, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    throw error instanceof Error ? invalid(name, error.message) : error
  }
}

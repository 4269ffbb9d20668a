import { hash } from 'node:crypto'

/** JSON with sorted keys, so that equal values have equal text. Dates read as ISO 8601, undefined members are left out. */
export function canonical(value: unknown): string {
  if (value instanceof Date) return JSON.stringify(value.toISOString())
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item ?? null)).join(',')}]`
  if (value && typeof value === 'object')
    return `{${Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`)
      .join(',')}}`
  return JSON.stringify(value) ?? 'null'
}

/** sha256 of the canonical JSON, hexadecimal. */
export const digest = (value: unknown): string => hash('sha256', canonical(value), 'hex')

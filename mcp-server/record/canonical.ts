import { createHash } from 'node:crypto'

function write(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${write(member)}`).join(',')}}`
}

/** JSON with sorted keys: equal values give equal text. What JSON drops (undefined, functions) is dropped. */
export const canonicalJson = (value: unknown): string => write(JSON.parse(JSON.stringify(value ?? null)))

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** SHA-256 of the canonical JSON, in hex: the digest of inputs, plans and guards. */
export const digestOf = (value: unknown): string => sha256(canonicalJson(value))

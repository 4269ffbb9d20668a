import { hash } from 'node:crypto'
import { withoutManifestSecrets } from './manifest-secrets.ts'
import { looksRandom } from './random-text.ts'
import { isFigure, isSecretKey, mayBeSecretKey, mayReadEnv, secretFlag } from './secret-names.ts'
import { withoutSecrets } from './secret-shapes.ts'

export interface Redactor {
  /** Deep copy without secrets; what has none comes back as it was */
  value<T>(value: T): T
  text(text: string): string
  /** A secret that became known later, such as one read from a file */
  learn(secret: string): void
}

/** Shorter texts would be masked inside ordinary words. */
const long = (secret: string) => secret.length >= 6

/** Names of pods, namespaces and states, and numbers: most texts of an answer. */
const plain = /^(?!.*(?:nvapi|glpat|glrt|gldt|xox|xapp|pypi|sk-))(?:[a-z0-9./-]{0,53}|[A-Z][a-z]{0,20})$/

const longestRemembered = 300
const mostRemembered = 2_000

/** Members of a row that name what its `value` is. */
const namers = ['name', 'key', 'label'] as const

/**
 * The gate every answer, event, audit row and log line passes. A keyed hash stands in for a secret, so that two
 * equal ones can still be seen to be equal. `literals` are secrets known from the configuration.
 */
export function createRedactor({ key, literals = [] }: { key: string; literals?: readonly string[] }): Redactor {
  const known = new Set(literals.filter(long))
  // twice, as HMAC does it: an answer may hold thousands of them, and an object for each takes ten times as long
  const mark = (secret: string) =>
    `[redacted:${hash('sha256', `${key}\n${hash('sha256', `${key}\n${secret}`)}`).slice(0, 8)}]`
  const masked = (secret: string) => (secret.startsWith('[redacted:') ? secret : mark(secret))

  /** Rows of one answer say the same again and again, and so do events and log lines after them. */
  const memory = new Map<string, string>()

  function text(input: string): string {
    if (input.length < 4 || (input.length < 54 && plain.test(input))) return input
    const seen = memory.get(input)
    if (seen !== undefined) return seen
    const output = fresh(input)
    if (input.length > longestRemembered) return output
    if (memory.size >= mostRemembered) memory.clear()
    memory.set(input, output)
    return output
  }

  function fresh(input: string): string {
    let output = input
    for (const literal of known) if (output.includes(literal)) output = output.replaceAll(literal, mark(literal))
    return withoutSecrets(withoutManifestSecrets(output, masked), masked)
  }

  function all(value: unknown): unknown {
    if (typeof value === 'string') return value === '' ? value : masked(value)
    if (Array.isArray(value)) return value.map(all)
    if (value && typeof value === 'object')
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, all(v)]))
    return value
  }

  /** A member by its name and its value; undefined where neither says anything. */
  function byName(member: string, value: unknown): unknown {
    if (member === 'kubectl.kubernetes.io/last-applied-configuration') return '[removed]'
    if (isSecretKey(member) && !isFigure(member, value) && (typeof value === 'string' || isTexts(value)))
      return all(value)
    if (typeof value === 'string' && mayBeSecretKey(member) && isKeyLike(value)) return masked(value)
    return undefined
  }

  function object(input: Record<string, unknown>): Record<string, unknown> {
    const isSecret = input.kind === 'Secret'
    const named = typeof input.value === 'string' && namers.map((member) => input[member]).find(isName)
    const isEnv =
      named === input.name && Object.keys(input).length === 2 && /^[A-Za-z_][A-Za-z0-9_]*$/.test(String(named))
    let changed: Record<string, unknown> | undefined
    for (const [member, value] of Object.entries(input)) {
      let next: unknown
      if (isSecret && (member === 'data' || member === 'stringData')) next = all(value)
      else if (named && member === 'value' && isEnv && !mayReadEnv(named, value as string)) next = all(value)
      else if (named && member === 'value' && isSecretKey(named) && !isFigure(named, value)) next = all(value)
      else next = byName(member, value) ?? deep(value)
      if (next !== value) changed = { ...(changed ?? input), [member]: next }
    }
    return changed ?? input
  }

  function deep(value: unknown): unknown {
    if (typeof value === 'string') return text(value)
    if (Array.isArray(value)) {
      let changed: unknown[] | undefined
      for (const [index, item] of value.entries()) {
        const before: unknown = value[index - 1]
        const isValue =
          typeof item === 'string' && !/^(-.*|\d+)$/.test(item) && typeof before === 'string' && secretFlag.test(before)
        const next = isValue ? masked(item) : deep(item)
        if (next === item) continue
        changed = changed ?? [...value]
        changed[index] = next
      }
      return changed ?? value
    }
    // in JSON an address stands as its text
    if (value instanceof URL) return text(value.href)
    if (value && typeof value === 'object' && !(value instanceof Date)) return object(value as Record<string, unknown>)
    return value
  }

  return {
    value: <T>(value: T) => deep(value) as T,
    text,
    learn: (secret) => {
      if (!long(secret)) return
      known.add(secret)
      memory.clear()
    },
  }
}

const isName = (value: unknown): value is string => typeof value === 'string'
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((one) => typeof one === 'string')
const isKeyLike = (value: string): boolean => looksRandom(value, 12) || /^[0-9a-f]{32,}$/i.test(value)

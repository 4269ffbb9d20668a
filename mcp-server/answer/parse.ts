import type * as z from 'zod'
import { ToolError } from '#contract'

type AnySchema = z.core.$ZodType

function unwrap(schema: AnySchema): AnySchema {
  const def = schema._zod.def as { type: string; innerType?: AnySchema }
  return def.innerType && ['optional', 'default', 'nullable', 'prefault', 'readonly'].includes(def.type)
    ? unwrap(def.innerType)
    : schema
}

/** A pipe (loose for whoever lists the tools, strict for whoever calls them) is as strict as its end. */
const endOf = (schema: AnySchema): AnySchema => {
  const inner = unwrap(schema)
  const { type, out } = inner._zod.def as { type: string; out?: AnySchema }
  return type === 'pipe' && out && (out._zod.def as { type: string }).type !== 'transform' ? endOf(out) : inner
}

/** Members of the object at a path, if there is one with fixed members. */
function membersAt(schema: AnySchema, path: readonly PropertyKey[]): Record<string, AnySchema> | undefined {
  const end = endOf(schema)
  const def = end._zod.def as { type: string; shape?: Record<string, AnySchema>; element?: AnySchema }
  const [head, ...rest] = path
  if (head === undefined) return def.type === 'object' ? def.shape : undefined
  const next = def.type === 'array' ? def.element : def.shape?.[String(head)]
  return next && membersAt(next, rest)
}

/** An argument of the first level whose members include this one: where it was meant to go. */
const homeOf = (schema: z.ZodObject, member: string): string | undefined =>
  Object.keys(schema.shape).find((key) => Object.hasOwn(membersAt(schema, [key]) ?? {}, member))

const typeOf = (schema: AnySchema): string => (schema._zod.def as { type: string }).type

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/**
 * Models often send `"42"` for a number, `42` for a text and `"x"` for a list. What can be meant in one way only is taken;
 * everything else stays as it is, for the schema to refuse.
 */
export function coerce(schema: AnySchema, value: unknown): unknown {
  const inner = endOf(schema)
  switch (typeOf(inner)) {
    case 'number':
      return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value
    case 'string':
      return typeof value === 'number' && Number.isFinite(value) ? String(value) : value
    case 'boolean':
      return value === 'true' ? true : value === 'false' ? false : value
    case 'array': {
      const list = typeof value === 'string' && value.trimStart().startsWith('[') ? fromJson(value) : value
      const items = Array.isArray(list) ? list : list === undefined || list === null ? list : [list]
      const element = (inner._zod.def as unknown as { element: AnySchema }).element
      return Array.isArray(items) ? items.map((item) => coerce(element, item)) : items
    }
    case 'object': {
      const object = typeof value === 'string' && value.trimStart().startsWith('{') ? fromJson(value) : value
      if (typeof object !== 'object' || object === null || Array.isArray(object)) return object
      const shape = (inner._zod.def as unknown as { shape: Record<string, AnySchema> }).shape
      return Object.fromEntries(
        // null is how many models say "not given"
        Object.entries(object)
          .filter(([key, member]) => member !== null || !Object.hasOwn(shape, key))
          .map(([key, member]) => [key, Object.hasOwn(shape, key) ? coerce(shape[key]!, member) : member]),
      )
    }
    default:
      return value
  }
}

/** Edit distance, for "did you mean". */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
    row = next
  }
  return row[b.length]!
}

/** Those of `names` that `word` may have meant, nearest first. Only the beginning of a long word is looked at. */
export function nearest(given: string, names: readonly string[], limit = 3): string[] {
  const word = given.slice(0, 80)
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '')
  return names
    .map((name) => ({ name, far: plain(name).includes(plain(word)) ? 1 : distance(plain(word), plain(name)) }))
    .filter(({ name, far }) => far <= Math.max(2, Math.floor(name.length / 3)))
    .sort((a, b) => a.far - b.far)
    .slice(0, limit)
    .map(({ name }) => name)
}

/** What was given at a place of the arguments. An issue itself does not keep it. */
const givenAt = (input: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], input)

const isMissing = (issue: z.core.$ZodIssue, input: unknown): boolean =>
  issue.code === 'invalid_type' && givenAt(input, issue.path) === undefined

/** What an argument of the first level means, as its tool describes it. */
function meaningOf(schema: z.ZodObject, { path }: z.core.$ZodIssue): string {
  const described =
    path.length === 1 ? (schema.shape[String(path[0])] as z.ZodType | undefined)?.description : undefined
  return described ? ` (${described})` : ''
}

function sentence(issue: z.core.$ZodIssue, path: string, input: unknown): string {
  if (isMissing(issue, input)) return `${path} is missing`
  return `${path || 'the arguments'}: ${issue.message.replace(/^Invalid input: /, '')}`
}

const deepest = 64

/**
 * What is nested without end would break whoever walks it, the audit too.
 * @throws ToolError invalid-input
 */
export function refuseDeep(input: unknown): void {
  let level: unknown[] = [input]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest)
      throw new ToolError('invalid-input', `The arguments are nested deeper than ${deepest} levels`, {
        next: 'Send flatter arguments',
        changed: 'nothing',
      })
    level = level.flatMap((one) => (one !== null && typeof one === 'object' ? Object.values(one) : []))
  }
}

/**
 * Strict arguments of a tool. Unknown keys are refused with the valid ones named.
 * `hasSecrets`: what somebody put in a wrong place may be one, so that an unknown name is shown only where it is like a valid one.
 * @throws ToolError invalid-input with `field`
 */
export function parseInput<I extends z.ZodObject>(
  schema: I,
  input: unknown,
  { hasSecrets = false }: { hasSecrets?: boolean } = {},
): z.output<I> {
  const coerced = coerce(schema, input ?? {})
  const parsed = schema.safeParse(coerced)
  if (parsed.success) return parsed.data
  const { issues } = parsed.error
  // A wrong name often is why the right one is missing: it is said first, with the valid ones
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]!
  if (issue.code === 'unrecognized_keys') {
    const at = issue.path.join('.')
    const valid = Object.keys(membersAt(schema, issue.path) ?? {})
    const given = issue.keys[0]!.slice(0, 100)
    const home = at === '' ? homeOf(schema, given) : undefined
    const near = home === undefined ? nearest(given, valid) : [`${home}.${given}`]
    const key = hasSecrets && near.length === 0 ? '(not shown)' : given
    const missing = issues.filter((one) => isMissing(one, coerced)).map((one) => one.path.join('.'))
    const besides = missing.length > 0 ? `, and ${missing.slice(0, 5).join(', ')} missing` : ''
    throw new ToolError('invalid-input', `Unknown argument ${at ? `${at}.` : ''}${key}${besides}`, {
      field: at ? `${at}.${key}` : key,
      next:
        near.length > 0
          ? `Did you mean ${near.join(' or ')}? Valid: ${valid.join(', ') || 'none'}`
          : `Valid arguments: ${valid.join(', ') || 'none'}`,
      details: { valid },
    })
  }
  const path = issue.path.join('.')
  throw new ToolError('invalid-input', sentence(issue, path, coerced), {
    ...(path !== '' && { field: path }),
    next: `${isMissing(issue, coerced) ? 'Give' : 'Correct'} ${path || 'the arguments'}${meaningOf(schema, issue)} and call again`,
    ...(!hasSecrets && {
      details: {
        issues: issues.slice(0, 5).map(({ path, message }) => ({ field: path.join('.'), message })),
      },
    }),
  })
}

import { alternatives, type JsonSchema, typeOf } from './schema.ts'

/**
 * `value` in the form that `schema` accepts ("2" for an integer, a lone name for a list, an enum word whatever its case),
 * or undefined when no form of it is valid there. Never invents: an out-of-range number is refused, not clamped.
 */
export function fitTo(schema: JsonSchema, value: unknown, root: JsonSchema = schema): unknown {
  for (const shape of alternatives(schema, root)) {
    const fitted = fitShape(shape, value, root)
    if (fitted !== undefined) return fitted
  }
  return undefined
}

function fitShape(shape: JsonSchema, value: unknown, root: JsonSchema): unknown {
  if (shape.const !== undefined) return same(shape.const, value) ? shape.const : undefined
  if (shape.enum) return shape.enum.find((option) => same(option, value))
  switch (typeOf(shape)) {
    case 'string':
      return fitString(shape, value)
    case 'integer':
    case 'number':
      return fitNumber(shape, value)
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined
    case 'array':
      return fitArray(shape, value, root)
    case 'object':
      return fitObject(shape, value, root)
    case 'null':
      return value === null ? null : undefined
    default:
      return value
  }
}

/** Two words mean the same option when only case, dashes, blanks and underscores differ. */
export function same(option: unknown, value: unknown): boolean {
  if (option === value) return true
  if (typeof option !== 'string' && typeof option !== 'number') return false
  if (typeof value !== 'string' && typeof value !== 'number') return false
  return plain(String(option)) === plain(String(value))
}

const plain = (word: string) => word.toLowerCase().replace(/[\s_-]+/g, '')

const FORMATS: Record<string, RegExp> = {
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
  date: /^\d{4}-\d\d-\d\d$/,
  time: /^\d\d:\d\d:\d\d/,
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i,
  uri: /^[a-z][a-z0-9+.-]*:\/\/\S+$/i,
  url: /^https?:\/\/\S+$/i,
  email: /^[^\s@]+@[^\s@]+\.[a-z]{2,}$/i,
  ipv4: /^(\d{1,3}\.){3}\d{1,3}$/,
}

function fitString(shape: JsonSchema, value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const text = String(value)
  const length = [...text].length
  if (length < (shape.minLength ?? 0) || length > (shape.maxLength ?? Number.POSITIVE_INFINITY)) return undefined
  if (shape.format && FORMATS[shape.format] && !FORMATS[shape.format]!.test(text)) return undefined
  return shape.pattern === undefined || matches(shape.pattern, text) ? text : undefined
}

function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(text)
  } catch {
    return false
  }
}

function fitNumber(shape: JsonSchema, value: unknown): number | undefined {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && value.trim() ? Number(value) : Number.NaN
  if (!Number.isFinite(number)) return undefined
  if (typeOf(shape) === 'integer' && !Number.isSafeInteger(number)) return undefined
  if (number < (shape.minimum ?? -Infinity) || number > (shape.maximum ?? Infinity)) return undefined
  if (number <= (shape.exclusiveMinimum ?? -Infinity) || number >= (shape.exclusiveMaximum ?? Infinity))
    return undefined
  if (shape.multipleOf !== undefined && !Number.isInteger(number / shape.multipleOf)) return undefined
  return number
}

function fitArray(shape: JsonSchema, value: unknown, root: JsonSchema): unknown[] | undefined {
  const wanted = Array.isArray(value) ? value : [value]
  const items = shape.items ? wanted.map((item) => fitTo(shape.items!, item, root)) : wanted
  if (items.some((item) => item === undefined)) return undefined
  const kept = shape.uniqueItems ? [...new Set(items)] : items
  const tooFew = kept.length < (shape.minItems ?? 0)
  return tooFew || kept.length > (shape.maxItems ?? Number.POSITIVE_INFINITY) ? undefined : kept
}

function fitObject(shape: JsonSchema, value: unknown, root: JsonSchema): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const fitted: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) {
    const rule =
      shape.properties?.[key] ??
      (typeof shape.additionalProperties === 'object' ? shape.additionalProperties : undefined)
    if (!rule && (shape.additionalProperties === false || shape.properties)) return undefined
    const kept = rule ? fitTo(rule, item, root) : item
    if (kept === undefined) return undefined
    fitted[key] = kept
  }
  return (shape.required ?? []).every((key) => Object.hasOwn(fitted, key)) ? fitted : undefined
}

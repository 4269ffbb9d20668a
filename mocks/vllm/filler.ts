import { fitTo } from './fit.ts'
import { alternatives, type JsonSchema, typeOf } from './schema.ts'

const WORDS = [
  'default', 'demo', 'a', 'main', 'x', '1h', '60s', '1', '42', 'up', 'gpu-east', 'team/demo', 'v1', 'A', 'GET', '10.0.0.1',
  '2026-01-01', '2026-01-01T00:00:00Z', '00:00:00', 'https://example.com/', 'demo@example.com',
  '00000000-0000-4000-8000-000000000000',
] // biome-ignore format: one short list

/**
 * Some valid value for a schema: its default, first option or example, else the plainest value that its limits allow.
 * Undefined when none is known (an unusual pattern). Only for properties that must be there and that nobody named.
 */
export function filler(schema: JsonSchema, root: JsonSchema = schema, depth = 0): unknown {
  if (depth > 6) return undefined
  for (const shape of alternatives(schema, root)) {
    const value = fillShape(shape, root, depth)
    if (value !== undefined) return value
  }
  return undefined
}

function fillShape(shape: JsonSchema, root: JsonSchema, depth: number): unknown {
  for (const ready of [shape.default, shape.const, shape.enum?.[0], shape.examples?.[0]]) {
    if (ready !== undefined && (ready === null || fitTo(shape, ready, root) !== undefined)) return ready
  }
  switch (typeOf(shape)) {
    case 'string':
      return fillString(shape)
    case 'integer':
    case 'number':
      return fillNumber(shape)
    case 'boolean':
      return false
    case 'array':
      return fillArray(shape, root, depth)
    case 'object':
      return fillObject(shape, root, depth)
    case 'null':
      return null
    default:
      return 'demo'
  }
}

function fillString(shape: JsonSchema): string | undefined {
  const long = 'demo'.repeat(Math.ceil((shape.minLength ?? 1) / 4))
  const wanted = [...WORDS, long, long.slice(0, shape.maxLength), '0'.repeat(shape.minLength ?? 1), '']
  return wanted.find((word) => fitTo(shape, word) !== undefined)
}

function fillNumber(shape: JsonSchema): number | undefined {
  const step = shape.multipleOf ?? (typeOf(shape) === 'integer' ? 1 : 0.5)
  const low = shape.minimum ?? shape.exclusiveMinimum ?? 0
  const high = shape.maximum ?? shape.exclusiveMaximum ?? 0
  const near = (edge: number) => [-1, 0, 1].map((offset) => (Math.round(edge / step) + offset) * step)
  const middle = (low + high) / 2
  return [1, 0, low, high, middle, ...near(low), ...near(high)].find((number) => fitTo(shape, number) !== undefined)
}

function fillArray(shape: JsonSchema, root: JsonSchema, depth: number): unknown[] | undefined {
  const count = shape.minItems ?? 0
  if (count === 0) return []
  const item = filler(shape.items ?? {}, root, depth + 1)
  if (item === undefined) return undefined
  if (!shape.uniqueItems || count === 1) return Array.from({ length: count }, () => item)
  const options = [...(shape.items?.enum ?? []), ...WORDS, ...Array.from({ length: count + 50 }, (_, index) => index)]
  const distinct = [
    ...new Set(options.map((option) => fitTo(shape.items ?? {}, option, root)).filter((one) => one !== undefined)),
  ]
  return distinct.length < count ? undefined : distinct.slice(0, count)
}

function fillObject(shape: JsonSchema, root: JsonSchema, depth: number): Record<string, unknown> | undefined {
  const filled: Record<string, unknown> = {}
  for (const key of shape.required ?? []) {
    const value = filler(shape.properties?.[key] ?? {}, root, depth + 1)
    if (value === undefined) return undefined
    filled[key] = value
  }
  return filled
}

/** The part of JSON Schema that tool inputs use. Unknown keywords are kept and ignored. */
export interface JsonSchema {
  type?: string | string[]
  description?: string
  properties?: Record<string, JsonSchema>
  required?: string[]
  items?: JsonSchema
  enum?: unknown[]
  const?: unknown
  default?: unknown
  examples?: unknown[]
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
  multipleOf?: number
  minLength?: number
  maxLength?: number
  pattern?: string
  format?: string
  minItems?: number
  maxItems?: number
  uniqueItems?: boolean
  additionalProperties?: boolean | JsonSchema
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  allOf?: JsonSchema[]
  $ref?: string
  $defs?: Record<string, JsonSchema>
  definitions?: Record<string, JsonSchema>
}

const DEPTH = 6

/**
 * The alternatives that a schema allows, with `$ref` followed and unions opened: usually one. `root` holds the `$defs`.
 * A union of types (`["string", "null"]`) gives one alternative per type, `null` last, because a value is wanted.
 */
export function alternatives(schema: JsonSchema, root: JsonSchema, depth = 0): JsonSchema[] {
  if (depth > DEPTH) return []
  const target = schema.$ref === undefined ? schema : follow(schema.$ref, root)
  if (!target) return []
  if (target !== schema) return alternatives({ ...target, ...omitRef(schema) }, root, depth + 1)
  const union = target.anyOf ?? target.oneOf
  if (union) {
    const { anyOf: _any, oneOf: _one, ...rest } = target
    return union.flatMap((branch) => alternatives({ ...rest, ...branch }, root, depth + 1)).sort(nullLast)
  }
  if (target.allOf) {
    const { allOf, ...rest } = target
    const opened = allOf.flatMap((part) => alternatives(part, root, depth + 1).slice(0, 1))
    return [opened.reduce(merge, rest)]
  }
  if (Array.isArray(target.type)) return target.type.map((type) => ({ ...target, type })).sort(nullLast)
  return [target]
}

function omitRef(schema: JsonSchema): JsonSchema {
  const { $ref: _ref, ...rest } = schema
  return rest
}

function follow(ref: string, root: JsonSchema): JsonSchema | undefined {
  if (ref === '#') return root
  const name = /^#\/(?:\$defs|definitions)\/([^/]+)$/.exec(ref)?.[1]
  return name === undefined ? undefined : (root.$defs?.[name] ?? root.definitions?.[name])
}

function nullLast(a: JsonSchema, b: JsonSchema): number {
  return Number(a.type === 'null') - Number(b.type === 'null')
}

function merge(a: JsonSchema, b: JsonSchema): JsonSchema {
  return {
    ...a,
    ...b,
    properties: a.properties || b.properties ? { ...a.properties, ...b.properties } : undefined,
    required: a.required || b.required ? [...(a.required ?? []), ...(b.required ?? [])] : undefined,
  }
}

/** The first alternative that is not `null`: what a property wants to hold. */
export function shapeOf(schema: JsonSchema, root: JsonSchema): JsonSchema {
  return alternatives(schema, root)[0] ?? schema
}

/** The type a schema names, read from its shape where `type` is left out. */
export function typeOf(schema: JsonSchema): string | undefined {
  if (typeof schema.type === 'string') return schema.type
  if (schema.properties) return 'object'
  if (schema.items) return 'array'
  const sample = schema.const ?? schema.enum?.[0]
  return sample === undefined ? undefined : Array.isArray(sample) ? 'array' : typeof sample
}

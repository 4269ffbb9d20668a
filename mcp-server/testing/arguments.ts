import fc from 'fast-check'

interface Schema {
  type?: string
  enum?: string[]
  const?: string
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  minimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
}

/** Words that mean something to the tools, by `tool.argument` or by the argument; `any` for the others. */
export type Pools = Record<string, readonly string[]>

function between({ minimum: min = 1, maximum: max = min + 200 }: Schema) {
  return { min: Math.max(min, -1_000), max: Math.min(max, Math.max(min, -1_000) + 1_000) }
}

function valueFor(
  name: string,
  schema: Schema,
  { pools, tool }: { pools: Pools; tool: string },
): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum)
  switch (schema.type) {
    case 'integer':
    case 'number':
      return fc.integer(between(schema))
    case 'boolean':
      return fc.boolean()
    case 'array':
      return fc.array(valueFor(name, schema.items ?? {}, { pools, tool }), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 3, 3),
      })
    case 'object':
      return schema.properties ? argumentsFor(schema, pools, tool) : fc.constant({})
    default:
      return fc.constantFrom(...(pools[`${tool}.${name}`] ?? pools[name] ?? pools.any ?? ['x']))
  }
}

/** Arguments that a JSON schema allows: what is required, and some of what is optional. */
export function argumentsFor(schema: object, pools: Pools, tool: string): fc.Arbitrary<Record<string, unknown>> {
  const { properties = {}, required = [] } = schema as Schema
  return fc.record(
    Object.fromEntries(
      Object.entries(properties).map(([name, member]) => [name, valueFor(name, member, { pools, tool })]),
    ),
    { requiredKeys: required as never },
  ) as fc.Arbitrary<Record<string, unknown>>
}

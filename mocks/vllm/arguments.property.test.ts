import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromJSONSchema, type ZodType } from 'zod'
import { buildArguments } from './arguments.ts'
import { SYNONYMS, type Wants } from './concepts.ts'
import type { JsonSchema } from './schema.ts'
import { NOW_MS } from './testing.ts'

const some = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined })
const compact = (schema: JsonSchema): JsonSchema => JSON.parse(JSON.stringify(schema))

const words = fc.uniqueArray(
  fc.constantFrom('gpu-east', 'vllm', 'sglang', 'ready', 'failing', 'not_ready', 'H100', 'critical', 'other'),
  { minLength: 1, maxLength: 4 },
)
const plainString: fc.Arbitrary<JsonSchema> = fc.record({
  type: fc.constant('string'),
  minLength: some(fc.nat(4)),
  maxLength: some(fc.integer({ min: 4, max: 60 })),
})
const patternString: fc.Arbitrary<JsonSchema> = fc.constantFrom<JsonSchema>(
  { type: 'string', pattern: '^[0-9]+[smhdw]$' },
  { type: 'string', pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$' },
  { type: 'string', pattern: '^\\d+$' },
  { type: 'string', format: 'date-time' },
  { type: 'string', format: 'uuid' },
)
const enumString: fc.Arbitrary<JsonSchema> = words.map((options) => ({ type: 'string', enum: options }))
const number: fc.Arbitrary<JsonSchema> = fc
  .record({
    type: fc.constantFrom('integer', 'number'),
    low: some(fc.integer({ min: -5, max: 20 })),
    span: some(fc.integer({ min: 2, max: 50 })),
    multipleOf: some(fc.constantFrom(1, 2)),
  })
  .map(({ type, low, span, multipleOf }) => ({
    type,
    minimum: low,
    maximum: span === undefined ? undefined : (low ?? 0) + span,
    multipleOf: type === 'integer' ? multipleOf : undefined,
  }))
const scalar = fc.oneof(
  plainString,
  patternString,
  enumString,
  number,
  fc.constant<JsonSchema>({ type: 'boolean' }),
  fc.constant<JsonSchema>({ type: 'string', default: 'given' }),
)
const nullable = scalar.chain((schema) =>
  fc.constantFrom<JsonSchema>({ anyOf: [schema, { type: 'null' }] }, { anyOf: [{ type: 'null' }, schema] }),
)
const list = fc
  .record({ items: scalar, minItems: some(fc.nat(2)), maxItems: some(fc.integer({ min: 2, max: 5 })) })
  .map((one): JsonSchema => ({ type: 'array', ...one }))

const property = fc.constantFrom(
  ...Object.values(SYNONYMS)
    .flat()
    .filter((name) => !name.includes('.')),
  'since',
  'start',
  'end',
  'step',
  'sinceMinutes',
  'reason',
  'dry_run',
  'minFreeGpus',
  'clusterIds',
)

function objectOf(value: fc.Arbitrary<JsonSchema>): fc.Arbitrary<JsonSchema> {
  return fc
    .record({
      properties: fc.dictionary(property, value, { maxKeys: 8 }),
      chosen: fc.infiniteStream(fc.boolean()),
      strict: fc.boolean(),
    })
    .map(({ properties, chosen, strict }) => ({
      type: 'object',
      properties,
      required: Object.keys(properties).filter(() => chosen.next().value),
      additionalProperties: strict ? false : undefined,
    }))
}

const inner = objectOf(scalar)
const schema = objectOf(
  fc.oneof(
    { weight: 6, arbitrary: scalar },
    nullable,
    list,
    inner,
    inner.map((items): JsonSchema => ({ type: 'array', items })),
  ),
).map(compact)

const wants: fc.Arbitrary<Wants> = fc.record(
  {
    model: fc.constant('Qwen3-8B'),
    clusters: fc.subarray(['gpu-east', 'hub'], { minLength: 1 }),
    pod: fc.constant('api-0'),
    namespace: fc.constant('team-a'),
    job: fc.constantFrom('42', 'job-42'),
    gpus: fc.integer({ min: 0, max: 64 }),
    minFreeGpus: fc.integer({ min: 0, max: 64 }),
    workers: fc.integer({ min: 0, max: 64 }),
    maxPrice: fc.constantFrom(2, 1.5),
    status: fc.constantFrom('failing', 'ready', 'not-ready', 'pending'),
    severity: fc.constant('critical'),
    labels: fc.constant('tier=gold'),
    query: fc.constant('sum(up)'),
    text: fc.string({ maxLength: 20 }),
    sinceSeconds: fc.constantFrom(60, 3600, 86_400, 604_800),
    stepSeconds: fc.constantFrom(15, 60, 300),
    input: fc.constant({ job: '42' }),
    limit: fc.integer({ min: 1, max: 500 }),
    previous: fc.boolean(),
  },
  { requiredKeys: [] },
)

describe('arguments', () => {
  it('always validate against the offered schema, by a validator that is not ours', () => {
    fc.assert(
      fc.property(schema, wants, (offered, wanted) => {
        const built = buildArguments(offered, wanted, NOW_MS)
        const validator: ZodType = fromJSONSchema(offered as Parameters<typeof fromJSONSchema>[0])
        const result = validator.safeParse(built.arguments)
        expect(result.error?.issues ?? [], JSON.stringify(built.arguments)).toEqual([])
      }),
      { numRuns: 600 },
    )
  })

  it('have only properties that the schema has, and every required one', () => {
    fc.assert(
      fc.property(schema, wants, (offered, wanted) => {
        const { arguments: built } = buildArguments(offered, wanted, NOW_MS)
        for (const key of Object.keys(built)) expect(Object.keys(offered.properties ?? {})).toContain(key)
        for (const key of offered.required ?? []) expect(Object.keys(built)).toContain(key)
      }),
    )
  })

  it('say which required ones had to be made up', () => {
    const offered: JsonSchema = {
      type: 'object',
      properties: { job: { type: 'string' }, limit: { type: 'integer', default: 5 } },
      required: ['job', 'limit'],
    }
    expect(buildArguments(offered, {}, NOW_MS).missing).toEqual([{ property: 'job', concept: 'job' }])
    expect(buildArguments(offered, { job: '42' }, NOW_MS)).toEqual({
      arguments: { job: '42', limit: 5 },
      missing: [],
      unplaced: [],
    })
  })
})

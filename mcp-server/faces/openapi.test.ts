import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { domains } from '#tools/index.ts'
import { fullRegistry } from '../surface.ts'
import { startApp, type TestApp } from '../testing/app.ts'
import { deadFleet } from '../testing/dead-fleet.ts'
import { openapiDocument } from './openapi.ts'

type Json = Record<string, unknown>
interface Parameter {
  name: string
  in: string
  required?: boolean
  schema: Json
}
interface Operation {
  operationId: string
  summary: string
  tags: string[]
  parameters?: Parameter[]
  requestBody?: { content: Record<string, { schema: Json; example?: unknown }> }
  responses: Record<string, { description: string; content?: Record<string, { schema: Json }> }>
}

const { registry } = fullRegistry(domains)
const document = openapiDocument(registry, '1.2.3')
const paths = document.paths as Record<string, Record<string, Operation>>
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
)

/** Every object in the document, with where it stands. */
function* objects(value: unknown, at = '#'): Generator<{ at: string; object: Json }> {
  if (value === null || typeof value !== 'object') return
  if (!Array.isArray(value)) yield { at, object: value as Json }
  for (const [key, member] of Object.entries(value)) yield* objects(member, `${at}/${key}`)
}

const resolve = (reference: string): unknown =>
  reference
    .slice(2)
    .split('/')
    .reduce<unknown>((at, key) => (at as Json | undefined)?.[key.replaceAll('~1', '/').replaceAll('~0', '~')], document)

describe('the OpenAPI document', () => {
  it('SEC-005: is 3.1 with title, version and every route of every tool exactly once', () => {
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Quartermaster', version: '1.2.3' } })
    const ids = operations.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
    expect([...ids].sort()).toEqual(
      registry
        .all()
        .flatMap(({ tool }) => [tool.name, ...tool.alsoAt.map((_, index) => `${tool.name}_${index + 2}`)])
        .sort(),
    )
  })

  it('has only references that resolve', () => {
    const references = [...objects(document)].filter(({ object }) => typeof object.$ref === 'string')
    expect(references.length).toBeGreaterThan(0)
    for (const { at, object } of references)
      expect(resolve(object.$ref as string), `${at} → ${object.$ref}`).toBeDefined()
  })

  it.each(operations.map((one) => [`${one.method} ${one.path}`, one] as const))(
    '%s is whole',
    (_, { path, method, operation }) => {
      expect(['get', 'post', 'put', 'patch', 'delete']).toContain(method)
      expect(operation.summary).toMatch(/./)
      const tags = (document.tags as { name: string }[]).map(({ name }) => name)
      for (const tag of operation.tags) expect(tags).toContain(tag)
      const parameters = operation.parameters ?? []
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
      expect(parameters.filter((one) => one.in === 'path').map(({ name }) => name)).toEqual(inPath)
      for (const parameter of parameters) {
        expect(['path', 'query']).toContain(parameter.in)
        expect(parameter.schema).toBeTypeOf('object')
        if (parameter.in === 'path') expect(parameter.required).toBe(true)
      }
      const keys = parameters.map((one) => `${one.in} ${one.name}`)
      expect(new Set(keys).size).toBe(keys.length)
      if (method === 'get' || method === 'delete') expect(operation.requestBody).toBeUndefined()
      const responses = Object.entries(operation.responses)
      expect(responses.map(([status]) => status)).toContain('200')
      for (const [status, response] of responses) {
        expect(status).toMatch(/^[2-5]\d\d$/)
        expect(response.description).toMatch(/./)
      }
    },
  )

  it('has JSON schemas whose required members exist, without keywords of older versions', () => {
    for (const { at, object } of objects(document)) {
      if (object.type === 'object' && Array.isArray(object.required) && object.properties !== undefined)
        for (const name of object.required as string[]) expect(object.properties, at).toHaveProperty([name])
      expect(object, at).not.toHaveProperty('$schema')
      if (typeof object.type === 'string') expect(object, at).not.toHaveProperty('nullable')
    }
  })

  it('shows examples that the tool takes', () => {
    for (const { operation, path } of operations) {
      const example = operation.requestBody?.content['application/json']?.example
      if (example === undefined) continue
      const { tool } = registry.find(operation.operationId.replace(/_\d+$/, ''))
      expect(tool.input.safeParse(tool.examples[0]).success, path).toBe(true)
      const schema = operation.requestBody!.content['application/json']!.schema
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
      expect(inPath.filter((name) => name! in (schema.properties as Json))).toEqual([])
      for (const name of Object.keys(example as Json)) expect(schema.properties, path).toHaveProperty([name])
    }
  })
})

describe('what is documented', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await startApp({ upstreams: deadFleet() })
  })
  afterAll(() => app?.close())

  it('is served', async () => {
    const served = (await (await fetch(`${app.url}/openapi.json`)).json()) as Json
    expect(Object.keys(served.paths as Json)).toEqual(Object.keys(paths))
  })

  it('SEC-001, SEC-002: is reached: no documented path falls to "There is no"', async () => {
    for (const { path, method } of operations) {
      const url = `${app.url}${path.replaceAll(/\{(\w+)\}/g, 'x')}?unknown=1`
      const body =
        method === 'get' || method === 'delete'
          ? {}
          : { body: '{"unknown":1}', headers: { 'content-type': 'application/json' } }
      const response = await fetch(url, { method: method.toUpperCase(), ...body })
      const text = await response.text()
      expect(text, `${method} ${path}`).not.toContain('There is no ')
      expect(response.status, `${method} ${path}: ${text}`).toBeGreaterThanOrEqual(400)
      expect(response.status, `${method} ${path}: ${text}`).not.toBe(500)
    }
  })
})

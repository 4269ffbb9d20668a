import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { cards } from '#contract'
import type { Tool } from './define.ts'
import { domains } from './index.ts'

/** The law book: what every tool keeps, whoever wrote it. */

const root = import.meta.dirname
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.tool.ts'))
const tools = domains.flatMap((domain) => domain.tools.map((tool) => ({ domain, tool })))
const each = tools.map(({ tool, domain }) => [tool.name, tool, domain] as const)

const schemaOf = (schema: z.ZodObject, io: 'input' | 'output') => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}
interface Shape {
  type?: string
  description?: string
  properties?: Record<string, Shape>
  items?: Shape
  prefixItems?: Shape[]
  additionalProperties?: boolean | Shape
  anyOf?: Shape[]
  oneOf?: Shape[]
  allOf?: Shape[]
}

/** Every schema inside a schema, with its path. */
function* walk(shape: Shape, path = ''): Generator<[string, Shape]> {
  yield [path, shape]
  for (const [key, member] of Object.entries(shape.properties ?? {})) yield* walk(member, `${path}/${key}`)
  for (const member of [
    ...(shape.prefixItems ?? []),
    ...(shape.anyOf ?? []),
    ...(shape.oneOf ?? []),
    ...(shape.allOf ?? []),
  ])
    yield* walk(member, path)
  if (shape.items) yield* walk(shape.items, `${path}[]`)
  if (typeof shape.additionalProperties === 'object') yield* walk(shape.additionalProperties, `${path}{}`)
}

describe('the list of domains', () => {
  it('holds every tool file once, in the folder of its domain', async () => {
    const exported = await Promise.all(
      files.map(async (file) => {
        const found = Object.values((await import(join(root, file))) as object).filter(
          (value): value is Tool => typeof value === 'object' && value !== null && 'risk' in value && 'run' in value,
        )
        return { file, tools: found }
      }),
    )
    for (const { file, tools: found } of exported) {
      expect(found, `${file} exports one tool`).toHaveLength(1)
      expect(basename(file, '.tool.ts').replaceAll('-', '_'), `${file} is called like its tool`).toBe(found[0]!.name)
      const domain = domains.find((one) => one.tools.includes(found[0]!))
      expect(domain?.name, `${found[0]!.name} is listed by the domain of its folder`).toBe(dirname(file))
    }
    expect(files.length).toBeGreaterThan(0)
    expect(tools).toHaveLength(files.length)
  })

  it('gives every name once and every route once', () => {
    const names = tools.map(({ tool }) => tool.name)
    expect(names).toEqual([...new Set(names)])
    const routes = tools.flatMap(({ tool }) =>
      [...(tool.route ? [tool.route] : []), ...tool.alsoAt].map(({ method, path }) => `${method} ${path}`),
    )
    expect(routes).toEqual([...new Set(routes)])
  })
})

describe.each(each)('%s', (name, tool, domain) => {
  it('is a verb and a noun, and says what it is for', () => {
    expect(name).toMatch(/^[a-z]+(_[a-z0-9]+)+$/)
    expect(name.length).toBeLessThanOrEqual(40)
    expect(tool.title.length).toBeGreaterThan(2)
    expect(tool.title.length).toBeLessThanOrEqual(60)
    expect(tool.about.length).toBeGreaterThan(40)
    expect(tool.about.length).toBeLessThanOrEqual(400)
    expect(domain.about.length).toBeGreaterThan(10)
  })

  it('has a test beside it', () => {
    expect(existsSync(join(root, domain.name, `${name.replaceAll('_', '-')}.test.ts`))).toBe(true)
  })

  it('takes strict, described arguments', () => {
    const schema = schemaOf(tool.input, 'input') as Shape
    expect(schema.type).toBe('object')
    for (const [path, shape] of walk(schema)) {
      // A record takes any key by intent; every object with named members refuses the others.
      if (shape.properties) expect(shape.additionalProperties, `${path || 'input'} is strict`).toBe(false)
      for (const [key, member] of Object.entries(path === '' ? (shape.properties ?? {}) : {}))
        expect(member.description, `${key} is described`).toBeTruthy()
    }
    for (const key of Object.keys(tool.input.shape)) expect(key, 'camelCase').toMatch(/^[a-z][A-Za-z0-9]*$/)
  })

  it('answers a strict object without alternatives, which some hosts drop a server for', () => {
    const schema = schemaOf(tool.output, 'output') as Shape
    expect(schema.type).toBe('object')
    for (const [path, shape] of walk(schema)) {
      expect(shape.anyOf ?? shape.oneOf, `${path || 'output'} has no anyOf or oneOf`).toBeUndefined()
      expect(Array.isArray(shape.type), `${path} has one type`).toBe(false)
    }
    if (tool.card !== 'any') expect(schema.additionalProperties, 'output is strict').toBe(false)
    if (tool.card !== 'any') expect(Object.keys(cards)).toContain(tool.card)
  })

  it('parses its examples', () => {
    expect(tool.examples.length).toBeGreaterThan(0)
    for (const example of tool.examples) expect(tool.input.parse(example)).toBeTruthy()
    expect(() => tool.input.parse({ ...(tool.examples[0] as object), notAnArgument: 1 })).toThrow()
  })

  it('takes secrets from people only, and never keeps them for an approval', () => {
    if (tool.publicInput === undefined) return
    expect(tool.audience).toEqual(['human'])
    expect(tool.plan).toBeUndefined()
    for (const member of tool.publicInput) expect(Object.keys(tool.input.shape)).toContain(member)
  })

  it('plans before it changes anything', () => {
    if (tool.risk === 'read') expect(tool.plan).toBeUndefined()
    else if (tool.withoutApproval !== undefined) expect(tool.withoutApproval.length).toBeGreaterThan(20)
    else {
      expect(tool.plan).toBeTypeOf('function')
      expect(tool.afterCrash).toMatch(/^(rerun|report)$/)
      // nothing outside may change by one click
      if (tool.byHand !== undefined)
        expect([tool.byHand.length > 20, tool.risk, tool.needs]).toEqual([true, 'change', []])
    }
    if (tool.risk === 'read')
      for (const { verbs, resource } of tool.access)
        expect(
          // nvidia-smi is run in driver pods, with arguments that are written down in tools/gpu (see exec-only-here.test.ts)
          verbs.filter(
            (verb) => !['get', 'list', 'watch', ...(resource === 'pods/exec' ? ['create'] : [])].includes(verb),
          ),
          `${resource} is only read`,
        ).toEqual([])
  })

  it('names the rights it needs, and says why where it names no kinds', () => {
    for (const { verbs, group, resource, unbounded } of tool.access) {
      expect(verbs.length, resource).toBeGreaterThan(0)
      expect(resource).toMatch(/^(\*|[a-z0-9]+|\*\/[a-z]+|[a-z]+\/[a-z]+)$/)
      const isWide = group === '*' || resource.includes('*')
      expect(unbounded !== undefined && unbounded.length > 20, `${group}/${resource}`).toBe(isWide)
    }
    if (tool.needs.includes('kubernetes')) expect(tool.access.length).toBeGreaterThan(0)
  })

  it('routes by the arguments it has', () => {
    for (const { path } of [...(tool.route ? [tool.route] : []), ...tool.alsoAt]) {
      for (const [, key] of path.matchAll(/\{(\w+)\}/g)) expect(Object.keys(tool.input.shape)).toContain(key)
      expect(path).toMatch(/^\/[a-z0-9/{}_\-A-Z]+$/)
    }
  })
})

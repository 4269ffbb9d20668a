import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { argumentsOf, fieldsOf, type Schema } from './tool-fields.ts'

const schema: Schema = {
  type: 'object',
  required: ['node', 'limit'],
  properties: {
    limit: { type: 'integer', default: 20, minimum: 1, maximum: 50 },
    clusters: { type: 'array', items: { type: 'string' } },
    dryRun: { type: 'boolean' },
    state: { type: 'string', enum: ['firing', 'pending'] },
    labels: { type: 'object' },
    node: { type: 'string', description: 'Its name' },
  },
}

describe('a form for the arguments of a tool', () => {
  it('asks first for what is needed; what has a default is not', () => {
    const fields = fieldsOf(schema)
    expect(fields[0]).toMatchObject({ name: 'node', required: true, about: 'Its name', kind: 'text' })
    expect(fields.map(({ kind }) => kind)).toEqual(['text', 'number', 'list', 'yes-no', 'choice', 'json'])
    expect(fields[1]).toMatchObject({ required: false, placeholder: '20', least: 1, most: 50 })
  })

  it('says only what was filled in, in the type of each argument', () => {
    const typed = { node: ' n1 ', limit: '5', clusters: 'a, b,', dryRun: 'false', labels: '{"a":1}', state: '' }
    expect(argumentsOf(fieldsOf(schema), typed)).toEqual({
      input: { node: 'n1', limit: 5, clusters: ['a', 'b'], dryRun: false, labels: { a: 1 } },
    })
  })

  it('names the field that is missing or not JSON', () => {
    expect(argumentsOf(fieldsOf(schema), {})).toEqual({ wrong: 'node', why: 'missing' })
    expect(argumentsOf(fieldsOf(schema), { node: 'n', labels: '{' })).toEqual({ wrong: 'labels', why: 'json' })
  })

  it('has a field for every argument of every tool there is', () => {
    const surface = readFileSync(new URL('../../../../../mcp-server/surface/tools.json', import.meta.url), 'utf8')
    const tools: { name: string; inputSchema: Schema }[] = []
    JSON.parse(surface, (_, value) => {
      if (value && typeof value === 'object' && value.inputSchema && typeof value.name === 'string') tools.push(value)
      return value
    })
    expect(tools.length).toBeGreaterThan(50)
    for (const { name, inputSchema } of tools)
      expect(fieldsOf(inputSchema).length, name).toBe(Object.keys(inputSchema.properties ?? {}).length)
  })
})

import { expect, it } from 'vitest'
import { contextWithServer } from '../testing-server.ts'
import { searchTools } from './search-tools.tool.ts'

const found = {
  name: 'list_things',
  domain: 'shelf',
  title: 'Things',
  about: 'Lists things',
  risk: 'read' as const,
  input: { properties: { limit: { type: 'number' } } },
}

it('answers name, purpose and arguments of what was found', async () => {
  const { data } = await searchTools.run(
    { query: 'things', limit: 8 } as never,
    contextWithServer({ searchTools: () => [found] }),
  )
  expect(data).toMatchObject({ rows: [{ id: 'list_things', about: 'Lists things', input: found.input }] })
  expect(searchTools.text(data as never, { shown: 1, total: 1 })).toBe(
    'list_things (read): Lists things\n  limit number',
  )
})

it('says arguments shortly, and of tools that the persona lists only the names', () => {
  const row = (name: string, input: object, listed?: boolean) => ({
    ...found,
    id: name,
    name,
    input,
    ...(listed && { listed }),
  })
  const input = {
    properties: {
      model: { type: 'string', description: 'e.g. Qwen3-8B' },
      engine: { default: 'vllm', enum: ['vllm', 'sglang'], type: 'string' },
      clusters: { type: 'array', items: { type: 'string' } },
    },
    required: ['model'],
  }
  const rows = [row('get_thing', input), row('list_things', input, true)]
  expect(searchTools.text({ rows } as never, { shown: 2, total: 2 })).toBe(
    'get_thing (read): Lists things\n' +
      '  *model string (e.g. Qwen3-8B), engine vllm|sglang = "vllm", clusters string[]\n' +
      'In your list already, call directly: list_things',
  )
})

it('names the members of an object, so that nobody has to guess them', () => {
  const options = {
    type: 'object',
    default: {},
    properties: { routerMode: { type: 'string' }, goal: { type: 'object' } },
  }
  const rows = [{ ...found, id: 'preview', name: 'preview', input: { properties: { options } } }]
  expect(searchTools.text({ rows } as never, { shown: 1, total: 1 })).toContain(
    'options object {routerMode, goal} = {}',
  )
})

it('says what to try when nothing was found', async () => {
  const { empty } = await searchTools.run(
    { query: 'zzz', limit: 8 } as never,
    contextWithServer({ searchTools: () => [] }),
  )
  expect(empty?.next).not.toEqual([])
})

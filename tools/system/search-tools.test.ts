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
    'list_things (read): Lists things\n  input: {"limit":{"type":"number"}}',
  )
})

it('says what to try when nothing was found', async () => {
  const { empty } = await searchTools.run(
    { query: 'zzz', limit: 8 } as never,
    contextWithServer({ searchTools: () => [] }),
  )
  expect(empty?.next).not.toEqual([])
})

import { expect, it } from 'vitest'
import { contextWithServer } from '../testing-server.ts'
import { runTool } from './run-tool.tool.ts'

it('passes on what the inner call answered, as it is', async () => {
  const inner = { card: 'table', at: '2026-11-20T12:00:00.000Z', text: 'rows' }
  const calls: unknown[] = []
  const ctx = contextWithServer({
    call: async (name, input) => {
      calls.push([name, input])
      return inner
    },
  })
  const { data } = await runTool.run({ name: 'list_things', input: { limit: 3 } } as never, ctx)
  expect(data).toEqual({ answered: inner })
  expect(calls).toEqual([['list_things', { limit: 3 }]])
})

import { expect, it } from 'vitest'
import { contextWithServer } from '../testing-server.ts'
import { getResult } from './get-result.tool.ts'

it('asks for exactly the page, the filter and the groups it was given', async () => {
  const asked: unknown[] = []
  const answer = { card: 'table', at: '2026-11-20T12:00:00.000Z', text: 'rows' }
  const ctx = contextWithServer({
    page: async (query) => {
      asked.push(query)
      return answer
    },
  })
  const input = getResult.input.parse({
    result: 'r1',
    cursor: '50',
    where: ['status=Running'],
    sort: '-age',
  })
  const { data } = await getResult.run(input as never, ctx)
  expect(data).toEqual({ answered: answer })
  expect(asked).toEqual([
    {
      result: 'r1',
      cursor: '50',
      where: ['status=Running'],
      sort: '-age',
    },
  ])
})

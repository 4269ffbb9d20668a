import { expect, it } from 'vitest'
import { getTraceOperations } from './get-trace-operations.tool.ts'
import { tempoOf, traceContext } from './testing.ts'

const asked: unknown[] = []
const ctx = traceContext({
  east: tempoOf('east', { asked, values: { name: ['GET /', 'SELECT'] } }),
  none: tempoOf('none', {}),
})
const run = async (input: object) => getTraceOperations.run(getTraceOperations.input.parse(input) as never, ctx)

it('asks Tempo for the names of the spans of that service (TRC-003)', async () => {
  const { data } = await run({ service: 'we"b', clusters: ['east'] })
  expect(asked).toEqual([{ tag: 'name', query: '{ resource.service.name = "we\\"b" }' }])
  expect(data).toMatchObject({ title: '2 operations', rows: [{ name: 'GET /' }, { name: 'SELECT' }] })
  expect((await run({ clusters: ['none'] })).empty!.likely[0]).toContain('nothing is instrumented')
})

import { expect, it } from 'vitest'
import { getTraceServices } from './get-trace-services.tool.ts'
import { tempoOf, traceContext } from './testing.ts'

const values = { 'resource.service.name': ['web', 'api'] }
const ctx = traceContext({
  east: tempoOf('east', { values }),
  west: tempoOf('west', { values: { 'resource.service.name': ['web'] } }),
  hung: new Error('x'),
})
const run = async (input: object) => getTraceServices.run(getTraceServices.input.parse(input) as never, ctx)

it('names each service once with its clusters; one cluster that fails is said (TRC-003)', async () => {
  const { data, clusters } = await run({})
  expect(data).toMatchObject({
    title: '2 services',
    rows: [
      { name: 'api', clusters: 'east' },
      { name: 'web', clusters: 'east, west' },
    ],
  })
  expect(clusters!.map(({ status }) => status)).toEqual(['success', 'success', 'error'])
  expect((await run({ text: 'we' })).data).toMatchObject({ title: '1 service' })
  expect((await run({ text: 'zz' })).empty!.likely[0]).toBe('None of 2 services holds zz')
})

import { expect, it } from 'vitest'
import { getLogLabelValues } from './get-log-label-values.tool.ts'
import { logContext, lokiOf } from './testing.ts'

const ctx = logContext({ east: lokiOf('east', { labels: { app: ['web', 'api'] } }), west: new Error('refused') })
const run = (input: object) => getLogLabelValues.run(getLogLabelValues.input.parse(input) as never, ctx)

it('names the values of one label, narrowed by words; a silent cluster is said (LGS-003)', async () => {
  const { data, clusters } = await run({ name: 'app', text: 'we' })
  expect(data).toMatchObject({ title: '1 value of app', rows: [{ name: 'web', clusters: 'east' }] })
  expect(clusters!.map(({ status }) => status)).toEqual(['success', 'error'])
  expect((await run({ name: 'nope' })).empty!.title).toBe('No values of nope')
})

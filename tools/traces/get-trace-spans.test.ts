import { expect, it } from 'vitest'
import { getTraceSpans } from './get-trace-spans.tool.ts'
import { span, tempoOf, traceContext, traceId } from './testing.ts'

const spans = [
  span('root', [0, 100]),
  span('a<root', [10, 90], {
    service: 'api',
    status: 'error',
    statusMessage: 'boom',
    attributes: { 'http.route': '/x' },
  }),
]
const ctx = traceContext({ east: tempoOf('east', { traces: [{ traceId, spans }] }) })
const run = async (input: object) => getTraceSpans.run(getTraceSpans.input.parse({ traceId, ...input }) as never, ctx)

it('gives every span with its attributes, narrowed by service, errors or words (TRC-003)', async () => {
  const { data } = await run({})
  expect(data).toMatchObject({
    title: `2 spans of trace ${traceId}`,
    rows: [
      { id: 'a', parent: 'root', selfMs: 80, message: 'boom', attributes: { 'http.route': '/x' } },
      { id: 'root', selfMs: 20 },
    ],
  })
  for (const narrow of [{ service: 'api' }, { errorsOnly: true }, { text: 'ROUTE' }])
    expect((await run(narrow)).data).toMatchObject({ rows: [{ id: 'a' }] })
  expect((await run({ service: 'other' })).empty!.likely[0]).toBe('It has 2 spans of web, api')
})

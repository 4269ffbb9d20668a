import { describe, expect, it } from 'vitest'
import { ToolError } from '#contract'
import { getTrace } from './get-trace.tool.ts'
import { span, tempoOf, traceContext, traceId } from './testing.ts'

const root = span('root', [0, 100], { name: 'POST /v1/chat', service: 'frontend', kind: 'server' })
const worker = span('w<root', [20, 90], {
  name: 'generate',
  service: 'worker',
  status: 'error',
  events: [{ name: 'exception', atMs: 0, attributes: { 'exception.type': 'EngineDead', 'exception.message': 'gone' } }],
  attributes: { 'gen_ai.usage.completion_tokens': 12 },
})
const ctx = traceContext({
  east: tempoOf('east', { traces: [{ traceId, spans: [root] }] }),
  west: tempoOf('west', { traces: [{ traceId, spans: [root, worker], partial: 'too large' }] }),
  none: tempoOf('none', {}),
  dead: new ToolError('tempo-not-available', 'refused', { next: 'Check.' }),
})
const run = async (input: object) => {
  const reply = await getTrace.run(getTrace.input.parse({ traceId, ...input }) as never, ctx)
  return { ...reply, text: reply.data ? getTrace.text(reply.data as never, { shown: 1, total: 1 }) : '' }
}

describe('get_trace', () => {
  it('finds it wherever it is, puts the parts of several clusters together, says what is partial (TRC-006)', async () => {
    const { data, text, clusters } = await run({})
    expect(data).toMatchObject({
      title: `Trace ${traceId} on east, west: frontend POST /v1/chat, 100 ms`,
      durationMs: 100,
      note: 'partial: west: too large',
      spans: [
        { depth: 0, cluster: 'east', offsetMs: 0, selfMs: 30, criticalMs: 30 },
        { depth: 1, cluster: 'west', offsetMs: 20, durationMs: 70, error: true },
      ],
    })
    expect(text.split('\n').slice(-2)).toEqual([
      '0\t100\t30\t* frontend: POST /v1/chat [on east]',
      '20\t70\t70\t*   worker: generate [on west ERROR "EngineDead: gone"; completion_tokens=12]',
    ])
    expect(text).toContain('critical path in worker 70%')
    expect(clusters!.map(({ status }) => status)).toEqual(['success', 'success', 'success', 'error'])
  })

  it('takes ids as people paste them', async () => {
    for (const pasted of [
      ` ${traceId.toUpperCase()} `,
      `00-${traceId}-00f067aa0ba902b7-01`,
      '01234567-89ab-cdef-0123-456789abcdef',
    ])
      expect((await run({ traceId: pasted, clusters: ['east'] })).data).toMatchObject({ traceId })
    await expect(run({ traceId: 'no such' })).rejects.toMatchObject({ code: 'invalid-input' })
  })

  it('not there is not-found, naming who could not be asked', async () => {
    await expect(run({ traceId: 'ff', clusters: ['none', 'dead'] })).rejects.toMatchObject({
      code: 'not-found',
      message: `No trace ${'ff'.padStart(32, '0')} on none.`,
      options: { next: expect.stringContaining('Not asked with success: dead') },
    })
  })
})

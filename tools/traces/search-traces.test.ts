import { describe, expect, it } from 'vitest'
import { ToolError } from '#contract'
import { searchTraces } from './search-traces.tool.ts'
import { beganMs, summary, tempoOf, traceContext } from './testing.ts'

const asked: unknown[] = []
const ctx = traceContext({
  east: tempoOf('east', {
    asked,
    search: () => [
      summary({ traceId: 'a'.repeat(32), durationMs: 50 }),
      summary({
        traceId: 'b'.repeat(32),
        startMs: beganMs - 1000,
        durationMs: 30,
        services: [
          { name: 'web', spans: 3, errors: 0 },
          { name: 'worker', spans: 2, errors: 2 },
        ],
      }),
    ],
  }),
  west: tempoOf('west', { search: () => [summary({ traceId: 'c'.repeat(32), durationMs: 900, services: [] })] }),
  none: tempoOf('none', { asked, values: { 'resource.service.name': ['checkout', 'payments'] } }),
  dead: new ToolError('tempo-not-available', 'refused', { next: 'Check.' }),
})
type Data = { title: string; rows: Record<string, unknown>[]; facts: { label: string; value: string }[] }
const run = async (input: object) => {
  asked.length = 0
  const reply = await searchTraces.run(searchTraces.input.parse(input) as never, ctx)
  return { ...reply, data: reply.data as unknown as Data }
}

describe('search_traces', () => {
  it('asks every cluster for its newest, and shows failed and slow ones first (TRC-002, TRC-010)', async () => {
    const { data, clusters } = await run({ service: 'web*', clusters: ['east', 'west', 'dead'] })
    expect(asked).toEqual([
      {
        query: '{ resource.service.name =~ "web.*" } with (most_recent=true)',
        start: new Date('2026-11-20T11:00:00Z'),
        end: new Date('2026-11-20T12:00:00Z'),
        limit: 20,
        spansPerSet: 1,
      },
    ])
    expect(
      data.rows.map(({ cluster, durationMs, state, spans, errors, where }) => [
        cluster,
        durationMs,
        state,
        spans,
        errors,
        where,
      ]),
    ).toEqual([
      ['east', 30, 'error', 5, 2, 'worker: 2'],
      ['west', 900, 'unknown', undefined, undefined, undefined],
      ['east', 50, 'ok', 1, 0, 'web'],
    ])
    expect(data.title).toBe('3 traces, worst first')
    expect(data.facts.map(({ label, value }) => `${label} ${value}`)).toEqual([
      'with errors 1',
      'p50 50 ms',
      'p95 900 ms',
    ])
    expect(clusters!.map(({ cluster, status }) => `${cluster} ${status}`)).toEqual([
      'east success',
      'west success',
      'dead error',
    ])
  })

  it('keeps the newest of all clusters and says that there are more', async () => {
    const { data } = await run({ limit: 2, clusters: ['east', 'west'] })
    expect(data.rows.map(({ traceId }) => traceId)).toEqual(['c'.repeat(32), 'a'.repeat(32)])
    expect(data.title).toBe('Newest 2 traces, there are more, worst first')
    expect(() => searchTraces.input.parse({ limit: 101 })).toThrow()
  })

  it('refuses wrong TraceQL with its position before it asks anybody, and two ways at once', async () => {
    await expect(run({ query: '{ service.name = "x" }', clusters: ['east'] })).rejects.toMatchObject({
      code: 'invalid-traceql',
      options: { details: { position: { line: 1, column: 3 } } },
    })
    await expect(run({ query: '{}', errorsOnly: true })).rejects.toMatchObject({ options: { field: 'errorsOnly' } })
    await expect(run({ duration: 'long' })).rejects.toMatchObject({ code: 'invalid-input' })
    expect(asked).toEqual([])
  })

  it('nothing found names the services there are', async () => {
    const { empty } = await run({ service: 'chekout', clusters: ['none'] })
    expect(empty!.likely[0]).toBe('No service chekout; near: checkout; there are checkout, payments')
    expect(empty!.likely[1]).toContain('{ resource.service.name = "chekout" }')
  })

  it('a cluster without Tempo says so; all silent is an error (TRC-008)', async () => {
    await expect(run({ clusters: ['dead'] })).rejects.toMatchObject({ code: 'tempo-not-available' })
    const { clusters } = await run({ clusters: ['west', 'bare'] })
    expect(clusters!.find(({ cluster }) => cluster === 'bare')).toMatchObject({ status: 'error' })
  })
})

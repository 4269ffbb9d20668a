import { describe, expect, it } from 'vitest'
import { analyze } from './analyze.ts'
import { analyzeTrace } from './analyze-trace.tool.ts'
import { span, summary, tempoOf, traceContext, traceId } from './testing.ts'
import { buildTree } from './tree.ts'

const found = (...spans: ReturnType<typeof span>[]) =>
  analyze(buildTree(spans.map((one) => ({ ...one, cluster: 'east' })).sort((a, b) => a.startMs - b.startMs)))
const ids = (...spans: ReturnType<typeof span>[]) => found(...spans).map(({ id }) => id)

describe('what is wrong with a trace (TRC-007)', () => {
  it('a quiet one has only its critical path', () => {
    expect(ids(span('root', [0, 100]), span('a<root', [5, 95]))).toEqual(['critical-path'])
  })

  it('the error began at the bottom; what passes it on is its effect', () => {
    const [first] = found(
      span('root', [0, 100], { status: 'error' }),
      span('call<root', [5, 95], { status: 'error', kind: 'client' }),
      span('serve<call', [6, 94], {
        service: 'api',
        kind: 'server',
        status: 'error',
        statusMessage: 'boom',
        resource: { 'k8s.pod.name': 'api-7f', 'k8s.namespace.name': 'shop' },
      }),
    )
    expect(first).toMatchObject({
      id: 'error-origin',
      severity: 'critical',
      title: 'The error began in api serve',
      cause: 'It went up through web call, web root.',
      remedy: expect.stringContaining('api-7f'),
    })
    expect(first!.evidence.map(({ text }) => text)).toEqual(['boom', 'shop/api-7f on east'])
  })

  it('failed attempts before one that worked are retries, and no failure of the whole', () => {
    const list = found(
      span('root', [0, 100]),
      span('one<root', [0, 30], { name: 'call', status: 'error', statusMessage: 'reset' }),
      span('two<root', [31, 99], { name: 'call' }),
    )
    expect(list.map(({ id, severity }) => `${severity} ${id}`)).toEqual([
      'warning error-origin',
      'warning retried',
      'info critical-path',
    ])
  })

  it('the same call one after another is N+1; the same at once is not', () => {
    const queries = (step: number) =>
      Array.from({ length: 8 }, (_, i) =>
        span(`q${i}<root`, [i * step, i * step + 10], { name: 'SELECT', attributes: { 'db.query.text': 'SELECT 1' } }),
      )
    const [first] = found(span('root', [0, 100]), ...queries(11))
    expect(first).toMatchObject({ id: 'n-plus-one', title: 'web root calls web SELECT 8 times, one after another' })
    expect(first!.evidence[1]).toEqual({ source: 'query', text: 'SELECT 1' })
    expect(ids(span('root', [0, 100]), ...queries(0), span('rest<root', [10, 100]))).not.toContain('n-plus-one')
  })

  it('calls in turn could run at once', () => {
    const list = found(span('root', [0, 100]), span('a<root', [0, 45]), span('b<root', [46, 99]))
    expect(list.map(({ id }) => id)).toEqual(['sequential-calls', 'critical-path'])
    expect(list[0]!.evidence[0]!.text).toBe('in parallel they would take 45 ms less, 45% of the trace')
  })

  it('time that no span explains, and time of a call outside of its server', () => {
    const list = found(
      span('root', [0, 100]),
      span('a<root', [0, 20]),
      span('call<root', [60, 100], { kind: 'client' }),
      span('serve<call', [80, 99], { kind: 'server', service: 'api' }),
    )
    expect(list.map(({ id, title }) => [id, title]).slice(0, 2)).toEqual([
      ['gap', '40 ms within web root that no span explains'],
      ['call-wait', '20 ms of the call web call passed outside of the server'],
    ])
  })

  it('waiting in the queue of a model engine', () => {
    const [first] = found(
      span('root', [0, 20_000]),
      span('llm<root', [10, 19_990], {
        attributes: { 'gen_ai.latency.time_in_queue': 15 },
        events: [{ name: 'preempted', atMs: 0, attributes: {} }],
      }),
    )
    expect(first).toMatchObject({
      id: 'engine-queue',
      severity: 'critical',
      cause: expect.stringContaining('preempted'),
    })
  })

  it('clocks that disagree and parents that never arrived', () => {
    expect(
      ids(
        span('call', [100, 200], { kind: 'client' }),
        span('serve<call', [0, 90], { kind: 'server', service: 'api' }),
        span('lost<gone', [120, 130]),
      ),
    ).toEqual(expect.arrayContaining(['missing-parents', 'clock-skew']))
  })
})

describe('analyze_trace', () => {
  const spans = [span('root', [0, 1000], { name: 'GET /' }), span('slow<root', [10, 990], { name: 'render' })]
  const asked: { query: string }[] = []
  const ctx = traceContext({
    east: tempoOf('east', {
      asked,
      traces: [{ traceId, spans }],
      search: () =>
        Array.from({ length: 20 }, (_, i) =>
          summary({ matched: [{ spanId: `s${i}`, startMs: 0, durationMs: 90 + i, attributes: {} }] }),
        ),
    }),
    bad: tempoOf('bad', {
      traces: [{ traceId: 'f'.repeat(32), spans }],
      search: () => {
        throw new Error('overloaded')
      },
    }),
  })
  const run = async (input: object) => {
    const reply = await analyzeTrace.run(analyzeTrace.input.parse(input) as never, ctx)
    return { ...reply, text: analyzeTrace.text(reply.data as never, { shown: 1, total: 1 }) }
  }

  it('compares the heaviest spans with the same operation in other traces', async () => {
    const { data, text } = await run({ traceId })
    expect(asked.map(({ query }) => query)).toEqual([
      '{ resource.service.name = "web" && name = "render" } with (most_recent=true)',
    ])
    expect(data).toMatchObject({ verdict: 'web render took 980 ms, usually 99 ms.', tone: 'warn' })
    expect(text).toContain('1. warning slower-than-usual')
  })

  it('says what it could not compare', async () => {
    const { data } = await run({ traceId: 'f'.repeat(32), clusters: ['bad'] })
    expect(data).toMatchObject({ tone: 'good', unknowns: ['what web render usually takes (overloaded)'] })
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startPrometheus } from '../mocks/prometheus/main.ts'
import { originMs, sourceOf } from '../mocks/prometheus/testing/small.ts'
import { refusedUrl, serve, type TestServer } from '../tools/clients/testing.ts'
import { startApp, type TestApp } from './testing/app.ts'

/** The metrics over REST: two clusters that answer, one that refuses, one that is slow, one whose server gives up. */

const nowMs = originMs + 3_600_000
const source = sourceOf({ 'up{job="a"}': () => 1, 'up{job="b"}': () => 0, 'work_total{job="a"}': (step) => step })
let app: TestApp
const closers: (() => Promise<void>)[] = []

beforeAll(async () => {
  const [east, west] = await Promise.all(
    ['east', 'west'].map((cluster) => startPrometheus({ source, cluster, now: () => nowMs })),
  )
  const hung: TestServer = await serve(() => {})
  const busy: TestServer = await serve((_, response) => {
    response.statusCode = 503
    response.end(JSON.stringify({ status: 'error', errorType: 'timeout', error: 'query timed out' }))
  })
  closers.push(east!.close, west!.close, hung.close, busy.close)
  const at = (name: string, url: string) => ({ name, prometheus: { url } })
  const clusters = [
    at('east', east!.url),
    at('west', west!.url),
    at('dead', await refusedUrl()),
    at('hung', hung.url),
    at('busy', busy.url),
  ]
  app = await startApp({ upstreams: { clusters }, now: () => new Date(nowMs) })
})
afterAll(async () => {
  await app?.close()
  for (const close of closers) await close()
})

interface Body {
  card?: string
  data?: { series: { cluster: string; values: unknown[] }[]; rows: { value: string }[]; resultType: string }
  clusters?: { cluster: string; status: string; tookMs: number; error?: string }[]
  error?: { code: string; message: string; next: string; details?: { position?: object } }
}
const post = async (path: string, input: object) => {
  const response = await fetch(`${app.url}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(input),
  })
  return { status: response.status, body: (await response.json()) as Body }
}
const get = async (path: string) => {
  const response = await fetch(`${app.url}/api/v1${path}`)
  return { status: response.status, body: (await response.json()) as Body }
}

describe('POST /api/v1/metrics/query', () => {
  it('200 with every series of every cluster (MET-001)', async () => {
    const { status, body } = await post('/metrics/query', {
      query: 'up',
      clusters: ['east', 'west'],
      timeoutSeconds: 60,
    })
    expect(status).toBe(200)
    expect(body.data!.series).toHaveLength(4)
    expect(body.clusters!.map(({ cluster, status }) => [cluster, status])).toEqual([
      ['east', 'success'],
      ['west', 'success'],
    ])
  })

  it('206 where some answered: each cluster with its status, its time and its error (MET-009, MET-010)', async () => {
    const { status, body } = await post('/metrics/query', { query: 'up', timeoutSeconds: 5 })
    expect(status).toBe(206)
    expect(body.data!.series).toHaveLength(4)
    const how = Object.fromEntries(body.clusters!.map((one) => [one.cluster, one.status]))
    expect(how).toEqual({ east: 'success', west: 'success', dead: 'error', hung: 'timeout', busy: 'timeout' })
    for (const one of body.clusters!) expect(one.tookMs).toBeTypeOf('number')
    expect(body.clusters!.find(({ cluster }) => cluster === 'dead')!.error).toContain('refused')
  })

  it.each([
    ['wrong PromQL', { query: 'sum(up' }, 400, 'invalid-promql'],
    ['a type that does not fit', { query: 'rate(up)' }, 400, 'invalid-promql'],
    ['no query', {}, 400, 'invalid-input'],
    ['an unknown cluster', { query: 'up', clusters: ['esat'] }, 404, 'cluster-not-found'],
    [
      'an end before the start',
      { query: 'up', start: '2026-01-02T00:00:00Z', end: '2026-01-01T00:00:00Z' },
      422,
      'invalid-request',
    ],
    ['a selector of everything', { query: '{job=~".+"}' }, 422, 'invalid-request'],
    ['a server that is away', { query: 'up', clusters: ['dead'] }, 503, 'cluster-unreachable'],
    ['a server that gives up', { query: 'up', clusters: ['busy'] }, 504, 'query-timeout'],
  ])('%s (MET-007, MET-014)', async (_, input, status, code) => {
    const answer = await post('/metrics/query', input)
    expect([answer.status, answer.body.error?.code]).toEqual([status, code])
    expect(answer.body.error!.next).toMatch(/./)
  })

  it('a server that does not answer is 504 (MET-014)', async () => {
    const { status, body } = await post('/metrics/query', { query: 'up', clusters: ['hung'], timeoutSeconds: 1 })
    expect(status).toBe(504)
    expect(body.error!.code).toMatch(/-timeout$/)
  })

  it('wrong PromQL carries its position', async () => {
    const { body } = await post('/metrics/query', { query: 'up{job=a}' })
    expect(body.error!.details!.position).toEqual({ line: 1, column: 8 })
  })
})

describe('the other addresses', () => {
  it('query_range is a range by itself: the last hour by the minute (MET-002, MET-005)', async () => {
    const { status, body } = await post('/metrics/query_range', {
      query: 'up{job="a"}',
      clusters: ['east'],
      timeoutSeconds: 60,
    })
    expect(status).toBe(200)
    expect(body.data!.resultType).toBe('matrix')
    expect(body.data!.series[0]!.values.length).toBeGreaterThan(10)
  })

  it.each([
    ['/metrics/labels?clusters=east', ['__name__', 'job']],
    ['/metrics/label/job/values?clusters=east', ['a', 'b']],
    ['/metrics/series?match=up&clusters=east', ['up{job="a"}', 'up{job="b"}']],
    ['/metrics/metadata?clusters=east', ['up']],
  ])('GET %s (MET-003, MET-004)', async (path, values) => {
    const { status, body } = await get(path)
    expect(status).toBe(200)
    expect(body.data!.rows.map(({ value }) => value)).toEqual(values)
  })

  it('trends (MET-028)', async () => {
    const { status, body } = await get(`/metrics/trends?query=up&period=1h&clusters=east`)
    expect([status, body.card]).toEqual([200, 'table'])
  })
})

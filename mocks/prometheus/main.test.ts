import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Fault } from './main.ts'
import { originMs, type Running, run, sourceOf, stepMs } from './testing/small.ts'

const source = sourceOf({
  'up{instance="n1:9400",job="dcgm"}': () => 1,
  'up{instance="n2:9400",job="dcgm"}': (step) => (step > 500 ? 0 : 1),
  'temperature{gpu="0",node="n1"}': (step) => 60 + (step > 900 ? 30 : 0),
  'ended{node="n9"}': (step) => (step < 20 ? 1 : undefined),
})
const seconds = (step: number) => (originMs + step * stepMs) / 1000
const ruleGroups = () => [
  {
    name: 'gpu',
    file: '/etc/prometheus/gpu.yaml',
    intervalMs: 60_000,
    rules: [
      {
        alert: 'GpuHot',
        expr: 'temperature > 80',
        forMs: 600_000,
        labels: { severity: 'critical' },
        annotations: { summary: 'GPU {{ $labels.gpu }} of {{ $labels.node }} at {{ $value }}' },
      },
      { alert: 'GpuFrozen', expr: 'temperature < 0' },
      { alert: 'Broken', expr: 'temperature *' },
      { record: 'job:up:count', expr: 'count by (job) (up)' },
    ],
  },
]

describe('Prometheus mock over HTTP', () => {
  let server: Running
  beforeAll(async () => {
    server = await run(source, { ruleGroups })
  })
  afterAll(() => server.close())

  const api = (path: string) => server.get(`/api/v1/${path}`)

  it('answers instant and range queries by GET and by form', async () => {
    const expected = {
      status: 'success',
      data: { resultType: 'vector', result: [{ metric: {}, value: [seconds(4), '2'] }] },
    }
    expect((await api(`query?query=count(up)&time=${seconds(4)}`)).body).toEqual(expected)
    const body = new URLSearchParams({ query: 'count(up)', time: String(seconds(4)) })
    expect(await (await fetch(`${server.url}/api/v1/query`, { method: 'POST', body })).json()).toEqual(expected)
    const range = await api(`query_range?query=time()&start=${seconds(0)}&end=${seconds(2)}&step=15s`)
    expect(range.body).toMatchObject({
      data: { resultType: 'matrix', result: [{ metric: {}, values: { length: 3 } }] },
    })
  })

  it('refuses what cannot be asked, as Prometheus words it', async () => {
    const bad = await api('query_range?query=up%20up&start=1&end=2&step=1')
    expect(bad.status).toBe(400)
    expect(bad.body).toEqual({
      status: 'error',
      errorType: 'bad_data',
      error: 'invalid parameter "query": 1:4: parse error: unexpected identifier "up"',
    })
    expect((await api('query_range?query=1&start=0&end=11001&step=1')).body).toMatchObject({
      error:
        'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    })
    expect((await api('query_range?query=1&start=0&end=11000&step=1')).status).toBe(200)
    expect((await api('query?query=up%2Bon(job)up')).status).toBe(422)
    expect((await api('nothing')).status).toBe(404)
    expect((await fetch(`${server.url}/api/v1/targets`, { method: 'POST' })).status).toBe(405)
  })

  it('truncates to limit and says so', async () => {
    const { body } = await api(`query?query=up&limit=1&time=${seconds(4)}`)
    expect(body).toMatchObject({ data: { result: { length: 1 } }, warnings: ['results truncated due to limit'] })
    expect((await api('query?query=up&limit=-1')).status).toBe(400)
  })

  it('lists series, labels and values, in the asked span only', async () => {
    expect((await api('labels')).body).toMatchObject({ data: ['__name__', 'gpu', 'instance', 'job', 'node'] })
    expect((await api('label/node/values')).body).toMatchObject({ data: ['n1', 'n9'] })
    expect((await api(`label/node/values?start=${seconds(100)}`)).body).toMatchObject({ data: ['n1'] })
    expect((await api('series?match[]=ended')).body).toMatchObject({ data: [{ __name__: 'ended', node: 'n9' }] })
    expect((await api(`series?match[]=ended&start=${seconds(100)}&end=${seconds(200)}`)).body).toMatchObject({
      data: [],
    })
    expect((await api('metadata?metric=up')).body).toEqual({
      status: 'success',
      data: { up: [{ type: 'gauge', help: 'Whether the scrape worked.', unit: '' }] },
    })
  })

  it('reports targets from up, rules and alerts from the samples', async () => {
    expect((await api('targets')).body).toMatchObject({
      data: {
        activeTargets: [
          { health: 'up', scrapePool: 'dcgm' },
          { health: 'down', labels: { instance: 'n2:9400' } },
        ],
      },
    })
    const { body } = await api('rules?type=alert')
    const [hot, frozen, broken] = (body as { data: { groups: { rules: unknown[] }[] } }).data.groups[0]?.rules ?? []
    expect(hot).toMatchObject({ name: 'GpuHot', state: 'firing', health: 'ok', duration: 600 })
    expect(frozen).toMatchObject({ state: 'inactive', alerts: [] })
    expect(broken).toMatchObject({ health: 'err', lastError: expect.stringContaining('parse error') })
    expect((await api('alerts')).body).toMatchObject({
      data: {
        alerts: [
          {
            labels: { alertname: 'GpuHot', node: 'n1', severity: 'critical' },
            annotations: { summary: 'GPU 0 of n1 at 90' },
            state: 'firing',
            value: '90',
          },
        ],
      },
    })
  })

  it('says what it is', async () => {
    expect((await api('status/buildinfo')).body).toMatchObject({ data: { version: '3.14.0' } })
    expect((await api('status/tsdb')).body).toMatchObject({
      data: { headStats: { numSeries: 4 }, seriesCountByMetricName: [{ name: 'up', value: 2 }, {}, {}] },
    })
    expect((await api('status/flags')).body).toMatchObject({ data: { 'query.lookback-delta': '5m' } })
    expect((await api('status/runtimeinfo')).status).toBe(200)
    expect((await server.get('/-/healthy')).status).toBe(200)
    expect((await server.get('/-/ready')).status).toBe(200)
  })

  it('formats and parses queries', async () => {
    expect((await api('format_query?query=up/up')).body).toMatchObject({ data: 'up / up' })
    expect((await api('parse_query?query=up')).body).toMatchObject({ data: { type: 'vectorSelector', name: 'up' } })
  })
})

describe('a Prometheus that fails on demand', () => {
  let fault: Fault | undefined
  let server: Running
  beforeAll(async () => {
    server = await run(source, { faults: (path) => (path.startsWith('/api/') ? fault : undefined) })
  })
  afterAll(() => server.close())

  const ask = (signal?: AbortSignal) => fetch(`${server.url}/api/v1/query?query=up`, { signal: signal ?? null })

  it.each(['401', '403', '429', '500', '503'] as const)('answers %s', async (mode) => {
    fault = { mode }
    expect((await ask()).status).toBe(Number(mode))
    expect((await server.get('/-/healthy')).status).toBe(200)
  })

  it('hangs up, stops half-way, talks nonsense, never answers', async () => {
    fault = { mode: 'refuse' }
    await expect(ask()).rejects.toThrow()
    fault = { mode: 'half' }
    await expect(ask().then((response) => response.text())).rejects.toThrow()
    fault = { mode: 'garbage' }
    await expect(ask().then((response) => response.json())).rejects.toThrow()
    fault = { mode: 'hang' }
    await expect(ask(AbortSignal.timeout(100))).rejects.toThrow()
  })

  it('answers late but truly', async () => {
    fault = { mode: 'slow', delayMs: 20 }
    expect((await (await ask()).json()).status).toBe('success')
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { available, type Prometheus, startPrometheus } from './index.ts'

type Answer = { status: string; data: { result: { metric: Record<string, string>; value: [number, string] }[] } }

// 2026-01-01T00:00:00Z
const START_SECONDS = 1_767_225_600

const HISTORY = [
  '# TYPE demo_requests counter',
  ...Array.from(
    { length: 61 },
    (_, minute) => `demo_requests_total{model="a"} ${minute * 60} ${START_SECONDS + minute * 60}`,
  ),
  '# EOF',
  '',
].join('\n')

describe.skipIf(!available('prometheus').ok)('a real Prometheus', () => {
  let engine: Prometheus

  async function ask(query: string, time?: number): Promise<Answer> {
    const parameters = new URLSearchParams({ query, ...(time === undefined ? {} : { time: String(time) }) })
    const response = await fetch(`${engine.url}/api/v1/query?${parameters}`)
    return (await response.json()) as Answer
  }

  beforeAll(async () => {
    engine = await startPrometheus({ history: HISTORY, externalLabels: { cluster: 'real' } })
  })
  afterAll(() => engine?.stop())

  it('has scraped node-exporter when it is handed over', async () => {
    const answer = await ask('node_memory_MemTotal_bytes{job="node"}')
    expect(Number(answer.data.result[0]?.value[1])).toBeGreaterThan(100 * 1024 * 1024)
  })

  it('answers over backfilled history', async () => {
    const answer = await ask('sum(rate(demo_requests_total[10m]))', START_SECONDS + 3_600)
    expect(Number(answer.data.result[0]?.value[1])).toBeCloseTo(1, 5)
  })

  it('refuses broken PromQL', async () => {
    const answer = await ask('sum(')
    expect(answer.status).toBe('error')
  })

  it('refuses a history that is not OpenMetrics and leaves nothing running', async () => {
    await expect(startPrometheus({ history: 'nonsense', nodeExporter: false })).rejects.toThrow(/history/)
  })
})

// Its history is made by Debian's promtool.
const newestReady = available('prometheus-newest').ok && available('prometheus').ok

describe.skipIf(!newestReady)('the newest Prometheus', () => {
  let engine: Prometheus

  beforeAll(async () => {
    engine = await startPrometheus({ version: 'newest', nodeExporter: false, history: HISTORY })
  })
  afterAll(() => engine?.stop())

  const read = async (path: string) => (await fetch(`${engine.url}/api/v1/${path}`)).json() as Promise<unknown>

  it('is a Prometheus 3', async () => {
    expect(await read('status/buildinfo')).toMatchObject({ data: { version: expect.stringMatching(/^3\.\d+\.\d+$/) } })
  })

  it('shows how it understands a query', async () => {
    expect(await read(`parse_query?query=${encodeURIComponent('sum by (job) (rate(up[5m]))')}`)).toMatchObject({
      status: 'success',
      data: { type: 'aggregation', op: 'sum', grouping: ['job'], expr: { type: 'call', func: { name: 'rate' } } },
    })
  })

  it('answers over backfilled history', async () => {
    const query = encodeURIComponent('demo_requests_total')
    expect(await read(`query?query=${query}&time=${START_SECONDS + 600}`)).toMatchObject({
      data: { result: [{ metric: { model: 'a' }, value: [START_SECONDS + 600, '600'] }] },
    })
  })
})

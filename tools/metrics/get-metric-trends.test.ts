import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startPrometheus } from '../../mocks/prometheus/main.ts'
import { originMs, sourceOf, stepMs } from '../../mocks/prometheus/testing/small.ts'
import type { ConfiguredClients } from '../clients/create.ts'
import { testClients } from '../clients/testing.ts'
import { testContext } from '../testing.ts'
import { getMetricTrends } from './get-metric-trends.tool.ts'
import { autocorrelation, dailyPattern, secondsUntil, trendsOf } from './trends.ts'

const hours = (step: number) => (step * stepMs) / 3_600_000
const nowMs = originMs + 15 * 86_400_000
const hourOfDay = (step: number) => ((originMs + step * stepMs) / 3_600_000) % 24

/** Everything is computed by a real evaluator over series whose trend is known. */
const source = sourceOf({
  'disk_free{disk="filling"}': (step) => 10_000 - 10 * hours(step),
  'disk_free{disk="still"}': () => 500,
  'disk_free{disk="doubled"}': (step) => (hours(step) < 14 * 24 ? 100 : 200),
  'load{node="a"}': (step) => 50 + 20 * Math.cos(((hourOfDay(step) - 15) / 24) * 2 * Math.PI),
  'requests_total{route="x"}': (step) => step * 30,
  'new_metric{a="b"}': (step) => (hours(step) < 15 * 24 - 0.5 ? undefined : 7),
  'gone{a="b"}': (step) => (hours(step) > 12 * 24 ? undefined : 1),
})

let clients: ConfiguredClients
let close: () => Promise<void>
beforeAll(async () => {
  const server = await startPrometheus({ source, cluster: 'east', now: () => nowMs })
  clients = testClients({ clusters: [{ name: 'east', prometheus: { url: server.url } }] })
  close = async () => {
    clients.close()
    await server.close()
  }
})
afterAll(() => close())

interface Row {
  series: string
  now: number
  average: number
  before?: number
  changePercent?: number
  perHour?: number
  ahead?: number
  reaches?: string
  pattern?: string
}
const run = async (input: object) => {
  const plain = testContext({ clients, now: new Date(nowMs) })
  const ctx: typeof plain = {
    ...plain,
    fanOut: (names, task, more) => plain.fanOut(names, task, { ...more, timeoutMs: 30_000 }),
  }
  const reply = await getMetricTrends.run(getMetricTrends.input.parse(input) as never, ctx)
  if (reply.data) getMetricTrends.output.parse(reply.data)
  return { ...reply, data: reply.data as unknown as { title: string; rows: Row[] } }
}

describe('get_metric_trends', () => {
  it('compares with the period before, gives slope and forecast where there is a clear line (MET-028)', async () => {
    const { data } = await run({ query: 'disk_free', period: '24h', threshold: 0 })
    const [doubled, filling, still] = data.rows
    expect(doubled).toMatchObject({ series: '{disk="doubled"}', before: 100 })
    expect(doubled!.changePercent).toBeGreaterThan(95)
    expect(filling).toMatchObject({ series: '{disk="filling"}', now: 6_400, changePercent: -3.6 })
    expect(filling!.perHour).toBeCloseTo(-10, 3)
    expect(filling!.ahead).toBeCloseTo(6_400 - 240, 0)
    expect(filling!.reaches).toBe(`${new Date(nowMs + 640 * 3_600_000).toISOString().slice(0, 16)}Z (in 26d)`)
    expect(still).toMatchObject({ series: '{disk="still"}', now: 500, average: 500, before: 500, changePercent: 0 })
    expect(still!.perHour).toBeUndefined()
    expect(still!.reaches).toBeUndefined()
    expect(getMetricTrends.text(data as never, { shown: 3, total: 3 })).toMatch(/filling.*-10\t6160\t/)
  })

  it('says what repeats from day to day', async () => {
    const { data } = await run({ query: 'load', period: '7d' })
    expect(data.rows[0]!.pattern).toBe('daily, highest at 15:00 UTC')
    expect((await run({ query: 'disk_free{disk="filling"}', period: '7d' })).data.rows[0]!.perHour).toBeCloseTo(-10, 3)
  })

  it('takes the rate of a counter', async () => {
    const { data } = await run({ query: 'requests_total', period: '1h' })
    expect(data.title).toContain('rate(requests_total[5m])')
    expect(data.rows[0]!.now).toBeCloseTo(2, 5)
    await expect(run({ query: 'x_seconds_bucket' })).rejects.toMatchObject({
      options: { next: expect.stringContaining('histogram_quantile') },
    })
  })

  it('has no change to tell of what is new, and explains what is not there', async () => {
    const { data } = await run({ query: 'new_metric', period: '1h' })
    expect(data.rows[0]).toMatchObject({ now: 7, average: 7 })
    expect(data.rows[0]!.changePercent).toBeUndefined()
    const { empty } = await run({ query: 'gone', period: '1h' })
    expect(empty!.likely.join()).toMatch(/gone has no samples then; last seen about .*, 3d before/)
  })

  it('refuses bad PromQL before it asks (MET-014)', async () => {
    await expect(run({ query: 'rate(load)' })).rejects.toMatchObject({ code: 'invalid-promql' })
  })
})

describe('the arithmetic of trends', () => {
  it('a line meets its limit only ahead', () => {
    const line = { metric: {}, now: 10, average: 0, min: 0, max: 0, ahead: 0, fit: 1 }
    expect(secondsUntil({ ...line, perSecond: 2 }, 20)).toBe(5)
    expect(secondsUntil({ ...line, perSecond: 2 }, 5)).toBeUndefined()
    expect(secondsUntil({ ...line, perSecond: 0 }, 5)).toBeUndefined()
    expect(secondsUntil({ ...line, perSecond: 2, fit: 0.3 }, 20)).toBeUndefined()
  })

  it('autocorrelation lies between -1 and 1, and is 1 for what repeats', () => {
    const values = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { maxLength: 100 })
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 30 }), (list, lag) => {
        const value = autocorrelation(list, lag)
        expect(Math.abs(value)).toBeLessThanOrEqual(1 + 1e-9)
      }),
    )
    const wave = Array.from({ length: 96 }, (_, index) => Math.sin((index / 24) * 2 * Math.PI))
    expect(autocorrelation(wave, 24)).toBeCloseTo(1, 9)
    expect(autocorrelation(wave, 12)).toBeCloseTo(-1, 9)
  })

  it('no pattern in noise, gaps or less than two days', () => {
    const at = (of: (index: number) => string, length = 168) =>
      Array.from({ length }, (_, index): [number, string] => [index * 3600, of(index)])
    expect(dailyPattern(at((index) => String((index * 7919) % 97)))).toBeUndefined()
    expect(dailyPattern(at((index) => String(index % 24), 30))).toBeUndefined()
    expect(dailyPattern(at(() => 'NaN'))).toBeUndefined()
    expect(dailyPattern(at((index) => (index % 50 === 0 ? 'NaN' : String(index % 24))))).toEqual({ peakHour: 23 })
  })

  it('statistics of one series are joined although some drop its name', () => {
    const label = 'quartermaster_statistic'
    const one = (statistic: string, value: string, name?: string) => ({
      metric: { a: 'b', [label]: statistic, ...(name && { __name__: name }) },
      values: [[1, value]] as [number, string][],
    })
    expect(trendsOf([one('now', '3', 'up'), one('average', '2'), one('before', '0')], '1h')).toMatchObject([
      { metric: { a: 'b' }, now: 3, average: 2, before: 0 },
    ])
    expect(trendsOf([one('before', '2')], '1h')).toEqual([])
  })
})

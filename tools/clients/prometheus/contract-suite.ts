import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failureOf } from '../failure-suite.ts'
import type { Prometheus } from './types.ts'

export interface PrometheusUnderTest {
  client: Prometheus
  /** A gauge that has had samples for at least a minute before `at`; default `up` and now */
  metric?: string
  at: Date
  close(): Promise<void>
}

/** What we rely on of Prometheus, whichever server answers. */
export function prometheusContract(name: string, open: () => Promise<PrometheusUnderTest>): void {
  describe(`Prometheus contract: ${name}`, () => {
    let under: PrometheusUnderTest
    let client: Prometheus
    let metric: string
    beforeAll(async () => {
      under = await open()
      client = under.client
      metric = under.metric ?? 'up'
    })
    afterAll(() => under?.close())

    it('is ready', async () => {
      expect(await client.ready()).toBe(true)
    })

    it('scalar: one sample at the time asked for, its value a string (MET-012)', async () => {
      const result = await client.query({ query: '1.5', time: under.at })
      expect(result.resultType).toBe('scalar')
      expect(result.series).toEqual([{ metric: {}, values: [[Math.floor(under.at.getTime()) / 1000, '1.5']] }])
    })

    it('string', async () => {
      const result = await client.query({ query: '"hello"', time: under.at })
      expect(result).toMatchObject({ resultType: 'string', series: [{ values: [[expect.any(Number), 'hello']] }] })
    })

    it('infinities and NaN are values', async () => {
      const lastOf = async (query: string) => (await client.query({ query })).series[0]!.values[0]![1]
      expect(await lastOf('1 / 0')).toBe('+Inf')
      expect(await lastOf('-1 / 0')).toBe('-Inf')
      expect(await lastOf('0 / 0')).toBe('NaN')
    })

    it('vector: series with their labels', async () => {
      const result = await client.query({ query: metric, time: under.at })
      expect(result.resultType).toBe('vector')
      expect(result.series.length).toBeGreaterThan(0)
      for (const series of result.series) {
        expect(series.metric.__name__).toBe(metric)
        expect(series.values).toHaveLength(1)
      }
    })

    it('a selector that matches nothing is an empty vector', async () => {
      const result = await client.query({ query: 'no_such_metric_anywhere' })
      expect(result).toMatchObject({ resultType: 'vector', series: [] })
    })

    it('matrix: a sample at each step, both ends included', async () => {
      const start = new Date(under.at.getTime() - 60_000)
      const result = await client.queryRange({ query: 'vector(7)', start, end: under.at, stepSeconds: 15 })
      expect(result.resultType).toBe('matrix')
      expect(result.series).toHaveLength(1)
      const times = result.series[0]!.values.map(([seconds]) => seconds)
      expect(times.map((seconds) => Math.round(seconds - times[0]!))).toEqual([0, 15, 30, 45, 60])
      expect(result.series[0]!.values.every(([, value]) => value === '7')).toBe(true)
    })

    it.each([
      ['up{', 1],
      ['sum(up', 1],
      ['rate(up)', 1],
      ['up == ', 1],
      ['sum by (x) (up)\n  + ]', 2],
    ])('wrong PromQL %j: invalid-promql with its position (MET-014)', async (query, line) => {
      const error = await failureOf(client.query({ query }))
      expect(error.code).toBe('invalid-promql')
      expect(error.options.details?.position).toMatchObject({ line, column: expect.any(Number) })
      expect(error.options.field).toBe('query')
      expect(error.options.cluster).toBe(client.cluster)
    })

    it('a function that does not exist is invalid-promql and named', async () => {
      const error = await failureOf(client.query({ query: 'frobnicate(up)' }))
      expect(error.code).toBe('invalid-promql')
      expect(error.message).toContain('frobnicate')
    })

    it('series that cannot be matched are refused in its own words', async () => {
      const pair = 'label_replace(vector(1), "a", "x", "", "") or label_replace(vector(1), "a", "y", "", "")'
      const error = await failureOf(client.query({ query: `(${pair}) * on() (${pair})` }))
      expect(error.code).toBe('invalid-request')
      expect(error.message).toMatch(/match|duplicate/)
    })

    it('too many points: invalid-input that names the step', async () => {
      const start = new Date(under.at.getTime() - 86_400_000)
      const error = await failureOf(client.queryRange({ query: '1', start, end: under.at, stepSeconds: 1 }))
      expect(error.code).toBe('invalid-input')
      expect(error.options.field).toBe('step')
    })

    it('label names and values', async () => {
      expect(await client.labelNames()).toContain('__name__')
      expect(await client.labelValues({ label: '__name__' })).toContain(metric)
      expect(await client.labelValues({ label: '__name__', match: [metric] })).toEqual([metric])
      expect(await client.labelValues({ label: 'no_such_label' })).toEqual([])
    })

    it('wrong selector for labels is invalid-promql', async () => {
      const error = await failureOf(client.labelNames({ match: ['up{'] }))
      expect(error.code).toBe('invalid-promql')
    })

    it('label names and values of a time when there were series, and of one when there were none', async () => {
      const hour = 3_600_000
      const now = { start: new Date(under.at.getTime() - 60_000), end: under.at }
      expect(await client.labelValues({ label: '__name__', match: [metric], ...now })).toEqual([metric])
      expect(await client.labelNames({ match: [metric], ...now })).toContain('__name__')
      const then = { start: new Date(hour), end: new Date(2 * hour) }
      expect(await client.labelValues({ label: '__name__', match: [metric], ...then })).toEqual([])
    })

    it('series of a selector, no more than asked for (MET-004)', async () => {
      const { series, truncated } = await client.series({ match: [metric] })
      expect(series.length).toBeGreaterThan(0)
      expect(truncated).toBe(false)
      for (const one of series) expect(one.__name__).toBe(metric)
      const first = await client.series({ match: [metric], limit: 1 })
      expect(first.series).toHaveLength(1)
      // One that has just started gets more of them meanwhile
      const after = await client.series({ match: [metric] })
      if (series.length > 1) expect(first.truncated).toBe(true)
      else if (after.series.length === 1) expect(first.truncated).toBe(false)
      expect(await client.series({ match: ['no_such_metric_anywhere'] })).toEqual({ series: [], truncated: false })
    })

    it('wrong selector for series is invalid-promql', async () => {
      const error = await failureOf(client.series({ match: ['up{'] }))
      expect(error.code).toBe('invalid-promql')
    })

    it('says what it is, and counts its series unless it is Thanos', async () => {
      const { flavor } = await client.server()
      expect(['prometheus', 'thanos']).toContain(flavor)
      const counts = await client.seriesCounts()
      if (flavor === 'thanos') return
      expect(counts!.series).toBeGreaterThan(0)
      expect(counts!.metrics.get(metric) ?? counts!.others).toBeGreaterThan(0)
    })

    it('an answer of a healthy server is whole, and the same again from the cache', async () => {
      const first = await client.query({ query: metric, time: under.at, fresh: true })
      expect(first.partial).toBeUndefined()
      const { readAt: _, ...again } = await client.query({ query: metric, time: under.at })
      expect(again).toEqual(first)
    })

    it('shows its alerting rules, all or those of a name', async () => {
      const rules = await client.alertingRules()
      if (rules === undefined) return
      for (const rule of rules) {
        expect(rule.query).not.toBe('')
        expect(await client.alertingRules({ name: rule.name })).toMatchObject([{ name: rule.name, query: rule.query }])
      }
      expect(await client.alertingRules({ name: 'NoSuchRule' })).toEqual([])
    })

    it('metadata has type, help and unit', async () => {
      const all = await client.metadata()
      const entries = Object.values(all).flat()
      expect(entries.length).toBeGreaterThan(0)
      for (const entry of entries) expect(Object.keys(entry).sort()).toEqual(['help', 'type', 'unit'])
      expect(await client.metadata({ metric: 'no_such_metric_anywhere' })).toEqual({})
    })
  })
}

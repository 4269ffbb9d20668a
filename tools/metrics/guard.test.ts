import { describe, expect, it } from 'vitest'
import type { QueryGuard } from '../clients/prometheus/settings.ts'
import type { Prometheus, SeriesCounts } from '../clients/prometheus/types.ts'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf, perCluster, prometheusOf } from '../testing-upstreams.ts'
import { blanket } from './guard.ts'
import { parsePromql } from './promql.ts'
import { queryMetrics } from './query-metrics.tool.ts'

const counts: SeriesCounts = {
  series: 90_000,
  metrics: new Map([
    ['container_cpu_usage_seconds_total', 50_000],
    ['http_requests_total', 30_000],
  ]),
  others: 900,
}

function open(guard: Partial<QueryGuard> = {}, own: Partial<Parameters<typeof prometheusOf>[0]> = {}) {
  const asked: string[] = []
  const warned: string[] = []
  const ctx = testContext({
    clients: {
      fleet: fleetOf([clusterInfo('east')]),
      prometheus: {
        ...perCluster<Prometheus>({
          east: prometheusOf({
            cluster: 'east',
            asked,
            counts,
            answer: ({ query }) => ({
              resultType: 'vector',
              warnings: [],
              series: [{ metric: {}, values: [[1, query.startsWith('count(') ? '12' : '1']] }],
            }),
            ...own,
          }),
        }),
        guard: { mode: 'enforce', mostSeries: 20_000, mostPoints: 20_000_000, mostLogBytes: 50 * 1024 ** 3, ...guard },
      },
    },
  })
  ctx.log.warn = (_, message) => void warned.push(message)
  const run = async (input: object) => {
    const reply = await queryMetrics.run(queryMetrics.input.parse(input) as never, ctx)
    return reply.data as { warnings?: string[] }
  }
  return { run, asked, warned }
}

describe('a blanket selector', () => {
  it.each(['{job!=""}', '{job=~".+"}', '{__name__=~".+"}', '{job=~"^(.+)$",instance!="a"}', 'sum({__name__!=""})'])(
    '%s is refused before anything is sent',
    async (query) => {
      const { run, asked } = open()
      await expect(run({ query })).rejects.toMatchObject({
        code: 'invalid-request',
        options: { field: 'query', next: expect.stringContaining('Name a metric') },
      })
      expect(asked).toEqual([])
    },
  )
  it.each(['up', '{job="api"}', '{__name__=~"node_.*"}', '{"up"}', 'up{job=~".*"}', '{job=~"a|b"}', 'time()'])(
    '%s is none',
    (query) => {
      expect(blanket(parsePromql(query))).toBeUndefined()
    },
  )
})

describe('the cost of a query', () => {
  it('a metric with too many series is refused, with its number and the way out', async () => {
    const { run, asked } = open()
    await expect(run({ query: 'sum(rate(container_cpu_usage_seconds_total[5m]))' })).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringMatching(/50,000 series on east; more than 20,000/),
      options: { next: expect.stringContaining('container_cpu_usage_seconds_total{namespace='), cluster: 'east' },
    })
    expect(asked).toEqual([])
  })

  it('matchers count: the same metric narrowed to a few series is asked', async () => {
    const { run, asked } = open()
    await run({ query: 'http_requests_total{namespace="shop"}' })
    expect(asked).toEqual(['count(http_requests_total{namespace="shop"})', 'http_requests_total{namespace="shop"}'])
  })

  it('a metric that is not among the largest has at most as many as the smallest of them', async () => {
    const { run, asked } = open()
    await run({ query: 'some_metric' })
    expect(asked).toEqual(['some_metric'])
    await expect(open({ mostSeries: 500 }).run({ query: 'some_metric' })).rejects.toMatchObject({
      code: 'invalid-request',
    })
  })

  it('a pattern of names counts all it matches', async () => {
    const small = open()
    await small.run({ query: '{__name__=~"node_.*"}' })
    expect(small.asked).toHaveLength(1)
    const big = open(
      {},
      { answer: () => ({ resultType: 'vector', warnings: [], series: [{ metric: {}, values: [[1, '80000']] }] }) },
    )
    await expect(big.run({ query: '{__name__=~"container.*|http_.*"}' })).rejects.toMatchObject({
      message: expect.stringContaining('80,000 series'),
    })
  })

  it('series times points of a range have a limit of their own', async () => {
    const { run } = open({ mostPoints: 100_000 })
    await expect(run({ query: 'some_metric', since: '1h', step: '15s' })).rejects.toMatchObject({
      message: expect.stringMatching(/900 series × 241 points/),
      options: { next: expect.stringContaining('larger step') },
    })
    await run({ query: 'some_metric', since: '1h' })
  })

  it('a server that does not count is asked', async () => {
    const { run, asked } = open({}, { counts: undefined })
    await run({ query: 'container_cpu_usage_seconds_total' })
    expect(asked).toEqual(['container_cpu_usage_seconds_total'])
  })

  it('shadow asks, logs and says what would have been refused; off asks', async () => {
    const shadow = open({ mode: 'shadow' })
    expect((await shadow.run({ query: 'container_cpu_usage_seconds_total' })).warnings![0]).toContain(
      'would refuse this: container_cpu_usage_seconds_total matches 50,000 series',
    )
    expect((await shadow.run({ query: '{job=~".+"}' })).warnings![0]).toContain('matches every series')
    expect(shadow.warned).toHaveLength(2)
    const off = open({ mode: 'off' })
    expect((await off.run({ query: '{job=~".+"}' })).warnings).toBeUndefined()
    expect(off.asked).toEqual(['{job=~".+"}'])
  })
})

import { describe, expect, it } from 'vitest'
import type { Prometheus } from '../clients/prometheus/types.ts'
import { perCluster, prometheusOf } from '../testing-upstreams.ts'
import { getServiceMap } from './get-service-map.tool.ts'
import { span, summary, tempoOf, traceContext, traceId } from './testing.ts'

const sample = (query: string, metric: Record<string, string>, value: string) => ({ query, metric, value })
const series = [
  sample('_request_total', { client: 'web', server: 'api' }, '12.5'),
  sample('_request_total', { client: 'api', server: 'db' }, '30'),
  sample('_failed_total', { client: 'web', server: 'api' }, '1.25'),
  sample('histogram_quantile', { client: 'web', server: 'api' }, '0.25'),
  sample('histogram_quantile', { client: 'api', server: 'db' }, 'NaN'),
]
const trace = {
  traceId,
  spans: [
    span('root', [0, 100]),
    span('a<root', [5, 50], { service: 'api', status: 'error' }),
    span('b<root', [50, 90], { service: 'api' }),
    span('c<b', [55, 60], { service: 'db' }),
  ],
}
const tempo = (cluster: string) =>
  tempoOf(cluster, { traces: [trace], search: () => [summary()], values: { 'resource.service.name': ['web', 'api'] } })
const ctx = traceContext(
  { east: tempo('east'), west: tempo('west'), broken: tempo('broken'), none: tempoOf('none', {}) },
  {
    prometheus: perCluster<Prometheus>({
      east: prometheusOf({
        cluster: 'east',
        answer: ({ query }) => ({
          resultType: 'vector',
          warnings: [],
          series: series
            .filter(
              (one) =>
                query.includes(one.query) && (one.query === 'histogram_quantile' || !query.startsWith('histogram')),
            )
            .map(({ metric, value }) => ({ metric, values: [[0, value]] })),
        }),
      }),
      west: prometheusOf({ cluster: 'west' }),
      broken: new Error('refused'),
    }),
  },
)
const run = async (input: object) => {
  const reply = await getServiceMap.run(getServiceMap.input.parse(input) as never, ctx)
  return {
    ...reply,
    data: reply.data as never as {
      title: string
      note?: string
      edges: object[]
      nodes: { id: string; state?: string }[]
    },
  }
}

describe('get_service_map', () => {
  it('takes rates, errors and p95 from the service graph in Prometheus (TRC-005)', async () => {
    const { data } = await run({ clusters: ['east'] })
    expect(data.title).toBe('2 dependencies of 3 services')
    expect(data.edges).toMatchObject([
      { source: 'web', target: 'api', weight: 12.5, errorPercent: 10, p95Ms: 250, state: 'failing', from: 'metrics' },
      { source: 'api', target: 'db', weight: 30, errorPercent: 0, state: 'ok' },
    ])
    expect(data.nodes.map(({ id, state }) => [id, state])).toEqual([
      ['api', 'failing'],
      ['db', 'ok'],
      ['web', undefined],
    ])
  })

  it('samples traces where there is no such graph, or Prometheus is away, and says so', async () => {
    for (const cluster of ['west', 'broken']) {
      const { data } = await run({ clusters: [cluster] })
      expect(data.note).toBe(`${cluster}: a sample of 1 trace, no rates`)
      expect(data.edges).toMatchObject([
        { source: 'web', target: 'api', weight: 2, errorPercent: 50, p95Ms: 45, from: 'sampled traces' },
        { source: 'api', target: 'db', weight: 1, errorPercent: 0 },
      ])
    }
  })

  it('one service only, and nothing', async () => {
    expect((await run({ clusters: ['west'], service: 'db' })).data.edges).toMatchObject([{ target: 'db' }])
    expect((await run({ clusters: ['none'] })).empty!.likely[1]).toContain('traceparent')
  })
})

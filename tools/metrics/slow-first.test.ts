import { expect, it } from 'vitest'
import type { Prometheus } from '../clients/prometheus/types.ts'
import { testContext } from '../testing.ts'
import { perCluster, prometheusOf } from '../testing-upstreams.ts'
import { slowFirst } from './slow-first.ts'

it('asks those that took longest first, and answers in the order asked', async () => {
  const client = (cluster: string, paceMs?: number): Prometheus => ({
    ...prometheusOf({ cluster }),
    ...(paceMs && { paceMs }),
  })
  const prometheus = perCluster<Prometheus>({ a: client('a', 20), b: client('b'), c: client('c', 900) })
  const { fanOut } = testContext({ clients: { prometheus } })
  const asked: string[] = []
  const { values, clusters } = await slowFirst(
    { prometheus, fanOut },
    ['a', 'b', 'c', 'none'],
    async (cluster) => {
      asked.push(cluster)
      return prometheus.for(cluster).cluster
    },
    { timeoutMs: 60_000 },
  )
  expect(asked).toEqual(['c', 'a', 'b', 'none'])
  expect(values.map(({ value }) => value)).toEqual(['a', 'b', 'c'])
  expect(clusters.map(({ cluster, status }) => [cluster, status])).toEqual([
    ['a', 'success'],
    ['b', 'success'],
    ['c', 'success'],
    ['none', 'error'],
  ])
})

import { expect, it } from 'vitest'
import type { Prometheus } from '../../clients/prometheus/types.ts'
import { testContext } from '../../testing.ts'
import { perCluster, prometheusOf, type Upstream } from '../../testing-upstreams.ts'
import { loadNow } from './busy.ts'
import type { Target } from './target.ts'

const target = { place: { cluster: 'east', namespace: 'a', name: 'b' } } as Target
const ask = (east: Upstream<Prometheus>) =>
  loadNow('m', target, testContext({ clients: { prometheus: perCluster({ east }) as never } }))
const answering = (value: string | undefined) =>
  prometheusOf({
    cluster: 'east',
    answer: () => ({
      resultType: 'vector',
      series: value === undefined ? [] : [{ metric: {}, values: [[1, value]] }],
      warnings: [],
    }),
  })

it.each([
  ['7', 'warn'],
  ['0', 'pass'],
])('the load of others: %s requests are %s', async (value, state) => {
  expect(await ask(answering(value))).toMatchObject({
    label: 'Load now',
    state,
    detail: expect.stringContaining(value),
  })
})

it('is left out where nothing tells it', async () => {
  expect(await ask(answering(undefined))).toBeUndefined()
  expect(await ask(new Error('down'))).toBeUndefined()
})

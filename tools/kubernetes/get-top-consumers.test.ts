import { describe, expect, it } from 'vitest'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf, kubernetesOf, perCluster, prometheusOf } from '../testing-upstreams.ts'
import { getTopConsumers } from './get-top-consumers.tool.ts'
import { podOf } from './testing.ts'
import type { UsageRow } from './usage-rows.ts'

const cpu: Record<string, Record<string, string>> = {
  east: { a: '3', b: '1' },
  west: { c: '4' },
}
function contextOf(measured = true) {
  const clusters = Object.keys(cpu)
  const kubernetes = Object.fromEntries(
    clusters.map((cluster) => [
      cluster,
      kubernetesOf({ cluster, objects: { pods: Object.keys(cpu[cluster]!).map((name) => podOf({ name })) } }),
    ]),
  )
  const prometheus = Object.fromEntries(
    clusters.map((cluster) => [
      cluster,
      prometheusOf({
        cluster,
        answer: ({ query }) => ({
          resultType: 'vector',
          warnings: [],
          series: query.includes('cpu_usage')
            ? Object.entries(cpu[cluster]!).map(([pod, value]) => ({
                metric: { namespace: 'shop', pod },
                values: [[0, value]],
              }))
            : [],
        }),
      }),
    ]),
  )
  return testContext({
    clients: {
      fleet: fleetOf(clusters.map((name) => clusterInfo(name))),
      kubernetes: perCluster(kubernetes),
      ...(measured && { prometheus: perCluster(prometheus) }),
    },
  })
}
const run = async (input: object, ctx = contextOf()) => {
  const reply = await getTopConsumers.run(getTopConsumers.input.parse(input) as never, ctx)
  const data = reply.data as unknown as { title: string; rows: (UsageRow & { share: number })[] }
  return { ...reply, data, text: data ? getTopConsumers.text(data as never, { shown: 1, total: 1 }) : '' }
}

describe('get_top_consumers (MET-028)', () => {
  it('puts who uses most of all clusters first, with the share of all', async () => {
    const { data, text } = await run({ resource: 'cpu' })
    expect(data.rows.map(({ id, cpuUsed, share }) => [id, cpuUsed, share])).toEqual([
      ['west/shop/c', 4, 50],
      ['east/shop/a', 3, 37.5],
      ['east/shop/b', 1, 12.5],
    ])
    expect(data.title).toBe('Pods by CPU used, 3 of 3 use any')
    expect(text).toContain('west\tc\t50%\t4/-/-')
  })

  it('shows ten unless told otherwise', () => {
    expect(getTopConsumers.input.parse({ resource: 'gpu' })).toMatchObject({ limit: 10, by: 'pods' })
    expect(() => getTopConsumers.input.parse({ resource: 'disk' })).toThrow()
  })

  it('says that nothing uses it, or that nobody measures it', async () => {
    expect((await run({ resource: 'gpu' })).empty?.title).toBe('Nothing uses GPUs here')
    await expect(run({ resource: 'cpu' }, contextOf(false))).rejects.toMatchObject({
      code: 'not-configured',
      message: expect.stringContaining('east has neither a metrics server nor a configured Prometheus'),
    })
  })
})

import { describe, expect, it } from 'vitest'
import type { Prometheus } from '../clients/prometheus/types.ts'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf, perCluster, prometheusOf } from '../testing-upstreams.ts'
import { getMetricLabels } from './get-metric-labels.tool.ts'

const ctx = testContext({
  clients: {
    fleet: fleetOf([clusterInfo('east'), clusterInfo('west'), clusterInfo('dead')]),
    prometheus: perCluster<Prometheus>({
      east: prometheusOf({ cluster: 'east', values: { job: ['vllm', 'node'], model_name: ['qwen'] } }),
      west: prometheusOf({ cluster: 'west', values: { job: ['node'] } }),
      dead: new Error('refused'),
    }),
  },
})
const run = async (input: object) => {
  const reply = await getMetricLabels.run(getMetricLabels.input.parse(input) as never, ctx)
  return { ...reply, data: reply.data as unknown as { title: string; rows: { value: string; clusters: string }[] } }
}

describe('get_metric_labels', () => {
  it('joins the values of a label over clusters and names who failed (MET-003, MET-027)', async () => {
    const { data, clusters } = await run({ labelName: 'job' })
    expect(data.title).toBe('2 values of job')
    expect(data.rows.map((row) => [row.value, row.clusters])).toEqual([
      ['node', 'east, west'],
      ['vllm', 'east'],
    ])
    expect(clusters!.at(-1)).toMatchObject({ cluster: 'dead', status: 'error' })
  })

  it('lists the names of labels when none is given, filtered by words', async () => {
    expect((await run({})).data.rows.map((row) => row.value)).toEqual(['job', 'model_name'])
    expect((await run({ text: 'MODEL' })).data.rows.map((row) => row.value)).toEqual(['model_name'])
  })

  it('names a near label where there is none of that name', async () => {
    expect((await run({ labelName: 'model_nam' })).empty!.likely[0]).toContain('there is model_name')
  })

  it('refuses a selector that is none before asking', async () => {
    await expect(run({ labelName: 'job', match: 'up{' })).rejects.toMatchObject({ code: 'invalid-promql' })
  })
})

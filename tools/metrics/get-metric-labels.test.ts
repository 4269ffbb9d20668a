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

  it('shows the series of a selector, as they can be asked for (MET-004)', async () => {
    const series = [{ __name__: 'up', job: 'a"b', instance: 'x:1' }]
    const one = testContext({
      clients: {
        fleet: fleetOf([clusterInfo('east')]),
        prometheus: perCluster<Prometheus>({ east: prometheusOf({ cluster: 'east', series }) }),
      },
    })
    const reply = await getMetricLabels.run(getMetricLabels.input.parse({ match: 'up', show: 'series' }) as never, one)
    const data = reply.data as { title: string; rows: { value: string }[] }
    expect(data.title).toBe('1 series in up')
    expect(data.rows[0]!.value).toBe('up{instance="x:1",job="a\\"b"}')
    await expect(run({ show: 'series' })).rejects.toMatchObject({
      code: 'invalid-request',
      options: { field: 'match' },
    })
  })

  it('shows type, unit and help of metrics (MET-004)', async () => {
    const metadata = { up: [{ type: 'gauge', help: 'Whether the scrape worked.', unit: '' }] }
    const one = testContext({
      clients: {
        fleet: fleetOf([clusterInfo('east')]),
        prometheus: perCluster<Prometheus>({ east: prometheusOf({ cluster: 'east', metadata }) }),
      },
    })
    const reply = await getMetricLabels.run(getMetricLabels.input.parse({ show: 'metadata' }) as never, one)
    expect((reply.data as { rows: object[] }).rows).toEqual([
      { id: 'up', value: 'up', type: 'gauge', help: 'Whether the scrape worked.', clusters: 'east' },
    ])
    expect(getMetricLabels.text(reply.data as never, { shown: 1, total: 1 })).toContain('"Whether the scrape worked."')
  })

  it('refuses a selector that is none before asking', async () => {
    await expect(run({ labelName: 'job', match: 'up{' })).rejects.toMatchObject({ code: 'invalid-promql' })
  })
})

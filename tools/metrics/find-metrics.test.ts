import { describe, expect, it } from 'vitest'
import type { Prometheus } from '../clients/prometheus/types.ts'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf, perCluster, prometheusOf } from '../testing-upstreams.ts'
import { findMetrics } from './find-metrics.tool.ts'

const names = [
  'vllm:time_to_first_token_seconds_bucket',
  'vllm:time_to_first_token_seconds_sum',
  'vllm:kv_cache_usage_perc',
  'vllm:num_requests_waiting',
  'DCGM_FI_DEV_GPU_TEMP',
  'DCGM_FI_DEV_FB_USED',
  'node_memory_MemAvailable_bytes',
  'up',
]
const metadata = {
  'vllm:time_to_first_token_seconds': [
    { type: 'histogram', help: 'Histogram of time to first token in seconds.', unit: '' },
  ],
  DCGM_FI_DEV_GPU_TEMP: [{ type: 'gauge', help: 'GPU temperature (in C).', unit: '' }],
}
const withoutMetadata = prometheusOf({ cluster: 'west', names: ['up', 'west_only_total'] })
withoutMetadata.metadata = async () => {
  throw new Error('404')
}
const ctx = testContext({
  clients: {
    fleet: fleetOf([clusterInfo('east'), clusterInfo('west')]),
    prometheus: perCluster<Prometheus>({
      east: prometheusOf({ cluster: 'east', names, metadata, values: { job: ['a'], model_name: ['qwen'], le: ['1'] } }),
      west: withoutMetadata,
    }),
  },
})
const run = async (input: object) => {
  const reply = await findMetrics.run(findMetrics.input.parse(input) as never, ctx)
  return {
    ...reply,
    data: reply.data as unknown as {
      title: string
      rows: { name: string; type?: string; unit?: string; clusters: string }[]
    },
  }
}

describe('find_metrics', () => {
  it.each([
    ['time to first token', 'vllm:time_to_first_token_seconds_bucket'],
    ['ttft', 'vllm:time_to_first_token_seconds_bucket'],
    ['gpu temperature', 'DCGM_FI_DEV_GPU_TEMP'],
    ['kv cache', 'vllm:kv_cache_usage_perc'],
    ['queue', 'vllm:num_requests_waiting'],
    ['vram', 'DCGM_FI_DEV_FB_USED'],
    ['DCGM_FI_DEV_FB_USED', 'DCGM_FI_DEV_FB_USED'],
  ])('%s → %s', async (text, name) => {
    expect((await run({ text })).data.rows[0]!.name).toBe(name)
  })

  it('shows a histogram once, described as a whole, with the unit its name tells', async () => {
    const { data } = await run({ text: 'ttft' })
    expect(data.rows[0]).toMatchObject({ type: 'histogram', unit: 'seconds', clusters: 'east' })
    expect(data.title).toBe('1 metric of 9')
  })

  it('names the labels that tell series apart, and not where they were scraped', async () => {
    const { data } = await run({ text: 'ttft' })
    expect(data.rows[0]).toMatchObject({ labels: 'model_name, le' })
    expect(findMetrics.text(data as never, { shown: 1, total: 1 })).toContain('model_name, le')
  })

  it('joins clusters, also one that serves no metadata', async () => {
    expect((await run({ text: 'up' })).data.rows[0]).toMatchObject({ name: 'up', clusters: 'east, west' })
    expect((await run({ text: 'west only' })).data.rows[0]!.name).toBe('west_only_total')
  })

  it('says how much there is when nothing fits', async () => {
    expect((await run({ text: 'unicorn' })).empty!.likely[0]).toContain('9 metrics exist')
  })
})

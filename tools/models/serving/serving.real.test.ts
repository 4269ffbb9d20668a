import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { available, type Prometheus as Engine, startPrometheus } from '../../../engines/index.ts'
import { testClients } from '../../clients/testing.ts'
import type { Measured } from './collect.ts'
import { latencyQuery } from './queries.ts'
import { readServing } from './read.ts'

// 2026-01-01T00:00:00Z
const startSeconds = 1_767_225_600
const minutes = 30
const endSeconds = startSeconds + minutes * 60

type Labels = Record<string, string>
interface Family {
  name: string
  type: 'counter' | 'gauge' | 'histogram'
  /** A second for counters, the value of gauges, observations a second by bound for histograms */
  series: [Labels, number | Record<string, number>][]
}

const labelText = (labels: Labels) =>
  `{${Object.entries(labels)
    .map(([key, value]) => `${key}="${value}"`)
    .join(',')}}`

/** OpenMetrics, a sample a minute. */
function* page(families: readonly Family[]): Generator<string> {
  for (const { name, type, series } of families) {
    // A counter's family is called without the suffix of its samples
    yield `# TYPE ${type === 'counter' ? name.replace(/_total$/, '') : name} ${type}`
    for (const [labels, value] of series) {
      const samples: [string, Labels, number][] =
        typeof value === 'number'
          ? [[name, labels, value]]
          : [
              ...Object.entries(value).map(([le, rate]): [string, Labels, number] => [
                `${name}_bucket`,
                { ...labels, le },
                rate,
              ]),
              [`${name}_sum`, labels, value['+Inf']!],
              [`${name}_count`, labels, value['+Inf']!],
            ]
      for (const [sample, own, rate] of samples)
        for (let minute = 0; minute <= minutes; minute++)
          yield `${sample}${labelText(own)} ${type === 'gauge' ? rate : rate * minute * 60} ${startSeconds + minute * 60}`
    }
  }
}

const pod = (name: string, more: Labels): Labels => ({
  namespace: 'inference',
  pod: name,
  job: 'inference/pods',
  ...more,
})
const llama = { model_name: 'meta-llama/Llama-3.1-8B-Instruct' }
const bounds = { '0.1': 2, '0.25': 6, '0.5': 9, '1.0': 10, '+Inf': 10 }
const slower = { '0.1': 0, '0.25': 1, '0.5': 4, '1.0': 10, '+Inf': 10 }
const sg = pod('sg-7d9c4b8f6-abc12', { model_name: 'Qwen/Qwen3-8B', engine_type: 'unified' })
const trt = pod('trt-0', { model_name: 'm', engine_type: 'trtllm' })
const [one, two] = ['x2v9k', 'qqqqq'].map((suffix) => pod(`llama-worker-6d4cf56db6-${suffix}`, llama)) as [
  Labels,
  Labels,
]
const frontend = pod('graph-frontend-6d4cf56db6-bbbbb', { model: 'gpt' })
const worker = pod('graph-worker-6d4cf56db6-ccccc', { model: 'gpt', dynamo_namespace: 'inference-graph' })

const families: Family[] = [
  {
    name: 'vllm:num_requests_running',
    type: 'gauge',
    series: [
      [one, 3],
      [two, 4],
    ],
  },
  {
    name: 'vllm:num_requests_waiting',
    type: 'gauge',
    series: [
      [one, 0],
      [two, 2],
    ],
  },
  {
    name: 'vllm:kv_cache_usage_perc',
    type: 'gauge',
    series: [
      [one, 0.5],
      [two, 0.97],
    ],
  },
  { name: 'vllm:num_preemptions_total', type: 'counter', series: [[two, 0.1]] },
  {
    name: 'vllm:request_success_total',
    type: 'counter',
    series: [
      [one, 10],
      [two, 10],
    ],
  },
  { name: 'vllm:prefix_cache_queries_total', type: 'counter', series: [[one, 100]] },
  { name: 'vllm:prefix_cache_hits_total', type: 'counter', series: [[one, 25]] },
  {
    name: 'vllm:time_to_first_token_seconds',
    type: 'histogram',
    series: [
      [one, bounds],
      [two, slower],
    ],
  },
  { name: 'vllm:time_per_output_token_seconds', type: 'histogram', series: [[one, { '0.05': 100, '+Inf': 100 }]] },
  { name: 'sglang:num_running_reqs', type: 'gauge', series: [[sg, 6]] },
  { name: 'sglang:num_queue_reqs', type: 'gauge', series: [[sg, 1]] },
  { name: 'sglang:token_usage', type: 'gauge', series: [[sg, 0.4]] },
  { name: 'sglang:cache_hit_rate', type: 'gauge', series: [[sg, 0.37]] },
  { name: 'sglang:gen_throughput', type: 'gauge', series: [[sg, 900]] },
  { name: 'sglang:time_to_first_token_seconds', type: 'histogram', series: [[sg, bounds]] },
  { name: 'trtllm_num_requests_running', type: 'gauge', series: [[trt, 2]] },
  { name: 'trtllm_kv_cache_utilization', type: 'gauge', series: [[trt, 0.6]] },
  { name: 'trtllm_kv_cache_hit_rate', type: 'gauge', series: [[trt, 0.2]] },
  { name: 'trtllm_request_success_total', type: 'counter', series: [[trt, 5]] },
  { name: 'trtllm_time_to_first_token_seconds', type: 'histogram', series: [[trt, bounds]] },
  { name: 'trtllm_time_per_output_token_seconds', type: 'histogram', series: [[trt, { '0.02': 100, '+Inf': 100 }]] },
  { name: 'dynamo_frontend_active_requests', type: 'gauge', series: [[frontend, 8]] },
  {
    name: 'dynamo_frontend_stage_requests',
    type: 'gauge',
    series: [
      [{ ...frontend, stage: 'route', phase: '' }, 2],
      [{ ...frontend, stage: 'dispatch', phase: 'aggregated' }, 3],
    ],
  },
  {
    name: 'dynamo_frontend_requests_total',
    type: 'counter',
    series: [
      [{ ...frontend, status: 'success' }, 9],
      [{ ...frontend, status: 'error' }, 1],
    ],
  },
  { name: 'dynamo_frontend_time_to_first_token_seconds', type: 'histogram', series: [[frontend, slower]] },
  { name: 'dynamo_component_gpu_cache_usage_percent', type: 'gauge', series: [[worker, 0.25]] },
]
const history = [...page(families), '# EOF', ''].join('\n')

describe.each(['debian', 'newest'] as const)('serving metrics on a real Prometheus (%s)', (version) => {
  const isThere = available(version === 'newest' ? 'prometheus-newest' : 'prometheus').ok
  describe.skipIf(!isThere)('of every engine', () => {
    let engine: Engine
    let clients: ReturnType<typeof testClients>
    let measured: Map<string, Measured>
    beforeAll(async () => {
      engine = await startPrometheus({ history, nodeExporter: false, version })
      clients = testClients({ clusters: [{ name: 'real', prometheus: { url: engine.url } }] })
      const read = await readServing({
        prometheus: clients.prometheus.for('real'),
        deployments: ['llama', 'sg', 'trt', 'graph'].map((name) => ({ namespace: 'inference', name })) as never,
        window: '15m',
        now: new Date(endSeconds * 1000),
        signal: AbortSignal.timeout(20_000),
      })
      measured = new Map(read.measured.map((each) => [each.name, each]))
    }, 120_000)
    afterAll(async () => {
      clients?.close()
      await engine?.stop()
    })
    const of = (name: string) => measured.get(name)!

    it('puts each deployment together, and nothing else', () => {
      expect([...measured.keys()].sort()).toEqual(['graph', 'llama', 'sg', 'trt'])
    })

    it('vLLM: sums, the fullest cache, preemptions, hits, old names', () => {
      expect(of('llama')).toMatchObject({ source: 'vllm', running: 7, waiting: 2, kvUsage: 0.97, prefixHits: 0.25 })
      expect(of('llama').requestsPerSecond).toBeCloseTo(20, 3)
      expect(of('llama').preemptionsPerSecond).toBeCloseTo(0.1, 4)
      expect(of('llama').itl.p50).toBeCloseTo(0.025, 4)
    })

    it('SGLang and TensorRT-LLM', () => {
      expect(of('sg')).toMatchObject({
        source: 'sglang',
        running: 6,
        waiting: 1,
        kvUsage: 0.4,
        prefixHits: 0.37,
        tokensOutPerSecond: 900,
      })
      expect(of('trt')).toMatchObject({ source: 'trtllm', running: 2, kvUsage: 0.6, prefixHits: 0.2 })
      expect(of('trt').itl.p50).toBeCloseTo(0.01, 4)
    })

    it('Dynamo: the queue is the sum of its stages, errors by status, the cache a ratio', () => {
      expect(of('graph')).toMatchObject({ running: 8, waiting: 5, kvUsage: 0.25 })
      expect(of('graph').errorsPerSecond! / of('graph').requestsPerSecond!).toBeCloseTo(0.1, 4)
    })

    it.each([0.5, 0.95, 0.99])('the quantile %s over two pods is what Prometheus itself computes', async (share) => {
      const query = `histogram_quantile(${share}, sum by (le) (rate(vllm:time_to_first_token_seconds_bucket[15m])))`
      const client = clients.prometheus.for('real')
      const { series } = await client.query({ query, time: new Date(endSeconds * 1000) })
      const key = `p${share * 100}` as 'p50' | 'p95' | 'p99'
      expect(of('llama').ttft[key]).toBeCloseTo(Number(series[0]!.values[0]![1]), 6)
    })

    it('the question for the curve is one that Prometheus answers', async () => {
      const query = latencyQuery({ namespace: 'inference', name: 'llama', source: 'vllm' })
      const { series } = await clients.prometheus.for('real').query({ query, time: new Date(endSeconds * 1000) })
      expect(Number(series[0]!.values[0]![1])).toBeGreaterThan(0.5)
    })
  })
})

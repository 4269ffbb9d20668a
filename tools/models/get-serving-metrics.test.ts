import { describe, expect, it } from 'vitest'
import { ToolError } from '#contract'
import type { KubernetesCluster } from '../clients/kubernetes/types.ts'
import type { Prometheus } from '../clients/prometheus/types.ts'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf, perCluster, prometheusOf, type Upstream } from '../testing-upstreams.ts'
import { getServingMetrics } from './get-serving-metrics.tool.ts'
import type { ServingRow } from './serving/rows.ts'
import { answerOf, appLabels, type Page, podLabels } from './testing-metrics.ts'
import { graphOf, servingCluster } from './testing-served.ts'

const model = { model_name: 'Qwen/Qwen3-8B' }
const bounds = { '0.1': 5, '0.5': 9.5, '1.0': 10, '+Inf': 10 }

const vllm: Page = {
  now: [
    [{ __name__: 'vllm:num_requests_running', ...podLabels('qwen-worker-6d4cf56db6-x2v9k'), ...model }, 12],
    [{ __name__: 'vllm:num_requests_running', ...podLabels('qwen-worker-6d4cf56db6-bbbbb'), ...model }, 8],
    [{ __name__: 'vllm:num_requests_waiting', ...podLabels('qwen-worker-6d4cf56db6-x2v9k'), ...model }, 40],
    [{ __name__: 'vllm:kv_cache_usage_perc', ...podLabels('qwen-worker-6d4cf56db6-x2v9k'), ...model }, 0.99],
    [{ __name__: 'vllm:kv_cache_usage_perc', ...podLabels('qwen-worker-6d4cf56db6-bbbbb'), ...model }, 0.4],
  ],
  counted: [
    [appLabels('requests/1', 'qwen-worker', model), 10],
    [appLabels('tokensIn/1', 'qwen-worker', model), 12000],
    [appLabels('tokensOut/2', 'qwen-worker', model), 2600],
    [appLabels('preemptions/0', 'qwen-worker', model), 0.02],
    [appLabels('prefixQueries/0', 'qwen-worker', model), 12000],
    [appLabels('prefixHits/0', 'qwen-worker', model), 4800],
    [appLabels('waitingGrowth/0', 'qwen-worker', model), 0.03],
  ],
  buckets: [
    [appLabels('ttft/1', 'qwen-worker', model), bounds],
    [appLabels('itl/1', 'qwen-worker', model), { '0.025': 100, '0.05': 200, '+Inf': 200 }],
    [appLabels('queue/0', 'qwen-worker', model), bounds],
  ],
}
const graphs = (...names: string[]) =>
  servingCluster({ cluster: 'east', objects: { dynamographdeployments: names.map((name) => graphOf(name)) } })

type Clusters = Record<string, { page: Upstream<Prometheus> | Page; kubernetes?: Upstream<KubernetesCluster> }>
function contextOf(clusters: Clusters) {
  const asked: string[] = []
  const prometheus = Object.entries(clusters).map(([cluster, { page }]): [string, Upstream<Prometheus>] => [
    cluster,
    page instanceof Error || page === 'hang' || 'query' in page
      ? (page as Upstream<Prometheus>)
      : prometheusOf({ cluster, asked, answer: answerOf(page as Page) }),
  ])
  const kubernetes = Object.entries(clusters).flatMap(([cluster, one]): [string, Upstream<KubernetesCluster>][] =>
    one.kubernetes ? [[cluster, one.kubernetes]] : [],
  )
  const ctx = testContext({
    clients: {
      fleet: fleetOf(Object.keys(clusters).map((name) => clusterInfo(name))),
      prometheus: perCluster(Object.fromEntries(prometheus)),
      kubernetes: perCluster(Object.fromEntries(kubernetes)),
    },
  })
  return { ctx, asked }
}
const run = async (clusters: Clusters, input: object = {}) => {
  const { ctx, asked } = contextOf(clusters)
  const reply = await getServingMetrics.run(getServingMetrics.input.parse(input) as never, ctx)
  const data = reply.data && getServingMetrics.output.parse(reply.data)
  return { ...reply, asked, rows: (data?.rows ?? []) as ServingRow[] }
}

describe('get_serving_metrics', () => {
  it('puts the pods of a deployment together: sums, the fullest cache, one histogram', async () => {
    const { rows } = await run({ east: { page: vllm, kubernetes: graphs('qwen') } })
    expect(rows).toEqual([
      expect.objectContaining({
        id: 'east/inference/qwen',
        model: 'Qwen/Qwen3-8B',
        source: 'vllm',
        requestsPerSecond: 10,
        running: 20,
        waiting: 40,
        kvPercent: 99,
        prefixHitPercent: 40,
        preemptions: 18,
        ttftP50Ms: 100,
        ttftP95Ms: 500,
        itlP50Ms: 25,
        tokensInPerSecond: 12000,
        tokensOutPerSecond: 2600,
      }),
    ])
  })

  it('says what is wrong in words: a full cache that preempts, a queue that grows', async () => {
    const { rows } = await run({ east: { page: vllm, kubernetes: graphs('qwen') } })
    expect(rows[0]!.stateTone).toBe('bad')
    expect(rows[0]!.state).toContain('KV cache full on 1 of 2 pods, 18 preemptions')
    expect(rows[0]!.state).toContain('queue grows: 40 wait')
  })

  it('asks each Prometheus three questions', async () => {
    const { asked } = await run({ east: { page: vllm }, west: { page: vllm } })
    expect(asked).toHaveLength(6)
    expect(asked.every((query) => query.length < 8_000)).toBe(true)
  })

  it('takes latency and errors of a graph from its frontend, and the cache from its engine', async () => {
    const frontend = { model: 'qwen3-8b' }
    const { rows } = await run({
      east: {
        kubernetes: graphs('qwen'),
        page: {
          now: [...vllm.now!],
          counted: [
            ...vllm.counted!,
            [appLabels('requests/0', 'qwen-frontend', frontend), 4],
            [appLabels('errors/0', 'qwen-frontend', frontend), 0.4],
            [appLabels('rejected/0', 'qwen-frontend', frontend), 0.01],
          ],
          buckets: [...vllm.buckets!, [appLabels('ttft/0', 'qwen-frontend', frontend), { '2.0': 4, '+Inf': 4 }]],
        },
      },
    })
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({
      requestsPerSecond: 4,
      errorPercent: 10,
      rejected: 9,
      ttftP50Ms: 1000,
      kvPercent: 99,
    })
    expect(rows[0]!.state).toContain('9 requests refused as overloaded (529)')
  })

  it('knows old names, and that ratios are ratios whatever the name says', async () => {
    const old: Page = {
      now: [
        [{ __name__: 'vllm:gpu_cache_usage_perc', ...podLabels('old-0'), ...model }, 0.5],
        [{ __name__: 'dynamo_component_gpu_cache_usage_percent', ...podLabels('graph-worker-0'), model: 'm' }, 0.25],
        [{ __name__: 'dynamo_frontend_queued_requests', ...podLabels('graph-frontend-0'), model: 'm' }, 3],
      ],
      buckets: [[appLabels('itl/2', 'old', model), { '0.02': 10, '+Inf': 10 }]],
    }
    const { rows } = await run({ east: { page: old, kubernetes: graphs('old', 'graph') } })
    expect(rows.find(({ name }) => name === 'old')).toMatchObject({ kvPercent: 50, itlP50Ms: 10 })
    expect(rows.find(({ name }) => name === 'graph')).toMatchObject({ kvPercent: 25, waiting: 3, source: 'dynamo' })
  })

  it.each([
    ['sglang', 'sglang:num_running_reqs', 'sglang:token_usage', 'ttft/2'],
    ['trtllm', 'trtllm_num_requests_running', 'trtllm_kv_cache_utilization', 'ttft/3'],
  ])('reads %s alike', async (source, running, usage, ttft) => {
    const page: Page = {
      now: [
        [{ __name__: running, ...podLabels('a-0'), ...model }, 2],
        [{ __name__: usage, ...podLabels('a-0'), ...model }, 0.6],
      ],
      buckets: [[appLabels(ttft, 'a', model), { '0.2': 10, '+Inf': 10 }]],
    }
    const { rows } = await run({ east: { page } })
    expect(rows[0]).toMatchObject({ source, running: 2, kvPercent: 60, ttftP50Ms: 100 })
  })

  it('tells the same name in two namespaces and two deployments of one beginning apart', async () => {
    const running = (pod: string, namespace: string, value: number): [Record<string, string>, number] => [
      { __name__: 'vllm:num_requests_running', ...podLabels(pod, { namespace }), ...model },
      value,
    ]
    const page: Page = {
      now: [running('qwen-0', 'a', 1), running('qwen-0', 'b', 2), running('qwen-large-worker-x2v9k', 'a', 3)],
    }
    const objects = {
      dynamographdeployments: [
        graphOf('qwen', { namespace: 'a' }),
        graphOf('qwen-large', { namespace: 'a' }),
        graphOf('qwen', { namespace: 'b' }),
      ],
    }
    const { rows } = await run({ east: { page, kubernetes: servingCluster({ cluster: 'east', objects }) } })
    expect(Object.fromEntries(rows.map((row) => [row.id, row.running]))).toEqual({
      'east/a/qwen': 1,
      'east/b/qwen': 2,
      'east/a/qwen-large': 3,
    })
  })

  it('joins by the namespace of Dynamo where the pods have other names', async () => {
    const labels = podLabels('grove-7f', { dynamo_namespace: 'inference-qwen' })
    const { rows } = await run({
      east: { page: { now: [[{ __name__: 'vllm:num_requests_running', ...labels }, 1]] }, kubernetes: graphs('qwen') },
    })
    expect(rows.map(({ name }) => name)).toEqual(['qwen'])
  })

  it('bounds a deployment of 200 pods to one row', async () => {
    const now = Array.from({ length: 200 }, (_, at): [Record<string, string>, number] => [
      { __name__: 'vllm:kv_cache_usage_perc', ...podLabels(`qwen-${at}`), ...model },
      at / 1000,
    ])
    const { rows } = await run({ east: { page: { now }, kubernetes: graphs('qwen') } })
    expect(rows).toHaveLength(1)
    expect(rows[0]!.kvPercent).toBe(19.9)
  })

  it('a dead Prometheus is named, and Kubernetes is not needed (MET-009)', async () => {
    const dead = new ToolError('upstream-unreachable', 'nobody listens', { next: 'Start it' })
    const { rows, clusters } = await run({ east: { page: vllm, kubernetes: dead }, west: { page: dead } })
    expect(rows.map(({ name }) => name)).toEqual(['qwen-worker'])
    expect(clusters!.find(({ cluster }) => cluster === 'west')).toMatchObject({
      status: 'error',
      error: 'nobody listens',
    })
    await expect(run({ west: { page: dead } })).rejects.toMatchObject({ code: 'upstream-unreachable' })
  })

  it('half an answer of Prometheus is partial', async () => {
    const whole = prometheusOf({ cluster: 'east', answer: answerOf(vllm) })
    const half: Prometheus = {
      ...whole,
      query: async (query) => ({ ...(await whole.query(query)), partial: true, warnings: ['store 2 did not answer'] }),
    }
    const { clusters, rows } = await run({ east: { page: half } })
    expect(rows).toHaveLength(1)
    expect(clusters).toMatchObject([{ status: 'partial', error: 'store 2 did not answer' }])
  })

  it('garbage in values is no measurement', async () => {
    const now: Page['now'] = [[{ __name__: 'vllm:kv_cache_usage_perc', ...podLabels('qwen-0') }, Number.NaN]]
    expect((await run({ east: { page: { now }, kubernetes: graphs() } })).empty).toBeDefined()
  })

  it('explains why there is nothing: no PodMonitor, nothing deployed, or another name', async () => {
    const unscraped = await run({ east: { page: {}, kubernetes: graphs('qwen') } })
    expect(unscraped.empty!.likely.join()).toContain('PodMonitor')
    expect((await run({ east: { page: {}, kubernetes: graphs() } })).empty!.likely.join()).toContain(
      'No model is served',
    )
    expect((await run({ east: { page: vllm } }, { text: 'llama' })).empty!.likely.join()).toContain('llama')
  })

  it('names deployments that run unmeasured, and gives the question for the curve', async () => {
    const { data, next } = await run({ east: { page: vllm, kubernetes: graphs('qwen', 'unseen') } })
    expect(JSON.stringify((data as { facts: unknown }).facts)).toContain('east/inference/unseen')
    expect(next![0]).toContain('vllm:time_to_first_token_seconds_bucket{namespace=\\"inference\\",pod=~\\"qwen-.*\\"}')
  })

  it('the window is the time asked for', async () => {
    expect((await run({ east: { page: vllm } }, { since: '1h' })).asked.join()).toContain('[1h]')
  })
})

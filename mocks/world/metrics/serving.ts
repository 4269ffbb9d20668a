import { createCurve, logNormal } from '../curves.ts'
import type { PodRecord } from '../history.ts'
import { stepAt } from '../history.ts'
import { noise, unitOf } from '../random.ts'
import type { MetricType, Series } from '../samples.ts'
import type { ServingInfo } from '../serving-info.ts'
import { lasts, type Trouble } from '../troubles.ts'
import { type Family, histogramNames, type Scene } from './family.ts'

/** A pod that serves, with the load that reaches it as pure functions of time. */
interface Server {
  info: ServingInfo
  record: PodRecord
  labels: Record<string, string>
  readyMs: number
  /** Requests answered between being ready and a time, split into ordinary, slow, and stalled ones (while the KV cache is full). */
  requests(atMs: number): { quick: number; slow: number; stalled: number }
  ratePerSecond(atMs: number): number
  full(atMs: number): boolean
}

const OUTPUT_TOKENS = 260
const INPUT_TOKENS = 1150

function serversOf(scene: Scene, role: ServingInfo['role'], engine?: ServingInfo['engine']): Server[] {
  return scene.history.records().flatMap((record) => {
    const info = scene.serving.infoOf(record.pod)
    if (!info || info.role !== role || (engine && info.engine !== engine)) return []
    const readyMs = record.steps.find((step) => step.ready)?.fromMs
    return readyMs === undefined ? [] : [serverOf(scene, { record, info, readyMs: Math.max(readyMs, scene.startMs) })]
  })
}

function serverOf(
  scene: Scene,
  { record, info, readyMs }: { record: PodRecord; info: ServingInfo; readyMs: number },
): Server {
  const { pod } = record
  const key = `${scene.cluster.spec.name}/${pod.metadata.name}`
  const quick = createCurve(`${key}/quick`, info.requestsPerSecond * 0.9)
  const slow = createCurve(`${key}/slow`, info.requestsPerSecond * 0.1, 0.98)
  const stalls = scene.troubles.filter((trouble) => isFullCache(trouble, scene.cluster.spec.name, record, info))
  const stalledRate = createCurve(`${key}/stalled`, info.requestsPerSecond * 0.9, 0.3)
  const stalledUntil = (atMs: number) =>
    stalls.reduce(
      (sum, stall) => sum + stalledRate.between(Math.max(readyMs, stall.fromMs), Math.min(atMs, stall.toMs ?? atMs)),
      0,
    )
  return {
    info,
    record,
    readyMs,
    labels: {
      job: `${pod.metadata.namespace}/${info.graph}`,
      instance: `${pod.status.podIP ?? ''}:${info.role === 'frontend' || !pod.metadata.labels?.['nvidia.com/dynamo-namespace'] ? 8000 : 9090}`,
      namespace: pod.metadata.namespace ?? '',
      pod: pod.metadata.name,
      container: pod.spec.containers[0]?.name ?? 'main',
    },
    requests: remembered((atMs) => ({
      quick: quick.between(readyMs, atMs),
      slow: slow.between(readyMs, atMs),
      stalled: stalledUntil(atMs),
    })),
    ratePerSecond: (atMs) => quick.at(atMs) + slow.at(atMs),
    full: (atMs) => stalls.some((stall) => lasts(stall, atMs)),
  }
}

const REMEMBERED_TIMES = 6000

/** All buckets of a histogram ask for the same times, one after the other. */
function remembered<T>(compute: (atMs: number) => T): (atMs: number) => T {
  const known = new Map<number, T>()
  return (atMs) => {
    const found = known.get(atMs)
    if (found !== undefined) return found
    if (known.size >= REMEMBERED_TIMES) known.clear()
    const value = compute(atMs)
    known.set(atMs, value)
    return value
  }
}

function isFullCache(trouble: Trouble, cluster: string, record: PodRecord, info: ServingInfo): boolean {
  return (
    trouble.kind === 'kv-cache-full' &&
    trouble.cluster === cluster &&
    trouble.namespace === record.pod.metadata.namespace &&
    trouble.app === info.graph
  )
}

/** A value only while the pod is there and has been ready once. */
function alive(server: Server, value: (atMs: number) => number): (atMs: number) => number | undefined {
  return (atMs) => (atMs >= server.readyMs && stepAt(server.record, atMs) ? value(atMs) : undefined)
}

const total = (server: Server, atMs: number) => {
  const { quick, slow, stalled } = server.requests(atMs)
  return quick + slow + stalled
}

type Labelled = (server: Server) => Record<string, string>

const vllmLabels: Labelled = ({ info, labels }) => ({ ...labels, model_name: info.model, engine: '0' })
const sglangLabels: Labelled = ({ info, labels }) => ({
  ...labels,
  model_name: info.model,
  engine_type: 'unified',
  tp_rank: '0',
})
const frontendLabels: Labelled = ({ info, labels }) => ({ ...labels, model: info.model })
const componentLabels: Labelled = ({ info, labels, record }) => ({
  ...labels,
  model: info.model,
  dynamo_namespace: record.pod.metadata.labels?.['nvidia.com/dynamo-namespace'] ?? '',
  dynamo_component: record.pod.metadata.labels?.['nvidia.com/dynamo-component'] ?? '',
  dynamo_endpoint: 'generate',
})

interface Kind {
  role: ServingInfo['role']
  engine?: ServingInfo['engine']
  labelsOf: Labelled
  only?: (server: Server) => boolean
}

const VLLM: Kind = { role: 'worker', engine: 'vllm', labelsOf: vllmLabels }
const SGLANG: Kind = { role: 'worker', engine: 'sglang', labelsOf: sglangLabels }
const FRONTEND: Kind = { role: 'frontend', labelsOf: frontendLabels }
const COMPONENT: Kind = {
  role: 'worker',
  labelsOf: componentLabels,
  only: ({ record }) => Boolean(record.pod.metadata.labels?.['nvidia.com/dynamo-namespace']),
}

function pick(scene: Scene, kind: Kind): Server[] {
  return serversOf(scene, kind.role, kind.engine).filter((server) => !kind.only || kind.only(server))
}

type Value = (server: Server, atMs: number) => number

function simple(kind: Kind, type: MetricType, name: string, [help, value]: [string, Value]): Family {
  return {
    name,
    type,
    help,
    series: (scene) =>
      pick(scene, kind).map((server) => ({
        labels: { __name__: name, ...kind.labelsOf(server) },
        at: alive(server, (atMs) => value(server, atMs)),
      })),
  }
}

function split(
  kind: Kind,
  name: string,
  { help, label, shares }: { help: string; label: string; shares: Record<string, number>[] },
): Family {
  const rows = shares.flatMap((entry) => Object.entries(entry))
  return {
    name,
    type: 'counter',
    help,
    series: (scene) =>
      pick(scene, kind).flatMap((server) =>
        rows.map(([value, share]) => ({
          labels: { __name__: name, ...kind.labelsOf(server), [label]: value },
          at: alive(server, (atMs) => Math.floor(total(server, atMs) * share)),
        })),
      ),
  }
}

interface Shape {
  help: string
  buckets: number[]
  /** Median of ordinary values, how many per request, and how much slower slow and stalled ones are. */
  median: (info: ServingInfo) => number
  perRequest?: number
  slowFactor: number
  stalledFactor: number
  /** How the exporter writes whole bounds: Python's clients say "1.0", Rust's say "1". */
  wholeBounds: 'float' | 'integer'
}

function histogram(kind: Kind, name: string, shape: Shape): Family {
  return {
    name,
    type: 'histogram',
    help: shape.help,
    names: histogramNames(name),
    series: (scene, wanted) =>
      pick(scene, kind).flatMap((server) =>
        histogramSeries(server, { name, wanted, shape, labels: kind.labelsOf(server) }),
      ),
  }
}

function histogramSeries(
  server: Server,
  { name, wanted, shape, labels }: { name: string; wanted: string; shape: Shape; labels: Record<string, string> },
): Series[] {
  const median = shape.median(server.info)
  const parts = [
    logNormal(median, 0.45),
    logNormal(median * shape.slowFactor, 0.6),
    logNormal(median * shape.stalledFactor, 0.5),
  ] as const
  const per = shape.perRequest ?? 1
  const counts = (atMs: number) => {
    const { quick, slow, stalled } = server.requests(atMs)
    return [quick * per, slow * per, stalled * per] as const
  }
  const sum = (atMs: number, weigh: (part: (typeof parts)[number]) => number) => {
    const [quick, slow, stalled] = counts(atMs)
    return quick * weigh(parts[0]) + slow * weigh(parts[1]) + stalled * weigh(parts[2])
  }
  if (wanted === `${name}_sum`)
    return [{ labels: { __name__: wanted, ...labels }, at: alive(server, (atMs) => sum(atMs, (part) => part.mean)) }]
  if (wanted === `${name}_count`)
    return [{ labels: { __name__: wanted, ...labels }, at: alive(server, (atMs) => Math.floor(sum(atMs, () => 1))) }]
  return [...shape.buckets, Number.POSITIVE_INFINITY].map((bound) => {
    const weights = parts.map((part) => (bound === Number.POSITIVE_INFINITY ? 1 : part.below(bound)))
    return {
      labels: { __name__: wanted, ...labels, le: boundText(bound, shape.wholeBounds) },
      at: alive(server, (atMs) => {
        const { quick, slow, stalled } = server.requests(atMs)
        return Math.floor(per * (quick * weights[0]! + slow * weights[1]! + stalled * weights[2]!))
      }),
    }
  })
}

function boundText(bound: number, whole: Shape['wholeBounds']): string {
  if (bound === Number.POSITIVE_INFINITY) return '+Inf'
  return Number.isInteger(bound) && whole === 'float' ? `${bound}.0` : String(bound)
}

const TTFT_BUCKETS = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
]
const ITL_BUCKETS = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80]
const E2E_BUCKETS = [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680]
const TOKEN_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000]

const ttft = (whole: Shape['wholeBounds'], help: string): Shape => ({
  help,
  buckets: TTFT_BUCKETS,
  median: (info) => info.ttftSeconds,
  slowFactor: 3.2,
  stalledFactor: 28,
  wholeBounds: whole,
})
const itl = (whole: Shape['wholeBounds'], help: string): Shape => ({
  help,
  buckets: ITL_BUCKETS,
  median: (info) => info.itlSeconds,
  perRequest: OUTPUT_TOKENS,
  slowFactor: 1.7,
  stalledFactor: 3,
  wholeBounds: whole,
})
const e2e = (whole: Shape['wholeBounds'], help: string): Shape => ({
  help,
  buckets: E2E_BUCKETS,
  median: (info) => info.ttftSeconds + info.itlSeconds * OUTPUT_TOKENS,
  slowFactor: 1.9,
  stalledFactor: 5,
  wholeBounds: whole,
})
const tokens = (help: string, count: number): Shape => ({
  help,
  buckets: TOKEN_BUCKETS,
  median: () => count * 0.8,
  slowFactor: 1.4,
  stalledFactor: 1,
  wholeBounds: 'integer',
})

const running: Value = (server, atMs) => {
  const { info } = server
  const seconds = info.ttftSeconds + info.itlSeconds * OUTPUT_TOKENS
  const busy =
    server.ratePerSecond(atMs) * seconds * (1 + 0.2 * noise(`${server.record.pod.metadata.name}/run`, atMs, 45_000))
  return Math.max(0, Math.round(server.full(atMs) ? busy * 2.2 + 24 : busy))
}
const waiting: Value = (server, atMs) => {
  const wave = noise(`${server.record.pod.metadata.name}/wait`, atMs, 60_000)
  return server.full(atMs) ? Math.round(70 + 30 * wave) : Math.max(0, Math.round(wave * 4 - 3))
}
const cacheUsage: Value = (server, atMs) => {
  const name = server.record.pod.metadata.name
  if (server.full(atMs)) return 0.99 + 0.009 * unitOf(`${name}/${Math.floor(atMs / 15_000)}`)
  return Math.min(
    0.93,
    Math.max(
      0.01,
      0.22 + 0.2 * unitOf(name) + running(server, atMs) * 0.006 + 0.08 * noise(`${name}/kv`, atMs, 300_000),
    ),
  )
}
const preemptions: Value = (server, atMs) => Math.floor(server.requests(atMs).stalled * 0.6)
const tokensOut: Value = (server, atMs) => Math.floor(total(server, atMs) * OUTPUT_TOKENS)
const tokensIn: Value = (server, atMs) => Math.floor(total(server, atMs) * INPUT_TOKENS)
const uptime: Value = (server, atMs) => (atMs - server.readyMs) / 1000

export const SERVING_FAMILIES: Family[] = [
  histogram(VLLM, 'vllm:time_to_first_token_seconds', ttft('float', 'Histogram of time to first token in seconds.')),
  histogram(VLLM, 'vllm:inter_token_latency_seconds', itl('float', 'Histogram of inter-token latency in seconds.')),
  histogram(VLLM, 'vllm:e2e_request_latency_seconds', e2e('float', 'Histogram of e2e request latency in seconds.')),
  histogram(VLLM, 'vllm:request_queue_time_seconds', {
    ...ttft('float', 'Histogram of time spent in WAITING phase for request.'),
    median: (info) => info.ttftSeconds * 0.02,
    stalledFactor: 900,
  }),
  simple(VLLM, 'gauge', 'vllm:num_requests_running', ['Number of requests in model execution batches.', running]),
  simple(VLLM, 'gauge', 'vllm:num_requests_waiting', ['Number of requests waiting to be processed.', waiting]),
  simple(VLLM, 'gauge', 'vllm:kv_cache_usage_perc', ['KV-cache usage. 1 means 100 percent usage.', cacheUsage]),
  simple(VLLM, 'counter', 'vllm:num_preemptions_total', [
    'Cumulative number of preemption from the engine.',
    preemptions,
  ]),
  simple(VLLM, 'counter', 'vllm:prompt_tokens_total', ['Number of prefill tokens processed.', tokensIn]),
  simple(VLLM, 'counter', 'vllm:generation_tokens_total', ['Number of generation tokens processed.', tokensOut]),
  simple(VLLM, 'counter', 'vllm:prefix_cache_queries_total', [
    'Prefix cache queries, in terms of number of queried tokens.',
    tokensIn,
  ]),
  simple(VLLM, 'counter', 'vllm:prefix_cache_hits_total', [
    'Prefix cache hits, in terms of number of cached tokens.',
    (server, atMs) => Math.floor(tokensIn(server, atMs) * 0.41),
  ]),
  split(VLLM, 'vllm:request_success_total', {
    help: 'Count of successfully processed requests.',
    label: 'finished_reason',
    shares: [{ stop: 0.91, length: 0.08, abort: 0.01 }],
  }),

  histogram(
    SGLANG,
    'sglang:time_to_first_token_seconds',
    ttft('float', 'Histogram of time to first token in seconds.'),
  ),
  histogram(SGLANG, 'sglang:inter_token_latency_seconds', itl('float', 'Histogram of inter-token latency in seconds.')),
  simple(SGLANG, 'gauge', 'sglang:num_running_reqs', ['The number of running requests.', running]),
  simple(SGLANG, 'gauge', 'sglang:num_queue_reqs', ['The number of requests in the waiting queue.', waiting]),
  simple(SGLANG, 'gauge', 'sglang:token_usage', ['The token usage.', cacheUsage]),
  simple(SGLANG, 'gauge', 'sglang:cache_hit_rate', ['The prefix cache hit rate.', () => 0.37]),
  simple(SGLANG, 'gauge', 'sglang:gen_throughput', [
    'The generation throughput (token/s).',
    (server, atMs) => server.ratePerSecond(atMs) * OUTPUT_TOKENS,
  ]),

  split(FRONTEND, 'dynamo_frontend_requests_total', {
    help: 'Total number of LLM requests processed',
    label: 'status',
    shares: [{ success: 0.994, error: 0.006 }],
  }),
  histogram(FRONTEND, 'dynamo_frontend_time_to_first_token_seconds', ttft('integer', 'Time to first token in seconds')),
  histogram(FRONTEND, 'dynamo_frontend_inter_token_latency_seconds', itl('integer', 'Inter-token latency in seconds')),
  histogram(FRONTEND, 'dynamo_frontend_request_duration_seconds', e2e('integer', 'Duration of LLM requests')),
  histogram(FRONTEND, 'dynamo_frontend_input_sequence_tokens', tokens('Input sequence length in tokens', INPUT_TOKENS)),
  histogram(
    FRONTEND,
    'dynamo_frontend_output_sequence_tokens',
    tokens('Output sequence length in tokens', OUTPUT_TOKENS),
  ),
  simple(FRONTEND, 'counter', 'dynamo_frontend_output_tokens_total', [
    'Total number of output tokens generated',
    tokensOut,
  ]),
  simple(FRONTEND, 'counter', 'dynamo_frontend_cached_tokens', [
    'Number of cached tokens',
    (server, atMs) => Math.floor(tokensIn(server, atMs) * 0.41),
  ]),
  simple(FRONTEND, 'gauge', 'dynamo_frontend_active_requests', ['Number of active requests', running]),
  simple(FRONTEND, 'gauge', 'dynamo_frontend_inflight_requests', ['Number of inflight requests', running]),
  simple(FRONTEND, 'gauge', 'dynamo_frontend_queued_requests', [
    'Number of requests in HTTP processing queue',
    waiting,
  ]),

  simple(COMPONENT, 'counter', 'dynamo_component_requests_total', [
    'Total number of requests processed by work handler',
    (server, atMs) => Math.floor(total(server, atMs)),
  ]),
  simple(COMPONENT, 'gauge', 'dynamo_component_inflight_requests', [
    'Number of requests currently being processed by work handler',
    running,
  ]),
  simple(COMPONENT, 'gauge', 'dynamo_component_gpu_cache_usage_percent', ['GPU cache usage (0.0-1.0)', cacheUsage]),
  simple(COMPONENT, 'gauge', 'dynamo_component_uptime_seconds', ['Total uptime of the component in seconds', uptime]),
  simple(COMPONENT, 'gauge', 'dynamo_component_model_load_time_seconds', [
    'Model load time in seconds',
    ({ info }) => 8 + info.ttftSeconds * 60,
  ]),
]

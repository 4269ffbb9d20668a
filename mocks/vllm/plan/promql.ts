import type { Question, Said } from './question.ts'

/** One thing that can be measured, and how it is asked for in PromQL. */
interface Topic {
  id: string
  /** Words that name it: "a|b c"; all groups must stand in the question. */
  words: string[]
  /** A histogram takes quantiles; a gauge is averaged or maximised; a counter becomes a rate. */
  kind: 'histogram' | 'gauge' | 'counter' | 'ready'
  metric: string
  /** Label for each way of grouping; the first is the default. */
  by: Record<string, string>
  /** For `ready`: the expression with `$by` in place of the grouping label. */
  expression?: string
}

const DYNAMO = { model: 'model', namespace: 'dynamo_namespace', cluster: 'cluster' }
const VLLM = { model: 'model_name', pod: 'pod', namespace: 'namespace', cluster: 'cluster' }
const DCGM = {
  node: 'Hostname',
  gpu: 'gpu',
  'gpu model': 'modelName',
  pod: 'pod',
  namespace: 'namespace',
  cluster: 'cluster',
}
const NODE = { node: 'instance', cluster: 'cluster' }
const POD = { namespace: 'namespace', pod: 'pod', node: 'node', cluster: 'cluster' }

/** Most specific first. Metric names: Dynamo frontend, vLLM, dcgm-exporter, node-exporter, cAdvisor, kube-state-metrics. */
const TOPICS: Topic[] = [
  { id: 'time to first token', words: ['time to first token|ttft|first token'], kind: 'histogram', metric: 'dynamo_frontend_time_to_first_token_seconds', by: DYNAMO },
  { id: 'inter-token latency', words: ['inter token|time per output token|tpot|itl|token latency'], kind: 'histogram', metric: 'dynamo_frontend_inter_token_latency_seconds', by: DYNAMO },
  { id: 'error rate', words: ['error rate|failure rate|errors per|failed request|request error|error ratio|5xx|success rate'], kind: 'ready', metric: 'dynamo_frontend_requests_total', by: DYNAMO, expression: 'sum by ($by) (rate(dynamo_frontend_requests_total{status="error"}[5m])) / sum by ($by) (rate(dynamo_frontend_requests_total[5m]))' },
  { id: 'tokens per second', words: ['tokens per second|tokens per minute|token throughput|output token|generation throughput|tokens a second|token rate|tokens s'], kind: 'counter', metric: 'dynamo_frontend_output_tokens_total', by: DYNAMO },
  { id: 'request latency', words: ['request latency|request duration|response time|end to end|latency|how slow'], kind: 'histogram', metric: 'dynamo_frontend_request_duration_seconds', by: DYNAMO },
  { id: 'waiting requests', words: ['waiting request|queued request|request queue|queue length|queue depth|queue size|requests waiting|requests queued'], kind: 'gauge', metric: 'vllm:num_requests_waiting', by: VLLM },
  { id: 'running requests', words: ['running request|requests running|concurrent request|active request|in flight request|inflight'], kind: 'gauge', metric: 'vllm:num_requests_running', by: VLLM },
  { id: 'requests per second', words: ['requests per second|request rate|rps|qps|queries per second|requests per minute|request throughput|traffic|requests a second|throughput'], kind: 'counter', metric: 'dynamo_frontend_requests_total', by: DYNAMO },
  { id: 'KV cache usage', words: ['kv cache|kvcache|key value cache|cache usage'], kind: 'gauge', metric: 'vllm:kv_cache_usage_perc', by: VLLM },
  { id: 'prefix cache hit rate', words: ['prefix cache|cache hit'], kind: 'ready', metric: 'vllm:prefix_cache_hits_total', by: VLLM, expression: 'sum by ($by) (rate(vllm:prefix_cache_hits_total[5m])) / sum by ($by) (rate(vllm:prefix_cache_queries_total[5m]))' },
  { id: 'GPU memory', words: ['gpu', 'memory|vram|framebuffer'], kind: 'ready', metric: 'DCGM_FI_DEV_FB_USED', by: DCGM, expression: '100 * sum by ($by) (DCGM_FI_DEV_FB_USED) / (sum by ($by) (DCGM_FI_DEV_FB_USED) + sum by ($by) (DCGM_FI_DEV_FB_FREE))' },
  { id: 'GPU memory', words: ['vram'], kind: 'gauge', metric: 'DCGM_FI_DEV_FB_USED', by: DCGM },
  { id: 'GPU temperature', words: ['temperature|hot|hottest|thermal|overheat'], kind: 'gauge', metric: 'DCGM_FI_DEV_GPU_TEMP', by: DCGM },
  { id: 'GPU power', words: ['power|watt|energy'], kind: 'gauge', metric: 'DCGM_FI_DEV_POWER_USAGE', by: DCGM },
  { id: 'XID errors', words: ['xid'], kind: 'gauge', metric: 'DCGM_FI_DEV_XID_ERRORS', by: DCGM },
  { id: 'GPU utilisation', words: ['gpu|gpus', 'utilisation|utilization|usage|util|busy|load|used'], kind: 'gauge', metric: 'DCGM_FI_DEV_GPU_UTIL', by: DCGM },
  { id: 'container restarts', words: ['restart count|restart rate|restarts|how often restart'], kind: 'ready', metric: 'kube_pod_container_status_restarts_total', by: POD, expression: 'sum by ($by) (increase(kube_pod_container_status_restarts_total[1h]))' },
  { id: 'pod CPU', words: ['pod|container|namespace|workload', 'cpu|processor'], kind: 'counter', metric: 'container_cpu_usage_seconds_total', by: POD },
  { id: 'pod memory', words: ['pod|container|namespace|workload', 'memory|ram'], kind: 'gauge', metric: 'container_memory_working_set_bytes', by: POD },
  { id: 'node CPU', words: ['cpu|processor', 'usage|utilisation|utilization|load|node|util|busy|use|cluster|high|how|percent'], kind: 'ready', metric: 'node_cpu_seconds_total', by: NODE, expression: '100 * (1 - avg by ($by) (rate(node_cpu_seconds_total{mode="idle"}[5m])))' },
  { id: 'node CPU', words: ['cpu'], kind: 'ready', metric: 'node_cpu_seconds_total', by: NODE, expression: '100 * (1 - avg by ($by) (rate(node_cpu_seconds_total{mode="idle"}[5m])))' },
  { id: 'node memory', words: ['memory|ram', 'usage|utilisation|utilization|node|used|use|pressure|percent|cluster'], kind: 'ready', metric: 'node_memory_MemAvailable_bytes', by: NODE, expression: '100 * (1 - sum by ($by) (node_memory_MemAvailable_bytes) / sum by ($by) (node_memory_MemTotal_bytes))' },
  { id: 'node disk', words: ['disk|filesystem|storage', 'usage|used|full|space|utilisation|utilization|free'], kind: 'ready', metric: 'node_filesystem_avail_bytes', by: NODE, expression: '100 * (1 - sum by ($by) (node_filesystem_avail_bytes) / sum by ($by) (node_filesystem_size_bytes))' },
  { id: 'node network', words: ['network', 'traffic|bandwidth|throughput|receive|usage'], kind: 'counter', metric: 'node_network_receive_bytes_total', by: NODE },
  { id: 'node load', words: ['load average|load1|load5'], kind: 'gauge', metric: 'node_load1', by: NODE },
  { id: 'scrape targets', words: ['scrape target|targets up|targets down|up metric'], kind: 'ready', metric: 'up', by: { job: 'job', cluster: 'cluster', node: 'instance' }, expression: 'sum by ($by) (up)' },
] // biome-ignore format: a table reads better with one row a topic

/** What a question measures; the second `network traffic` wins over plain `traffic` because it names more words. */
export function topicOf(question: Said): Topic | undefined {
  const matching = TOPICS.filter((topic) => topic.words.every((group) => question.has(group)))
  return matching.sort((a, b) => b.words.length - a.words.length)[0]
}

/** PromQL written out in the question: in backticks, after "promql:" or "query:", or as the whole text. */
export function writtenQuery(text: string): string | undefined {
  const quoted =
    /`([^`]+)`/.exec(text)?.[1] ?? /\b(?:promql|query|expr(?:ession)?)\s*[:=]\s*(.+?)\s*$/is.exec(text)?.[1]
  const candidate = quoted ?? (/^\s*[a-z_:][\w:]*\s*[({[]/i.test(text) ? text.trim() : undefined)
  return candidate !== undefined && /^[\w:]+$|[({[]/.test(candidate) && !/\s(?:the|of|in|is)\s/.test(candidate)
    ? candidate.trim()
    : undefined
}

/**
 * PromQL for a question. A follow-up takes from itself what it says (quantile, statistic, grouping) and the rest from the
 * question it continues.
 */
export function promql(question: Question): { query: string; topic: string } | undefined {
  const written = writtenQuery(question.text)
  if (written) return { query: written, topic: 'the query as written' }
  const topic = inherit(question, topicOf)
  if (!topic) return undefined
  const label = groupingOf(question, topic)
  const top = question.entities.limit
  const query = express(topic, label, question)
  return { query: top === undefined ? query : `topk(${top}, ${query})`, topic: topic.id }
}

/** What the newest of the chained messages says about it. */
function inherit<T>(question: Question, read: (said: Said) => T | undefined): T | undefined {
  for (const said of question.chain) {
    const found = read(said)
    if (found !== undefined) return found
  }
  return undefined
}

function groupingOf(question: Question, topic: Topic): string {
  const asked = inherit(question, ({ plain }) => {
    const hit =
      /\b(?:per|by|for each|each|every|across|grouped by|split by|top \d+|busiest|hottest|slowest)\s+(?:the\s+)?(gpu model|model|node|machine|host|cluster|gpu|namespace|pod|job)s?\b/.exec(
        plain,
      )?.[1]
    return hit === 'machine' || hit === 'host' ? 'node' : hit
  })
  const implied = ['node', 'pod', 'namespace', 'model'].find(
    (word) => topic.by[word] !== undefined && question.has(word),
  )
  const overall = inherit(question, ({ plain }) =>
    /\b(?:overall|in total|total|whole fleet|fleet ?wide)\b/.test(plain) ? true : undefined,
  )
  const key = asked ?? implied
  if (key !== undefined && topic.by[key] !== undefined) return topic.by[key]
  if (overall && asked === undefined) return ''
  return Object.values(topic.by)[0] ?? ''
}

function express(topic: Topic, label: string, question: Question): string {
  const by = label === '' ? '' : ` by (${label})`
  if (topic.kind === 'ready') return (topic.expression ?? topic.metric).replaceAll(' by ($by)', by)
  const selector = selectorOf(topic, question)
  if (topic.kind === 'counter') return `sum${by} (rate(${topic.metric}${selector}[5m]))`
  if (topic.kind === 'gauge') return `${aggregation(topic, question)}${by} (${topic.metric}${selector})`
  const quantile = inherit(question, ({ plain }) => quantileOf(plain))
  if (quantile === 'average') {
    return `sum${by} (rate(${topic.metric}_sum${selector}[5m])) / sum${by} (rate(${topic.metric}_count${selector}[5m]))`
  }
  const labels = label === '' ? 'le' : `le, ${label}`
  return `histogram_quantile(${quantile ?? '0.95'}, sum by (${labels}) (rate(${topic.metric}_bucket${selector}[5m])))`
}

function quantileOf(plain: string): string | undefined {
  const percent =
    /\bp(\d{2}(?:\.\d+)?)\b/.exec(plain)?.[1] ?? /\b(\d{2}(?:\.\d+)?)(?:th|st|nd|rd)? percentile\b/.exec(plain)?.[1]
  if (percent) return String(Number((Number(percent) / 100).toFixed(4)))
  if (/\bp999\b/.test(plain)) return '0.999'
  if (/\bmedian\b/.test(plain)) return '0.5'
  return /\b(?:average|avg|mean)\b/.test(plain) ? 'average' : undefined
}

function aggregation(topic: Topic, question: Question): string {
  const asked = inherit(
    question,
    ({ plain }) =>
      /\b(average|avg|mean|max(?:imum)?|highest|hottest|peak|min(?:imum)?|lowest|total|sum)\b/.exec(plain)?.[1],
  )
  if (asked && /^(?:av|mean)/.test(asked)) return 'avg'
  if (asked && /^(?:max|high|hot|peak)/.test(asked)) return 'max'
  if (asked && /^(?:min|low)/.test(asked)) return 'min'
  if (asked) return 'sum'
  if (/requests|POWER|FB_USED|bytes/.test(topic.metric)) return 'sum'
  return /cache|TEMP|XID/.test(topic.metric) ? 'max' : 'avg'
}

/** Only a model or a namespace that the question names narrows the series; clusters go into their own argument. */
function selectorOf(topic: Topic, question: Question): string {
  const { model, namespace, pod, node } = question.entities
  const matchers = [
    model && topic.by.model && `${topic.by.model}=~".*${model.replace(/[.*+?^${}()|[\]\\]/g, '\\\\$&')}.*"`,
    namespace && topic.by.namespace && `${topic.by.namespace}="${namespace}"`,
    node && topic.by.node && `${topic.by.node}=~"${node}.*"`,
    pod && topic.by.pod && `pod="${pod}"`,
  ].filter(Boolean)
  return matchers.length ? `{${matchers.join(',')}}` : ''
}

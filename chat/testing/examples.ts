import type { Answer, CardData, CardKind } from '#contract'
import { exampleKinds } from '../src/lib/cards/examples/drawn-kinds.ts'

const at = '2026-11-20T09:00:00.000Z'
const minutesAgo = (minutes: number) => new Date(Date.parse(at) - minutes * 60_000).toISOString()

export const exampleNodes = (count: number): CardData['nodes'] => {
  const nodes = Array.from({ length: count }, (_, index): CardData['nodes']['nodes'][number] => {
    const cluster = ['gpu-east', 'gpu-west', 'edge-1', 'hub'][index % 4]!
    const gpuModel = ['H100-SXM5-80GB', 'H200-SXM-141GB', 'L40S', undefined][index % 4]
    const gpuCapacity = gpuModel ? [8, 8, 4][index % 4]! : 0
    const status = (['ready', 'ready', 'ready', 'cordoned', 'ready', 'not-ready', 'ready'] as const)[index % 7]!
    const gpuUsed = gpuCapacity === 0 ? 0 : (index * 3) % (gpuCapacity + 1)
    return {
      id: `kubernetes/${cluster}/node-${index}`,
      kind: 'kubernetes',
      cluster,
      name: `${cluster}-${gpuModel ? 'gpu' : 'cpu'}-${String(index).padStart(2, '0')}`,
      status,
      reason: status === 'not-ready' ? 'kubelet stopped posting status 4 m ago' : undefined,
      pool: gpuModel ? 'gpu' : 'system',
      region: cluster.endsWith('west') ? 'eu-west' : 'us-east',
      gpuModel,
      gpuCapacity,
      gpuUsed,
      gpuFree: status === 'ready' ? gpuCapacity - gpuUsed : 0,
      gpuMemoryMib: gpuModel ? 81_559 : undefined,
      cpuCores: 96,
      memoryBytes: 1_081_101_176_832,
      pods: (index * 7) % 40,
      since: minutesAgo(60 * 24 * (index + 3)),
    }
  })
  const sum = (pick: (node: (typeof nodes)[number]) => number) => nodes.reduce((total, node) => total + pick(node), 0)
  return {
    title: 'Nodes with GPUs',
    summary: {
      nodes: count,
      ready: nodes.filter(({ status }) => status === 'ready').length,
      gpuCapacity: sum(({ gpuCapacity }) => gpuCapacity),
      gpuUsed: sum(({ gpuUsed }) => gpuUsed),
      gpuFree: sum(({ gpuFree }) => gpuFree),
      byModel: [
        { gpuModel: 'H100-SXM5-80GB', capacity: 96, free: 21 },
        { gpuModel: 'H200-SXM-141GB', capacity: 64, free: 12 },
        { gpuModel: 'L40S', capacity: 32, free: 9 },
      ],
    },
    nodes,
  }
}

export const exampleTable = (count: number): CardData['table'] => ({
  title: 'Firing alerts',
  columns: [
    { key: 'severity', label: 'Severity', type: 'state' },
    { key: 'name', label: 'Alert', type: 'text' },
    { key: 'cluster', label: 'Cluster', type: 'text' },
    { key: 'value', label: 'Value', type: 'percent' },
    { key: 'since', label: 'Since', type: 'age' },
    { key: 'memory', label: 'Memory', type: 'bytes' },
    { key: 'cost', label: 'Cost', type: 'money' },
    { key: 'fingerprint', label: 'Fingerprint', type: 'code' },
  ],
  rows: Array.from({ length: count }, (_, index) => ({
    id: `alert-${index}`,
    severity: ['critical', 'warning', 'info'][index % 3],
    severityTone: ['bad', 'warn', 'neutral'][index % 3],
    name: ['GpuXidError', 'KvCacheNearlyFull', 'NodeClockSkew', 'PodCrashLooping'][index % 4],
    cluster: ['gpu-east', 'gpu-west', 'edge-1'][index % 3],
    value: (index * 13.7) % 100,
    since: minutesAgo(3 + index * 11),
    memory: 1024 ** 3 * (index + 1),
    cost: 125 * (index + 1),
    costCurrency: 'usd-cent',
    fingerprint: `a${(index * 7919).toString(16)}f`,
  })),
  facts: [
    { label: 'Critical', value: '4', tone: 'bad' },
    { label: 'Warning', value: '9', tone: 'warn' },
  ],
})

export const exampleSeries = (count: number, points: number): CardData['time-series'] => ({
  title: 'p95 time to first token',
  query: 'histogram_quantile(0.95, sum by (le, model) (rate(vllm:time_to_first_token_seconds_bucket[5m])))',
  resultType: points === 1 ? 'vector' : 'matrix',
  start: minutesAgo(60),
  end: at,
  stepSeconds: 15,
  unit: 'seconds',
  series: Array.from({ length: count }, (_, index) => {
    const name = ['qwen3-8b', 'llama-3.3-70b', 'deepseek-r1', 'mistral-small', 'phi-4'][index] ?? `model-${index}`
    const values = Array.from({ length: points }, (_, point): [number, string] => {
      const wave = Math.sin(point / 9 + index) * 0.06 + Math.sin(point / 3.1 + index * 2) * 0.015
      const gap = index === 1 && point > points * 0.5 && point < points * 0.56
      const value = 0.18 + index * 0.11 + wave + (index === 2 && point > points * 0.8 ? 0.3 : 0)
      return [Date.parse(at) / 1000 - (points - point) * 15, gap ? 'NaN' : value.toFixed(4)]
    })
    const numbers = values.map(([, value]) => Number(value)).filter(Number.isFinite)
    return {
      id: `series-${index}`,
      name,
      cluster: index % 2 ? 'gpu-west' : 'gpu-east',
      metric: { model: name, cluster: 'gpu-east' },
      values,
      points,
      last: numbers.at(-1),
      min: Math.min(...numbers),
      avg: numbers.reduce((sum, value) => sum + value, 0) / Math.max(1, numbers.length),
      max: Math.max(...numbers),
    }
  }),
})

const diff = `--- current
+++ planned
@@ -1,4 +1,22 @@
 apiVersion: nvidia.com/v1alpha1
 kind: DynamoGraphDeployment
 metadata:
-  name: none
+  name: qwen3-8b
+  namespace: dynamo-system
+spec:
+  services:
+    Frontend:
+      replicas: 1
+    VllmDecodeWorker:
+      replicas: 1
+      resources:
+        limits:
+          gpu: "2"
+      extraPodSpec:
+        mainContainer:
+          args: ["--model", "Qwen/Qwen3-8B", "--tensor-parallel-size", "2"]`

export const exampleApproval: CardData['approval'] = {
  id: 'apr_7f31',
  tool: 'deploy_model',
  title: 'Deploy Qwen3-8B',
  risk: 'change',
  state: 'pending',
  plan: {
    summary: 'Serve Qwen/Qwen3-8B with vLLM on 2 GPUs in gpu-east, namespace dynamo-system.',
    verb: 'Deploy Qwen3-8B',
    steps: [
      { verb: 'create', target: 'DynamoGraphDeployment dynamo-system/qwen3-8b', detail: '1 frontend, 1 decode worker' },
      { verb: 'wait', target: 'worker ready', detail: 'downloads 16.4 GB of weights, about 4 minutes' },
    ],
    diff,
    checks: [
      { label: 'Fits on the GPUs', state: 'pass', detail: '16.4 GB weights + 12 GB cache in 2 × 80 GB' },
      { label: 'Free GPUs in gpu-east', state: 'pass', detail: '11 of 96 free' },
      { label: 'Quota of the namespace', state: 'warn', detail: '2 GPUs left after this' },
    ],
    impact: [
      { label: 'GPUs', value: '+2' },
      { label: 'Pods', value: '+2' },
    ],
    costPerHour: { amount: 598, currency: 'usd-cent' },
    rollback: 'delete_deployment qwen3-8b gives the GPUs back.',
    guard: { 'gpu-east/free': '11' },
    cluster: 'gpu-east',
  },
  askedBy: 'local owner',
  askedAt: at,
  expiresAt: new Date(Date.parse(at) + 15 * 60_000).toISOString(),
  persona: 'default',
}

export const exampleDanger: CardData['approval'] = {
  ...exampleApproval,
  id: 'apr_drain',
  tool: 'drain_node',
  title: 'Drain gpu-east-gpu-04',
  risk: 'danger',
  plan: {
    ...exampleApproval.plan,
    summary: 'Evict 14 pods from gpu-east-gpu-04 and keep new ones away.',
    verb: 'Drain gpu-east-gpu-04',
    diff: undefined,
    costPerHour: undefined,
    steps: [
      { verb: 'cordon', target: 'gpu-east-gpu-04' },
      { verb: 'evict', target: '14 pods', detail: '3 of them serve models' },
    ],
    checks: [{ label: 'Disruption budgets', state: 'fail', detail: 'llama-3.3-70b allows 0 disruptions' }],
    impact: [
      { label: 'Pods evicted', value: '14', tone: 'bad' },
      { label: 'GPUs idle', value: '8', tone: 'warn' },
    ],
    rollback: 'Uncordon the node; evicted pods stay where they were moved.',
    typedName: 'gpu-east-gpu-04',
  },
}

export const exampleProgress: CardData['progress'] = {
  title: 'Deploy qwen3-8b',
  state: 'running',
  message: 'Downloading weights',
  percent: 42,
  steps: [
    { id: 'apply', label: 'Apply the manifest', state: 'succeeded', at },
    { id: 'schedule', label: 'Find a node', state: 'succeeded', detail: 'gpu-east-gpu-08', at },
    { id: 'weights', label: 'Download weights', state: 'running', detail: '6.9 of 16.4 GB', at },
    { id: 'ready', label: 'Answer the first request', state: 'pending' },
  ],
  facts: [
    { label: 'Cluster', value: 'gpu-east' },
    { label: 'GPUs', value: '2 × H100' },
  ],
  startedAt: minutesAgo(2),
}

const exampleMetric = (
  more: Pick<CardData['measurement']['metrics'][number], 'id' | 'label'> & { p50: number; spread: number } & Partial<
      CardData['measurement']['metrics'][number]
    >,
): CardData['measurement']['metrics'][number] => {
  const { p50, spread, ...rest } = more
  const min = p50 - spread
  const max = p50 + 4 * spread
  return {
    unit: 'ms',
    better: 'lower',
    samples: 64,
    mean: p50 + spread * 0.3,
    p50,
    p90: p50 + 1.6 * spread,
    p95: p50 + 2.2 * spread,
    p99: p50 + 3.6 * spread,
    min,
    max,
    bounds: Array.from({ length: 17 }, (_, index) => min + (index * (max - min)) / 16),
    counts: [2, 6, 11, 14, 10, 7, 5, 3, 2, 1, 1, 0, 1, 0, 0, 1],
    ...rest,
  }
}

export const exampleMeasurement: CardData['measurement'] = {
  title: 'Test of qwen3-32b on gpu-east',
  state: 'succeeded',
  verdict:
    'First token p95 276 ms, then 22.4 ms a token, 318 tokens/s in all at 8 at once; 61 of 64 within the objective',
  tone: 'warn',
  percent: 100,
  steps: [
    { id: 'models', label: 'Lists its models', state: 'succeeded', detail: 'serves Qwen/Qwen3-32B', at },
    {
      id: 'completion',
      label: 'Answers a question',
      state: 'succeeded',
      detail: '"I am ready." in 412 ms, 5 tokens',
      at,
    },
    { id: 'stream', label: 'Streams an answer', state: 'succeeded', detail: 'first token after 204 ms', at },
    { id: 'load', label: 'Bears the load', state: 'succeeded', detail: '64 requests measured', at },
  ],
  metrics: [
    exampleMetric({
      id: 'ttft',
      label: 'Time to first token',
      p50: 210,
      spread: 30,
      objective: 280,
      before: 243,
      changePercent: -13.6,
      change: 'better',
    }),
    exampleMetric({
      id: 'itl',
      label: 'Between tokens',
      p50: 21.2,
      spread: 1.4,
      before: 21,
      changePercent: 1,
      change: 'same',
    }),
    exampleMetric({
      id: 'e2e',
      label: 'Whole request',
      p50: 1550,
      spread: 120,
      before: 1390,
      changePercent: 11.5,
      change: 'worse',
    }),
    exampleMetric({
      id: 'rate',
      label: 'Tokens of a request',
      unit: 'tokens/s',
      better: 'higher',
      p50: 41.3,
      spread: 2.1,
    }),
  ],
  facts: [
    { label: 'Throughput', value: '318 tokens/s' },
    { label: 'Requests', value: '64 in 12.9 s, 4.96/s' },
    { label: 'Within the objective', value: '61 of 64 (95 %), 4.7/s', tone: 'warn' },
    { label: 'Failed', value: '0' },
  ],
  settings: [
    { label: 'Concurrency', value: '8' },
    { label: 'Requests', value: '64 + 8 to warm up' },
    { label: 'Prompt', value: 'about 256 tokens' },
    { label: 'Answer', value: '≤ 64 tokens' },
    { label: 'First token within', value: '280 ms' },
  ],
  failures: [
    { kind: 'rate-limited', count: 2, text: 'The model endpoint is overloaded and takes no more requests (529)' },
  ],
  comparison: 'Compared with the test of 11-19 17:20 under the same load',
  notes: ['A chunk carries 1.6 tokens on average: the time between chunks is not that between tokens.'],
  startedAt: minutesAgo(1),
  endedAt: at,
}

/** One typical payload of each kind. */
export const examples: CardData = {
  ...exampleKinds,
  nodes: exampleNodes(12),
  table: exampleTable(6),
  'time-series': exampleSeries(3, 240),
  approval: exampleApproval,
  progress: exampleProgress,
  measurement: exampleMeasurement,
  status: {
    title: 'Cluster gpu-east',
    state: 'degraded',
    tone: 'warn',
    summary: 'Serving works; one node lost a GPU 6 minutes ago.',
    facts: [
      { label: 'Nodes', value: '23 of 24 ready', tone: 'warn' },
      { label: 'GPUs', value: '85 of 96 used' },
      { label: 'Version', value: 'v1.33.4' },
    ],
    checks: [
      { id: 'api', label: 'API server', state: 'ok', tone: 'good', detail: '12 ms' },
      { id: 'metrics', label: 'Metrics', state: 'ok', tone: 'good', detail: 'last sample 4 s ago' },
      { id: 'gpu', label: 'GPU health', state: 'XID 79', tone: 'bad', detail: 'gpu-east-gpu-04, GPU 3' },
    ],
    tests: [
      {
        id: 'two',
        at: minutesAgo(5),
        state: 'succeeded',
        tone: 'good',
        verdict: 'It serves',
        concurrency: 4,
        ttftP50Ms: 118,
        ttftP95Ms: 310,
        tokensPerSecond: 412.5,
      },
      { id: 'one', at: minutesAgo(90), state: 'failed', tone: 'bad', verdict: 'nobody answered' },
    ],
  },
  ledger: {
    title: 'Escrow of job 42',
    state: 'held',
    tone: 'busy',
    figures: [
      { label: 'Held', money: { amount: 1_250_000, currency: 'qu' } },
      { label: 'Released', money: { amount: 0, currency: 'qu' } },
      { label: 'Fee', money: { amount: 12_500, currency: 'qu' } },
    ],
    parties: [
      { role: 'consumer', name: 'Ada', address: 'BZBQFLLBNCXEMGLOBHUVFTLUPLVCPQUASSILFABOFFBCADQSSUPNWLZBQEXK' },
      { role: 'provider', address: 'XPXYKFLGSWRHRGAUKWFWVXCDVEYAPCPCNUTMUDWFGDYQCWZNJMWFZEEGCFFO' },
    ],
    milestones: [
      { label: 'Locked', state: 'done', at: minutesAgo(44) },
      { label: 'Running', state: 'current', at: minutesAgo(40) },
      { label: 'Settled', state: 'todo' },
    ],
    entries: [
      {
        id: 'tx1',
        at: minutesAgo(44),
        type: 'lock',
        from: 'consumer',
        to: 'escrow',
        money: { amount: 1_250_000, currency: 'qu' },
        status: 'confirmed',
        hash: 'kzfqdmcbnxtgafpqexkwlzb',
        confirmations: 212,
        verified: 'on-chain',
      },
    ],
    custodial: true,
  },
  log: {
    title: 'Logs of qwen3-8b-decode-0',
    lines: Array.from({ length: 40 }, (_, index) => ({
      n: index + 1,
      at: minutesAgo(40 - index),
      source: 'decode-0',
      level: (['info', 'info', 'debug', 'warn', 'error'] as const)[index % 5],
      text:
        index % 5 === 4
          ? 'RuntimeError: CUDA error: device-side assert triggered at /workspace/csrc/cache_kernels.cu:311'
          : `Engine 000: avg prompt throughput ${(index * 97) % 800}.2 tokens/s, running ${index % 9} reqs, KV cache ${(index * 3) % 100}.1%`,
    })),
    note: '1,960 earlier lines are left out.',
  },
  trace: {
    title: 'Trace 3f2a9c1b7d5e4f60 on gpu-east: dynamo-frontend POST /v1/chat/completions, 4120 ms',
    traceId: '3f2a9c1b7d5e4f60a1b2c3d4e5f60718',
    startedAt: minutesAgo(3),
    durationMs: 4120,
    facts: [
      { label: 'spans', value: '34' },
      { label: 'services', value: '3' },
      { label: 'errors', value: '1', tone: 'bad' },
      { label: 'critical path in worker', value: '91%' },
    ],
    spans: [
      {
        id: 'a1',
        depth: 0,
        service: 'dynamo-frontend',
        name: 'POST /v1/chat/completions',
        offsetMs: 0,
        durationMs: 4120,
        selfMs: 12,
        criticalMs: 12,
        error: true,
      },
      {
        id: 'b2',
        depth: 1,
        service: 'router',
        name: 'route',
        offsetMs: 4,
        durationMs: 340,
        selfMs: 40,
        criticalMs: 340,
      },
      {
        id: 'c3',
        depth: 2,
        service: 'router',
        name: 'kv_lookup',
        offsetMs: 20,
        durationMs: 18,
        selfMs: 300,
        repeats: 30,
        detail: '300 ms in all',
      },
      {
        id: 'd4',
        depth: 1,
        service: 'worker',
        name: 'llm_request',
        offsetMs: 344,
        durationMs: 3768,
        selfMs: 3768,
        criticalMs: 3768,
        error: true,
        detail: '"EngineDeadError: the engine is gone"; time_in_queue=2.9',
      },
    ],
    note: '29 spans folded into repeats',
  },
  findings: {
    title: 'Diagnosis of llama-3.3-70b-decode-2',
    verdict: 'The pod is killed for memory each time its cache warms up.',
    tone: 'bad',
    checked: 14,
    findings: [
      {
        id: 'oom-loop',
        severity: 'critical',
        title: 'Out of memory, 6 times in 30 minutes',
        cause: 'The limit of 48 GiB is below what the engine maps at start (51.2 GiB).',
        evidence: [
          { source: 'events', text: 'OOMKilled, exit code 137', at: minutesAgo(4) },
          { source: 'container_memory_working_set_bytes', text: 'max 47.9 GiB of 48 GiB' },
        ],
        remedy: 'Raise the memory limit to 64 GiB, or lower --swap-space.',
        ask: 'Raise the memory limit of llama-3.3-70b-decode to 64 GiB',
      },
      {
        id: 'restarts',
        severity: 'warning',
        title: 'Back-off 5 m between restarts',
        cause: 'Follows from the first finding.',
        evidence: [{ source: 'status', text: 'CrashLoopBackOff' }],
        remedy: 'Nothing on its own.',
      },
    ],
    unknowns: ['Logs before 08:12 are gone.'],
  },
  record: {
    title: 'qwen3-8b',
    kind: 'DynamoGraphDeployment',
    facts: [
      { label: 'Cluster', value: 'gpu-east' },
      { label: 'State', value: 'ready', tone: 'good' },
    ],
    yaml: 'apiVersion: nvidia.com/v1alpha1\nkind: DynamoGraphDeployment\nmetadata:\n  name: qwen3-8b\n  namespace: dynamo-system\nspec:\n  services:\n    Frontend:\n      replicas: 1\n',
    note: 'managedFields are left out.',
  },
  error: {
    code: 'cluster-unreachable',
    message: 'edge-1 did not answer within 2 s.',
    next: 'Ask get_cluster_status for edge-1, or leave it out with clusters.',
    cluster: 'edge-1',
    traceId: '4bf92f3577b34da6',
    changed: 'nothing',
  },
  empty: {
    title: 'No Ray clusters',
    likely: ['None were launched yet.', 'The ray namespace is not in this conversation’s clusters.'],
    next: ['Launch a Ray cluster with one head and three GPU workers', 'Which nodes have free GPUs?'],
  },
}

/** The envelope a tool would answer with this payload. */
export function exampleAnswer<K extends CardKind>(kind: K, payload: CardData[K] = examples[kind]): Answer {
  const base: Answer = { card: kind, at }
  if (kind === 'approval') return { ...base, approval: payload as CardData['approval'] }
  if (kind === 'error') return { ...base, error: payload as CardData['error'] }
  if (kind === 'empty') return { ...base, empty: payload as CardData['empty'] }
  return { ...base, data: payload as Record<string, unknown> }
}

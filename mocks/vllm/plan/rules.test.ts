import { describe, expect, it } from 'vitest'
import { calls, chat, toolsNamed, toolsWithout } from '../testing.ts'
import { RULES } from './rules.ts'

const TTFT = 'rate(dynamo_frontend_time_to_first_token_seconds_bucket[5m])'
const metrics = (query: string, rest: object = { step: '60s', since: '1h' }) => [
  `query_metrics ${JSON.stringify({ query, ...rest })}`,
]

/** Question, and the calls it must lead to, in order. */
const TABLE: [string, string[]][] = [
  // The five first conversations, word for word.
  ['Which nodes have free GPUs?', ['list_nodes {"minFreeGpus":1}']],
  ['p95 time to first token per model, last hour', metrics(`histogram_quantile(0.95, sum by (le, model) (${TTFT}))`)],
  ['Deploy Qwen3-8B on two GPUs in gpu-east', ['deploy_model {"model":"Qwen3-8B","cluster":"gpu-east","gpus":2}']],
  ['Launch a Ray cluster with one head and three GPU workers', ['launch_ray_cluster {"name":"ray-3-workers","workers":3,"gpusPerWorker":1}']],
  ['What is held in escrow for job 42?', ['check_escrow {"job":"42"}']],

  // Nodes.
  ['WHICH NODES HAVE FREE GPUS', ['list_nodes {"minFreeGpus":1}']],
  ['is there a node with a free gpu', ['list_nodes {"minFreeGpus":1}']],
  ['show me nodes with at least 4 free H100s in gpu-west', ['list_nodes {"minFreeGpus":4,"gpuModel":"H100","clusters":["gpu-west"]}']],
  ['where do I have 8 idle GPUs?', ['list_nodes {"minFreeGpus":8}']],
  ['any node with spare A100?', ['list_nodes {"minFreeGpus":1,"gpuModel":"A100"}']],
  ['Is there room for two L40S on hub?', ['list_nodes {"minFreeGpus":2,"gpuModel":"L40S","clusters":["hub"]}']],
  ['which nodes are not ready?', ['list_nodes {"status":"not-ready"}']],
  ['Which node is down?', ['list_nodes {"status":"not-ready"}']],
  ['cordoned nodes', ['list_nodes {"status":"cordoned"}']],
  ['list nodes in pool a100-spot', ['list_nodes {"pool":"a100-spot"}']],
  ['nodes in hub and gpu-east', ['list_nodes {"clusters":["hub","gpu-east"]}']],
  ['nodes with label tier=gold', ['list_nodes {"labels":{"tier":"gold"}}']],
  ['how many H100 GPUs do we have?', ['list_nodes {"gpuModel":"H100"}']],
  ['show node gpu-east-h100-03', ['list_nodes {"text":"gpu-east-h100-03"}']],

  // Metrics.
  ['GPU utilisation by node', metrics('avg by (Hostname) (DCGM_FI_DEV_GPU_UTIL)')],
  ['gpu utilization per node over the last 6h', metrics('avg by (Hostname) (DCGM_FI_DEV_GPU_UTIL)', { step: '5m', since: '6h' })],
  ['KV cache usage per model', metrics('max by (model_name) (vllm:kv_cache_usage_perc)')],
  ['node cpu for the last 30 minutes', metrics('100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m])))', { step: '30s', since: '30m' })],
  ['What is the CPU usage of the nodes right now?', metrics('100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m])))', {})],
  ['error rate per model', metrics('sum by (model) (rate(dynamo_frontend_requests_total{status="error"}[5m])) / sum by (model) (rate(dynamo_frontend_requests_total[5m]))')],
  ['requests per second per model in gpu-east', [`query_metrics ${JSON.stringify({ query: 'sum by (model) (rate(dynamo_frontend_requests_total[5m]))', clusters: ['gpu-east'], step: '60s', since: '1h' })}`]],
  ['median inter-token latency by model, last 24h', metrics('histogram_quantile(0.5, sum by (le, model) (rate(dynamo_frontend_inter_token_latency_seconds_bucket[5m])))', { step: '30m', since: '24h' })],
  ['TTFT 99th percentile, past two hours', metrics(`histogram_quantile(0.99, sum by (le, model) (${TTFT}))`, { step: '2m', since: '2h' })],
  ['p99 latency of Qwen3-8B today', metrics('histogram_quantile(0.99, sum by (le, model) (rate(dynamo_frontend_request_duration_seconds_bucket{model=~".*Qwen3-8B.*"}[5m])))', { step: '30m', since: '24h' })],
  ['which GPUs are hottest?', metrics('max by (Hostname) (DCGM_FI_DEV_GPU_TEMP)')],
  ['top 5 namespaces by pod memory', metrics('topk(5, sum by (namespace) (container_memory_working_set_bytes))')],
  ['waiting requests per model, every 5 minutes', metrics('sum by (model_name) (vllm:num_requests_waiting)', { step: '5m', since: '1h' })],
  ['output tokens per second', metrics('sum by (model) (rate(dynamo_frontend_output_tokens_total[5m]))')],
  ['Run `sum(up)` for the last 15 minutes', metrics('sum(up)', { step: '15s', since: '15m' })],
  ['rate(node_cpu_seconds_total{mode="idle"}[5m])', metrics('rate(node_cpu_seconds_total{mode="idle"}[5m])')],

  // Models.
  ['run Llama-3.1-70B-Instruct with 2 replicas on 4 GPUs each in gpu-west with sglang', ['deploy_model {"model":"Llama-3.1-70B-Instruct","cluster":"gpu-west","gpus":4,"replicas":2,"engine":"sglang"}']],
  ['serve Qwen/Qwen3-32B on gpu-east using 4x H100', ['deploy_model {"model":"Qwen/Qwen3-32B","cluster":"gpu-east","gpus":4}']],
  ['Can you deploy gpt-oss-120b to gpu-west in namespace team-a?', ['deploy_model {"model":"gpt-oss-120b","cluster":"gpu-west","namespace":"team-a"}']],
  ['deploy qwen3 8b in gpu-east', ['deploy_model {"model":"qwen3-8b","cluster":"gpu-east"}']],
  ['Deploy Qwen3-8B as a deployment called chat-small on gpu-east', ['deploy_model {"model":"Qwen3-8B","cluster":"gpu-east","name":"chat-small"}']],
  ['How fast is qwen3-32b in gpu-east at 8 concurrent requests?', ['search_tools {"query":"test deployment"}']],
  ['Test deployment gpt-oss-20b on gpu-west', ['search_tools {"query":"test deployment"}']],
  ['which models are deployed?', ['list_deployments {}']],
  ['is Qwen3-8B running?', ['list_deployments {"model":"Qwen3-8B"}']],
  ['What is being served in gpu-west?', ['list_deployments {"clusters":["gpu-west"]}']],
  ['What models can I deploy?', ['list_models {}']],

  // Ray.
  ['start a ray cluster named trainer with 4 workers with 2 GPUs each in gpu-east', ['launch_ray_cluster {"name":"trainer","cluster":"gpu-east","workers":4,"gpusPerWorker":2}']],
  ['I need a ray cluster with two workers', ['launch_ray_cluster {"name":"ray-2-workers","workers":2}']],
  ['lunch a ray cluster with two workers', ['launch_ray_cluster {"name":"ray-2-workers","workers":2}']],
  ['list the ray clusters', ['list_ray_clusters {}']],
  ['Which Ray clusters are there in gpu-east?', ['list_ray_clusters {"clusters":["gpu-east"]}']],

  // Market and money.
  ['is money locked for job #17?', ['check_escrow {"job":"17"}']],
  ['escrow for job cj-0042', ['check_escrow {"job":"cj-0042"}']],
  ['esrcow of job 9', ['check_escrow {"job":"9"}']],
  ['cheapest H100 offers', ['list_gpu_offers {"gpuModel":"H100"}']],
  ['GPU offers under $2 per hour', ['list_gpu_offers {"maxPricePerHour":2}']],

  // Workloads and the fleet.
  ['which clusters do we have', ['list_clusters {}']],
  ['how is the fleet doing?', ['list_clusters {}']],
  ['any alerts firing?', ['list_alerts {"state":"firing"}']],
  ['critical alerts in gpu-east', ['list_alerts {"clusters":["gpu-east"],"severity":"critical"}']],
  ['list failing pods', ['list_pods {"problemsOnly":true}']],
  ['Which pods are crash-looping in gpu-east?', ['list_pods {"clusters":["gpu-east"],"problemsOnly":true}']],
  ['pods in namespace team-a', ['list_pods {"namespace":"team-a"}']],
  ['pods on node gpu-east-h100-03', ['list_pods {"node":"gpu-east-h100-03"}']],
  ['pending pods', ['list_pods {"status":"pending"}']],
  ['what is wrong?', ['list_alerts {}', 'list_pods {"problemsOnly":true}']],
  ["What's broken in gpu-west?", ['list_alerts {"clusters":["gpu-west"]}', 'list_pods {"clusters":["gpu-west"],"problemsOnly":true}']],
  ['Why is pod gpu-east/inference/qwen3-8b-decode-7d9f8b6c5-x2x4k failing?', ['diagnose_pod {"pod":"qwen3-8b-decode-7d9f8b6c5-x2x4k","namespace":"inference","cluster":"gpu-east"}']],
  ['show the last 50 lines of the logs of pod team-a/api-0 in gpu-east', ['get_pod_logs {"pod":"api-0","namespace":"team-a","cluster":"gpu-east","tailLines":50}']],
  ['Which nodes have free GPUs and which alerts are firing?', ['list_nodes {"minFreeGpus":1}', 'list_alerts {"state":"firing"}']],

  ['is gpu-east ok?', ['list_clusters {}']],
  ['cost of the fleet this month', ['search_tools {"query":"cost fleet month"}']],
  ['are all nodes ready?', ['list_nodes {}']],
  ['what can I deploy?', ['list_models {}']],
  ['GPU utilisation of node gpu-east-h100-03', metrics('avg by (Hostname) (DCGM_FI_DEV_GPU_UTIL{Hostname=~"gpu-east-h100-03.*"})')],
  ['I want a Ray cluster in gpu-west with 2 workers, 4 GPUs each', ['launch_ray_cluster {"name":"ray-2-workers","cluster":"gpu-west","workers":2,"gpusPerWorker":4}']],
  ['scale Qwen3-8B to 3 replicas', ['search_tools {"query":"scale deployment"}']],
  ['roll qwen3-8b back in gpu-east', ['search_tools {"query":"rollback deployment"}']],
  ['set the context of qwen3-8b in gpu-east to 16k', ['search_tools {"query":"update deployment"}']],
  ['delete the deployment qwen3-8b', ['search_tools {"query":"delete deployment"}']],
  ['drain node gpu-east-h100-03', ['search_tools {"query":"drain node"}']],
  ['Cordon gpu-east-h100-11 in gpu-east', ['search_tools {"query":"cordon node"}']],
  ['restart the qwen3-8b deployment', ['search_tools {"query":"restart deployment"}']],
  ['compare gpu-east and gpu-west', ['search_tools {"query":"compare clusters"}']],
  ['show slow traces of the last hour', ['search_tools {"query":"search traces"}']],

  // Tools that are not offered are searched for.
  ['does Qwen3-32B fit on two L40S?', ['search_tools {"query":"check model fit"}']],
  ['show droplets', ['search_tools {"query":"droplets"}']],
] // biome-ignore format: a table reads better with one row a question

const LOGS: [string, object][] = [
  [
    'show error logs from the last hour',
    { query: '{namespace=~".+"} |~ "(?i)(error|fatal|exception|panic)"', since: '1h' },
  ],
  ['logs in namespace team-a', { query: '{namespace="team-a"}' }],
  [
    'logs with timeout in gpu-east last 30 minutes',
    { query: '{namespace=~".+"} |= "timeout"', clusters: ['gpu-east'], since: '30m' },
  ],
  ['search the logs of namespace team-a for "CUDA error"', { query: '{namespace="team-a"} |= "CUDA error"' }],
  ['logs `{app="qwen"} |~ "OOM"`', { query: '{app="qwen"} |~ "OOM"' }],
]

/** The plain questions of an operator, and the one tool that answers each best; found by a search where a persona does not list it. */
const PLAIN: [string, string][] = [
  ['How is the fleet?', 'get_fleet_summary'],
  ['What is failing?', 'what_is_failing'],
  ['What is failing right now, grouped by cause?', 'what_is_failing'],
  ['Are the GPUs healthy?', 'check_gpu_health'],
  ['Are the GPUs of edge-lab healthy?', 'check_gpu_health'],
  ['Which GPU of gpu-west had a memory error, and is it serious?', 'check_gpu_health'],
  ['Did a GPU fall off the bus? Which GPU is lost?', 'check_gpu_health'],
  ['Are all radio nodes in time?', 'get_ptp_status'],
  ['Is a PTP clock in holdover?', 'get_ptp_status'],
  ['How many SR-IOV functions are configured on the radio nodes?', 'get_sriov_status'],
  ['Which functions of the 5G core run, and are they well?', 'get_cnf_workloads'],
  ['Give me the state of the radio site in one look.', 'get_cnf_summary'],
  ['How do gpu-east and gpu-west differ?', 'compare_clusters'],
]

describe('plain questions of operators', () => {
  const schema = { type: 'object', properties: { clusters: { type: 'array', items: { type: 'string' } } } } as const
  const offered = (tool: string) => [...toolsWithout(tool), { name: tool, description: tool, schema }]

  it.each(PLAIN)('%s → %s', (question, tool) => {
    expect(
      chat(offered(tool))
        .ask(question)
        .calls.map(({ name }) => name),
    ).toContain(tool)
  })

  it.each([
    ['Are the GPUs of edge-lab healthy?', 'edge-lab'],
    ['Which GPU of gpu-west had a memory error, and is it serious?', 'gpu-west'],
  ])('%s: only there', (question, cluster) => {
    expect(calls(chat(offered('check_gpu_health')).ask(question))).toContain(
      `check_gpu_health {"clusters":["${cluster}"]}`,
    )
  })

  it.each(PLAIN)('%s → %s, by a search where the persona does not list it', (question, tool) => {
    const talk = chat(toolsNamed('search_tools', 'run_tool', 'query_metrics', 'get_gpu_nodes', 'get_result'))
    const called: string[] = []
    let next = talk.ask(question)
    for (let step = 0; step < 4 && next.calls.length > 0; step++) {
      called.push(...calls(next))
      next = talk.results(...next.calls.map(() => `${tool} (read): It.\n  clusters string[] (Default: all)`))
    }
    expect(called[0]).toMatch(/^search_tools /)
    expect(called.join('\n')).toContain(`run_tool {"name":"${tool}"`)
  })
})

describe('logs of many pods', () => {
  const queryLogs = {
    name: 'query_logs',
    description: '',
    schema: {
      type: 'object',
      properties: {
        query: { type: 'string' },
        clusters: { type: 'array', items: { type: 'string' } },
        since: { type: 'string' },
      },
      required: ['query'],
    },
  }

  it.each(LOGS)('%s', (question, expected) => {
    const { calls: called } = chat([queryLogs, ...toolsNamed('get_pod_logs', 'query_metrics')]).ask(question)
    expect(called.map(({ name, arguments: json }) => [name, JSON.parse(json)])).toEqual([['query_logs', expected]])
  })
})

describe('the rules', () => {
  it.each(TABLE)('%s', (question, expected) => {
    expect(calls(chat().ask(question))).toEqual(expected)
  })

  it('has an example for every rule that works with the tools it names', () => {
    for (const rule of RULES.filter(({ example }) => example !== '')) {
      const { calls: called, content } = chat().ask(rule.example)
      expect(called.length + content.length, rule.id).toBeGreaterThan(0)
      expect(content, rule.id).not.toContain('did not understand')
    }
  })

  it('never takes a question about what runs for an order to deploy', () => {
    for (const question of [
      'Show the running Qwen3-8B',
      'How do I run Qwen3-8B?',
      'Is Qwen3-8B deployed?',
      'Can I run Qwen3-8B on two GPUs?',
    ]) {
      expect(calls(chat().ask(question)).join(), question).not.toContain('deploy_model')
    }
  })
})

describe('tools that are not offered', () => {
  it.each(TABLE)('are never called: %s', (question) => {
    const few = toolsNamed('list_nodes', 'list_clusters')
    for (const { name } of chat(few).ask(question).calls) expect(['list_nodes', 'list_clusters']).toContain(name)
  })

  it('are searched for and then run', () => {
    const talk = chat(toolsWithout('check_escrow'))
    expect(calls(talk.ask('What is held in escrow for job 42?'))).toEqual(['search_tools {"query":"check escrow"}'])
    expect(calls(talk.results('check_escrow: state of an escrow (job)'))).toEqual([
      'run_tool {"name":"check_escrow","input":{"job":"42"}}',
    ])
    expect(talk.results('Escrow of job 42: 1200 usd-cent held').content).toContain('1200 usd-cent held')
  })

  it('never get a guess for what a change needs', () => {
    const talk = chat(toolsWithout())
    talk.ask('scale the deployment qwen3-8b to 3 replicas')
    const { content, calls: called } = talk.results(
      'scale_deployment (change): Scale.\n  input: {"deployment":{"type":"string"},"replicas":{"type":"integer"}}',
    )
    expect(called.map(({ arguments: json }) => JSON.parse(json))).toEqual([
      { name: 'scale_deployment', input: { deployment: 'qwen3-8b', replicas: 3 } },
    ])
    expect(content).toContain('once a person approves it')
    const direct = chat([
      {
        name: 'drain_node',
        description: '',
        schema: {
          type: 'object',
          properties: { cluster: { type: 'string' }, node: { type: 'string' } },
          required: ['cluster', 'node'],
        },
      },
      ...toolsNamed('list_nodes'),
    ])
    expect(direct.ask('drain node gpu-east-h100-03').content).toContain('Which cluster do you mean?')
  })

  it('are named when neither they nor a search are there', () => {
    const { content, calls: called } = chat(toolsNamed('list_nodes')).ask('What is held in escrow for job 42?')
    expect(called).toEqual([])
    expect(content).toContain('`check_escrow`, which is not available here')
    expect(content).toContain('- Which nodes have free GPUs?')
  })

  it('are filled from the schema that the search prints', () => {
    const talk = chat(toolsWithout('list_gpu_offers'))
    talk.ask('cheapest H100 offers')
    const found =
      'list_gpu_offers Offers {"type":"object","properties":{"accelerator":{"type":"string"},"top":{"type":"integer"}}}'
    expect(calls(talk.results(found))).toEqual(['run_tool {"name":"list_gpu_offers","input":{"accelerator":"H100"}}'])
  })

  it('are filled from the properties that the search prints, even cut off', () => {
    const talk = chat(toolsWithout('list_alerts'))
    talk.ask('critical alerts in gpu-east')
    const found =
      'list_alerts (read): Alerts.\n  input: {"clusters":{"type":"array","items":{"type":"string"}},"severity":{"type":"string","enum":["critical","warning"]},"text":{"type":"str\nget_alert (read): One alert.\n  input: {"id":{"type":"string"}}'
    expect(calls(talk.results(found))).toEqual([
      'run_tool {"name":"list_alerts","input":{"clusters":["gpu-east"],"severity":"critical"}}',
    ])
  })

  it('are given up after a search that does not find them', () => {
    const talk = chat(toolsWithout('check_escrow'))
    talk.ask('What is held in escrow for job 42?')
    const { content, calls: called } = talk.results('No tool matches.')
    expect(called).toEqual([])
    expect(content).toContain('check_escrow')
  })
})

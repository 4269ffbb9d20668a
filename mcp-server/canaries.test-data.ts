/** What is found in the world before its tools are asked: names that lead to what is planted there. */
export interface Found {
  pods: { name: string; namespace: string }[]
  node: string
  deployment: { name: string; namespace: string }
  workload: { name: string; namespace: string }
  served: { name: string; namespace: string }
  configMap: { name: string; namespace: string }
  secret: { name: string; namespace: string }
  fingerprint: string
  silence: string
  traces: string[]
  service: string
  approval: string
  result: string
}

export type ToolCall = [tool: string, input: Record<string, unknown>]
const cluster = 'gpu-east'
const query = '{namespace=~".+"}'
const times = { since: '1h' }

/** Calls of reading tools that lead to every planted place. */
export function readingCalls(found: Found): ToolCall[] {
  const [pod, ...pods] = found.pods.map(({ name, namespace }) => ({ cluster, namespace, pod: name }))
  const object = (kind: string, of: { name: string; namespace: string }) => ({ cluster, kind, ...of })
  const paths = [
    'metadata.annotations',
    'metadata.labels',
    'spec',
    'spec.containers.0.env',
    'spec.containers.0.env.0',
    'spec.containers.0.env.0.value',
    'spec.containers.0.args',
    'spec.containers.0.lifecycle',
    'status',
  ]
  const data = [
    'data',
    'data.DB_PASSWORD',
    'data.connection',
    'data.id_rsa',
    'data.kubeconfig.yaml',
    'data.app.yaml',
    'data..env',
    'stringData',
  ]
  const kinds = [
    'Pod',
    'Secret',
    'ConfigMap',
    'Deployment',
    'Node',
    'Event',
    'Service',
    'Namespace',
    'Job',
    'DynamoGraphDeployment',
    'RayCluster',
    'PersistentVolumeClaim',
  ]
  return [
    ['list_clusters', {}],
    ['get_cluster', { cluster }],
    ['get_cluster_status', { cluster }],
    ['get_fleet_summary', {}],
    ['get_fleet_health', {}],
    ['get_fleet_capabilities', {}],
    ['compare_clusters', { clusters: [cluster, 'hub'] }],
    ['validate_cluster_credentials', { cluster: 'hub' }],
    ['list_nodes', {}],
    ['list_pods', {}],
    ['list_pods', { problemsOnly: true }],
    ['what_is_failing', {}],
    ['what_is_failing', { clusters: [cluster] }],
    ['what_is_failing', { clusters: ['hub'] }],
    ['what_is_failing', { clusters: ['gpu-west'], limit: 100 }],
    ...kinds.flatMap((kind): ToolCall[] => [
      ['list_resources', { kind }],
      [
        'list_resources',
        {
          kind,
          fields: [
            'metadata.annotations',
            'data',
            'spec.template.spec.containers',
            'spec.containers',
            'status.conditions',
          ],
        },
      ],
    ]),
    ...paths.map((path): ToolCall => ['get_resource', { ...object('Pod', found.pods[0]!), path }]),
    ...found.pods.map((one): ToolCall => ['get_resource', object('Pod', one)]),
    ...data.map((path): ToolCall => ['get_resource', { ...object('ConfigMap', found.configMap), path }]),
    ...['data', 'data.DB_PASSWORD', 'stringData'].map(
      (path): ToolCall => ['get_resource', { ...object('Secret', found.secret), path }],
    ),
    ['get_resource', object('ConfigMap', found.configMap)],
    ['get_resource', object('Secret', found.secret)],
    ['get_resource', object('Deployment', found.deployment)],
    ['get_resource', { cluster, kind: 'Pod', name: 'none-of-this-name', namespace: 'inference' }],
    ['get_events', { since: '6h', type: 'all' }],
    ['get_events', { clusters: [cluster], since: '24h', limit: 200, type: 'all' }],
    ['get_pod_logs', pod!],
    ['get_pod_logs', { ...pod, previous: true }],
    ['get_pod_logs', { ...pod, grep: 'password', tail: 500 }],
    ...pods.map((one): ToolCall => ['get_pod_logs', one]),
    ...[pod!, ...pods].map((one): ToolCall => ['diagnose_pod', one]),
    ['get_resource_usage', { by: 'pods' }],
    ['get_top_consumers', { resource: 'gpu' }],
    ['query_metrics', { query: 'up' }],
    ['query_metrics', { query: 'up', ...times }],
    // addresses name a series last, so that here the planted key does
    ['query_metrics', { query: 'sum by (instance) (up)', clusters: [cluster] }],
    ['query_metrics', { query: 'sum by (note, api_key) (up)', ...times }],
    ['query_metrics', { query: 'no_such_metric{note="x"}' }],
    ['find_metrics', { text: 'temperature' }],
    ['get_metric_labels', {}],
    ['get_metric_labels', { labelName: 'note' }],
    ['get_metric_labels', { match: 'up', show: 'series' }],
    ['get_metric_labels', { match: 'up', show: 'metadata' }],
    ['get_metric_labels', { show: 'metadata', text: 'gpu' }],
    ['get_metric_trends', { query: 'DCGM_FI_DEV_GPU_TEMP', period: '6h' }],
    ['list_alerts', {}],
    ['list_alerts', { limit: 200 }],
    ['get_alert', { fingerprint: found.fingerprint }],
    ['get_alert_history', { since: '7d' }],
    ['list_alert_groups', {}],
    ['list_silences', {}],
    ['list_silences', { state: 'expired' }],
    ['query_logs', { query, ...times }],
    ['query_logs', { query, ...times, limit: 200, direction: 'forward' }],
    ['search_error_logs', { since: '6h' }],
    ['search_error_logs', { level: 'warn', clusters: [cluster], limit: 100 }],
    ['get_log_patterns', { query, since: '1h' }],
    ['query_log_series', { query: `sum by (note, api_key) (count_over_time(${query}[5m]))`, since: '1h' }],
    ['query_log_series', { query: `count_over_time(${query}[5m])`, since: '1h' }],
    ['tail_logs', { query }],
    ['get_log_labels', {}],
    ['get_log_label_values', { name: 'note' }],
    ['search_traces', { since: '1h' }],
    ['search_traces', { since: '1h', errorsOnly: true }],
    ['get_trace_services', {}],
    ['get_trace_operations', {}],
    ['get_trace_operations', { service: found.service }],
    ['get_service_map', {}],
    ...found.traces.flatMap((traceId): ToolCall[] => [
      ['get_trace', { traceId, unfolded: true }],
      ['get_trace_spans', { traceId }],
      ['analyze_trace', { traceId }],
    ]),
    ['get_gpu_nodes', { perGpu: true }],
    ['get_gpu_node', { cluster, node: found.node }],
    ['get_gpu_summary', {}],
    ['get_gpu_processes', {}],
    ['get_gpu_processes', { clusters: [cluster], node: found.node }],
    ['get_gpu_workloads', {}],
    ['check_gpu_health', {}],
    ['check_gpu_health', { clusters: [cluster], deep: true, since: '24h' }],
    ['get_cnf_workloads', {}],
    ['get_ptp_status', {}],
    ['get_dpdk_stats', { cluster: 'edge-lab', pod: 'upf-0' }],
    ['get_sriov_status', {}],
    ['get_cnf_summary', {}],
    ['list_models', { text: 'qwen' }],
    ['get_model', { model: 'Qwen/Qwen3-8B' }],
    ['check_model_fit', { model: 'Qwen/Qwen3-8B' }],
    ['list_deployments', {}],
    ['get_serving_metrics', {}],
    ['get_deployment', { cluster, name: found.served.name, namespace: found.served.namespace }],
    ['get_deployment_logs', { cluster, name: found.served.name, namespace: found.served.namespace, tail: 1000 }],
    ['list_personas', {}],
    ['get_persona', { id: 'gpu-expert' }],
    ['list_ray_clusters', {}],
    ['estimate_ray_cluster', { workers: 2 }],
    ['list_gpu_offers', {}],
    ['check_escrow', { job: '42' }],
    ['list_pending_escrows', {}],
    ['search_tools', { query: 'logs' }],
    ['run_tool', { name: 'what_is_failing', input: {} }],
    ['list_approvals', {}],
    ['list_approval_grants', {}],
    ['get_approval', { id: found.approval }],
    ['get_audit_log', { since: '24h' }],
    ['get_result', { result: found.result }],
    ['get_result', { result: found.result, groupBy: ['cluster'] }],
  ]
}

/** Calls of changing tools: planned, shown, approved and run. What a person enters holds secrets too. */
export function changingCalls(found: Found, secret: (place: string) => string): ToolCall[] {
  const text = (place: string) => `password=${secret(place)} https://a:${secret(`${place}Url`)}@x`
  const manifest = (kind: string, data: object) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind,
      metadata: { name: 'planted', namespace: 'inference', annotations: { note: text('Manifest') } },
      ...data,
    })
  const persona = { id: 'planted', name: 'Planted', description: 'A', systemPrompt: 'Be brief.', capabilities: [] }
  return [
    [
      'apply_manifest',
      {
        cluster,
        manifest: manifest('ConfigMap', { data: { DB_PASSWORD: secret('Applied'), a: text('AppliedText') } }),
      },
    ],
    [
      'apply_manifest',
      { cluster, manifest: manifest('Secret', { stringData: { anything: secret('AppliedSecret') } }) },
    ],
    ['scale_workload', { cluster, ...found.workload, replicas: 2 }],
    ['restart_workload', { cluster, ...found.workload }],
    ['rollback_workload', { cluster, ...found.workload }],
    ['cordon_node', { cluster, name: found.node }],
    ['drain_node', { cluster, name: found.node, force: true, deleteLocalData: true }],
    ['delete_resource', { cluster, kind: 'Deployment', ...found.deployment }],
    ['delete_resource', { cluster, kind: 'Secret', ...found.secret }],
    ['silence_alert', { cluster, fingerprint: found.fingerprint, comment: text('Comment') }],
    ['expire_silence', { cluster, id: found.silence }],
    ['mark_alerts_read', {}],
    ...servedCalls(found, { text, secret }),
    ['launch_ray_cluster', { workers: 1, cluster }],
    ['update_cluster', { cluster: 'gpu-west', labels: { note: 'a' } }],
    ['refresh_cluster', { cluster }],
    ['register_cluster', { name: 'later', apiServerUrl: `https://robot:${secret('Registered')}@127.0.0.1:9` }],
    ['remove_cluster_credentials', { cluster: 'hub', services: ['loki'] }],
    ['remove_cluster', { cluster: 'gpu-west' }],
    ['save_persona', { ...persona, systemPrompt: text('Prompt') }],
    ['save_persona', persona],
    ['get_persona', { id: 'planted' }],
    ['delete_persona', { id: 'planted' }],
    ['report_heartbeat', { workerId: 'none', usage: {}, status: 'online', currentJob: text('Heartbeat') }],
    ['decide_approval', { id: 'a_1', approve: false, reason: text('Reason') }],
    ['cancel_approval', { id: found.approval }],
    ['roll_back_approval', { id: found.approval }],
    ['revoke_approval_grant', { id: 'g_1' }],
  ]
}

/** The life of served models whose objects hold secrets, in the order it has: what is shown, changed, kept and put back. */
function servedCalls(
  { served }: Found,
  { text, secret }: { text: (place: string) => string; secret: (place: string) => string },
): ToolCall[] {
  const model = 'Qwen/Qwen3-0.6B'
  const asked = { model, cluster, gpus: 1 }
  const gemma = { cluster, name: 'gemma-4-31b', namespace: served.namespace }
  const given = (options: object): ToolCall[] => [
    ['preview_deployment', { ...asked, options }],
    ['deploy_model', { ...asked, options }],
  ]
  const runtimes = ['dynamo', 'dynamo-request', 'kserve', 'kserve-llm', 'ray-service', 'plain']
  return [
    ...given({ engineArgs: ['--api-key', secret('EngineArg')] }),
    ...given({ engineArgs: [`--served-model-name ${secret('EngineWord')}`, text('EngineText')] }),
    ...given({ env: { DB_PASSWORD: secret('GivenEnv') } }),
    ...given({ env: { GREETING: text('GivenEnvText') } }),
    ...given({ image: text('GivenImage') }),
    ...given({ servedModelName: `hf_${secret('GivenName')}abcdefghij` }),
    ...runtimes.map((runtime): ToolCall => ['preview_deployment', { ...asked, runtime }]),
    ...runtimes.map((runtime): ToolCall => ['deploy_model', { ...asked, name: `made-${runtime}`, runtime }]),
    ['scale_deployment', { ...gemma, replicas: 2 }],
    ['update_deployment', { ...gemma, contextLength: 8192 }],
    ['update_deployment', { ...gemma, image: text('UpdateImage') }],
    ['update_deployment', { ...gemma, engineArgs: ['--api-key', secret('UpdateArg')] }],
    ['update_deployment', { ...gemma, engineArgs: ['--max-num-seqs', '64'] }],
    ['update_deployment', { ...gemma, servedModelName: `hf_${secret('UpdateName')}abcdefghij` }],
    ['update_deployment', { ...gemma, nodeSelector: { note: text('UpdateSelector') } }],
    ['rollback_deployment', { ...gemma, revision: 900 }],
    ['rollback_deployment', gemma],
    ['rollback_deployment', { ...gemma, revision: 1 }],
    ['get_deployment', gemma],
    ['get_deployment_logs', gemma],
    ['list_deployments', { text: 'gemma' }],
    ...runtimes.flatMap((runtime): ToolCall[] => [
      ['get_deployment', { cluster, name: `made-${runtime}` }],
      ['update_deployment', { cluster, name: `made-${runtime}`, contextLength: 4096 }],
      ['rollback_deployment', { cluster, name: `made-${runtime}` }],
      ['delete_deployment', { cluster, name: `made-${runtime}` }],
    ]),
    [
      'test_deployment',
      { cluster, name: 'qwen3-30b-a3b', concurrency: 1, requests: 1, inputTokens: 30, outputTokens: 4 },
    ],
    ['get_deployment', { cluster, name: 'qwen3-30b-a3b' }],
    ['test_deployment', { cluster, name: 'qwen3-30b-a3b', model: `hf_${secret('TestedModel')}abcdefghij` }],
    ['test_deployment', { url: `https://robot:${secret('Endpoint')}@models.example.com/v1` }],
    ['delete_deployment', gemma],
  ]
}

import type { Found } from '../canaries.test-data.ts'
import type { Pools } from './arguments.ts'
import { textWith } from './canaries.ts'

/** Words for generated arguments that lead to what the world holds. */
export const pools = ({ pods, traces, node, fingerprint, service }: Found): Pools => ({
  cluster: ['gpu-east'],
  clusters: ['gpu-east', 'hub', 'edge-lab'],
  namespace: pods.map(({ namespace }) => namespace),
  kind: ['Pod', 'Pod', 'Secret', 'ConfigMap', 'Deployment', 'Node', 'events', 'DynamoGraphDeployment', 'RayCluster'],
  name: pods.map(({ name }) => name),
  pod: pods.map(({ name }) => name),
  node: [node],
  fingerprint: [fingerprint],
  traceId: traces,
  service: [service],
  path: [
    'spec',
    'data',
    'data.DB_PASSWORD',
    'data.app.yaml',
    'metadata.annotations',
    'spec.containers.0.env',
    'status',
  ],
  since: ['30m', '1h', '6h'],
  start: ['2026-11-20T11:00:00Z'],
  end: ['2026-11-20T12:00:00Z'],
  time: ['2026-11-20T11:30:00Z'],
  step: ['1m'],
  labelName: ['note', 'api_key', 'namespace'],
  labelSelector: ['app=web', 'app'],
  match: ['up'],
  model: ['Qwen/Qwen3-8B'],
  id: ['default', 'gpu-expert'],
  'query_metrics.query': ['up', 'vllm:num_requests_running', 'DCGM_FI_DEV_GPU_TEMP', 'sum by (note) (up)', 'count(up)'],
  'get_metric_trends.query': ['DCGM_FI_DEV_GPU_TEMP', 'sum by (note) (up)'],
  'search_traces.query': ['{}', '{ duration > 1ms }'],
  'query_log_series.query': ['sum(count_over_time({namespace=~".+"}[5m]))'],
  query: ['{namespace=~".+"}', '{namespace=~".+"} |= "error"'],
  any: ['gpu', 'error', textWith('Argument'), 'pods', 'dsn', 'password'],
})

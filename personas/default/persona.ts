import { definePersona } from '../define.ts'

export default definePersona({
  id: 'default',
  name: 'Default Assistant',
  description:
    'General operations over all clusters: nodes, GPUs, metrics, alerts, deployments, Ray and the marketplace',
  icon: 'robot',
  capabilities: [
    'list_clusters',
    'get_fleet_summary',
    'list_nodes',
    'what_is_failing',
    'get_resource',
    'get_events',
    'get_pod_logs',
    'query_metrics',
    'find_metrics',
    'list_alerts',
    'query_logs',
    'search_traces',
    'get_gpu_nodes',
    'list_deployments',
    'deploy_model',
    'check_model_fit',
    'list_ray_clusters',
    'launch_ray_cluster',
    'list_gpu_offers',
    'check_escrow',
    'diagnose',
  ],
  reach: ['*'],
  suggestions: [
    'Which nodes have free GPUs?',
    'p95 time to first token per model, last hour',
    'Deploy Qwen3-8B on two GPUs in gpu-east',
    'What is held in escrow for job 42?',
  ],
})

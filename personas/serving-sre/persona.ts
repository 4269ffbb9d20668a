import { definePersona } from '../define.ts'

export default definePersona({
  id: 'serving-sre',
  name: 'Model Serving Engineer',
  description: 'Model deployments on Dynamo and vLLM, Ray clusters: fit, rollout, latency, saturation, rollback',
  icon: 'layers',
  capabilities: [
    'list_deployments',
    'get_deployment',
    'deploy_model',
    'check_model_fit',
    'list_models',
    'get_serving_metrics',
    'query_metrics',
    'list_nodes',
    'list_alerts',
    'list_pods',
    'diagnose_pod',
    'get_pod_logs',
    'list_ray_clusters',
    'launch_ray_cluster',
  ],
  reach: ['models/*', 'ray/*', 'fleet/read', 'kubernetes/read', 'metrics/*', 'alerts/read', 'logs/read', 'traces/*', 'gpu/read', 'analysis/*', 'cost/read', 'autoscaling/*', 'system/*'],
  suggestions: ['p95 time to first token per model, last hour', 'Which models have a full KV cache?', 'Does Llama-3.3-70B fit anywhere now?', 'Which deployments are not ready?'],
})

import { definePersona } from '../define.ts'

export default definePersona({
  id: 'gpu-expert',
  name: 'GPU Infrastructure Expert',
  description: 'NVIDIA GPUs: health, utilisation, memory, throttling, scheduling, and serving on them',
  icon: 'gpu',
  capabilities: ['get_gpu_nodes', 'get_gpu_processes', 'get_gpu_summary', 'query_metrics', 'list_clusters'],
  reach: [
    'gpu/*',
    'fleet/read',
    'kubernetes/read',
    'metrics/*',
    'alerts/read',
    'logs/read',
    'analysis/*',
    'models/read',
    'ray/read',
    'system/*',
  ],
  suggestions: [
    'Which GPUs had XID errors today?',
    'GPU utilisation by node, last hour',
    'Which GPUs are allocated but idle?',
    'Which nodes have free H100s?',
  ],
})

import { definePersona } from '../define.ts'

export default definePersona({
  id: 'telco-5g',
  name: 'Telco 5G Specialist',
  description: '5G NR and core, O-RAN, slicing and QoS, with carrier-grade reliability',
  icon: 'signal',
  capabilities: ['get_cnf_workloads', 'query_metrics', 'search_traces', 'query_logs', 'list_alerts'],
  reach: [
    'cnf/*',
    'fleet/read',
    'kubernetes/read',
    'metrics/*',
    'alerts/read',
    'logs/*',
    'traces/*',
    'analysis/*',
    'system/*',
  ],
  suggestions: [
    'Is every edge cluster healthy?',
    'Error lines on the edge, last hour',
    'Which alerts touch service levels?',
    'Capacity left per edge site',
  ],
})

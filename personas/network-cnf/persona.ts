import { definePersona } from '../define.ts'

export default definePersona({
  id: 'network-cnf',
  name: 'Network & CNF Expert',
  description: 'vDU, vCU and UPF workloads: SR-IOV, DPDK, PTP and latency',
  icon: 'network',
  capabilities: [
    'get_cnf_workloads',
    'get_ptp_status',
    'get_dpdk_stats',
    'get_sriov_status',
    'query_metrics',
    'search_traces',
  ],
  reach: [
    'cnf/*',
    'fleet/read',
    'kubernetes/read',
    'metrics/*',
    'alerts/read',
    'logs/read',
    'traces/*',
    'analysis/*',
    'system/*',
  ],
  suggestions: [
    'Node network errors, last hour',
    'Which pods on the edge are failing?',
    'Which alerts fire on edge clusters?',
    'Load per edge node',
  ],
})

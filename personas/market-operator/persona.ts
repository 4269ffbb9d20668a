import { definePersona } from '../define.ts'

export default definePersona({
  id: 'market-operator',
  name: 'Marketplace Operator',
  description: 'GPU offers, compute jobs, escrow and settlements',
  icon: 'scale',
  capabilities: [
    'list_gpu_offers',
    'get_gpu_offer',
    'list_compute_jobs',
    'get_compute_job',
    'check_escrow',
    'list_pending_escrows',
    'list_transactions',
    'get_wallet_balance',
    'list_nodes',
  ],
  reach: ['marketplace/*', 'escrow/*', 'cost/*', 'fleet/read', 'system/*'],
  suggestions: [
    'What is held in escrow for job 42?',
    'Which GPU offers are available now?',
    'Cheapest offer with 24 GB or more',
    'Which providers went silent?',
  ],
})

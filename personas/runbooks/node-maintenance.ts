import { defineRunbook } from './define.ts'

export const nodeMaintenance = defineRunbook({
  id: 'node-maintenance',
  title: 'Take a node out of service',
  about: 'Who runs there, what moves where, then cordon and drain as plans to approve',
  arguments: [
    { name: 'node', title: 'Node', about: 'Cluster and name', required: true, of: 'node' },
    { name: 'reason', title: 'Why', about: 'Goes into the record', required: false },
  ],
  ask: ({ node, reason }) =>
    [
      `Take the node ${node} out of service${reason ? `: ${reason}` : ''}.`,
      'First say which pods and how many GPUs are there, whether there is room for them elsewhere, and what cannot move. Then plan to cordon it; drain it only after I have seen that.',
    ].join('\n'),
})

import { defineRunbook } from './define.ts'

export const nodeTriage = defineRunbook({
  id: 'node-triage',
  title: 'Is this GPU node healthy?',
  about: 'Conditions, GPUs (XID, ECC, heat, throttling), pods and events of one node; keep, drain or replace',
  arguments: [{ name: 'node', title: 'Node', about: 'Cluster and name', required: true, of: 'node' }],
  ask: ({ node }) =>
    [
      `Is the node ${node} healthy?`,
      'Look at its conditions, its GPUs (XID, ECC, temperature, throttling, NVLink), its pods and its events of the last hours, and whether its neighbours show the same.',
      'Say in one word whether to keep, drain or replace it, and why. If it should be drained, say who would be moved before you plan it.',
    ].join('\n'),
})

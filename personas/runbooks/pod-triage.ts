import { defineRunbook } from './define.ts'

export const podTriage = defineRunbook({
  id: 'pod-triage',
  title: 'Why does this pod fail?',
  about: 'Status, events, logs of the last crash, node and limits of one pod',
  arguments: [{ name: 'pod', title: 'Pod', about: 'Cluster and name', required: true, of: 'pod' }],
  ask: ({ pod }) =>
    [
      `Why does the pod ${pod} fail?`,
      'Diagnose it, read the logs of its last crash, its events and its node. Is it this pod, its node, its workload or the cluster?',
      'Tell the cause with the line that shows it, and the smallest change that would mend it.',
    ].join('\n'),
})

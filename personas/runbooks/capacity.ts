import { defineRunbook } from './define.ts'

export const capacity = defineRunbook({
  id: 'capacity',
  title: 'Is there room?',
  about: 'Free GPUs by model and cluster, fragmentation, and what idles',
  arguments: [
    { name: 'need', title: 'What you need', about: 'For example "8 H100 for a week"', required: true },
    { name: 'cluster', title: 'Cluster', about: 'All clusters if empty', required: false, of: 'cluster' },
  ],
  ask: ({ need, cluster }) =>
    [
      `Is there room for this: ${need}?${cluster ? ` Only on ${cluster}.` : ''}`,
      'Count free GPUs by model and cluster, say how they are spread over nodes (one node or many), and what holds GPUs without using them.',
      'Answer yes or no first, then where, then what could be freed.',
    ].join('\n'),
})

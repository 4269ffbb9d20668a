import { defineRunbook } from './define.ts'

export const slowModel = defineRunbook({
  id: 'slow-model',
  title: 'A model is slow',
  about: 'Where the time goes: queue, prefill, decode, KV cache, a bad GPU, or one slow replica',
  arguments: [
    { name: 'deployment', title: 'Deployment', about: 'Cluster and name', required: true, of: 'deployment' },
    { name: 'since', title: 'Since', about: 'For example 1h', required: false },
  ],
  ask: ({ deployment, since = '1h' }) =>
    [
      `The model deployment ${deployment} is slow. Look at the last ${since}, against the same time before.`,
      'p95 time to first token, time per output token, requests waiting and running, KV cache use, preemptions, replicas ready; then its pods, its GPUs (throttling, XID) and the slowest traces.',
      'Where does the time go? One cause, its evidence, and the change that would help most for what it costs.',
    ].join('\n'),
})

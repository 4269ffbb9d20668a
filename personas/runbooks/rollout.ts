import { defineRunbook } from './define.ts'

export const rollout = defineRunbook({
  id: 'deploy-model',
  title: 'Deploy a model',
  about: 'Does it fit, where, at what price; then a plan to approve',
  arguments: [
    { name: 'model', title: 'Model', about: 'For example Qwen/Qwen3-8B', required: true, of: 'model' },
    { name: 'cluster', title: 'Cluster', about: 'The best one if empty', required: false, of: 'cluster' },
    { name: 'goal', title: 'Goal', about: 'Latency, throughput, cheapest; users at once', required: false },
  ],
  ask: ({ model, cluster, goal }) =>
    [
      `Deploy ${model}${cluster ? ` on ${cluster}` : ''}.${goal ? ` Goal: ${goal}.` : ''}`,
      'First check where it fits and with how many GPUs, and what it costs an hour. Then plan the smallest deployment that meets the goal; I decide on the card.',
    ].join('\n'),
})

import type { CardData } from '#contract'
import { at, minutesAgo } from './moment.ts'

export const exampleProgress: CardData['progress'] = {
  title: 'Deploy qwen3-8b',
  state: 'running',
  message: 'Downloading weights',
  percent: 42,
  steps: [
    { id: 'apply', label: 'Apply the manifest', state: 'succeeded', at },
    { id: 'schedule', label: 'Find a node', state: 'succeeded', detail: 'gpu-east-gpu-08', at },
    { id: 'weights', label: 'Download weights', state: 'running', detail: '6.9 of 16.4 GB', at },
    { id: 'ready', label: 'Answer the first request', state: 'pending' },
  ],
  facts: [
    { label: 'Cluster', value: 'gpu-east' },
    { label: 'GPUs', value: '2 × H100' },
  ],
  startedAt: minutesAgo(2),
}

import type { CardData } from '#contract'
import { minutesAgo } from './moment.ts'

export const exampleStatus: CardData['status'] = {
  title: 'Cluster gpu-east',
  state: 'degraded',
  tone: 'warn',
  summary: 'Serving works; one node lost a GPU 6 minutes ago.',
  facts: [
    { label: 'Nodes', value: '23 of 24 ready', tone: 'warn' },
    { label: 'GPUs', value: '85 of 96 used' },
    { label: 'Version', value: 'v1.33.4' },
  ],
  checks: [
    { id: 'api', label: 'API server', state: 'ok', tone: 'good', detail: '12 ms' },
    { id: 'metrics', label: 'Metrics', state: 'ok', tone: 'good', detail: 'last sample 4 s ago' },
    { id: 'gpu', label: 'GPU health', state: 'XID 79', tone: 'bad', detail: 'gpu-east-gpu-04, GPU 3' },
  ],
  tests: [
    {
      id: 'two',
      at: minutesAgo(5),
      state: 'succeeded',
      tone: 'good',
      verdict: 'It serves',
      concurrency: 4,
      ttftP50Ms: 118,
      ttftP95Ms: 310,
      tokensPerSecond: 412.5,
    },
    { id: 'one', at: minutesAgo(90), state: 'failed', tone: 'bad', verdict: 'nobody answered' },
  ],
}

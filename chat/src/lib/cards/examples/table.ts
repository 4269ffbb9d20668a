import type { CardData } from '#contract'
import { minutesAgo } from './moment.ts'

export const exampleTable = (count: number): CardData['table'] => ({
  title: 'Firing alerts',
  columns: [
    { key: 'severity', label: 'Severity', type: 'state' },
    { key: 'name', label: 'Alert', type: 'text' },
    { key: 'cluster', label: 'Cluster', type: 'text' },
    { key: 'value', label: 'Value', type: 'percent' },
    { key: 'since', label: 'Since', type: 'age' },
    { key: 'memory', label: 'Memory', type: 'bytes' },
    { key: 'cost', label: 'Cost', type: 'money' },
    { key: 'fingerprint', label: 'Fingerprint', type: 'code' },
  ],
  rows: Array.from({ length: count }, (_, index) => ({
    id: `alert-${index}`,
    severity: ['critical', 'warning', 'info'][index % 3],
    severityTone: ['bad', 'warn', 'neutral'][index % 3],
    name: ['GpuXidError', 'KvCacheNearlyFull', 'NodeClockSkew', 'PodCrashLooping'][index % 4],
    cluster: ['gpu-east', 'gpu-west', 'edge-1'][index % 3],
    value: (index * 13.7) % 100,
    since: minutesAgo(3 + index * 11),
    memory: 1024 ** 3 * (index + 1),
    cost: 125 * (index + 1),
    costCurrency: 'usd-cent',
    fingerprint: `a${(index * 7919).toString(16)}f`,
  })),
  facts: [
    { label: 'Critical', value: '4', tone: 'bad' },
    { label: 'Warning', value: '9', tone: 'warn' },
  ],
})

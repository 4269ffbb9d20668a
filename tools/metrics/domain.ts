import { defineDomain } from '#define'
import { queryMetrics } from './query-metrics.tool.ts'

export const metrics = defineDomain({
  name: 'metrics',
  about: 'Measurements of every cluster through PromQL.',
  tools: [queryMetrics],
})

import { defineDomain } from '#define'
import { findMetrics } from './find-metrics.tool.ts'
import { getMetricLabels } from './get-metric-labels.tool.ts'
import { getMetricTrends } from './get-metric-trends.tool.ts'
import { queryMetrics } from './query-metrics.tool.ts'
import { metricWatches } from './watch.job.ts'
import { metricChanged } from './watch.ts'

export const metrics = defineDomain({
  name: 'metrics',
  about: 'Measurements of every cluster through PromQL.',
  tools: [queryMetrics, findMetrics, getMetricLabels, getMetricTrends],
  jobs: [metricWatches],
  events: { 'metric.changed': metricChanged },
})

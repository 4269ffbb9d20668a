import { defineDomain } from '#define'
import { logsTailed, tailAsked } from './events.ts'
import { getLogLabelValues } from './get-log-label-values.tool.ts'
import { getLogLabels } from './get-log-labels.tool.ts'
import { getLogPatterns } from './get-log-patterns.tool.ts'
import { queryLogSeries } from './query-log-series.tool.ts'
import { queryLogs } from './query-logs.tool.ts'
import { searchErrorLogs } from './search-error-logs.tool.ts'
import { createTailJob } from './tail.job.ts'
import { tailLogs } from './tail-logs.tool.ts'

export const logs = defineDomain({
  name: 'logs',
  about: 'Collected log lines of every cluster through LogQL.',
  tools: [queryLogs, searchErrorLogs, getLogPatterns, queryLogSeries, tailLogs, getLogLabels, getLogLabelValues],
  jobs: [createTailJob()],
  events: { 'logs.tail-asked': tailAsked, 'logs.tailed': logsTailed },
})

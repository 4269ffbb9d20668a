import { defineDomain } from '#define'
import { queryLogs } from './query-logs.tool.ts'

export const logs = defineDomain({
  name: 'logs',
  about: 'Collected log lines of every cluster through LogQL.',
  tools: [queryLogs],
})

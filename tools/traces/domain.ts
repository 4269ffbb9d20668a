import { defineDomain } from '#define'
import { getTrace } from './get-trace.tool.ts'
import { searchTraces } from './search-traces.tool.ts'

export const traces = defineDomain({
  name: 'traces',
  about: 'Distributed traces of every cluster through TraceQL.',
  // The fixed paths come before /traces/{traceId} (TRC-004).
  tools: [searchTraces, getTrace],
})

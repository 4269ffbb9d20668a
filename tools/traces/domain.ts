import { defineDomain } from '#define'
import { analyzeTrace } from './analyze-trace.tool.ts'
import { traceReceived } from './events.ts'
import { getServiceMap } from './get-service-map.tool.ts'
import { getTrace } from './get-trace.tool.ts'
import { getTraceOperations } from './get-trace-operations.tool.ts'
import { getTraceServices } from './get-trace-services.tool.ts'
import { getTraceSpans } from './get-trace-spans.tool.ts'
import { createReceiveJob } from './receive.job.ts'
import { searchTraces } from './search-traces.tool.ts'

export const traces = defineDomain({
  name: 'traces',
  about: 'Distributed traces of every cluster through TraceQL.',
  // The fixed paths come before /traces/{traceId} (TRC-004).
  tools: [searchTraces, getTraceServices, getTraceOperations, getServiceMap, getTrace, getTraceSpans, analyzeTrace],
  jobs: [createReceiveJob()],
  events: { 'trace.received': traceReceived },
})

import * as z from 'zod'
import { defineTool } from '#define'
import { clusters, since, text } from '../arguments.ts'
import { listNames, namesText, nameTable } from './name-list.ts'

/** The services that send traces (TRC-003). */
export const getTraceServices = defineTool({
  name: 'get_trace_services',
  title: 'Services with traces',
  about:
    'Names of the services that sent traces, by cluster. Their operations: get_trace_operations; who calls whom: get_service_map.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'tempo'],
  input: z.strictObject({ text, clusters, since }),
  output: nameTable,
  examples: [{}, { text: 'qwen' }],
  route: { method: 'GET', path: '/traces/services' },
  text: namesText,
  run: (input, ctx) =>
    listNames(ctx, {
      tag: 'resource.service.name',
      what: 'service',
      text: input.text,
      requested: input.clusters,
      since: input.since,
    }),
})

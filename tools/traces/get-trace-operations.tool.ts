import * as z from 'zod'
import { defineTool } from '#define'
import { clusters, optionalWord, since, text } from '../arguments.ts'
import { listNames, namesText, nameTable } from './name-list.ts'
import { quotedText } from './traceql.ts'

/** The operations of a service (TRC-003). */
export const getTraceOperations = defineTool({
  name: 'get_trace_operations',
  title: 'Operations with traces',
  about: 'Names of the operations (spans) of one service or of all, for search_traces. Services: get_trace_services.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'tempo'],
  input: z.strictObject({ service: optionalWord('Default: all'), text, clusters, since }),
  output: nameTable,
  examples: [{ service: 'checkout' }],
  route: { method: 'GET', path: '/traces/operations' },
  text: namesText,
  run: (input, ctx) =>
    listNames(ctx, {
      tag: 'name',
      ...(input.service !== undefined && { query: `{ resource.service.name = ${quotedText(input.service)} }` }),
      what: 'operation',
      text: input.text,
      requested: input.clusters,
      since: input.since,
    }),
})

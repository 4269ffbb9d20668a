import * as z from 'zod'
import { defineTool } from '#define'
import { clusters, matchesText, text, word } from '../arguments.ts'
import { counted, tableOf } from '../table.ts'
import { cell, lines, outsideNote, quoted, tsv } from '../text.ts'
import { errorOf, isError, roundMs } from './lines.ts'
import { readTrace, traceIdOf } from './service.ts'

const row = z.strictObject({
  id: z.string(),
  parent: z.string().optional(),
  service: z.string(),
  operation: z.string(),
  kind: z.string(),
  cluster: z.string(),
  start: z.string(),
  durationMs: z.number(),
  selfMs: z.number(),
  state: z.enum(['error', 'ok', 'unset']),
  stateTone: z.enum(['bad', 'good', 'neutral']),
  message: z.string().optional(),
  attributes: z.record(z.string(), z.string()),
})

/** All spans of one trace, flat (TRC-003). */
export const getTraceSpans = defineTool({
  name: 'get_trace_spans',
  title: 'Spans of a trace',
  about:
    'Every span of one trace with its attributes, slowest of its own first; narrowed by words, service or errors. As a tree: get_trace.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'tempo'],
  input: z.strictObject({
    traceId: word.describe('Trace id'),
    clusters,
    service: word.optional().describe('Default: all'),
    text,
    errorsOnly: z.boolean().optional().describe('Failed'),
  }),
  output: tableOf(row),
  examples: [{ traceId: '3f2a9c1b7d5e4f60a1b2c3d4e5f60718', errorsOnly: true }],
  route: { method: 'GET', path: '/traces/{traceId}/spans' },
  text: ({ title, rows }) =>
    lines(
      title,
      outsideNote,
      tsv(
        ['own ms', 'ms', 'service', 'operation', 'kind', 'state', 'cluster', 'message', 'attributes'],
        rows.map((one) => [
          one.selfMs,
          one.durationMs,
          one.service,
          one.operation,
          one.kind,
          one.state,
          one.cluster,
          quoted(one.message, 120),
          quoted(
            Object.entries(one.attributes)
              .map(([key, value]) => `${key}=${value}`)
              .join(' '),
            240,
          ),
        ]),
      ),
    ),
  async run(input, ctx) {
    const { found, clusters } = await readTrace(ctx, { id: traceIdOf(input.traceId), requested: input.clusters })
    const { nodes } = found.tree
    const kept = nodes.filter(
      (node) =>
        (input.service === undefined || node.span.service === input.service) &&
        (!input.errorsOnly || isError(node)) &&
        matchesText(input.text, [
          node.span.name,
          node.span.service,
          errorOf(node),
          ...Object.entries(node.span.attributes).flat().map(String),
        ]),
    )
    if (kept.length === 0)
      return {
        empty: {
          title: 'No span of the trace matches',
          likely: [
            `It has ${counted(nodes.length, 'span')} of ${[...new Set(nodes.map(({ span }) => cell(span.service, 40)))].slice(0, 12).join(', ')}`,
          ],
          next: ['get_trace_spans with fewer filters'],
        },
        clusters,
      }
    const rows = kept
      .sort((a, b) => b.selfMs - a.selfMs)
      .map((node) => {
        const { span } = node
        const message = errorOf(node)
        return {
          id: span.spanId,
          ...(span.parentSpanId && { parent: span.parentSpanId }),
          service: cell(span.service, 60),
          operation: cell(span.name, 100),
          kind: span.kind,
          cluster: span.cluster,
          start: new Date(node.startMs).toISOString(),
          durationMs: roundMs(node.endMs - node.startMs),
          selfMs: roundMs(node.selfMs),
          state: span.status,
          stateTone:
            span.status === 'error'
              ? ('bad' as const)
              : span.status === 'ok'
                ? ('good' as const)
                : ('neutral' as const),
          ...(message !== undefined && { message: cell(message, 200) }),
          attributes: Object.fromEntries(
            Object.entries(span.attributes)
              .slice(0, 24)
              .map(([key, value]) => [cell(key, 60), cell(value, 120)]),
          ),
        }
      })
    return { data: { title: `${counted(rows.length, 'span')} of trace ${found.traceId}`, columns, rows }, clusters }
  },
})

const columns = [
  { key: 'state', label: 'State', type: 'state' as const },
  { key: 'operation', label: 'Operation', type: 'text' as const },
  { key: 'service', label: 'Service', type: 'text' as const },
  { key: 'durationMs', label: 'ms', type: 'number' as const },
  { key: 'selfMs', label: 'Own ms', type: 'number' as const },
  { key: 'kind', label: 'Kind', type: 'text' as const },
  { key: 'start', label: 'Start', type: 'time' as const },
  { key: 'message', label: 'Message', type: 'text' as const },
  { key: 'cluster', label: 'Cluster', type: 'text' as const },
  { key: 'id', label: 'Span', type: 'code' as const },
]

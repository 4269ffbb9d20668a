import * as z from 'zod'
import { ToolError } from '#contract'
import { defineTool } from '#define'
import { clusters, end, optionalWord, since, timeRange, wholeNumber } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { counted, tableOf } from '../table.ts'
import { factsLine, lines, shortTime, tsv } from '../text.ts'
import { everyTrace } from './events.ts'
import { quantile, rowOf, type TraceRow, traceColumns, traceRow } from './search-rows.ts'
import { explainNothing, traceTimeoutMs } from './service.ts'
import { buildTraceQl, checkTraceQl, newestFirst } from './traceql.ts'

const input = z.strictObject({
  query: optionalWord('TraceQL'),
  service: optionalWord('web*'),
  operation: optionalWord('GET*'),
  duration: optionalWord('>2s'),
  tags: optionalWord('key=value'),
  errorsOnly: z.boolean().optional().describe('Failed'),
  clusters,
  since,
  end,
  limit: wholeNumber(1, 100).optional().describe('20'),
})
type Input = z.output<typeof input>

/** TraceQL and search by fields over all clusters (TRC-001, TRC-002, TRC-010). */
export const searchTraces = defineTool({
  name: 'search_traces',
  title: 'Traces (TraceQL)',
  about: 'Newest traces by fields or TraceQL. Why slow or failed: analyze_trace.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'tempo'],
  input,
  output: tableOf(traceRow),
  examples: [
    { service: 'dynamo-frontend', errorsOnly: true, since: '30m' },
    { query: '{ resource.service.name = "web" && span.http.response.status_code >= 500 }' },
    { duration: '>5s', tags: 'gen_ai.request.model=Qwen*', clusters: ['gpu-east'] },
  ],
  route: { method: 'POST', path: '/traces/search' },
  text: ({ title, rows, facts }) =>
    lines(
      `${title}. ${factsLine(facts)}`,
      tsv(
        ['start(UTC)', 'ms', 'service', 'operation', 'spans', 'errors', 'services', 'cluster', 'trace'],
        rows.map((row) => [
          `${shortTime(row.start)}${row.start.slice(16, 19)}`,
          row.durationMs,
          row.service,
          row.operation,
          row.spans,
          row.errors ?? (row.state === 'error' ? 'yes' : undefined),
          row.where,
          row.cluster,
          row.traceId,
        ]),
      ),
    ),
  async run(input, ctx) {
    const { tempo } = ctx.clients
    const query = queryOf(input)
    const range = timeRange(input, { now: ctx.now() })
    const limit = input.limit ?? 20
    const names = ctx.scopeOf(tempo, input.clusters)
    const read = await ctx.fanOut(
      names,
      (cluster, signal) =>
        tempo.for(cluster).search({ query: newestFirst(query), ...range, limit, spansPerSet: 1, signal }),
      { timeoutMs: traceTimeoutMs },
    )
    const { values, clusters } = requireSome(read)
    const errorsOnly = input.errorsOnly || /\bstatus\s*=\s*error\b/.test(query)
    const found = values
      .flatMap(({ cluster, value }) => value.map((one) => rowOf(one, cluster, errorsOnly)))
      .sort((a, b) => (a.start < b.start ? 1 : a.start > b.start ? -1 : 0))
    if (found.length === 0) {
      const asked = values.map(({ cluster }) => cluster)
      const likely = await explainNothing(ctx, {
        names: asked,
        service: input.service,
        operation: input.operation,
        range,
      })
      likely.push(`No span matches ${query} between ${range.start.toISOString()} and ${range.end.toISOString()}`)
      return {
        empty: {
          title: 'No traces found',
          likely,
          next: [
            'search_traces over a longer time or with fewer fields',
            'get_trace_services for the services there are',
          ],
        },
        clusters,
      }
    }
    const full = values.filter(({ value }) => value.length >= limit).length > 0 || found.length > limit
    const rows = found.slice(0, limit).sort(worstFirst)
    return {
      data: {
        title: `${full ? `Newest ${rows.length} traces, there are more` : counted(rows.length, 'trace')}, worst first`,
        columns: traceColumns,
        rows,
        facts: factsOf(rows),
      },
      // Errors without any other condition: new ones come by themselves (TRC-009).
      ...(input.errorsOnly && isBare(input) && { subject: everyTrace }),
      clusters,
      next: rows.slice(0, 1).map(({ traceId }) => `analyze_trace {"traceId":"${traceId}"}`),
    }
  },
})

function queryOf(input: Input): string {
  const { query, service, operation, duration, tags, errorsOnly } = input
  const fields = { service, operation, duration, tags, errorsOnly }
  if (query !== undefined) {
    const extra = Object.entries(fields).find(([, value]) => value !== undefined && value !== false)?.[0]
    if (extra)
      throw new ToolError('invalid-request', `query and ${extra} are two ways to say what to search.`, {
        next: `Write ${extra} into the query, or leave the query out. By fields alone it would be ${buildTraceQl(fields)}`,
        field: extra,
      })
    checkTraceQl(query)
    return query
  }
  return buildTraceQl(fields)
}

const isBare = ({ service, operation, duration, tags, clusters, end }: Input) =>
  [service, operation, duration, tags, clusters, end].every((one) => one === undefined)

const worstFirst = (a: TraceRow, b: TraceRow) =>
  Number(b.state === 'error') - Number(a.state === 'error') || b.durationMs - a.durationMs

function factsOf(rows: readonly TraceRow[]) {
  const durations = rows.map((row) => row.durationMs).sort((a, b) => a - b)
  const failed = rows.filter((row) => row.state === 'error').length
  return [
    { label: 'with errors', value: String(failed), tone: failed > 0 ? ('bad' as const) : ('good' as const) },
    { label: 'p50', value: `${quantile(durations, 0.5)} ms` },
    { label: 'p95', value: `${quantile(durations, 0.95)} ms` },
  ]
}

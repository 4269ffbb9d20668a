import * as z from 'zod'
import { type Context, defineTool } from '#define'
import { clusters, end, optionalWord, since, type TimeRange, timeRange } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { counted, tableOf } from '../table.ts'
import { cell, figure, lines, tsv } from '../text.ts'
import { type Edge, edgesFromMetrics, edgesFromTraces } from './service-map.ts'

const edge = z.strictObject({
  id: z.string(),
  cluster: z.string(),
  source: z.string(),
  target: z.string(),
  weight: z.number().describe('Calls per second from metrics, calls in the sample from traces'),
  from: z.enum(['metrics', 'sampled traces']),
  errorPercent: z.number(),
  state: z.enum(['failing', 'some errors', 'ok']),
  stateTone: z.enum(['bad', 'warn', 'good']),
  p95Ms: z.number().optional(),
})
type Row = z.output<typeof edge>

/** Sampling asks many small questions of one Tempo. */
const timeoutMs = 8_000

/** Who calls whom (TRC-005). */
export const getServiceMap = defineTool({
  name: 'get_service_map',
  title: 'Service dependencies',
  about:
    'Which service calls which, with rate, share of errors and p95: from the service graph in Prometheus where there is one, else from a sample of recent traces; it says which. Worst first.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'tempo'],
  uses: ['prometheus'],
  input: z.strictObject({ service: optionalWord('Only its calls'), clusters, since, end }),
  output: tableOf(edge).extend({ nodes: z.array(z.strictObject({ id: z.string(), label: z.string() })) }),
  examples: [{}, { service: 'checkout', since: '15m' }],
  route: { method: 'GET', path: '/traces/dependencies' },
  text: ({ title, rows }) =>
    lines(
      title,
      tsv(
        ['caller', 'called', 'calls', 'errors', 'p95 ms', 'from', 'cluster'],
        rows.map((row) => [
          row.source,
          row.target,
          row.from === 'metrics' ? `${figure(row.weight)}/s` : row.weight,
          `${figure(row.errorPercent)}%`,
          row.p95Ms,
          row.from,
          row.cluster,
        ]),
      ),
    ),
  async run(input, ctx) {
    const range = timeRange(input, { now: ctx.now() })
    const names = ctx.scopeOf(ctx.clients.tempo, input.clusters)
    const read = await ctx.fanOut(
      names,
      (cluster, signal) => readEdges(ctx, { cluster, range, signal, service: input.service }),
      { timeoutMs },
    )
    const { values, clusters } = requireSome(read)
    const rows = values
      .flatMap(({ cluster, value }) => value.edges.map((one) => rowOf(one, { cluster, from: value.from })))
      .filter(({ source, target }) => input.service === undefined || [source, target].includes(input.service))
      .sort((a, b) => rank[a.state] - rank[b.state] || b.weight - a.weight)
    if (rows.length === 0)
      return {
        empty: {
          title: 'No calls between services seen',
          likely: [
            `No trace between ${range.start.toISOString()} and ${range.end.toISOString()} crosses from one service to another${input.service ? ` at ${cell(input.service, 60)}` : ''}`,
            'Or the context (traceparent) is not passed on between them',
          ],
          next: ['get_trace_services', 'get_service_map over a longer time'],
        },
        clusters,
      }
    const sampled = values.filter(({ value }) => value.from === 'sampled traces')
    const services = [...new Set(rows.flatMap(({ source, target }) => [source, target]))].sort()
    return {
      data: {
        title: `${counted(rows.length, 'dependency', 'dependencies')} of ${counted(services.length, 'service')}${
          sampled.length > 0
            ? `; ${sampled.map(({ cluster, value }) => `${cluster}: a sample of ${counted(value.traces, 'trace')}`).join(', ')}, no rates`
            : ''
        }`,
        columns,
        rows,
        nodes: services.map((id) => ({ id, label: id })),
      },
      clusters,
    }
  },
})

const rank = { failing: 0, 'some errors': 1, ok: 2 }

interface Read {
  cluster: string
  range: TimeRange
  signal: AbortSignal
  service: string | undefined
}

async function readEdges(ctx: Context<'fleet' | 'tempo', 'prometheus'>, { cluster, range, signal, service }: Read) {
  const { prometheus, tempo } = ctx.clients
  if (prometheus?.names().includes(cluster)) {
    try {
      const edges = await edgesFromMetrics(prometheus.for(cluster), { ...range, signal })
      if (edges) return { edges, from: 'metrics' as const, traces: 0 }
    } catch (error) {
      if (signal.aborted) throw error
      // Prometheus may be away while Tempo is not: the sample says as much as it can.
    }
  }
  const { edges, traces } = await edgesFromTraces(tempo.for(cluster), { ...range, signal, service })
  return { edges, from: 'sampled traces' as const, traces }
}

function rowOf(one: Edge, { cluster, from }: { cluster: string; from: Row['from'] }): Row {
  const state = one.errorShare >= 0.05 ? 'failing' : one.errorShare > 0 ? 'some errors' : 'ok'
  return {
    id: `${cluster}/${one.source}/${one.target}`,
    cluster,
    source: cell(one.source, 80),
    target: cell(one.target, 80),
    weight: Number(one.weight.toPrecision(4)),
    from,
    errorPercent: Number((one.errorShare * 100).toPrecision(3)),
    state,
    stateTone: state === 'failing' ? 'bad' : state === 'ok' ? 'good' : 'warn',
    ...(one.p95Ms !== undefined && { p95Ms: one.p95Ms }),
  }
}

const columns = [
  { key: 'state', label: 'State', type: 'state' as const },
  { key: 'source', label: 'Caller', type: 'text' as const },
  { key: 'target', label: 'Called', type: 'text' as const },
  { key: 'weight', label: 'Calls', type: 'number' as const },
  { key: 'errorPercent', label: 'Errors %', type: 'number' as const },
  { key: 'p95Ms', label: 'p95 ms', type: 'number' as const },
  { key: 'from', label: 'From', type: 'text' as const },
  { key: 'cluster', label: 'Cluster', type: 'text' as const },
]

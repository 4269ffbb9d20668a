import * as z from 'zod'
import { cards, type GraphEdge } from '#contract'
import { type Context, defineTool } from '#define'
import { clusters, end, optionalWord, since, type TimeRange, timeRange } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { counted } from '../table.ts'
import { cell, figure, lines, tsv } from '../text.ts'
import { type Edge, edgesFromMetrics, edgesFromTraces } from './service-map.ts'

/** Sampling asks many small questions of one Tempo. */
const timeoutMs = 8_000

/** Who calls whom (TRC-005). */
export const getServiceMap = defineTool({
  name: 'get_service_map',
  title: 'Service dependencies',
  about:
    'Which service calls which, with rate, share of errors and p95: from the service graph in Prometheus where there is one, else from a sample of recent traces; it says which. Worst first.',
  risk: 'read',
  card: 'graph',
  needs: ['fleet', 'tempo'],
  uses: ['prometheus'],
  input: z.strictObject({ service: optionalWord('Only its calls'), clusters, since, end }),
  output: cards.graph.payload,
  examples: [{}, { service: 'checkout', since: '15m' }],
  route: { method: 'GET', path: '/traces/dependencies' },
  text: ({ title, edges, note }) =>
    lines(
      title,
      note,
      tsv(
        ['caller', 'called', 'calls', 'errors', 'p95 ms', 'from', 'cluster'],
        edges.map((row) => [
          row.source,
          row.target,
          row.label,
          `${figure(row.errorPercent ?? 0)}%`,
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
    const edges = values
      .flatMap(({ cluster, value }) => value.edges.map((one) => rowOf(one, { cluster, from: value.from })))
      .filter(({ source, target }) => input.service === undefined || [source, target].includes(input.service))
      .sort((a, b) => rankOf(a) - rankOf(b) || (b.weight ?? 0) - (a.weight ?? 0))
    if (edges.length === 0)
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
    const services = [...new Set(edges.flatMap(({ source, target }) => [source, target]))].sort()
    return {
      data: {
        title: `${counted(edges.length, 'dependency', 'dependencies')} of ${counted(services.length, 'service')}`,
        nodes: services.map((id) => nodeOf(id, edges)),
        edges,
        ...(sampled.length > 0 && {
          note: `${sampled.map(({ cluster, value }) => `${cluster}: a sample of ${counted(value.traces, 'trace')}`).join(', ')}, no rates`,
        }),
      },
      clusters,
    }
  },
})

const ranks = ['failing', 'some errors', 'ok']
const rankOf = ({ state }: GraphEdge) => ranks.indexOf(state ?? 'ok')

/** A service is as bad as the worst call to it. */
function nodeOf(id: string, edges: readonly GraphEdge[]) {
  const worst = edges.filter(({ target }) => target === id).sort((a, b) => rankOf(a) - rankOf(b))[0]
  return {
    id,
    label: id,
    kind: 'service',
    ...(worst?.state !== undefined && { state: worst.state, tone: worst.tone }),
  }
}

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

function rowOf(one: Edge, { cluster, from }: { cluster: string; from: 'metrics' | 'sampled traces' }): GraphEdge {
  const state = one.errorShare >= 0.05 ? 'failing' : one.errorShare > 0 ? 'some errors' : 'ok'
  const weight = Number(one.weight.toPrecision(4))
  return {
    id: `${cluster}/${one.source}/${one.target}`,
    cluster,
    source: cell(one.source, 80),
    target: cell(one.target, 80),
    weight,
    label: from === 'metrics' ? `${figure(weight)}/s` : String(weight),
    from,
    errorPercent: Number((one.errorShare * 100).toPrecision(3)),
    state,
    tone: state === 'failing' ? 'bad' : state === 'ok' ? 'good' : 'warn',
    ...(one.p95Ms !== undefined && { p95Ms: one.p95Ms }),
  }
}

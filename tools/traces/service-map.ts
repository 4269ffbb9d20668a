import type { TimeRange } from '../arguments.ts'
import type { Prometheus } from '../clients/prometheus/types.ts'
import type { Tempo } from '../clients/tempo/types.ts'
import { isError, roundMs } from './lines.ts'
import { quantile } from './search-rows.ts'
import { quotedText } from './traceql.ts'
import { buildTree } from './tree.ts'

/** Calls from one service to another. */
export interface Edge {
  source: string
  target: string
  /** Calls per second where it comes from metrics, calls seen where it comes from sampled traces */
  weight: number
  errorShare: number
  p95Ms?: number
}

const base = 'traces_service_graph_request'

/**
 * The graph that Tempo's metrics-generator (or Alloy, or the collector's servicegraph connector) writes into Prometheus: all requests,
 * not only the sampled ones. Undefined where there are no such series.
 */
export async function edgesFromMetrics(
  prometheus: Prometheus,
  { start, end, signal }: TimeRange & { signal: AbortSignal },
): Promise<Edge[] | undefined> {
  const seconds = Math.max(60, Math.round((end.getTime() - start.getTime()) / 1000))
  const ask = async (query: string) => {
    const { series } = await prometheus.query({ query, time: end, signal })
    return new Map(
      series.flatMap(({ metric, values }) => {
        const value = Number(values.at(-1)?.[1])
        return metric.server && Number.isFinite(value)
          ? [[`${metric.client ?? ''}\n${metric.server}`, value] as const]
          : []
      }),
    )
  }
  const rate = (name: string, more = '') => `sum by (client, server${more}) (rate(${name}[${seconds}s]))`
  const calls = await ask(rate(`${base}_total`))
  if (calls.size === 0) return undefined
  const [failed, slow] = await Promise.all([
    ask(rate(`${base}_failed_total`)),
    ask(`histogram_quantile(0.95, ${rate(`${base}_server_seconds_bucket`, ', le')})`),
  ])
  return [...calls].map(([key, weight]) => {
    const [source = '', target = ''] = key.split('\n')
    const p95 = slow.get(key)
    return {
      source: source || 'user',
      target,
      weight,
      errorShare: weight > 0 ? (failed.get(key) ?? 0) / weight : 0,
      ...(p95 !== undefined && { p95Ms: roundMs(p95 * 1000) }),
    }
  })
}

const mostServices = 20
const mostTraces = 30
const atOnce = 6

async function inTurn<T, R>(items: readonly T[], task: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(items.length)
  let next = 0
  const work = async () => {
    while (next < items.length) {
      const index = next++
      results[index] = await task(items[index]!)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work))
  return results
}

/** The graph of a few recent traces of each service: what calls what, with what share of errors in the sample. */
export async function edgesFromTraces(
  tempo: Tempo,
  { start, end, signal, service }: TimeRange & { signal: AbortSignal; service?: string | undefined },
): Promise<{ edges: Edge[]; traces: number }> {
  const services =
    service === undefined ? await tempo.tagValues('resource.service.name', { start, end, signal }) : [service]
  const each =
    service === undefined
      ? Math.max(2, Math.ceil(mostTraces / Math.max(1, Math.min(services.length, mostServices))))
      : mostTraces
  const found = await inTurn(services.slice(0, mostServices), (one) =>
    tempo.search({
      query: `{ resource.service.name = ${quotedText(one)} } with (most_recent=true)`,
      start,
      end,
      limit: each,
      spansPerSet: 1,
      signal,
    }),
  )
  const ids = [...new Set(found.flat().map(({ traceId }) => traceId))].slice(0, mostTraces)
  const traces = await inTurn(ids, (id) =>
    tempo.trace(id, { start: new Date(start.getTime() - 3_600_000), end: new Date(end.getTime() + 3_600_000), signal }),
  )
  const calls = new Map<string, { durations: number[]; errors: number }>()
  for (const trace of traces) {
    if (!trace) continue
    const { nodes } = buildTree(trace.spans.map((span) => ({ ...span, cluster: tempo.cluster })))
    for (const node of nodes) {
      const source = node.parent?.span.service
      if (source === undefined || source === node.span.service) continue
      const key = `${source}\n${node.span.service}`
      const edge = calls.get(key) ?? { durations: [], errors: 0 }
      edge.durations.push(node.span.durationMs)
      edge.errors += Number(isError(node))
      calls.set(key, edge)
    }
  }
  const edges = [...calls].map(([key, { durations, errors }]): Edge => {
    const [source = '', target = ''] = key.split('\n')
    const p95 = quantile(
      durations.toSorted((a, b) => a - b),
      0.95,
    )!
    return { source, target, weight: durations.length, errorShare: errors / durations.length, p95Ms: roundMs(p95) }
  })
  return { edges, traces: traces.filter((trace) => trace !== undefined).length }
}

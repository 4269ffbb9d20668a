import { type Handler, type RunningServer, sendJson, sendText, startServer } from '../http-server.ts'
import type { AttributeValue, WorldSpan, WorldTrace } from '../world/traces.ts'
import type { World } from '../world/world.ts'
import { parseTraceQl, TraceQlError } from './traceql.ts'

export interface TempoOptions {
  world: World
  cluster: string
  port?: number
  guard?: (handler: Handler) => Handler
}

const HOUR_MS = 3_600_000
const LONGEST_RANGE_MS = 168 * HOUR_MS

/** Tempo over the traces of one cluster: search, a trace by its id, tags and their values. Errors are plain text. */
export function startTempo({ world, cluster, port = 0, guard }: TempoOptions): Promise<RunningServer> {
  const handler: Handler = ({ url: { pathname, searchParams } }, response) => {
    world.sync()
    const traces = world.traces(cluster)
    try {
      if (pathname === '/ready') return sendText(response, 200, 'ready\n')
      if (pathname === '/api/echo') return sendText(response, 200, 'echo')
      if (pathname === '/api/status/buildinfo')
        return sendJson(response, 200, { version: '3.0.3', revision: 'mock', branch: 'HEAD', goVersion: 'go1.25.3' })
      if (pathname === '/api/search') return sendJson(response, 200, search(searchParams))
      const id = /^\/api\/(v2\/)?traces\/([^/]+)$/.exec(pathname)
      if (id) {
        if (!/^[0-9a-f]{1,32}$/i.test(id[2]!))
          throw new TraceQlError('trace IDs can only contain hex characters: invalid character at position 0')
        const trace = traces.byId(id[2]!.toLowerCase().padStart(32, '0'))
        if (!trace) return sendText(response, 404, 'trace not found')
        const batches = batchesOf(trace)
        return sendJson(response, 200, id[1] ? { trace: { resourceSpans: batches }, metrics: {} } : { batches })
      }
      if (pathname === '/api/v2/search/tags') return sendJson(response, 200, tagNames(searchParams))
      const tag = /^\/api\/v2\/search\/tag\/([^/]+)\/values$/.exec(pathname)?.[1]
      if (tag) return sendJson(response, 200, tagValues(decodeURIComponent(tag), searchParams))
      sendText(response, 404, '404 page not found\n')
    } catch (error) {
      if (!(error instanceof TraceQlError)) throw error
      sendText(response, 400, error.message)
    }
  }

  function rangeOf(query: URLSearchParams): [number, number] {
    const endMs = query.has('end') ? Number(query.get('end')) * 1000 : world.now()
    const startMs = query.has('start') ? Number(query.get('start')) * 1000 : endMs - HOUR_MS
    if (endMs - startMs > LONGEST_RANGE_MS)
      throw new TraceQlError(
        `range specified by start and end exceeds 168h0m0s. received start=${startMs / 1000} end=${endMs / 1000}`,
      )
    return [startMs, Math.min(endMs, world.now())]
  }

  function search(query: URLSearchParams) {
    const matches = parseTraceQl(query.get('q') ?? '{}')
    const limit = Number(query.get('limit') ?? 20)
    const spansPerSet = Number(query.get('spss') ?? 3)
    const found: object[] = []
    let inspected = 0
    for (const trace of world.traces(cluster).between(...rangeOf(query))) {
      if (found.length >= limit) break
      inspected++
      const spans = trace.spans()
      const matched = matches({ spans, startMs: trace.startMs, endMs: trace.endMs })
      if (matched.length === 0) continue
      found.push({
        traceID: trace.traceId.replace(/^0+/, ''),
        rootServiceName: spans[0]!.service,
        rootTraceName: spans[0]!.name,
        startTimeUnixNano: nanos(trace.startMs),
        durationMs: Math.round(trace.endMs - trace.startMs),
        spanSets: [{ spans: matched.slice(0, spansPerSet).map(spanFound), matched: matched.length }],
        serviceStats: statsOf(spans),
      })
    }
    return { traces: found, metrics: { inspectedTraces: inspected, completedJobs: 1, totalJobs: 1 } }
  }

  /** The names and values of an hour say enough. */
  const recent = (query: URLSearchParams): WorldSpan[] => {
    const [, endMs] = rangeOf(query)
    return world
      .traces(cluster)
      .between(endMs - HOUR_MS / 6, endMs)
      .flatMap((trace) => {
        const spans = trace.spans()
        const text = query.get('q')
        return text ? [...parseTraceQl(text)({ spans, startMs: trace.startMs, endMs: trace.endMs })] : spans
      })
  }

  function tagNames(query: URLSearchParams) {
    const spans = recent(query)
    const names = (pick: (span: WorldSpan) => object) =>
      [...new Set(spans.flatMap((span) => Object.keys(pick(span))))].sort()
    return {
      scopes: [
        { name: 'resource', tags: names((span) => span.resource) },
        { name: 'span', tags: names((span) => span.attributes) },
        {
          name: 'intrinsic',
          tags: ['duration', 'kind', 'name', 'rootName', 'rootServiceName', 'status', 'traceDuration'],
        },
      ],
      metrics: {},
    }
  }

  function tagValues(tag: string, query: URLSearchParams) {
    const key = tag.replace(/^(resource|span)?\./, '')
    const read = (span: WorldSpan): AttributeValue | undefined =>
      tag === 'name'
        ? span.name
        : tag.startsWith('resource.')
          ? span.resource[key]
          : (span.attributes[key] ?? span.resource[key])
    const values = new Set(recent(query).flatMap((span) => read(span) ?? []))
    return { tagValues: [...values].map((value) => ({ type: 'string', value: String(value) })), metrics: {} }
  }

  return startServer(guard ? guard(handler) : handler, port)
}

const nanos = (ms: number) => `${BigInt(Math.round(ms * 1000)) * 1000n}`
const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64')

const spanFound = (span: WorldSpan) => ({
  spanID: span.spanId,
  name: span.name,
  startTimeUnixNano: nanos(span.startMs),
  durationNanos: nanos(span.endMs - span.startMs),
})

function statsOf(spans: readonly WorldSpan[]) {
  const stats: Record<string, { spanCount: number; errorCount?: number }> = {}
  for (const { service, error } of spans) {
    const own = stats[service] ?? { spanCount: 0 }
    stats[service] = own
    own.spanCount++
    if (error !== undefined) own.errorCount = (own.errorCount ?? 0) + 1
  }
  return stats
}

const anyValue = (value: AttributeValue) =>
  typeof value === 'string'
    ? { stringValue: value }
    : typeof value === 'boolean'
      ? { boolValue: value }
      : Number.isInteger(value)
        ? { intValue: String(value) }
        : { doubleValue: value }
const attributesOf = (attributes: Record<string, AttributeValue>) =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }))

/** OTLP as Tempo writes it: JSON made of protobuf, ids in base64. */
function batchesOf(trace: WorldTrace) {
  const byResource = Map.groupBy(trace.spans(), ({ resource }) => JSON.stringify(resource))
  return [...byResource.values()].map((spans) => ({
    resource: { attributes: attributesOf(spans[0]!.resource) },
    scopeSpans: [
      {
        scope: { name: 'dynamo' },
        spans: spans.map((span) => ({
          traceId: base64(trace.traceId),
          spanId: base64(span.spanId),
          ...(span.parentSpanId ? { parentSpanId: base64(span.parentSpanId) } : {}),
          name: span.name,
          kind: `SPAN_KIND_${span.kind.toUpperCase()}`,
          startTimeUnixNano: nanos(span.startMs),
          endTimeUnixNano: nanos(span.endMs),
          attributes: attributesOf(span.attributes),
          events: span.events.map(({ name, atMs, attributes }) => ({
            name,
            timeUnixNano: nanos(atMs),
            attributes: attributesOf(attributes),
          })),
          status: span.error === undefined ? {} : { code: 'STATUS_CODE_ERROR', message: span.error },
        })),
      },
    ],
  }))
}

import { type Handler, type RunningServer, sendJson, sendText, startServer } from '../http-server.ts'
import type { LogLine, LogStream } from '../world/logs.ts'
import type { World } from '../world/world.ts'
import { LogQlError, parseLogQl } from './logql.ts'
import { compute, durationMs, type MetricQuery, parseMetric } from './metric.ts'

export interface LokiOptions {
  world: World
  cluster: string
  port?: number
  guard?: (handler: Handler) => Handler
}

const HOUR_MS = 3_600_000
const MAX_LIMIT = 5000

/** Loki over the logs of one cluster: `query_range`, labels, label values, series, readiness. Errors are plain text, as Loki's are. */
export function startLoki({ world, cluster, port = 0, guard }: LokiOptions): Promise<RunningServer> {
  const handler: Handler = async (request, response) => {
    world.sync()
    const { pathname, searchParams: query } = request.url
    const parameters =
      request.method === 'POST' ? new URLSearchParams([...query, ...new URLSearchParams(await request.text())]) : query
    try {
      const streams = world.logStreams(cluster)
      if (pathname === '/ready') return sendText(response, 200, 'ready\n')
      if (pathname === '/loki/api/v1/status/buildinfo')
        return sendJson(response, 200, { version: '3.7.6', revision: 'mock', branch: 'HEAD', goVersion: 'go1.25.3' })
      if (pathname === '/loki/api/v1/labels')
        return success(response, [...new Set(streams.flatMap((stream) => Object.keys(stream.labels)))].sort())
      const label = /^\/loki\/api\/v1\/label\/([^/]+)\/values$/.exec(pathname)?.[1]
      if (label) return success(response, valuesOf(streams, decodeURIComponent(label), parameters.get('query')))
      if (pathname === '/loki/api/v1/series') return success(response, series(streams, parameters.getAll('match[]')))
      if (pathname === '/loki/api/v1/query_range')
        return sendJson(response, 200, queryRange(streams, parameters, world.now()))
      if (pathname === '/loki/api/v1/index/stats')
        return sendJson(response, 200, stats(streams, parameters, world.now()))
      if (pathname === '/loki/api/v1/query') {
        const metric = parseMetric(parameters.get('query') ?? '')
        if (metric) {
          const result = compute(metric, streams, [timeMs(parameters.get('time'), world.now())])
          const vector = result.map(({ metric, values }) => ({ metric, value: values[0] }))
          return success(response, { resultType: 'vector', result: vector, stats: {} })
        }
        parseLogQl(parameters.get('query') ?? '')
        return sendText(
          response,
          400,
          'log queries are not supported as an instant query type, please change your query to a range query type',
        )
      }
      sendText(response, 404, '404 page not found\n')
    } catch (error) {
      if (!(error instanceof LogQlError)) throw error
      sendText(response, 400, error.message)
    }
  }
  return startServer(guard ? guard(handler) : handler, port)
}

function success(response: Parameters<Handler>[1], data: unknown) {
  sendJson(response, 200, { status: 'success', data })
}

function valuesOf(streams: LogStream[], label: string, query: string | null): string[] {
  const selected = query ? streams.filter((stream) => parseLogQl(query).matches(stream.labels)) : streams
  return [
    ...new Set(selected.flatMap((stream) => (stream.labels[label] === undefined ? [] : [stream.labels[label]]))),
  ].sort()
}

function series(streams: LogStream[], matchers: string[]): Record<string, string>[] {
  const queries = matchers.map(parseLogQl)
  return streams
    .filter((stream) => queries.length === 0 || queries.some((query) => query.matches(stream.labels)))
    .map((stream) => stream.labels)
}

/** A time as Loki takes it: nanoseconds, seconds (with a fraction) or RFC 3339. */
function timeMs(text: string | null, fallbackMs: number): number {
  if (!text) return fallbackMs
  if (/^\d+(\.\d+)?$/.test(text))
    return text.length > 13 && !text.includes('.') ? Number(BigInt(text) / 1_000_000n) : Number(text) * 1000
  const parsed = Date.parse(text)
  if (Number.isNaN(parsed)) throw new LogQlError(`cannot parse "${text}" to a valid timestamp`)
  return parsed
}

interface Found {
  stream: LogStream
  line: LogLine
}

interface Streamed {
  stream: Record<string, string>
  values: [string, string][]
}

/** What the index would know of a selector: streams, and roughly the lines of an hour times the range. */
function stats(streams: LogStream[], parameters: URLSearchParams, nowMs: number) {
  const query = parseLogQl(parameters.get('query') ?? '')
  const endMs = Math.min(nowMs, timeMs(parameters.get('end'), nowMs))
  const startMs = timeMs(parameters.get('start'), endMs - HOUR_MS)
  const sampleMs = Math.min(endMs - startMs, 600_000)
  const factor = sampleMs > 0 ? (endMs - startMs) / sampleMs : 0
  const matching = streams.filter((stream) => query.matches(stream.labels))
  const lines = matching.flatMap((stream) => stream.lines(endMs - sampleMs, endMs))
  const bytes = lines.reduce((sum, { text }) => sum + text.length, 0)
  return {
    streams: matching.length,
    chunks: matching.length,
    entries: Math.round(lines.length * factor),
    bytes: Math.round(bytes * factor),
  }
}

const MOST_POINTS = 11_000

function metricRange(
  metric: MetricQuery,
  streams: LogStream[],
  { parameters, nowMs }: { parameters: URLSearchParams; nowMs: number },
) {
  const endMs = timeMs(parameters.get('end'), nowMs)
  const startMs = timeMs(parameters.get('start'), endMs - HOUR_MS)
  const step = parameters.get('step') ?? '60'
  const stepMs = /^[\d.]+$/.test(step) ? Number(step) * 1000 : durationMs(step)
  if (!(stepMs > 0)) throw new LogQlError('zero or negative query resolution step widths are not accepted')
  const count = Math.floor((endMs - startMs) / stepMs) + 1
  if (count > MOST_POINTS) throw new LogQlError('exceeded maximum resolution of 11,000 points per time series')
  const times = Array.from({ length: count }, (_, index) => startMs + index * stepMs)
  return { status: 'success', data: { resultType: 'matrix', result: compute(metric, streams, times), stats: {} } }
}

function queryRange(streams: LogStream[], parameters: URLSearchParams, nowMs: number) {
  const metric = parseMetric(parameters.get('query') ?? '')
  if (metric) return metricRange(metric, streams, { parameters, nowMs })
  const query = parseLogQl(parameters.get('query') ?? '')
  const since = parameters.get('since')
  const endMs = timeMs(parameters.get('end'), nowMs)
  const startMs = timeMs(parameters.get('start'), endMs - (since ? durationMs(since) : HOUR_MS))
  if (endMs < startMs) throw new LogQlError('end timestamp must not be before or equal to start time')
  const limit = Number(parameters.get('limit') ?? 100)
  if (!Number.isInteger(limit) || limit <= 0) throw new LogQlError('limit must be a positive value')
  if (limit > MAX_LIMIT)
    throw new LogQlError(
      `max entries limit per query exceeded, limit > max_entries_limit_per_query (${limit} > ${MAX_LIMIT})`,
    )
  const backward = parameters.get('direction') !== 'forward'
  const found: Found[] = []
  let bytes = 0
  let lines = 0
  for (const stream of streams) {
    if (!query.matches(stream.labels)) continue
    for (const line of stream.lines(startMs, Math.min(endMs, nowMs))) {
      bytes += line.text.length
      lines++
      if (query.keeps(line)) found.push({ stream, line })
    }
  }
  found.sort((a, b) => (backward ? b.line.atMs - a.line.atMs : a.line.atMs - b.line.atMs))
  const result = new Map<string, Streamed>()
  for (const { stream, line } of found.slice(0, limit)) {
    const labels = { ...stream.labels, detected_level: line.level }
    const key = JSON.stringify(labels)
    const entry: Streamed = result.get(key) ?? { stream: labels, values: [] }
    entry.values.push([`${BigInt(Math.floor(line.atMs)) * 1_000_000n}`, line.text])
    result.set(key, entry)
  }
  const summary = {
    bytesProcessedPerSecond: 0,
    linesProcessedPerSecond: 0,
    totalBytesProcessed: bytes,
    totalLinesProcessed: lines,
    execTime: 0.01,
    totalEntriesReturned: Math.min(limit, found.length),
  }
  return { status: 'success', data: { resultType: 'streams', result: [...result.values()], stats: { summary } } }
}

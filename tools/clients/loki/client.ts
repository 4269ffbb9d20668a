import { ToolError } from '#contract'
import type { Endpoint, EndpointCall } from '../endpoint.ts'
import { type Asked, titleOf, upstreamError, wordsOf } from '../failures.ts'
import type { HttpResponse } from '../http.ts'
import { checkAnswer, parseAnswer } from '../parse.ts'
import { isReady } from '../ready.ts'
import type { LogEntry, LogSeries, Loki } from './types.ts'
import { indexStats, labelList, patternList, seriesList, streamLabels, streamList, streams } from './wire.ts'

const nanoseconds = (date: Date) => `${BigInt(date.getTime()) * 1_000_000n}`

/** Loki says what is wrong in plain text. Limits on time range and count are about the arguments, all else about the query. */
function explainLoki(asked: Asked, response: HttpResponse): ToolError | undefined {
  if (response.status !== 400 && response.status !== 422) return undefined
  const words = wordsOf(response)
  if (words === '') return undefined
  const details: Record<string, unknown> = { status: response.status }
  if (/max entries limit|time range|query length|timestamp|must be positive|negative/.test(words)) {
    return upstreamError(asked, 'invalid-input', {
      message: `${titleOf(asked)} refuses the question: ${words}`,
      next: 'Ask for a shorter time range or fewer lines.',
      details,
    })
  }
  const place = /line (\d+), col (\d+)/.exec(words)
  if (place) details.position = { line: Number(place[1]), column: Number(place[2]) }
  return upstreamError(asked, 'invalid-logql', {
    message: `The LogQL is wrong: ${words}`,
    next: 'Correct the query: a selector with at least one matcher such as {namespace="a"}, then filters such as |= "error".',
    field: 'query',
    details,
  })
}

/** Older ones, and those without the part, do not know the path; a page of HTML comes from something else. */
const isUnknown = (status: number, response: HttpResponse) =>
  status === 404 && !(response.headers['content-type'] ?? '').includes('html')

/** Compares nanosecond texts without loss: a number cannot hold them. */
const earlierFirst = (a: LogEntry, b: LogEntry) =>
  a.timestampNs.length - b.timestampNs.length ||
  (a.timestampNs < b.timestampNs ? -1 : a.timestampNs > b.timestampNs ? 1 : 0)

/** Loki's HTTP API over an endpoint. All streams of an answer become one list in the direction asked for. */
export function createLoki(endpoint: Endpoint, { tenant }: { tenant?: string } = {}): Loki {
  const asked = { upstream: endpoint.upstream, cluster: endpoint.cluster }
  const explain = (response: HttpResponse) => explainLoki(asked, response)
  const call = (request: EndpointCall) =>
    endpoint.call({ explain, headers: tenant === undefined ? undefined : { 'x-scope-orgid': tenant }, ...request })
  const readSeries = async (request: EndpointCall): Promise<LogSeries[]> => {
    const { data } = parseAnswer(asked, streams, await call(request))
    if (data.resultType === 'streams')
      throw new ToolError('invalid-logql', 'The query gives log lines; this asks for numbers.', {
        next: 'Put it into a function such as sum by (pod) (count_over_time({…}[5m])), or ask query_logs for the lines.',
        field: 'query',
        cluster: endpoint.cluster,
      })
    // A scalar is one number without labels.
    if (data.resultType === 'scalar') return checkAnswer(asked, seriesList, [{ metric: {}, value: data.result }])
    return checkAnswer(asked, seriesList, data.result)
  }
  return {
    cluster: endpoint.cluster ?? '',
    async queryRange({ query, start, end, limit = 100, direction = 'backward', signal }) {
      const form = { query, start: nanoseconds(start), end: nanoseconds(end), limit, direction }
      const { data } = parseAnswer(
        asked,
        streams,
        await call({ path: '/loki/api/v1/query_range', query: form, signal }),
      )
      if (data.resultType !== 'streams') {
        throw new ToolError(
          'invalid-logql',
          `The query computes numbers (${data.resultType}); this asks for log lines.`,
          {
            next: 'Ask query_log_series for numbers, or take the selector and the filters without the functions around them.',
            field: 'query',
            cluster: endpoint.cluster,
          },
        )
      }
      const entries = checkAnswer(asked, streamList, data.result).flatMap(({ stream, values }) =>
        values.map(([timestampNs, line]) => ({ timestampNs, line, stream })),
      )
      entries.sort(earlierFirst)
      return direction === 'backward' ? entries.reverse() : entries
    },
    async labelNames(signal) {
      return parseAnswer(asked, labelList, await call({ path: '/loki/api/v1/labels', signal })).data
    },
    async labelValues(label, signal) {
      const path = `/loki/api/v1/label/${encodeURIComponent(label)}/values`
      return parseAnswer(asked, labelList, await call({ path, signal })).data
    },
    seriesRange: ({ query, start, end, stepSeconds, signal }) =>
      readSeries({
        path: '/loki/api/v1/query_range',
        query: { query, start: nanoseconds(start), end: nanoseconds(end), step: stepSeconds },
        signal,
      }),
    seriesAt: ({ query, time, signal }) =>
      readSeries({ path: '/loki/api/v1/query', query: { query, time: nanoseconds(time) }, signal }),
    async streams({ match, start, end, signal }) {
      const query = { 'match[]': match, start: nanoseconds(start), end: nanoseconds(end) }
      return parseAnswer(asked, streamLabels, await call({ path: '/loki/api/v1/series', query, signal })).data
    },
    async stats({ selector, start, end, signal }) {
      const query = { query: selector, start: nanoseconds(start), end: nanoseconds(end) }
      const answer = await call({ path: '/loki/api/v1/index/stats', query, signal, pass: isUnknown })
      return answer.status === 404 ? undefined : parseAnswer(asked, indexStats, answer)
    },
    async patterns({ selector, start, end, signal }) {
      const query = { query: selector, start: nanoseconds(start), end: nanoseconds(end) }
      const answer = await call({ path: '/loki/api/v1/patterns', query, signal, pass: isUnknown })
      if (answer.status === 404) return undefined
      return parseAnswer(asked, patternList, answer).data.map(({ pattern, samples }) => ({
        pattern,
        count: samples.reduce((sum, [, count]) => sum + count, 0),
        first: samples[0]?.[0] ?? 0,
        last: samples.at(-1)?.[0] ?? 0,
      }))
    },
    ready: (signal) => isReady(endpoint, '/ready', signal),
  }
}

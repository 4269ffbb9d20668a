import type { ToolError } from '#contract'
import type { Endpoint, EndpointCall } from '../endpoint.ts'
import { type Asked, titleOf, upstreamError, wordsOf } from '../failures.ts'
import type { HttpResponse } from '../http.ts'
import { parseAnswer } from '../parse.ts'
import { isReady } from '../ready.ts'
import { idOf, spansOf, summaryOf } from './read.ts'
import type { Tempo } from './types.ts'
import { searchAnswer, tagScopes, tagValueList, traceV1, traceV2 } from './wire.ts'

const seconds = (date: Date | undefined) => date && Math.floor(date.getTime() / 1000)
/** The end is not included in whole seconds: round up, so that the last second is. */
const secondsAfter = (date: Date | undefined) => date && Math.ceil(date.getTime() / 1000)
const rangeOf = ({ start, end }: { start?: Date; end?: Date }) => ({ start: seconds(start), end: secondsAfter(end) })

/** Tempo says what is wrong in plain text: limits are about the arguments, all else about the query. */
function explainTempo(asked: Asked, response: HttpResponse): ToolError | undefined {
  if (response.status !== 400 && response.status !== 422) return undefined
  const words = wordsOf(response)
  if (words === '') return undefined
  const details: Record<string, unknown> = { status: response.status }
  if (/range specified|exceeds|invalid (limit|start|end|trace id)|trace IDs? can only|http parameter/i.test(words)) {
    return upstreamError(asked, 'invalid-input', {
      message: `${titleOf(asked)} refuses the question: ${words}`,
      next: 'Ask for a shorter time range or fewer traces; a trace id has 1 to 32 hexadecimal digits.',
      details,
    })
  }
  const place = /line (\d+), col (\d+)/.exec(words)
  if (place) details.position = { line: Number(place[1]), column: Number(place[2]) }
  return upstreamError(asked, 'invalid-traceql', {
    message: `The TraceQL is wrong: ${words}`,
    next: 'Correct the query: conditions in braces such as { resource.service.name = "web" && duration > 1s }.',
    field: 'query',
    details,
  })
}

/** Tempo answers 404 in its own words for a trace it does not have; a page of HTML comes from something else. */
const isNoTrace = (status: number, response: HttpResponse) =>
  status === 404 && !(response.headers['content-type'] ?? '').includes('html')

/** Tempo's HTTP API over an endpoint. The v2 trace answer says whether it is whole; older ones know only v1. */
export function createTempo(endpoint: Endpoint, { tenant }: { tenant?: string } = {}): Tempo {
  const asked = { upstream: endpoint.upstream, cluster: endpoint.cluster }
  const explain = (response: HttpResponse) => explainTempo(asked, response)
  const call = (request: EndpointCall) =>
    endpoint.call({ explain, headers: tenant === undefined ? undefined : { 'x-scope-orgid': tenant }, ...request })
  return {
    cluster: endpoint.cluster ?? '',
    async search({ query, start, end, limit = 20, spansPerSet, signal }) {
      const form = { q: query, ...rangeOf({ start, end }), limit, spss: spansPerSet }
      const { traces } = parseAnswer(asked, searchAnswer, await call({ path: '/api/search', query: form, signal }))
      return (traces ?? []).map(summaryOf)
    },
    async trace(id, { start, end, signal } = {}) {
      const place = `traces/${encodeURIComponent(id)}`
      const request = { query: rangeOf({ start, end }), signal, pass: isNoTrace }
      const traceId = idOf(id, 16) ?? id
      const whole = await call({ path: `/api/v2/${place}`, ...request })
      if (whole.status !== 404) {
        const { trace, status, message } = parseAnswer(asked, traceV2, whole)
        const isPartial = status === 'PARTIAL' || status === 1
        const spans = spansOf(trace.resourceSpans ?? [])
        if (spans.length === 0) return undefined
        return { traceId, spans, ...(isPartial && { partial: message || 'Tempo gave only a part of this trace' }) }
      }
      const old = await call({ path: `/api/${place}`, ...request })
      if (old.status === 404) return undefined
      const { batches, resourceSpans } = parseAnswer(asked, traceV1, old)
      return { traceId, spans: spansOf(batches ?? resourceSpans ?? []) }
    },
    async tagNames({ start, end, signal } = {}) {
      const answer = await call({ path: '/api/v2/search/tags', query: rangeOf({ start, end }), signal })
      return parseAnswer(asked, tagScopes, answer).scopes.map(({ name, tags }) => ({ scope: name, tags: tags ?? [] }))
    },
    async tagValues(tag, { query, start, end, signal } = {}) {
      const path = `/api/v2/search/tag/${encodeURIComponent(tag)}/values`
      const answer = await call({ path, query: { q: query, ...rangeOf({ start, end }) }, signal })
      return (parseAnswer(asked, tagValueList, answer).tagValues ?? []).map(({ value }) => String(value))
    },
    ready: (signal) => isReady(endpoint, '/ready', signal),
  }
}

import type * as z from 'zod'
import { isToolError } from '#contract'
import { type Endpoint, formOf, type QueryValue } from '../endpoint.ts'
import type { HttpResponse } from '../http.ts'
import { parseAnswer } from '../parse.ts'
import { isReady } from '../ready.ts'
import { explainPrometheus } from './errors.ts'
import type { Prometheus, PrometheusResult, PrometheusSeries } from './types.ts'
import { envelope, metadataData, names, type QueryData, queryData } from './wire.ts'

const queryAnswer = envelope(queryData)
const namesAnswer = envelope(names)
const metadataAnswer = envelope(metadataData)

/** What the server may take, plus this much for its own time-out error to reach us. */
const graceMs = 500
const seconds = (date: Date) => (date.getTime() / 1000).toFixed(3)

/** Label names beyond [a-zA-Z_] travel in the path as U__ with each odd character as _hex_ (Prometheus 3). */
export const labelInPath = (name: string): string =>
  /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)
    ? name
    : 'U__' +
      Array.from(name, (char) =>
        char === '_' ? '__' : /[a-zA-Z0-9]/.test(char) ? char : `_${char.codePointAt(0)!.toString(16)}_`,
      ).join('')

const histogramNote =
  'Some series are native histograms, which have no plain samples: use histogram_quantile(), histogram_avg() or histogram_count().'

function seriesOf(data: QueryData): PrometheusSeries[] {
  switch (data.resultType) {
    case 'matrix':
      return data.result.map(({ metric, values }) => ({ metric, values: values ?? [] }))
    case 'vector':
      return data.result.map(({ metric, value }) => ({ metric, values: value ? [value] : [] }))
    default:
      return [{ metric: {}, values: [data.result] }]
  }
}

function resultOf({ data, warnings = [], infos = [] }: z.output<typeof queryAnswer>): PrometheusResult {
  const series = seriesOf(data)
  const notes = series.some(({ values }) => values.length === 0) ? [histogramNote] : []
  return { resultType: data.resultType, series, warnings: [...warnings, ...infos, ...notes] }
}

/** The query API of Prometheus 2.x and 3.x and of Thanos, over an endpoint. Queries travel as POST forms: they may be long. */
export function createPrometheus(endpoint: Endpoint): Prometheus {
  const asked = { upstream: endpoint.upstream, cluster: endpoint.cluster }
  const explain = (response: HttpResponse) => explainPrometheus(asked, response)
  let takesPost = true

  async function ask(
    path: string,
    form: Record<string, QueryValue>,
    options: { timeoutMs?: number; signal?: AbortSignal },
  ) {
    const common = { path, explain, mutates: false, ...options }
    if (takesPost) {
      try {
        const headers = { 'content-type': 'application/x-www-form-urlencoded' }
        return await endpoint.call({ ...common, method: 'POST', headers, body: formOf(form).toString() })
      } catch (error) {
        // Some proxies let only GET through.
        if (!isToolError(error) || error.options.details?.status !== 405) throw error
        takesPost = false
      }
    }
    return endpoint.call({ ...common, query: form })
  }

  async function evaluate(
    path: string,
    form: Record<string, QueryValue>,
    q: { timeoutMs?: number; signal?: AbortSignal },
  ) {
    const { timeoutMs, signal } = q
    const timeout = timeoutMs === undefined ? undefined : `${timeoutMs}ms`
    const options = { signal, timeoutMs: timeoutMs === undefined ? undefined : timeoutMs + graceMs }
    return resultOf(parseAnswer(asked, queryAnswer, await ask(path, { ...form, timeout }, options)))
  }

  return {
    cluster: endpoint.cluster ?? '',
    query: ({ query, time, ...q }) => evaluate('/api/v1/query', { query, time: time && seconds(time) }, q),
    queryRange: ({ query, start, end, stepSeconds, ...q }) =>
      evaluate('/api/v1/query_range', { query, start: seconds(start), end: seconds(end), step: stepSeconds }, q),
    async labelNames({ match, signal } = {}) {
      return parseAnswer(asked, namesAnswer, await ask('/api/v1/labels', { 'match[]': match }, { signal })).data
    },
    async labelValues({ label, match, signal }) {
      const path = `/api/v1/label/${encodeURIComponent(labelInPath(label))}/values`
      const response = await endpoint.call({ path, query: { 'match[]': match }, signal, explain })
      return parseAnswer(asked, namesAnswer, response).data
    },
    async metadata({ metric, signal } = {}) {
      const response = await endpoint.call({ path: '/api/v1/metadata', query: { metric }, signal, explain })
      const { data } = parseAnswer(asked, metadataAnswer, response)
      return Object.fromEntries(
        Object.entries(data).map(([name, all]) => [name, all.map(({ type, help, unit }) => ({ type, help, unit }))]),
      )
    },
    ready: (signal) => isReady(endpoint, '/-/ready', signal),
  }
}

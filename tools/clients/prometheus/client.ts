import type * as z from 'zod'
import { isToolError } from '#contract'
import { type Endpoint, formOf, type QueryValue } from '../endpoint.ts'
import type { HttpResponse } from '../http.ts'
import { parseAnswer } from '../parse.ts'
import { isReady } from '../ready.ts'
import type { ThanosConfig } from './config.ts'
import { explainPrometheus } from './errors.ts'
import type { AlertingRule, Prometheus, PrometheusResult, PrometheusSeries, SeriesCounts } from './types.ts'
import {
  buildData,
  envelope,
  labelSets,
  metadataData,
  names,
  type QueryData,
  queryData,
  rulesData,
  tsdbData,
} from './wire.ts'

const queryAnswer = envelope(queryData)
const namesAnswer = envelope(names)
const rulesAnswer = envelope(rulesData)
const seriesAnswer = envelope(labelSets)
const metadataAnswer = envelope(metadataData)
const tsdbAnswer = envelope(tsdbData)
const buildAnswer = envelope(buildData)

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

/** Remarks on the query itself; every other warning says that something did not answer. */
const isRemark = (warning: string) => warning.startsWith('PromQL ')

function resultOf({ data, warnings = [], infos = [], isPartial }: z.output<typeof queryAnswer>): PrometheusResult {
  const series = seriesOf(data)
  const notes = series.some(({ values }) => values.length === 0) ? [histogramNote] : []
  if (isPartial) notes.push('A part of the storage did not answer (isPartial).')
  const partial = isPartial || warnings.some((warning) => !isRemark(warning))
  return {
    resultType: data.resultType,
    series,
    warnings: [...warnings, ...infos, ...notes],
    ...(partial && { partial: true }),
  }
}

const thanosForm = ({ dedup, partialResponse, replicaLabels, maxSourceResolution }: ThanosConfig = {}) => ({
  dedup,
  partial_response: partialResponse,
  'replicaLabels[]': replicaLabels,
  max_source_resolution: maxSourceResolution,
})

/** Not there, or not for us: gateways show their users the query API only. */
const absentStatuses = new Set([400, 403, 404, 405, 501])

/** Names asked of the TSDB status; servers that know no limit answer their first ten. */
const countedMetrics = 1_000

function countsOf({ headStats, seriesCountByMetricName }: z.output<typeof tsdbData>): SeriesCounts {
  const metrics = new Map(seriesCountByMetricName.map(({ name, value }) => [name, value]))
  // A list that is not full names every metric there is
  const full = metrics.size === 10 || metrics.size >= countedMetrics
  return { series: headStats.numSeries, metrics, others: full ? Math.min(...metrics.values()) : 0 }
}

function rulesOf({ groups }: z.output<typeof rulesData>): AlertingRule[] {
  return groups.flatMap(({ name: group, file, rules }) =>
    rules
      .filter(({ type }) => type === 'alerting')
      .map(({ name, query, duration, labels, annotations, health, lastError, alerts }) => ({
        name,
        group,
        file,
        query,
        forSeconds: duration,
        labels,
        annotations,
        health,
        ...(lastError && { lastError }),
        alerts: alerts.map(({ labels, state, activeAt, value }) => ({
          labels,
          state,
          ...(activeAt && { activeAt }),
          value,
        })),
      })),
  )
}

/** The query API of Prometheus 2.x and 3.x and of Thanos, over an endpoint. Queries travel as POST forms: they may be long. */
export function createPrometheus(
  endpoint: Endpoint,
  /** `onlyGet`: behind an API server's service proxy, where POST is a right of its own */
  { thanos, onlyGet = false }: { thanos?: ThanosConfig | undefined; onlyGet?: boolean } = {},
): Prometheus {
  const asked = { upstream: endpoint.upstream, cluster: endpoint.cluster }
  const explain = (response: HttpResponse) => explainPrometheus(asked, response)
  const more = thanosForm(thanos)
  let takesPost = !onlyGet

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

  /** The answer of a path that not every implementation has. */
  async function present(path: string, query: Record<string, QueryValue>, signal?: AbortSignal) {
    try {
      return await endpoint.call({ path, query, signal, explain, attempts: 1 })
    } catch (error) {
      const status = isToolError(error) ? error.options.details?.status : undefined
      if (absentStatuses.has(Number(status))) return undefined
      throw error
    }
  }

  async function evaluate(
    path: string,
    form: Record<string, QueryValue>,
    q: { timeoutMs?: number; signal?: AbortSignal },
  ) {
    const { timeoutMs, signal } = q
    const timeout = timeoutMs === undefined ? undefined : `${timeoutMs}ms`
    const options = { signal, timeoutMs: timeoutMs === undefined ? undefined : timeoutMs + graceMs }
    return resultOf(parseAnswer(asked, queryAnswer, await ask(path, { ...form, timeout, ...more }, options)))
  }

  return {
    cluster: endpoint.cluster ?? '',
    query: ({ query, time, ...q }) => evaluate('/api/v1/query', { query, time: time && seconds(time) }, q),
    queryRange: ({ query, start, end, stepSeconds, ...q }) =>
      evaluate('/api/v1/query_range', { query, start: seconds(start), end: seconds(end), step: stepSeconds }, q),
    async labelNames({ match, start, end, signal } = {}) {
      const form = { 'match[]': match, start: start && seconds(start), end: end && seconds(end) }
      return parseAnswer(asked, namesAnswer, await ask('/api/v1/labels', form, { signal })).data
    },
    async labelValues({ label, match, start, end, signal }) {
      const path = `/api/v1/label/${encodeURIComponent(labelInPath(label))}/values`
      const query = { 'match[]': match, start: start && seconds(start), end: end && seconds(end) }
      return parseAnswer(asked, namesAnswer, await endpoint.call({ path, query, signal, explain })).data
    },
    async series({ match, start, end, limit, signal }) {
      const form = { 'match[]': match, start: start && seconds(start), end: end && seconds(end), limit }
      const { data, warnings = [] } = parseAnswer(asked, seriesAnswer, await ask('/api/v1/series', form, { signal }))
      const kept = limit === undefined ? data : data.slice(0, limit)
      return { series: kept, truncated: kept.length < data.length || warnings.some((one) => one.includes('truncated')) }
    },
    async metadata({ metric, signal } = {}) {
      const response = await endpoint.call({ path: '/api/v1/metadata', query: { metric }, signal, explain })
      const { data } = parseAnswer(asked, metadataAnswer, response)
      return Object.fromEntries(
        Object.entries(data).map(([name, all]) => [name, all.map(({ type, help, unit }) => ({ type, help, unit }))]),
      )
    },
    async seriesCounts({ signal } = {}) {
      const response = await present('/api/v1/status/tsdb', { limit: countedMetrics }, signal)
      return response && countsOf(parseAnswer(asked, tsdbAnswer, response).data)
    },
    async server({ signal } = {}) {
      if (await present('/api/v1/stores', {}, signal)) return { flavor: 'thanos' }
      const response = await present('/api/v1/status/buildinfo', {}, signal)
      if (!response) return { flavor: 'unknown' }
      const { version, goVersion } = parseAnswer(asked, buildAnswer, response).data
      // VictoriaMetrics answers a version of Prometheus and nothing else
      return { flavor: goVersion === undefined ? 'victoria-metrics' : 'prometheus', ...(version && { version }) }
    },
    async alertingRules({ name, signal } = {}) {
      const response = await present('/api/v1/rules', { type: 'alert', 'rule_name[]': name && [name] }, signal)
      // servers before 2.44 do not know rule_name[]
      return (
        response && rulesOf(parseAnswer(asked, rulesAnswer, response).data).filter((one) => !name || one.name === name)
      )
    },
    ready: (signal) => isReady(endpoint, '/-/ready', signal),
  }
}

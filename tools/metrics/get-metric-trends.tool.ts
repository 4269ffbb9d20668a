import * as z from 'zod'
import { ToolError } from '#contract'
import type { Context } from '#define'
import { defineTool } from '#define'
import { clusters, limit } from '../arguments.ts'
import type { Prometheus } from '../clients/prometheus/types.ts'
import { requireSome } from '../fan-out.ts'
import { counted, tableOf } from '../table.ts'
import { cell, figure, lines, span, tsv } from '../text.ts'
import { explainEmpty } from './explain-empty.ts'
import type { Prepared } from './prepare.ts'
import type { Query } from './promql.ts'
import { labelsText, splitLabels } from './series-names.ts'
import {
  dailyPattern,
  isClear,
  type Period,
  periods,
  secondsUntil,
  type Trend,
  trendQuery,
  trendsOf,
} from './trends.ts'
import { unitOfQuery } from './units.ts'

const row = z.strictObject({
  id: z.string(),
  series: z.string().describe('Text from outside'),
  cluster: z.string(),
  now: z.number().optional(),
  average: z.number().describe('Over the period'),
  before: z.number().optional().describe('Average of the period before'),
  changePercent: z.number().optional().describe('Against the period before'),
  min: z.number(),
  max: z.number(),
  perHour: z.number().optional().describe('Slope, where there is a clear one'),
  ahead: z.number().optional().describe('Fitted line one period from now, where it is clear'),
  reaches: z.string().optional().describe('When the fitted line meets the limit, ISO 8601'),
  pattern: z.string().optional().describe('What repeats'),
})

const input = z.strictObject({
  query: z.string().describe('PromQL of a gauge, or a counter'),
  period: z.enum(['1h', '6h', '24h', '7d', '30d']).default('24h').describe('Compared with the one before'),
  threshold: z.number().optional().describe('When is it reached?'),
  clusters,
  limit: limit.default(20),
})

/** A week back Prometheus has much to read: 8 subqueries. */
const timeoutMs = 10_000
/** Days are only told apart in these. */
const daily = new Set<Period>(['7d', '30d'])

/** Where a metric is going: computed by Prometheus (MET-028). */
export const getMetricTrends = defineTool({
  name: 'get_metric_trends',
  title: 'Metric trends',
  about:
    'Where a metric is going: change against the period before, slope, forecast, when it reaches a limit, daily pattern.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'prometheus'],
  input,
  output: tableOf(row),
  examples: [
    { query: 'node_filesystem_avail_bytes{mountpoint="/"}', period: '7d', threshold: 0 },
    { query: 'vllm:num_requests_waiting', period: '24h' },
  ],
  route: { method: 'GET', path: '/metrics/trends' },
  timeoutMs: 60_000,
  text: ({ title, rows }) =>
    lines(
      title,
      tsv(
        [
          'cluster',
          'series',
          'now',
          'avg',
          'before',
          'change %',
          'min',
          'max',
          'per hour',
          'next',
          'reaches',
          'pattern',
        ],
        rows.map((one) => [
          one.cluster,
          cell(one.series, 120),
          ...[one.now, one.average, one.before, one.changePercent, one.min, one.max, one.perHour, one.ahead].map(
            (value) => (value === undefined ? '' : figure(value)),
          ),
          one.reaches,
          one.pattern,
        ]),
      ),
    ),
  async run(input, ctx) {
    const { prepare } = await import('./prepare.ts')
    const now = ctx.now()
    const { prometheus } = ctx.clients
    const names = ctx.scopeOf(prometheus, input.clusters)
    const evaluation = { kind: 'instant', time: now } as const
    const expression = await rateOfCounter(input.query, { ctx, clusters: names })
    const prepared = await prepare(expression, { ctx, evaluation, clusters: names })
    const read = await ctx.fanOut(
      names,
      (cluster, signal) => trendsOn(prometheus.for(cluster), { ...input, expression, prepared, now, signal }),
      { timeoutMs },
    )
    const { values, clusters } = requireSome(read)
    const found = values.flatMap(({ cluster, value }) =>
      value.map((one) => ({ cluster, ...one, metric: ctx.redact(one.metric) })),
    )
    if (found.length === 0)
      return { empty: await explainEmpty(prepared.query, { ctx, asked: names, evaluation }), clusters }
    const { varying, same } = splitLabels(found)
    const rows = found
      .sort((left, right) => weight(right) - weight(left))
      .slice(0, 200)
      .map((one) => rowOf(one, { varying, same, now, threshold: input.threshold }))
    const unit = unitOfQuery(prepared.query)
    const what = `${counted(found.length, 'series', 'series')} of ${cell(expression, 160)}${unit ? ` in ${unit}` : ''}`
    const { seconds } = periods[input.period]
    return {
      data: {
        title: `${what}: last ${input.period} against the ${input.period} before; "next" is ${span(seconds)} from now where there is a clear slope`,
        columns,
        rows,
      },
      clusters,
    }
  },
})

interface Found extends Trend {
  pattern?: string
}

async function trendsOn(
  client: Prometheus,
  q: { expression: string; period: Period; prepared: Prepared; now: Date; signal: AbortSignal },
): Promise<Found[]> {
  const { expression, period, prepared, now, signal } = q
  await prepared.objectionOn(client, signal)
  const { series } = await client.query({ query: trendQuery(expression, period), time: now, timeoutMs, signal })
  const trends = trendsOf(series, period)
  if (!daily.has(period) || trends.length === 0 || trends.length > patternSeries) return trends
  // What repeats is a hint: the trends stand without it
  const known = await patternsOn(client, q).catch(() => new Map<string, string>())
  return trends.map((trend) => {
    const pattern = known.get(keyOf(trend.metric))
    return pattern === undefined ? trend : { ...trend, pattern }
  })
}

const keyOf = ({ __name__: _, ...labels }: Record<string, string>) => JSON.stringify(Object.entries(labels).sort())

/** Each is read hour by hour: of more than these it would be much for a hint. */
const patternSeries = 100

async function patternsOn(
  client: Prometheus,
  { expression, period, now, signal }: { expression: string; period: Period; now: Date; signal: AbortSignal },
): Promise<Map<string, string>> {
  const end = new Date(Math.floor(now.getTime() / 3_600_000) * 3_600_000)
  const start = new Date(end.getTime() - Math.min(periods[period].seconds, 14 * 86_400) * 1000)
  const { series } = await client.queryRange({ query: expression, start, end, stepSeconds: 3600, timeoutMs, signal })
  return new Map(
    series.flatMap(({ metric, values }) => {
      const daily = dailyPattern(values)
      return daily ? [[keyOf(metric), `daily, highest at ${daily.peakHour}:00 UTC`] as const] : []
    }),
  )
}

/** A counter only ever grows: what moves is its rate. */
async function rateOfCounter(
  text: string,
  { ctx, clusters }: { ctx: Context<'prometheus'>; clusters: readonly string[] },
): Promise<string> {
  const { parsePromql } = await import('./promql.ts')
  const query: Query = parsePromql(text)
  const [selector] = query.selectors
  const name = selector?.name
  if (query.selectors.length !== 1 || name === undefined || selector?.text.trim() !== text.trim()) return text
  const { values } = await ctx.fanOut(clusters, (cluster, signal) =>
    ctx.clients.prometheus.for(cluster).metadata({ metric: name, signal }),
  )
  const type = values.flatMap(({ value }) => value[name] ?? []).find(({ type }) => type !== 'unknown')?.type
  const isCounter = type === 'counter' || (type === undefined && /_(total|count|sum|bucket)$/.test(name))
  if (/_bucket$/.test(name))
    throw new ToolError(
      'invalid-request',
      `${name} holds the buckets of a histogram, which have no trend of their own.`,
      {
        next: `Ask for a quantile: histogram_quantile(0.95, sum by (le) (rate(${name}[5m]))).`,
        field: 'query',
      },
    )
  return isCounter ? `rate(${text.trim()}[5m])` : text
}

/** The largest change first, among equal ones the clearest line. */
const weight = ({ changePercent = 0, fit }: Trend) => Math.abs(changePercent) + Math.abs(fit)

function rowOf(
  one: Found & { cluster: string },
  { varying, same, now, threshold }: { varying: string[]; same: string[]; now: Date; threshold: number | undefined },
): z.output<typeof row> {
  const { cluster, metric, average, min, max, changePercent, perSecond, ahead, pattern } = one
  const seconds = threshold === undefined ? undefined : secondsUntil(one, threshold)
  return {
    id: `${cluster} ${keyOf(metric)}`,
    series: labelsText(metric, varying.length > 0 ? varying : same) || 'value',
    cluster,
    ...(one.now !== undefined && { now: one.now }),
    average,
    ...(one.before !== undefined && { before: one.before }),
    ...(changePercent !== undefined && { changePercent: Math.round(changePercent * 10) / 10 }),
    min,
    max,
    ...(isClear(one) && { perHour: perSecond * 3600, ahead }),
    ...(seconds !== undefined && { reaches: reachedAt(now, seconds) }),
    ...(pattern !== undefined && { pattern }),
  }
}

/** Beyond a year a straight line says nothing. */
const reachedAt = (now: Date, seconds: number) =>
  seconds > 365 * 86_400
    ? 'not within a year'
    : `${new Date(now.getTime() + seconds * 1000).toISOString().slice(0, 16)}Z (in ${span(seconds)})`

const columns = [
  { key: 'series', label: 'Series', type: 'code' as const },
  { key: 'cluster', label: 'Cluster', type: 'text' as const },
  { key: 'now', label: 'Now', type: 'number' as const },
  { key: 'average', label: 'Average', type: 'number' as const },
  { key: 'before', label: 'Before', type: 'number' as const },
  { key: 'changePercent', label: 'Change %', type: 'number' as const },
  { key: 'perHour', label: 'Per hour', type: 'number' as const },
  { key: 'ahead', label: 'Next', type: 'number' as const },
  { key: 'reaches', label: 'Reaches the limit', type: 'text' as const },
  { key: 'pattern', label: 'Pattern', type: 'text' as const },
]

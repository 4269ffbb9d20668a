import * as z from 'zod'
import { type ClusterAnswer, cards } from '#contract'
import { type Context, defineTool } from '#define'
import { clusters, end, limit, since, start, step, wholeNumber } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { knownOffline } from '../fleet/service.ts'
import { counted } from '../table.ts'
import { cell, figure, lines, shortTime, span, tsv } from '../text.ts'
import { explainEmpty } from './explain-empty.ts'
import { combine, mostSeries } from './series.ts'
import { labelsText, splitLabels } from './series-names.ts'
import { ask, evaluationOf } from './service.ts'
import { slowFirst } from './slow-first.ts'
import { thresholdsOf } from './thresholds.ts'
import { unitOfQuery } from './units.ts'

const input = z.strictObject({
  query: z.string().describe('PromQL'),
  clusters,
  since,
  start,
  end: end.describe('Alone: that instant'),
  step,
  aggregate: z.enum(['merge', 'sum', 'avg', 'max', 'min']).optional().describe('Over clusters'),
  timeoutSeconds: wholeNumber(1, 300).optional().describe('Per cluster'),
  fresh: z.boolean().optional().describe('No cache'),
  limit,
})

/** PromQL over all clusters at once (MET-001, MET-002, MET-005 to MET-014, MET-027). */
export const queryMetrics = defineTool({
  name: 'query_metrics',
  title: 'Metrics (PromQL)',
  about: 'PromQL over clusters, instant or range (since, start). Names: find_metrics, labels: get_metric_labels.',
  risk: 'read',
  card: 'time-series',
  needs: ['fleet', 'prometheus'],
  input,
  output: cards['time-series'].payload,
  examples: [
    {
      query: 'histogram_quantile(0.95, sum by (le, model_name) (rate(vllm:time_to_first_token_seconds_bucket[5m])))',
      since: '1h',
    },
    { query: 'sum by (job) (up == 0)', clusters: ['gpu-east'], aggregate: 'sum' },
  ],
  route: { method: 'POST', path: '/metrics/query' },
  // A range by default: the last hour a minute apart
  alsoAt: [{ method: 'POST', path: '/metrics/query_range', with: { step: '1m' } }],
  timeoutMs: 310_000,
  text: (data, { total }) => {
    const { series, resultType, start, end, stepSeconds, unit, warnings, readAt } = data
    const { same, varying } = splitLabels(series)
    const range = resultType === 'matrix'
    const value = (number: number | undefined) => (number === undefined ? '' : figure(number))
    return lines(
      `${counted(total, 'series', 'series')}${unit ? `, unit ${unit}` : ''}, ${range ? `${start} to ${end}, step ${span(stepSeconds)}` : `at ${end}`}${readAt ? `, from the cache, read ${readAt}` : ''}`,
      same.length > 0 && `all series: ${labelsText(series[0]!.metric, same)}`,
      tsv(
        range
          ? ['cluster', 'series', 'last', 'min', 'avg', 'max', 'max at', 'trend %']
          : ['cluster', 'series', 'value'],
        series.map((one) => [
          one.cluster,
          labelsText(one.metric, varying),
          one.last === undefined ? cell(one.values.at(-1)?.[1], 40) : figure(one.last),
          ...(range ? [value(one.min), value(one.avg), value(one.max), momentOf(one.maxAt), trendOf(one)] : []),
        ]),
      ),
      ...(warnings ?? []).map((warning) => `warning: ${warning}`),
    )
  },
  async run(input, ctx) {
    // The grammar and what reads it are loaded with the first query
    const { prepare } = await import('./prepare.ts')
    const now = ctx.now()
    const evaluation = evaluationOf(input, now)
    const { prometheus } = ctx.clients
    const { names, left } = await online(ctx, ctx.scopeOf(prometheus, input.clusters), input.clusters)
    const { query, objectionOn } = await prepare(input.query, { ctx, evaluation, clusters: names })
    const notes = new Set<string>()
    const timeoutMs = (input.timeoutSeconds ?? 2) * 1000
    const read = await slowFirst(
      { prometheus, fanOut: ctx.fanOut },
      names,
      async (cluster, signal) => {
        const client = prometheus.for(cluster)
        const note = await objectionOn(client, signal)
        if (note) notes.add(note)
        return ask(client, { query: input.query, evaluation, timeoutMs, signal, ...(input.fresh && { fresh: true }) })
      },
      { timeoutMs },
    )
    const { values, clusters: answers } = requireSome(read)
    const results = values.filter(({ value }) => value.series.length > 0)
    const answered = [...withPartial(answers, values), ...left]
    if (results.length === 0)
      return { empty: await explainEmpty(query, { ctx, asked: names, evaluation }), clusters: answered }
    // a series is named by the values of its labels, which then no longer say that they are an api_key
    const { series, total } = combine(results, { aggregate: input.aggregate ?? 'merge', redact: ctx.redact })
    if (total > series.length)
      notes.add(
        `${total} series; only the ${mostSeries} with the highest last value are here. For others aggregate (sum by ...) or use topk, bottomk or matchers.`,
      )
    for (const { value } of values) for (const warning of value.warnings) notes.add(cell(warning, 300))
    const unit = unitOfQuery(query)
    const thresholds = thresholdsOf(query)
    const readAt = oldest(values.map(({ value }) => value.readAt))
    const moment =
      evaluation.kind === 'instant' ? { start: evaluation.time, end: evaluation.time, stepSeconds: 0 } : evaluation
    return {
      data: {
        title: cell(input.query, 200),
        query: input.query,
        resultType: results[0]!.value.resultType,
        start: moment.start.toISOString(),
        end: moment.end.toISOString(),
        stepSeconds: moment.stepSeconds,
        ...(unit && { unit }),
        series,
        ...(thresholds.length > 0 && { thresholds }),
        ...(notes.size > 0 && { warnings: [...notes].slice(0, 5) }),
        ...(readAt && { readAt: readAt.toISOString() }),
      },
      clusters: answered,
    }
  },
})

const momentOf = (seconds: number | undefined) =>
  seconds === undefined ? '' : shortTime(new Date(seconds * 1000).toISOString())

/** Rising or falling by less than this says nothing. */
const steadyPercent = 5

const trendOf = ({ trendPercent }: { trendPercent?: number | undefined }): string => {
  if (trendPercent === undefined) return ''
  if (Math.abs(trendPercent) < steadyPercent) return 'steady'
  return `${trendPercent > 0 ? '+' : ''}${figure(Math.round(trendPercent))}`
}

const oldest = (dates: readonly (Date | undefined)[]): Date | undefined =>
  dates.reduce((first, date) => (date && (!first || date < first) ? date : first), undefined)

/** Of clusters that nobody named, those that are not known to be offline (MET-006); the others are said to be left out. */
async function online(
  ctx: Context<'fleet' | 'prometheus'>,
  scope: string[],
  named: readonly string[] | undefined,
): Promise<{ names: string[]; left: ClusterAnswer[] }> {
  if (named && named.length > 0) return { names: scope, left: [] }
  const known = new Set(ctx.clients.fleet.list().map(({ name }) => name))
  const offline = await knownOffline(
    ctx,
    scope.filter((name) => known.has(name)),
    'prometheus',
  )
  const names = scope.filter((name) => !offline.has(name))
  if (names.length === 0) return { names: scope, left: [] }
  const error = 'offline at its last health check, so not asked; it is asked when named'
  return { names, left: [...offline].map((cluster) => ({ cluster, status: 'error', tookMs: 0, error })) }
}

/** Thanos answers what it could reach as a success with warnings: that is a partial answer, and it is said. */
function withPartial(
  answers: ClusterAnswer[],
  values: { cluster: string; value: { warnings: string[]; partial?: true } }[],
): ClusterAnswer[] {
  const said = new Map(values.flatMap(({ cluster, value }) => (value.partial ? [[cluster, value.warnings]] : [])))
  return answers.map((answer) => {
    const warnings = said.get(answer.cluster)
    return warnings ? { ...answer, status: 'partial', error: cell(warnings.join('; '), 200) } : answer
  })
}

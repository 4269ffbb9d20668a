import * as z from 'zod'
import { type ClusterAnswer, cards } from '#contract'
import { defineTool } from '#define'
import { clusters, end, limit, since, start, step, wholeNumber } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { counted } from '../table.ts'
import { cell, figure, lines, span, tsv } from '../text.ts'
import { explainEmpty } from './explain-empty.ts'
import { combine, labelsText, splitLabels } from './series.ts'
import { ask, evaluationOf } from './service.ts'
import { unitOfQuery } from './units.ts'

const input = z.strictObject({
  query: z.string().describe('PromQL'),
  clusters,
  since,
  start,
  end,
  step,
  time: start.describe('Instant; default now'),
  aggregate: z.enum(['merge', 'sum', 'avg', 'max', 'min']).default('merge').describe('Over clusters'),
  timeoutSeconds: wholeNumber(1, 120).default(2).describe('Per cluster'),
  limit,
})

/** PromQL over all clusters at once (MET-001, MET-002, MET-005 to MET-014, MET-027). */
export const queryMetrics = defineTool({
  name: 'query_metrics',
  title: 'Metrics (PromQL)',
  about:
    'PromQL over clusters: instant, or a range with since or start. Statistics and a chart. Names: find_metrics. Labels: get_metric_labels.',
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
    { query: 'sum by (cluster) (up == 0)', clusters: ['gpu-east'], aggregate: 'sum' },
  ],
  route: { method: 'POST', path: '/metrics/query' },
  timeoutMs: 150_000,
  text: ({ series, resultType, start, end, stepSeconds, unit, warnings }, { total }) => {
    const { same, varying } = splitLabels(series)
    const range = resultType === 'matrix'
    return lines(
      `${counted(total, 'series', 'series')}${unit ? `, unit ${unit}` : ''}, ${range ? `${start} to ${end}, step ${span(stepSeconds)}` : `at ${end}`}`,
      same.length > 0 && `all series: ${labelsText(series[0]!.metric, same)}`,
      tsv(
        range ? ['cluster', 'series', 'last', 'min', 'avg', 'max'] : ['cluster', 'series', 'value'],
        series.map((one) => [
          one.cluster,
          labelsText(one.metric, varying),
          one.last === undefined ? cell(one.values.at(-1)?.[1], 40) : figure(one.last),
          ...(range ? [one.min, one.avg, one.max].map((value) => (value === undefined ? '' : figure(value))) : []),
        ]),
      ),
      ...(warnings ?? []).map((warning) => `warning: ${warning}`),
    )
  },
  async run(input, ctx) {
    const { parsePromql } = await import('./promql.ts')
    const query = parsePromql(input.query)
    const now = ctx.now()
    const { evaluation, explicitTime } = evaluationOf(input, now)
    const { prometheus } = ctx.clients
    const names = ctx.scopeOf(prometheus, input.clusters)
    const read = await ctx.fanOut(
      names,
      (cluster, signal) => ask(prometheus, { cluster, query: input.query, evaluation, explicitTime, now, signal }),
      { timeoutMs: input.timeoutSeconds * 1000 },
    )
    const { values, clusters: answers } = requireSome(read)
    // a series is named by the values of its labels, which then no longer say that they are an api_key
    const results = values
      .filter(({ value }) => value.series.length > 0)
      .map(({ cluster, value }) => ({
        cluster,
        value: { ...value, series: value.series.map((one) => ({ ...one, metric: ctx.redact(one.metric) })) },
      }))
    const answered = withWarnings(answers, values)
    if (results.length === 0)
      return {
        empty: await explainEmpty(query, { ctx, clusters: values.map(({ cluster }) => cluster), evaluation }),
        clusters: answered,
      }
    const unit = unitOfQuery(query)
    const warnings = [...new Set(values.flatMap(({ value }) => value.warnings))]
      .map((one) => cell(one, 300))
      .slice(0, 5)
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
        series: combine(results, input.aggregate),
        ...(warnings.length > 0 && { warnings }),
      },
      clusters: answered,
    }
  },
})

/** Thanos answers what it could reach as a success with warnings: that is a partial answer, and it is said. */
function withWarnings(
  answers: ClusterAnswer[],
  values: { cluster: string; value: { warnings: string[] } }[],
): ClusterAnswer[] {
  return answers.map((answer) => {
    const warnings = values.find(({ cluster }) => cluster === answer.cluster)?.value.warnings ?? []
    return answer.status === 'success' && warnings.length > 0
      ? { ...answer, status: 'partial', error: cell(warnings.join('; '), 200) }
      : answer
  })
}

import * as z from 'zod'
import { cards, type Series, ToolError } from '#contract'
import { defineTool } from '#define'
import { clusters, durationSeconds, end, since, start, step, timeRange } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { cell, figure, lines, shortTime, tsv } from '../text.ts'
import { readLogQl } from './logql.ts'
import { defaultLogGuard, explainNoLines, guarded, logTimeoutMs } from './read.ts'

/** Points of one series: what a chart shows. */
const mostPoints = 120
const mostSeries = 100

/** LogQL that counts (LGS-001). */
export const queryLogSeries = defineTool({
  name: 'query_log_series',
  title: 'Numbers from logs (LogQL)',
  about:
    'LogQL that computes numbers over time: rate, count_over_time, bytes_rate, quantile_over_time of logs, summed by labels, over all clusters. The lines themselves: query_logs.',
  risk: 'read',
  card: 'time-series',
  needs: ['fleet', 'loki'],
  input: z.strictObject({
    query: z.string().describe('sum by (pod) (rate({namespace="x"} |= "error" [5m]))'),
    clusters,
    since,
    start,
    end,
    step,
  }),
  output: cards['time-series'].payload,
  examples: [{ query: 'sum by (namespace) (count_over_time({namespace=~".+"} |= "error" [5m]))', since: '6h' }],
  route: { method: 'POST', path: '/logs/query_range' },
  text: ({ title, series, start, end, stepSeconds, warnings }) =>
    lines(
      `${title}, ${shortTime(start)} to ${shortTime(end)} UTC every ${stepSeconds} s`,
      tsv(
        ['cluster', 'series', 'last', 'min', 'avg', 'max', 'max at'],
        series.map((one) => [
          one.cluster,
          cell(one.name, 120),
          value(one.last),
          value(one.min),
          value(one.avg),
          value(one.max),
          one.maxAt === undefined ? '' : shortTime(new Date(one.maxAt * 1000).toISOString()),
        ]),
      ),
      ...(warnings ?? []).map((warning) => `warning: ${warning}`),
    ),
  async run(input, ctx) {
    const query = readLogQl(input.query)
    if (query.kind === 'lines')
      throw new ToolError('invalid-logql', 'The query gives log lines; this asks for numbers.', {
        next: `query_logs for the lines, or ${`sum(count_over_time(${cell(input.query, 200)} [5m]))`}`,
        field: 'query',
      })
    const { loki } = ctx.clients
    const range = timeRange(input, { now: ctx.now() })
    const seconds = (range.end.getTime() - range.start.getTime()) / 1000
    const stepSeconds =
      input.step === undefined ? Math.max(15, Math.ceil(seconds / mostPoints / 15) * 15) : durationSeconds(input.step)
    if (seconds / stepSeconds > 11_000)
      throw new ToolError('invalid-request', `A step of ${input.step} gives more than 11,000 points for each series.`, {
        next: 'Take a larger step or a shorter time.',
        field: 'step',
      })
    const warnings = new Set<string>()
    const read = await ctx.fanOut(
      ctx.scopeOf(loki, input.clusters),
      async (cluster, signal) => {
        const client = loki.for(cluster)
        const note = await guarded(client, { query, range, signal, guard: loki.guard ?? defaultLogGuard })
        if (note) warnings.add(note)
        return client.seriesRange({ query: input.query, ...range, stepSeconds, signal })
      },
      { timeoutMs: logTimeoutMs },
    )
    const { values, clusters } = requireSome(read)
    const all = values
      .flatMap(({ cluster, value }) => value.map((one) => seriesOf(ctx.redact(one.metric), one.values, cluster)))
      .sort((a, b) => (b.last ?? 0) - (a.last ?? 0))
    if (all.length === 0) {
      const names = values.map(({ cluster }) => cluster)
      return {
        empty: {
          title: 'The query is valid and counted nothing',
          likely: await explainNoLines(ctx, { query, range, names }),
          next: ['query_log_series over a longer time', 'get_log_labels for labels and values'],
        },
        clusters,
      }
    }
    if (all.length > mostSeries)
      warnings.add(
        `${all.length} series; only the ${mostSeries} with the highest last value are here: aggregate with sum by (…) or topk`,
      )
    return {
      data: {
        title: cell(input.query, 200),
        query: input.query,
        resultType: 'matrix' as const,
        start: range.start.toISOString(),
        end: range.end.toISOString(),
        stepSeconds,
        series: all.slice(0, mostSeries),
        ...(warnings.size > 0 && { warnings: [...warnings] }),
      },
      clusters,
    }
  },
})

const value = (number: number | undefined) => (number === undefined ? '' : figure(number))

function seriesOf(metric: Record<string, string>, samples: [number, string][], cluster: string): Series {
  const thin =
    samples.length <= 2 * mostPoints
      ? samples
      : samples.filter((_, index) => index % Math.ceil(samples.length / mostPoints) === 0)
  const numbers = samples.map(([, one]) => Number(one)).filter(Number.isFinite)
  const highest = samples.reduce<[number, string] | undefined>(
    (best, one) => (!best || Number(one[1]) > Number(best[1]) ? one : best),
    undefined,
  )
  const name = Object.entries(metric)
    .map(([key, one]) => `${key}=${one}`)
    .join(' ')
  const last = samples.at(-1)
  return {
    id: `${cluster} ${JSON.stringify(Object.entries(metric).sort())}`,
    name: name === '' ? 'all' : cell(name, 160),
    cluster,
    metric,
    values: thin,
    points: samples.length,
    ...(last && { last: Number(last[1]) }),
    ...(numbers.length > 0 && {
      min: Math.min(...numbers),
      avg: numbers.reduce((sum, one) => sum + one, 0) / numbers.length,
      max: Math.max(...numbers),
    }),
    ...(highest && { maxAt: highest[0] }),
  }
}

import { ToolError } from '#contract'
import type { QueryGuard } from '../clients/prometheus/settings.ts'
import type { Prometheus, SeriesCounts } from '../clients/prometheus/types.ts'
import { cell } from '../text.ts'
import type { Query, Selector } from './promql.ts'
import type { Evaluation } from './service.ts'

/** What holds where nothing is configured. */
export const defaultGuard: QueryGuard = {
  mode: 'enforce',
  mostSeries: 20_000,
  mostPoints: 20_000_000,
  mostLogBytes: 50 * 1024 ** 3,
}

/** What a query would cost that must not be asked, and the way to ask it. */
export interface Objection {
  message: string
  next: string
  details: Record<string, unknown>
}

export const refusal = ({ message, next, details }: Objection, cluster?: string): ToolError =>
  new ToolError('invalid-request', message, {
    next,
    field: 'query',
    ...(cluster !== undefined && { cluster }),
    details: { guard: 'QM_QUERY_GUARD', ...details },
  })

/** A regular expression that every value meets, the empty one or not. */
const isBlanket = (value: string) => /^\^?(\.[*+]|\(\.[*+]\)|\[\^\]\*|\.\{0,\})\$?$/.test(value.trim())

/** A selector without a name that only says "anything" reads the whole database. */
export function blanket({ selectors }: Query): Objection | undefined {
  for (const { name, matchers, text } of selectors) {
    if (name !== undefined) continue
    const narrow = matchers.some(({ operator, value }) =>
      operator === '=' ? value !== '' : operator === '=~' && !isBlanket(value),
    )
    if (narrow) continue
    return {
      message: `The selector ${cell(text, 120)} matches every series there is.`,
      next: 'Name a metric, such as up, or give a label a value: {job="api"}. Names: find_metrics; counts: count by (__name__) ({job="api"}).',
      details: { selector: cell(text, 200) },
    }
  }
  return undefined
}

/**
 * What the query would read on one server, judged by the series counts of its TSDB. A metric with many series is counted once more with
 * the matchers of the query. Undefined: within the limits, or nobody knows.
 */
export async function tooCostly(
  client: Prometheus,
  {
    query,
    evaluation,
    limits,
    signal,
  }: { query: Query; evaluation: Evaluation; limits: QueryGuard; signal: AbortSignal },
): Promise<Objection | undefined> {
  // A gateway that does not count, or does not let us see it, is no reason to refuse a question
  const counts = await client.seriesCounts({ signal }).catch(() => undefined)
  if (!counts) return undefined
  const points = pointsOf(evaluation)
  for (const selector of query.selectors) {
    const bound = atMost(selector, counts)
    if (bound === undefined || (bound <= limits.mostSeries && bound * points <= limits.mostPoints)) continue
    const series = selector.matchers.length === 0 ? bound : await countOf(client, selector, signal)
    if (series === undefined) continue
    if (series > limits.mostSeries) return manySeries(client.cluster, selector, series, limits)
    if (series * points > limits.mostPoints) return manyPoints(client.cluster, selector, { series, points, limits })
  }
  return undefined
}

const pointsOf = (evaluation: Evaluation): number =>
  evaluation.kind === 'instant'
    ? 1
    : Math.floor((evaluation.end.getTime() - evaluation.start.getTime()) / 1000 / evaluation.stepSeconds) + 1

/** How many series can match by their name alone; undefined where the name is a pattern we cannot read. */
function atMost({ name, matchers }: Selector, counts: SeriesCounts): number | undefined {
  if (name !== undefined) return counts.metrics.get(name) ?? counts.others
  const pattern = matchers.find(({ label, operator }) => label === '__name__' && operator === '=~')
  if (!pattern) return counts.series
  try {
    const names = new RegExp(`^(?:${pattern.value})$`, 's')
    return [...counts.metrics].reduce((sum, [metric, series]) => (names.test(metric) ? sum + series : sum), 0)
  } catch {
    return undefined
  }
}

async function countOf(client: Prometheus, { text }: Selector, signal: AbortSignal): Promise<number | undefined> {
  const { series } = await client.query({ query: `count(${text})`, signal })
  return series.length === 0 ? 0 : Number(series[0]!.values[0]?.[1])
}

const thousands = (value: number) => Math.round(value).toLocaleString('en-US')

const manySeries = (cluster: string, { name, text }: Selector, series: number, limits: QueryGuard): Objection => ({
  message: `${cell(text, 120)} matches ${thousands(series)} series on ${cluster}; more than ${thousands(limits.mostSeries)} are not read.`,
  next: `Add matchers, such as ${name ?? ''}{namespace="..."}; their values: get_metric_labels {"match":${JSON.stringify(cell(name ?? text, 60))}}. A recording rule makes a sum cheap.`,
  details: { selector: cell(text, 200), series, limit: limits.mostSeries },
})

const manyPoints = (
  cluster: string,
  { text }: Selector,
  { series, points, limits }: { series: number; points: number; limits: QueryGuard },
): Objection => ({
  message: `${cell(text, 120)} is about ${thousands(series)} series × ${thousands(points)} points on ${cluster}; more than ${thousands(limits.mostPoints)} are not read.`,
  next: 'Take a larger step or a shorter range, or add matchers.',
  details: { selector: cell(text, 200), series, points, limit: limits.mostPoints },
})

import type { EmptyPayload } from '#contract'
import type { Context } from '#define'
import { nearest } from '../scope.ts'
import { cell, shortTime, span } from '../text.ts'
import type { Query, Selector } from './promql.ts'
import type { Evaluation } from './service.ts'

type Ctx = Context<'prometheus'>

interface Asked {
  ctx: Ctx
  asked: readonly string[]
  evaluation: Evaluation
}

/**
 * Why a valid query found nothing, asked of the clusters that answered: is there such a metric, has the label such a value, was it there
 * at another time or on another cluster? What is left is a condition that nothing meets.
 */
export async function explainEmpty(query: Query, { ctx, asked, evaluation }: Asked): Promise<EmptyPayload> {
  const causes: string[] = []
  const next: string[] = []
  for (const selector of query.selectors.slice(0, 3)) {
    const name = selector.name === undefined ? undefined : await explainName(selector.name, ctx, asked)
    if (name) {
      causes.push(name.cause)
      next.push(...name.next)
      continue
    }
    const labels = await explainLabels(selector, ctx, asked)
    causes.push(...labels)
    const seen = labels.length === 0 ? await lastSeen(selector, { ctx, asked, evaluation }) : undefined
    if (!seen) continue
    causes.push(seen.cause)
    next.push(...seen.next)
  }
  if (causes.length === 0) {
    causes.push(`Metric and labels exist, so there were no samples at that time (${whenOf(evaluation)})`)
    if (/[<>]=?|==|!=(?!["`'])/.test(query.text.replace(/\{[^}]*\}/g, '')))
      causes.push('Or no value meets the comparison in the query')
    if (/\b(rate|increase|irate|delta)\b/.test(query.text))
      causes.push('Or the range in brackets is shorter than two scrapes: try [5m]')
    if (/[+*/-]|\b(and|unless|on|ignoring)\b/.test(query.text))
      causes.push('Or the two sides of an operation share no label set: add on(...) or ignoring(...)')
    next.push('query_metrics over a longer time', 'get_metric_labels to see what there is')
  }
  if (next.length === 0) next.push('get_metric_labels for the values of a label')
  return {
    title: 'The query is valid and found nothing',
    likely: causes.slice(0, 6),
    next: [...new Set(next)].slice(0, 3),
  }
}

const whenOf = (evaluation: Evaluation) =>
  evaluation.kind === 'instant'
    ? evaluation.time.toISOString()
    : `${evaluation.start.toISOString()} to ${evaluation.end.toISOString()}`

async function explainName(name: string, ctx: Ctx, clusters: readonly string[]) {
  const names = await valuesOver(ctx, clusters, { label: '__name__' })
  if (!names || names.has(name) || names.size === 0) return undefined
  const elsewhere = await clustersWith(name, ctx, clusters)
  if (elsewhere.length > 0)
    return {
      cause: `${cell(name, 120)} is not on ${clusters.length === 1 ? clusters[0] : 'these clusters'}, and is on ${elsewhere.slice(0, 5).join(', ')}`,
      next: [`query_metrics with "clusters":${JSON.stringify(elsewhere.slice(0, 3))}`],
    }
  const near =
    nearest(name, [...names]) ?? nearest(name.replace(/_(total|count|sum|bucket|seconds|bytes)$/, ''), [...names])
  return {
    cause: `No metric is called ${cell(name, 120)}${near ? `; there is ${cell(near, 120)}` : ''}`,
    next: [`find_metrics {"text":${JSON.stringify(cell(name.replace(/[_:]+/g, ' '), 80))}}`],
  }
}

/** Clusters that were not asked and have the metric; only those the caller may see. */
async function clustersWith(name: string, ctx: Ctx, asked: readonly string[]): Promise<string[]> {
  const { prometheus } = ctx.clients
  const others = ctx.scopeOf(prometheus, ['*']).filter((cluster) => !asked.includes(cluster))
  if (others.length === 0) return []
  const { values } = await ctx.fanOut(
    others.slice(0, 50),
    async (cluster, signal) =>
      (await prometheus.for(cluster).labelValues({ label: '__name__', signal })).includes(name),
    { timeoutMs: 1_000 },
  )
  return values.filter(({ value }) => value).map(({ cluster }) => cluster)
}

async function explainLabels({ name, matchers }: Selector, ctx: Ctx, clusters: readonly string[]): Promise<string[]> {
  const causes: string[] = []
  const match = name === undefined ? {} : { match: [matcherOf(name)] }
  for (const { label, operator, value } of matchers.slice(0, 4)) {
    if (operator !== '=' || value === '') continue
    const values = await valuesOver(ctx, clusters, { label, ...match })
    if (!values || values.has(value)) continue
    const some = [...values]
      .slice(0, 8)
      .map((one) => cell(one, 40))
      .join(', ')
    const near = nearest(value, [...values])
    causes.push(
      values.size === 0
        ? `${name ?? 'Nothing'} has no label ${label}`
        : `No series has ${label}="${cell(value, 80)}"; ${near ? `near: ${cell(near, 80)}; ` : ''}values: ${some}${values.size > 8 ? ` and ${values.size - 8} more` : ''}`,
    )
  }
  return causes
}

/** Names that are no plain identifier go by their label. */
const matcherOf = (name: string) => (/^[a-zA-Z_:][\w:]*$/.test(name) ? name : `{__name__=${JSON.stringify(name)}}`)

/** How far back is looked for the last sample, and how closely. */
const lookBack = '7d'
const lookEvery = '10m'

/** The selector matched earlier and not at the time asked for: when was it last there? */
async function lastSeen({ text }: Selector, { ctx, asked, evaluation }: Asked) {
  const { prometheus } = ctx.clients
  const start = evaluation.kind === 'instant' ? evaluation.time : evaluation.start
  const end = evaluation.kind === 'instant' ? evaluation.time : evaluation.end
  const latest = async (query: string) => {
    const { values } = await ctx.fanOut(asked, (cluster, signal) =>
      prometheus.for(cluster).query({ query, time: end, signal }),
    )
    const seconds = values.flatMap(({ value }) => value.series.map(({ values }) => Number(values[0]?.[1])))
    return seconds.reduce((last, one) => Math.max(last, one), 0)
  }
  const seconds = await latest(`max(max_over_time(timestamp(${text})[${lookBack}:${lookEvery}]))`)
  // Within what was asked it was there, so that something else than the time is to blame
  if (!(seconds > 0) || seconds * 1000 >= start.getTime() - 5 * 60_000) return undefined
  const at = new Date(seconds * 1000)
  return {
    cause: `${cell(text, 120)} has no samples then; last seen about ${shortTime(at.toISOString())} UTC, ${span((end.getTime() - at.getTime()) / 1000)} before`,
    next: [`query_metrics with "end":"${at.toISOString().slice(0, 19)}Z"`],
  }
}

async function valuesOver(
  ctx: Ctx,
  clusters: readonly string[],
  what: { label: string; match?: string[] },
): Promise<Set<string> | undefined> {
  const { values } = await ctx.fanOut(clusters, (cluster, signal) =>
    ctx.clients.prometheus.for(cluster).labelValues({ ...what, signal }),
  )
  // Nobody answered: nothing is known, which is another thing than nothing being there.
  return values.length === 0 ? undefined : new Set(values.flatMap(({ value }) => value))
}

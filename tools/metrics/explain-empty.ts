import type { EmptyPayload } from '#contract'
import type { Context } from '#define'
import { nearest } from '../scope.ts'
import { cell } from '../text.ts'
import type { Query, Selector } from './promql.ts'
import { type Evaluation, labelValues } from './service.ts'

type Ctx = Context<'prometheus'>

/**
 * Why a valid query found nothing, asked of the clusters that answered: is there such a metric, and has the label such
 * a value? What is left is the time, or a condition that nothing meets.
 */
export async function explainEmpty(
  query: Query,
  { ctx, clusters, evaluation }: { ctx: Ctx; clusters: readonly string[]; evaluation: Evaluation },
): Promise<EmptyPayload> {
  const causes: string[] = []
  const next: string[] = []
  for (const selector of query.selectors.slice(0, 3)) {
    const found = selector.name === undefined ? undefined : await explainName(selector.name, ctx, clusters)
    if (found) {
      causes.push(found.cause)
      next.push(found.next)
    } else causes.push(...(await explainLabels(selector, ctx, clusters)))
  }
  if (causes.length === 0) {
    const when =
      evaluation.kind === 'instant'
        ? evaluation.time.toISOString()
        : `${evaluation.start.toISOString()} to ${evaluation.end.toISOString()}`
    causes.push(`Metric and labels exist, so there were no samples at that time (${when})`)
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

async function explainName(name: string, ctx: Ctx, clusters: readonly string[]) {
  const names = await valuesOver(ctx, clusters, { label: '__name__' })
  if (!names || names.has(name) || names.size === 0) return undefined
  const near =
    nearest(name, [...names]) ?? nearest(name.replace(/_(total|count|sum|bucket|seconds|bytes)$/, ''), [...names])
  return {
    cause: `No metric is called ${cell(name, 120)}${near ? `; there is ${cell(near, 120)}` : ''}`,
    next: `find_metrics {"text":${JSON.stringify(cell(name.replace(/[_:]+/g, ' '), 80))}}`,
  }
}

async function explainLabels({ name, matchers }: Selector, ctx: Ctx, clusters: readonly string[]): Promise<string[]> {
  const causes: string[] = []
  const match = name === undefined ? {} : { match: [name] }
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

async function valuesOver(
  ctx: Ctx,
  clusters: readonly string[],
  what: { label: string; match?: string[] },
): Promise<Set<string> | undefined> {
  const now = ctx.now()
  const { values } = await ctx.fanOut(clusters, (cluster, signal) =>
    labelValues(ctx.clients.prometheus, { cluster, now, signal, ...what }),
  )
  // Nobody answered: nothing is known, which is another thing than nothing being there.
  return values.length === 0 ? undefined : new Set(values.flatMap(({ value }) => value))
}

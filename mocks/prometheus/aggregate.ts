import { newCollector } from './collect.ts'
import { type Environment, scalarOf, stringOf, vectorOf } from './environment.ts'
import { dropLabels, isLabelName, keepLabels, labelsKey, metricName, setLabel } from './labels.ts'
import { formatPlain } from './literals.ts'
import { mean, quantile, sum, variance } from './statistics.ts'
import { type Aggregate, executionError, type Labels, type Series } from './types.ts'

/** Aggregation operators over groups of series, all steps at once. */

interface Group {
  labels: Labels
  members: Series[]
}

function groupsOf(expr: Aggregate, series: Series[]): Group[] {
  const groups = new Map<string, Group>()
  const dropped = [...expr.grouping, metricName]
  for (const one of series) {
    const labels = expr.without ? dropLabels(one.labels, dropped) : keepLabels(one.labels, expr.grouping)
    const key = labelsKey(labels)
    const group = groups.get(key)
    if (group) group.members.push(one)
    else groups.set(key, { labels, members: [one] })
  }
  return [...groups.values()]
}

/** NaN gives way to any number, as in the *_over_time family. */
const extreme = (better: (value: number, best: number) => boolean) => (values: number[]) =>
  values.reduce((best, value) => (better(value, best) || Number.isNaN(best) ? value : best))

const reducers: Record<string, (values: number[]) => number> = {
  sum,
  avg: mean,
  count: (values) => values.length,
  group: () => 1,
  min: extreme((value, best) => value < best),
  max: extreme((value, best) => value > best),
  stddev: (values) => Math.sqrt(variance(values)),
  stdvar: variance,
}

function presentAt(members: Series[], step: number): number[] {
  const values: number[] = []
  for (const member of members) {
    const value = member.values[step]
    if (value !== undefined) values.push(value)
  }
  return values
}

function reduced(groups: Group[], count: number, reduce: (values: number[], step: number) => number): Series[] {
  return groups.map(({ labels, members }) => ({
    labels,
    values: Array.from({ length: count }, (_, step) => {
      const values = presentAt(members, step)
      return values.length === 0 ? undefined : reduce(values, step)
    }),
  }))
}

/** The order of topk (or of bottomk): best first, NaN last, equal values as they came. */
function ranked(members: Series[], step: number, best: 'highest' | 'lowest'): Series[] {
  const value = (one: Series) => one.values[step] as number
  const present = members.filter((one) => one.values[step] !== undefined)
  return present.sort((a, b) => {
    const nans = Number(Number.isNaN(value(a))) - Number(Number.isNaN(value(b)))
    if (nans !== 0 || Number.isNaN(value(a))) return nans
    return best === 'highest' ? value(b) - value(a) : value(a) - value(b)
  })
}

function wholeNumber(value: number): number {
  if (Number.isNaN(value) || Math.abs(value) >= 2 ** 63) throw executionError(`Scalar value ${value} overflows int64`)
  return Math.trunc(value)
}

/** Keeps the series, with the values of the steps at which they are among the best of their group. */
function chosen(groups: Group[], limits: number[], best: 'highest' | 'lowest'): Series[] {
  const kept = new Map<Series, Series>()
  for (const { members } of groups) {
    for (const [step, limit] of limits.entries()) {
      for (const series of ranked(members, step, best).slice(0, Math.max(0, wholeNumber(limit)))) {
        const copy = kept.get(series) ?? { labels: series.labels, values: limits.map(() => undefined) }
        copy.values[step] = series.values[step]
        kept.set(series, copy)
      }
    }
  }
  return [...kept.values()]
}

function countValues(groups: Group[], count: number, name: string): Series[] {
  const collector = newCollector(count)
  for (const { labels, members } of groups) {
    for (let step = 0; step < count; step += 1) {
      const counts = new Map<string, number>()
      for (const value of presentAt(members, step)) {
        const text = formatPlain(value)
        counts.set(text, (counts.get(text) ?? 0) + 1)
      }
      for (const [text, times] of counts) collector.add(setLabel(labels, name, text), step, times)
    }
  }
  return collector.series()
}

export function aggregate(expr: Aggregate, environment: Environment): Series[] {
  const { count } = environment.grid
  if (expr.op === 'count_values' && expr.param) {
    const name = stringOf(expr.param, environment)
    const valid = environment.query.storage.mode === '3' ? name !== '' : isLabelName(name)
    if (!valid) throw executionError(`invalid label name ${JSON.stringify(name)}`)
    return countValues(groupsOf(expr, vectorOf(expr.expr, environment)), count, name)
  }
  const parameters = expr.param ? scalarOf(expr.param, environment) : []
  const groups = groupsOf(expr, vectorOf(expr.expr, environment))
  if (expr.op === 'topk') return chosen(groups, parameters, 'highest')
  if (expr.op === 'bottomk') return chosen(groups, parameters, 'lowest')
  if (expr.op === 'quantile')
    return reduced(groups, count, (values, step) => quantile(parameters[step] as number, values))
  const reduce = reducers[expr.op]
  if (!reduce) throw executionError(`unknown aggregation ${expr.op}`)
  return reduced(groups, count, reduce)
}

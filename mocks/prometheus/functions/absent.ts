import { type Environment, vectorOf } from '../environment.ts'
import { metricName } from '../labels.ts'
import { overWindows, type RangeExpr, readRange } from '../range.ts'
import type { Expr, Labels, Series } from '../types.ts'

/** `absent` and `absent_over_time`: 1 at the steps where the argument has nothing. */

/** The labels that the argument's equality matchers fix; a label with several matchers is left out. */
function knownLabels(expr: Expr): Labels {
  if (expr.kind === 'paren') return knownLabels(expr.expr)
  if (expr.kind !== 'selector' && expr.kind !== 'matrix') return {}
  const { matchers } = expr.kind === 'matrix' ? expr.selector : expr
  const labels: Record<string, string> = {}
  const unclear = new Set<string>()
  for (const { name, type, value } of matchers) {
    if (name === metricName) continue
    if (type === '=' && labels[name] === undefined) labels[name] = value
    else unclear.add(name)
  }
  return Object.fromEntries(Object.entries(labels).filter(([name, value]) => value !== '' && !unclear.has(name)))
}

function invert(labels: Labels, series: Series[], environment: Environment): Series[] {
  const values = Array.from({ length: environment.grid.count }, (_, step) =>
    series.some((one) => one.values[step] !== undefined) ? undefined : 1,
  )
  return values.includes(1) ? [{ labels, values }] : []
}

export const absent = (expr: Expr, environment: Environment) =>
  invert(knownLabels(expr), vectorOf(expr, environment), environment)

export function absentOverTime(expr: RangeExpr, environment: Environment): Series[] {
  const present = overWindows(readRange(expr, environment), environment, { keepName: true, apply: () => 1 })
  return invert(knownLabels(expr), present, environment)
}

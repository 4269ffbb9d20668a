import { newCollector } from './collect.ts'
import { labelsKey } from './labels.ts'
import { signatureLabels } from './matching.ts'
import type { Binary, Series } from './types.ts'

/** `and`, `or`, `unless`: membership is decided at each step. */

/** For each match group, at which steps it has anything. */
function presence(expr: Binary, series: Series[], count: number): Map<string, boolean[]> {
  const groups = new Map<string, boolean[]>()
  for (const { labels, values } of series) {
    const key = labelsKey(signatureLabels(expr.matching, labels))
    const steps = groups.get(key) ?? new Array<boolean>(count).fill(false)
    groups.set(key, steps)
    for (const [step, value] of values.entries()) if (value !== undefined) steps[step] = true
  }
  return groups
}

export function combineSets(expr: Binary, sides: { left: Series[]; right: Series[] }, count: number): Series[] {
  const collector = newCollector(count)
  const filtered = (series: Series[], other: Series[], wanted: boolean) => {
    const groups = presence(expr, other, count)
    for (const { labels, values } of series) {
      const steps = groups.get(labelsKey(signatureLabels(expr.matching, labels)))
      collector.addAll(
        labels,
        values.map((value, step) => ((steps?.[step] ?? false) === wanted ? value : undefined)),
      )
    }
  }
  if (expr.op === 'or') for (const { labels, values } of sides.left) collector.addAll(labels, values)
  if (expr.op === 'or') filtered(sides.right, sides.left, false)
  else filtered(sides.left, sides.right, expr.op === 'and')
  return collector.series()
}

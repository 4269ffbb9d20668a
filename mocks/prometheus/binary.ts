import { isSetOperator } from './check.ts'
import { mapSeries, newCollector } from './collect.ts'
import type { Environment } from './environment.ts'
import { dropLabels, dropName, keepLabels, labelsKey, printLabels, setLabel } from './labels.ts'
import { signatureLabels } from './matching.ts'
import { combine, dropsName } from './operators.ts'
import { combineSets } from './sets.ts'
import {
  type Binary,
  executionError,
  type Labels,
  type Matching,
  type RangeMode,
  type Series,
  type Value,
} from './types.ts'

/** Binary operators: scalars, vector and scalar, and vector matching, after `VectorBinop` of `promql/engine.go`. */

const sameLabel = 'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)'
const sameResult = 'multiple matches for labels: grouping labels must ensure unique matches'

function duplicate(labels: Labels, side: string, [first, second]: [Series, Series]) {
  const pair = `[${printLabels(second.labels)}, ${printLabels(first.labels)}]`
  return executionError(
    `found duplicate series for the match group ${printLabels(labels)} on the ${side} hand-side of the operation: ${pair}` +
      ';many-to-many matching not allowed: matching labels must be unique on one side',
  )
}

const hasAny = (series: Series[], step: number) => series.some((one) => one.values[step] !== undefined)

/** The one series of each match group at each step; two at once are an error wherever both sides have something. */
function uniqueSide(one: Series[], many: Series[], options: { matching: Matching; side: string }) {
  const groups = new Map<string, { labels: Labels; members: Series[] }>()
  for (const series of one) {
    const labels = signatureLabels(options.matching, series.labels)
    const key = labelsKey(labels)
    const group = groups.get(key)
    if (group) group.members.push(series)
    else groups.set(key, { labels, members: [series] })
  }
  for (const { labels, members } of groups.values()) {
    for (let step = 0; members.length > 1 && step < (members[0]?.values.length ?? 0); step += 1) {
      const present = members.filter((series) => series.values[step] !== undefined)
      if (present.length > 1 && hasAny(many, step)) throw duplicate(labels, options.side, [present[0]!, present[1]!])
    }
  }
  return (labels: Labels) => groups.get(labelsKey(signatureLabels(options.matching, labels)))?.members ?? []
}

function resultLabels(expr: Binary, [many, one]: [Labels, Labels], mode: RangeMode): Labels {
  const { matching } = expr
  let labels = dropsName(expr.op, expr.bool, mode) ? dropName(many) : many
  if (matching.card === 'one-to-one') {
    labels = matching.on ? keepLabels(labels, matching.labels) : dropLabels(labels, matching.labels)
  }
  for (const name of matching.include) labels = setLabel(labels, name, one[name] ?? '')
  return labels
}

function matchVectors(expr: Binary, sides: { left: Series[]; right: Series[] }, environment: Environment): Series[] {
  const { count } = environment.grid
  const { matching, op, bool } = expr
  const swapped = matching.card === 'one-to-many'
  const many = swapped ? sides.right : sides.left
  const one = swapped ? sides.left : sides.right
  const partnersOf = uniqueSide(one, many, { matching, side: swapped ? 'left' : 'right' })
  const collector = newCollector(count)
  const taken = new Map<Series, Set<number>>()
  for (const series of many) {
    for (const partner of partnersOf(series.labels)) {
      const labels = resultLabels(expr, [series.labels, partner.labels], environment.query.storage.mode)
      const steps = taken.get(partner) ?? new Set()
      taken.set(partner, steps)
      for (let step = 0; step < count; step += 1) {
        const mine = series.values[step]
        const other = partner.values[step]
        if (mine === undefined || other === undefined) continue
        const [left, right] = swapped ? [other, mine] : [mine, other]
        const value = combine(op, bool, [left, right, left])
        if (value === undefined) continue
        if (matching.card === 'one-to-one') {
          if (steps.has(step)) throw executionError(sameLabel)
          steps.add(step)
        }
        collector.add(labels, step, value, sameResult)
      }
    }
  }
  return collector.series()
}

function withScalar(
  expr: Binary,
  series: Series[],
  scalar: { values: number[]; side: 'left' | 'right'; mode: RangeMode },
): Series[] {
  const relabel = dropsName(expr.op, expr.bool, scalar.mode) ? dropName : (labels: Labels) => labels
  return mapSeries(series, relabel, (value, step) => {
    const other = scalar.values[step] as number
    return combine(expr.op, expr.bool, scalar.side === 'left' ? [other, value, value] : [value, other, value])
  })
}

export function evaluateBinary(expr: Binary, environment: Environment): Value {
  const left = environment.query.evaluate(expr.lhs, environment)
  const right = environment.query.evaluate(expr.rhs, environment)
  if (left.type === 'string' || right.type === 'string') throw executionError('binary expression on a string')
  const { mode } = environment.query.storage
  if (left.type === 'scalar') {
    if (right.type === 'vector') {
      return { type: 'vector', series: withScalar(expr, right.series, { values: left.values, side: 'left', mode }) }
    }
    const values = left.values.map((value, step) => {
      const other = right.values[step] as number
      return combine(expr.op, expr.bool, [value, other, value]) ?? Number.NaN
    })
    return { type: 'scalar', values }
  }
  if (right.type === 'scalar') {
    return { type: 'vector', series: withScalar(expr, left.series, { values: right.values, side: 'right', mode }) }
  }
  const sides = { left: left.series, right: right.series }
  const { count } = environment.grid
  return {
    type: 'vector',
    series: isSetOperator(expr.op) ? combineSets(expr, sides, count) : matchVectors(expr, sides, environment),
  }
}

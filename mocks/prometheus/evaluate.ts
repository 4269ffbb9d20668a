import { aggregate } from './aggregate.ts'
import { evaluateBinary } from './binary.ts'
import { mapSeries } from './collect.ts'
import { type Environment, newQuery, onGrid } from './environment.ts'
import { call } from './functions/call.ts'
import { selectInstant } from './instant.ts'
import { dropName } from './labels.ts'
import type { Storage } from './select.ts'
import { type Expr, executionError, type Grid, type Value } from './types.ts'

/**
 * Evaluates an expression at all steps of a grid at once: a selector is resolved once per query and a series is
 * followed over its steps, instead of the whole tree being walked at each step.
 */

/** Where an evaluation begins. */
export const newEnvironment = (storage: Storage, grid: Grid): Environment =>
  onGrid(newQuery(storage, grid, evaluate), grid)

/** Evaluates to a scalar, string or instant vector over the steps. Throws QueryError `execution`. */
export function evaluate(expr: Expr, environment: Environment): Value {
  const { count } = environment.grid
  switch (expr.kind) {
    case 'number':
      return { type: 'scalar', values: new Array<number>(count).fill(expr.value) }
    case 'string':
      return { type: 'string', value: expr.value }
    case 'paren':
      return evaluate(expr.expr, environment)
    case 'selector':
      return { type: 'vector', series: selectInstant(expr, environment) }
    case 'unary': {
      const value = evaluate(expr.expr, environment)
      if (expr.op === '+' || value.type === 'string') return value
      if (value.type === 'scalar') return { type: 'scalar', values: value.values.map((number) => -number) }
      return { type: 'vector', series: mapSeries(value.series, dropName, (number) => -number) }
    }
    case 'call':
      return call(expr, environment)
    case 'aggregate':
      return { type: 'vector', series: aggregate(expr, environment) }
    case 'binary':
      return evaluateBinary(expr, environment)
    default:
      throw executionError(`unexpected range vector at ${expr.from}`)
  }
}

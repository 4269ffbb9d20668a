import { findSeries, type Storage, type StoredSeries, sampleBudget } from './select.ts'
import {
  type Expr,
  executionError,
  type Grid,
  type Series,
  type TimeShift,
  type Value,
  type VectorSelector,
} from './types.ts'

/** What an evaluation knows: the samples, the instants, and how to evaluate a part of itself. */

export interface QueryContext {
  storage: Storage
  /** Edges of the query, for `@ start()` and `@ end()`. */
  startMs: number
  endMs: number
  /** Step of a subquery that names none: the global evaluation interval. */
  defaultStepMs: number
  find(selector: VectorSelector): StoredSeries[]
  budget(count: number): void
  evaluate(expr: Expr, environment: Environment): Value
}

export interface Environment {
  grid: Grid
  query: QueryContext
  /** The instant that a selector reads at a step, after `@` and `offset`. */
  instant(shift: TimeShift, step: number): number
}

/** The same query over other instants, as a subquery needs it. */
export function onGrid(query: QueryContext, grid: Grid): Environment {
  return {
    grid,
    query,
    instant(shift, step) {
      const at = shift.at === 'start' ? query.startMs : shift.at === 'end' ? query.endMs : shift.at
      return (at ?? grid.startMs + step * grid.stepMs) - (shift.offsetMs ?? 0)
    },
  }
}

/** `evaluate` is handed in, so that the files it calls need not import it back. */
export function newQuery(storage: Storage, grid: Grid, evaluate: QueryContext['evaluate']): QueryContext {
  const resolved = new Map<VectorSelector, StoredSeries[]>()
  return {
    storage,
    startMs: grid.startMs,
    endMs: grid.endMs ?? grid.startMs + (grid.count - 1) * grid.stepMs,
    defaultStepMs: 60_000,
    budget: sampleBudget(),
    evaluate,
    find(selector) {
      const found = resolved.get(selector) ?? findSeries(storage, selector)
      resolved.set(selector, found)
      return found
    },
  }
}

function typed<Type extends Value['type']>(expr: Expr, environment: Environment, type: Type) {
  const value = environment.query.evaluate(expr, environment)
  if (value.type !== type) throw executionError(`expected ${type}, got ${value.type}`)
  return value as Extract<Value, { type: Type }>
}

export const vectorOf = (expr: Expr, environment: Environment): Series[] => typed(expr, environment, 'vector').series
export const scalarOf = (expr: Expr, environment: Environment) => typed(expr, environment, 'scalar').values
export const stringOf = (expr: Expr, environment: Environment) => typed(expr, environment, 'string').value

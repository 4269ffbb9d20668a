import { mapSeries } from '../collect.ts'
import { type Environment, scalarOf, vectorOf } from '../environment.ts'
import { selectInstant } from '../instant.ts'
import { dropName } from '../labels.ts'
import { overWindows, type RangeExpr, readRange, type Window } from '../range.ts'
import { stepTimes } from '../select.ts'
import { type Call, type Expr, executionError, type Series, type Value } from '../types.ts'
import { absent, absentOverTime } from './absent.ts'
import { counters } from './counters.ts'
import { dateParts } from './dates.ts'
import { histogramQuantile } from './histogram.ts'
import { labelJoin, labelReplace } from './labels.ts'
import { clamp, mathematics, round } from './mathematics.ts'
import { overTime } from './over-time.ts'
import { deriv, predictLinear } from './regression.ts'
import { sortByValue } from './sort.ts'

/** Calls of functions: each is a few lines here or a table entry in a file beside this one. */

type Handler = (args: Expr[], environment: Environment) => Value

const vector = (series: Series[]): Value => ({ type: 'vector', series })

export function unwrap(expr: Expr): Expr {
  return expr.kind === 'paren' ? unwrap(expr.expr) : expr
}

export function rangeArgument(expr: Expr | undefined): RangeExpr {
  const inner = expr && unwrap(expr)
  if (inner?.kind !== 'matrix' && inner?.kind !== 'subquery') throw executionError('expected a range vector')
  return inner
}

function windowed(
  arg: Expr | undefined,
  environment: Environment,
  apply: (window: Window, step: number) => number | undefined,
): Value {
  return vector(overWindows(readRange(rangeArgument(arg), environment), environment, { keepName: false, apply }))
}

const argument = (args: Expr[], index: number): Expr => {
  const arg = args[index]
  if (!arg) throw executionError('missing argument')
  return arg
}

function each(args: Expr[], environment: Environment, map: (value: number, step: number) => number | undefined): Value {
  return vector(mapSeries(vectorOf(argument(args, 0), environment), dropName, map))
}

const handlers: Record<string, Handler> = {
  time: (_, environment) => ({ type: 'scalar', values: stepTimes(environment.grid).map((timeMs) => timeMs / 1000) }),
  pi: (_, environment) => ({ type: 'scalar', values: new Array<number>(environment.grid.count).fill(Math.PI) }),
  vector: (args, environment) => vector([{ labels: {}, values: scalarOf(argument(args, 0), environment) }]),
  scalar: (args, environment) => {
    const series = vectorOf(argument(args, 0), environment)
    const values = stepTimes(environment.grid).map((_, step) => {
      const present = series.filter((one) => one.values[step] !== undefined)
      return present.length === 1 ? (present[0]?.values[step] ?? Number.NaN) : Number.NaN
    })
    return { type: 'scalar', values }
  },
  timestamp: (args, environment) => {
    const inner = unwrap(argument(args, 0))
    if (inner.kind === 'selector') {
      return vector(mapSeries(selectInstant(inner, environment, 'timestamp'), dropName, (value) => value))
    }
    const times = stepTimes(environment.grid)
    return each(args, environment, (_, step) => (times[step] as number) / 1000)
  },
  absent: (args, environment) => vector(absent(argument(args, 0), environment)),
  absent_over_time: (args, environment) => vector(absentOverTime(rangeArgument(args[0]), environment)),
  last_over_time: (args, environment) => {
    const apply = ({ values, to }: Window) => values[to - 1]
    return vector(overWindows(readRange(rangeArgument(args[0]), environment), environment, { keepName: true, apply }))
  },
  quantile_over_time: (args, environment) => {
    const quantiles = scalarOf(argument(args, 0), environment)
    return windowed(args[1], environment, (window, step) => overTime.quantile(quantiles[step] as number, window))
  },
  deriv: (args, environment) => windowed(args[0], environment, deriv),
  predict_linear: (args, environment) => {
    const seconds = scalarOf(argument(args, 1), environment)
    return windowed(args[0], environment, (window, step) => predictLinear(window, seconds[step] as number))
  },
  clamp: (args, environment) => {
    const low = scalarOf(argument(args, 1), environment)
    const high = scalarOf(argument(args, 2), environment)
    return each(args, environment, (value, step) => clamp(value, low[step] as number, high[step] as number))
  },
  clamp_min: (args, environment) => {
    const low = scalarOf(argument(args, 1), environment)
    return each(args, environment, (value, step) => Math.max(value, low[step] as number))
  },
  clamp_max: (args, environment) => {
    const high = scalarOf(argument(args, 1), environment)
    return each(args, environment, (value, step) => Math.min(value, high[step] as number))
  },
  round: (args, environment) => {
    const nearest = args[1] ? scalarOf(args[1], environment) : undefined
    return each(args, environment, (value, step) => round(value, nearest?.[step] ?? 1))
  },
  sort: (args, environment) => vector(sortByValue(vectorOf(argument(args, 0), environment), 'ascending')),
  sort_desc: (args, environment) => vector(sortByValue(vectorOf(argument(args, 0), environment), 'descending')),
  histogram_quantile: (args, environment) => {
    const quantiles = scalarOf(argument(args, 0), environment)
    return vector(histogramQuantile(quantiles, vectorOf(argument(args, 1), environment)))
  },
  label_replace: (args, environment) => vector(labelReplace(args, environment)),
  label_join: (args, environment) => vector(labelJoin(args, environment)),
}

/** Evaluates a call whose arguments the type check has passed. */
export function call(expr: Call, environment: Environment): Value {
  const handler = handlers[expr.name]
  if (handler) return handler(expr.args, environment)
  const counter = counters[expr.name]
  if (counter) {
    return windowed(expr.args[0], environment, (window) => counter(window, environment.query.storage.mode))
  }
  const reduce = overTime.table[expr.name]
  if (reduce) return windowed(expr.args[0], environment, reduce)
  const part = dateParts[expr.name]
  if (part) {
    if (expr.args.length > 0) return each(expr.args, environment, part)
    const values = stepTimes(environment.grid).map((timeMs) => part(timeMs / 1000))
    return vector([{ labels: {}, values }])
  }
  const map = mathematics[expr.name]
  if (map) return each(expr.args, environment, map)
  throw executionError(`unknown function ${expr.name}`)
}

import { astJson } from '../ast-json.ts'
import { documentedType, typeOf } from '../check.ts'
import { type Environment, vectorOf } from '../environment.ts'
import { evaluate, newEnvironment } from '../evaluate.ts'
import { prettify } from '../format.ts'
import { rangeArgument } from '../functions/call.ts'
import { compareLabels } from '../labels.ts'
import { formatValue } from '../literals.ts'
import { parse } from '../parse.ts'
import { eachWindow, readRange } from '../range.ts'
import { badData, type Expr, type Samples, type Series } from '../types.ts'
import { defaultLookbackMs, type Endpoint, type Engine, limited, type Reply, storageOf } from './engine.ts'
import { blaming, optionalDurationMs, optionalLimit, optionalTimeMs, requiredTimeMs, stepMs } from './params.ts'

/** `/api/v1/query`, `/query_range`, `/format_query`, `/parse_query`. */

const point = (timeMs: number, value: number): [number, string] => [timeMs / 1000, formatValue(value)]

const parsed = (params: URLSearchParams, engine: Engine): Expr =>
  blaming('query', () => parse(params.get('query') ?? '', engine.mode))

function environmentOf(params: URLSearchParams, engine: Engine, grid: Environment['grid']): Environment {
  optionalDurationMs(params, 'timeout')
  const lookbackMs = optionalDurationMs(params, 'lookback_delta') ?? defaultLookbackMs
  return newEnvironment(storageOf(engine, lookbackMs), grid)
}

function matrixReply(samples: Samples[], limit: number | undefined): Reply {
  const kept = limited(samples, limit)
  const result = kept.items.map(({ labels, times, values }) => ({
    metric: labels,
    values: times.map((timeMs, index) => point(timeMs, values[index] as number)),
  }))
  return { data: { resultType: 'matrix', result }, warnings: kept.warnings }
}

/** A range vector itself: the raw samples of each series. */
function rawSamples(expr: Expr, environment: Environment): Samples[] {
  const input = readRange(rangeArgument(expr), environment)
  const result: Samples[] = []
  for (const samples of input.series) {
    eachWindow(samples, input, environment, ({ times, values, from, to }) => {
      result.push({ labels: samples.labels, times: times.slice(from, to), values: values.slice(from, to) })
    })
  }
  return result
}

export const query: Endpoint = (params, engine) => {
  const timeMs = optionalTimeMs(params, 'time') ?? engine.now()
  const limit = optionalLimit(params)
  const environment = environmentOf(params, engine, { startMs: timeMs, stepMs: 1, count: 1 })
  const expr = parsed(params, engine)
  if (typeOf(expr) === 'matrix') {
    return matrixReply(
      rawSamples(expr, environment).sort((a, b) => compareLabels(a.labels, b.labels)),
      limit,
    )
  }
  const value = evaluate(expr, environment)
  if (value.type === 'string') return { data: { resultType: 'string', result: [timeMs / 1000, value.value] } }
  if (value.type === 'scalar')
    return { data: { resultType: 'scalar', result: point(timeMs, value.values[0] as number) } }
  const present = value.series.filter((series) => series.values[0] !== undefined)
  const kept = limited(present, limit)
  const result = kept.items.map(({ labels, values }) => ({ metric: labels, value: point(timeMs, values[0] as number) }))
  return { data: { resultType: 'vector', result }, warnings: kept.warnings }
}

function toSamples({ labels, values }: Series, grid: Environment['grid']): Samples {
  const samples: Samples = { labels, times: [], values: [] }
  for (const [step, value] of values.entries()) {
    if (value === undefined) continue
    samples.times.push(grid.startMs + step * grid.stepMs)
    samples.values.push(value)
  }
  return samples
}

function rangeGrid(params: URLSearchParams): Environment['grid'] {
  const startMs = requiredTimeMs(params, 'start')
  const endMs = requiredTimeMs(params, 'end')
  if (endMs < startMs) throw badData('invalid parameter "end": end timestamp must not be before start time')
  const step = stepMs(params)
  if ((endMs - startMs) / step > 11_000) {
    throw badData(
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    )
  }
  return { startMs, endMs, stepMs: step, count: Math.floor((endMs - startMs) / step) + 1 }
}

/** 3.x names the parameter at fault, 2.x gives the bare error. */
function parsedForRange(params: URLSearchParams, engine: Engine): Expr {
  const read = () => {
    const expr = parse(params.get('query') ?? '', engine.mode)
    const type = typeOf(expr)
    if (type === 'scalar' || type === 'vector') return expr
    const got = documentedType(type)
    throw badData(`invalid expression type "${got}" for range query, must be Scalar or instant Vector`)
  }
  return engine.mode === '3' ? blaming('query', read) : read()
}

export const queryRange: Endpoint = (params, engine) => {
  const grid = rangeGrid(params)
  const limit = optionalLimit(params)
  const environment = environmentOf(params, engine, grid)
  const expr = parsedForRange(params, engine)
  const series =
    typeOf(expr) === 'scalar'
      ? [{ labels: {}, values: (evaluate(expr, environment) as { values: number[] }).values }]
      : vectorOf(expr, environment)
  const samples = series.map((one) => toSamples(one, grid)).filter((one) => one.times.length > 0)
  return matrixReply(
    samples.sort((a, b) => compareLabels(a.labels, b.labels)),
    limit,
  )
}

export const formatQuery: Endpoint = (params, engine) => ({ data: prettify(parsed(params, engine)) })

export const parseQuery: Endpoint = (params, engine) => ({ data: astJson(parsed(params, engine)) })

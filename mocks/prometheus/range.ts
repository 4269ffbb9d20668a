import { type Environment, onGrid, vectorOf } from './environment.ts'
import { dropName, labelsKey } from './labels.ts'
import { readSamples } from './select.ts'
import { executionError, type Labels, type MatrixSelector, type Samples, type Series, type Subquery } from './types.ts'

/** Range vectors: what `[5m]` and `[5m:1m]` hold at each step. */

/** The samples of one series that one step sees: indices `from` to `to` (excluded) of `times` and `values`. */
export interface Window {
  times: number[]
  values: number[]
  from: number
  to: number
  /** Milliseconds of the range's edges and of the evaluation itself. */
  startMs: number
  endMs: number
  evaluatedMs: number
}

export interface RangeInput {
  series: Samples[]
  rangeMs: number
  /** Where the range of a step ends. */
  endMs(step: number): number
}

export type RangeExpr = MatrixSelector | Subquery

function spanOf(environment: Environment, input: Omit<RangeInput, 'series'>): { fromMs: number; toMs: number } {
  const last = environment.grid.count - 1
  return { fromMs: input.endMs(0) - input.rangeMs, toMs: input.endMs(last) }
}

function subquerySamples(expr: Subquery, environment: Environment, span: { fromMs: number; toMs: number }): Samples[] {
  const stepMs = expr.stepMs || environment.query.defaultStepMs
  let startMs = stepMs * Math.trunc(span.fromMs / stepMs)
  const outside = environment.query.storage.mode === '3' ? startMs <= span.fromMs : startMs < span.fromMs
  if (outside) startMs += stepMs
  const count = Math.floor((span.toMs - startMs) / stepMs) + 1
  if (count <= 0) return []
  const inner = vectorOf(expr.expr, onGrid(environment.query, { startMs, stepMs, count }))
  return inner.map(({ labels, values }) => {
    const samples: Samples = { labels, times: [], values: [] }
    for (const [step, value] of values.entries()) {
      if (value === undefined) continue
      samples.times.push(startMs + step * stepMs)
      samples.values.push(value)
    }
    return samples
  })
}

/** Reads all that the steps of the environment need, once. */
export function readRange(expr: RangeExpr, environment: Environment): RangeInput {
  const shift = expr.kind === 'matrix' ? expr.selector : expr
  const input = { rangeMs: expr.rangeMs, endMs: (step: number) => environment.instant(shift, step) }
  const span = spanOf(environment, input)
  if (expr.kind === 'subquery') return { ...input, series: subquerySamples(expr, environment, span) }
  const { storage, budget } = environment.query
  const series = environment.query.find(expr.selector).map((found) => readSamples(storage, found, span))
  for (const samples of series) budget(samples.times.length)
  return { ...input, series }
}

/** Calls `visit` with the window of each step, oldest first; windows without samples are left out. */
export function eachWindow(
  samples: Samples,
  input: RangeInput,
  environment: Environment,
  visit: (window: Window, step: number) => void,
): void {
  const { times, values } = samples
  const leftOpen = environment.query.storage.mode === '3'
  let from = 0
  let to = 0
  for (let step = 0; step < environment.grid.count; step += 1) {
    const endMs = input.endMs(step)
    const startMs = endMs - input.rangeMs
    while (to < times.length && (times[to] as number) <= endMs) to += 1
    while (from < to && (leftOpen ? (times[from] as number) <= startMs : (times[from] as number) < startMs)) from += 1
    if (from === to) continue
    const evaluatedMs = environment.grid.startMs + step * environment.grid.stepMs
    visit({ times, values, from, to, startMs, endMs, evaluatedMs }, step)
  }
}

/** Applies a function of a window to every series and step. */
export function overWindows(
  input: RangeInput,
  environment: Environment,
  options: { keepName: boolean; apply: (window: Window, step: number) => number | undefined },
): Series[] {
  const seen = new Set<string>()
  const result: Series[] = []
  for (const samples of input.series) {
    const labels: Labels = options.keepName ? samples.labels : dropName(samples.labels)
    const values = new Array<number | undefined>(environment.grid.count).fill(undefined)
    let any = false
    eachWindow(samples, input, environment, (window, step) => {
      const value = options.apply(window, step)
      if (value === undefined) return
      values[step] = value
      any = true
    })
    if (!any) continue
    const key = labelsKey(labels)
    if (seen.has(key)) throw executionError('vector cannot contain metrics with the same labelset')
    seen.add(key)
    result.push({ labels, values })
  }
  return result
}

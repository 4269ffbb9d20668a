/** The shapes that the parser, the evaluator and the HTTP face of the Prometheus mock share. */

/** Where samples come from. `at` answers for instants of the scrape grid (`n * scrapeIntervalMs` from `startMs` on) only. */
export interface SeriesSource {
  series(cluster: string, matchName?: string): Iterable<SourceSeries>
  scrapeIntervalMs: number
  startMs: number
  /** A series without a sample at the newest scrape has ended there: Prometheus wrote its staleness marker. */
  marksStaleness?: boolean
  metadata(cluster: string): Record<string, { type: string; help: string; unit: string }>
}

export interface SourceSeries {
  /** Includes `__name__`. */
  labels: Record<string, string>
  at(tMs: number): number | undefined
}

/** Which major version's rules hold: ranges include their left edge in 2.x and exclude it from 3.0. */
export type RangeMode = '2' | '3'

export type Labels = Readonly<Record<string, string>>
export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string'

export interface Span {
  from: number
  to: number
}

export type MatchType = '=' | '!=' | '=~' | '!~'

export interface Matcher {
  name: string
  type: MatchType
  value: string
  test(value: string): boolean
}

export interface TimeShift {
  offsetMs?: number
  /** Milliseconds, or the edge of the query that `@ start()` and `@ end()` name. */
  at?: number | 'start' | 'end'
}

export interface NumberLiteral extends Span {
  kind: 'number'
  value: number
}
export interface StringLiteral extends Span {
  kind: 'string'
  value: string
}
export interface VectorSelector extends Span, TimeShift {
  kind: 'selector'
  name: string
  matchers: Matcher[]
}
export interface MatrixSelector extends Span {
  kind: 'matrix'
  selector: VectorSelector
  rangeMs: number
}
export interface Subquery extends Span, TimeShift {
  kind: 'subquery'
  expr: Expr
  rangeMs: number
  stepMs: number
}
export interface Call extends Span {
  kind: 'call'
  name: string
  args: Expr[]
}
export interface Aggregate extends Span {
  kind: 'aggregate'
  op: string
  expr: Expr
  param?: Expr
  grouping: string[]
  without: boolean
}
export interface Matching {
  card: 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many'
  on: boolean
  labels: string[]
  include: string[]
}
export interface Binary extends Span {
  kind: 'binary'
  op: string
  opSpan: Span
  lhs: Expr
  rhs: Expr
  bool: boolean
  matching: Matching
}
export interface Unary extends Span {
  kind: 'unary'
  op: '-' | '+'
  expr: Expr
}
export interface Paren extends Span {
  kind: 'paren'
  expr: Expr
}
export type Expr =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Call
  | Aggregate
  | Binary
  | Unary
  | Paren

/** One series of an instant vector over all evaluation steps; `undefined` where it has no sample. */
export interface Series {
  labels: Labels
  values: (number | undefined)[]
}
/** Raw samples, oldest first. */
export interface Samples {
  labels: Labels
  times: number[]
  values: number[]
}
export type Value =
  | { type: 'scalar'; values: number[] }
  | { type: 'string'; value: string }
  | { type: 'vector'; series: Series[] }

/** The instants at which an expression is evaluated: `startMs + i * stepMs` for i below `count`. */
export interface Grid {
  startMs: number
  stepMs: number
  count: number
  /** The end that was asked for, where it lies behind the last step: what `@ end()` means. */
  endMs?: number
}

export type ErrorType = 'bad_data' | 'execution' | 'timeout' | 'canceled' | 'internal' | 'unavailable' | 'not_found'

/** An error that the API answers in Prometheus' shape. */
export class QueryError extends Error {
  readonly type: ErrorType
  constructor(type: ErrorType, message: string) {
    super(message)
    this.type = type
  }
}

export const executionError = (message: string) => new QueryError('execution', message)
export const badData = (message: string) => new QueryError('bad_data', message)

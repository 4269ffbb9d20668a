import { signatureOf } from './functions/signatures.ts'
import { metricName } from './labels.ts'
import type { Aggregate, Binary, Call, Expr, Subquery, Unary, ValueType, VectorSelector } from './types.ts'

/** The type rules of `promql/parser/parse.go`, with its words. */

type Fail = (node: { from: number }, message: string) => never

const documented: Record<ValueType, string> = {
  scalar: 'scalar',
  vector: 'instant vector',
  matrix: 'range vector',
  string: 'string',
}

export const documentedType = (type: ValueType) => documented[type]

const comparisons = new Set(['==', '!=', '<', '>', '<=', '>='])
const setOperators = new Set(['and', 'or', 'unless'])

export const isComparison = (op: string) => comparisons.has(op)
export const isSetOperator = (op: string) => setOperators.has(op)

/** The type that an expression evaluates to. */
export function typeOf(expr: Expr): ValueType {
  switch (expr.kind) {
    case 'number':
      return 'scalar'
    case 'string':
      return 'string'
    case 'matrix':
    case 'subquery':
      return 'matrix'
    case 'call':
      return signatureOf(expr.name)?.returns ?? 'vector'
    case 'paren':
    case 'unary':
      return typeOf(expr.expr)
    case 'binary':
      return typeOf(expr.lhs) === 'scalar' && typeOf(expr.rhs) === 'scalar' ? 'scalar' : 'vector'
    default:
      return 'vector'
  }
}

function expectType(expr: Expr, wanted: { type: ValueType; where: string }, fail: Fail): void {
  checkTypes(expr, fail)
  const type = typeOf(expr)
  if (type === wanted.type) return
  fail(expr, `expected type ${documented[wanted.type]} in ${wanted.where}, got ${documented[type]}`)
}

function checkSelector(expr: VectorSelector, fail: Fail): void {
  const others = expr.name === '' ? expr.matchers : expr.matchers.slice(0, -1)
  const second = expr.name === '' ? undefined : others.find((matcher) => matcher.name === metricName)
  if (second) fail(expr, `metric name must not be set twice: "${expr.name}" or "${second.value}"`)
  if (expr.matchers.every((matcher) => matcher.test(''))) {
    fail(expr, 'vector selector must contain at least one non-empty matcher')
  }
}

function checkCall(expr: Call, fail: Fail): void {
  const signature = signatureOf(expr.name)
  const { args, variadic } = signature ?? fail(expr, `unknown function with name "${expr.name}"`)
  const given = expr.args.length
  const complain = (count: string) =>
    fail(expr, `expected ${count} argument(s) in call to "${expr.name}", got ${given}`)
  if (variadic === 0 && given !== args.length) complain(String(args.length))
  if (variadic !== 0 && given < args.length - 1) complain(`at least ${args.length - 1}`)
  if (variadic > 0 && given > args.length - 1 + variadic) complain(`at most ${args.length - 1 + variadic}`)
  for (const [index, arg] of expr.args.entries()) {
    const type = args[Math.min(index, args.length - 1)] ?? 'vector'
    expectType(arg, { type, where: `call to function "${expr.name}"` }, fail)
  }
}

function checkBinary(expr: Binary, fail: Fail): void {
  checkTypes(expr.lhs, fail)
  checkTypes(expr.rhs, fail)
  const { op, matching, opSpan } = expr
  const left = typeOf(expr.lhs)
  const right = typeOf(expr.rhs)
  if (expr.bool && !isComparison(op)) fail(opSpan, 'bool modifier can only be used on comparison operators')
  if (isComparison(op) && !expr.bool && left === 'scalar' && right === 'scalar') {
    fail(opSpan, 'comparisons between scalars must use BOOL modifier')
  }
  const both = matching.on ? matching.labels.find((label) => matching.include.includes(label)) : undefined
  if (both) fail(opSpan, `label "${both}" must not occur in ON and GROUP clause at once`)
  for (const [type, side] of [[left, expr.lhs] as const, [right, expr.rhs] as const]) {
    if (type === 'scalar' || type === 'vector') continue
    fail(side, 'binary expression must contain only scalar and instant vector types')
  }
  if ((left === 'scalar' || right === 'scalar') && matching.labels.length > 0) {
    fail(expr, 'vector matching only allowed between instant vectors')
  }
  if (!isSetOperator(op)) return
  if (left === 'scalar' || right === 'scalar')
    fail(expr, `set operator "${op}" not allowed in binary scalar expression`)
  if (matching.card !== 'many-to-many') fail(expr, `no grouping allowed for "${op}" operation`)
}

function checkAggregate(expr: Aggregate, fail: Fail): void {
  expectType(expr.expr, { type: 'vector', where: 'aggregation expression' }, fail)
  if (!expr.param) return
  const type = expr.op === 'count_values' ? 'string' : 'scalar'
  expectType(expr.param, { type, where: 'aggregation parameter' }, fail)
}

function checkUnary(expr: Unary, fail: Fail): void {
  checkTypes(expr.expr, fail)
  const type = typeOf(expr.expr)
  if (type === 'scalar' || type === 'vector') return
  fail(expr, `unary expression only allowed on expressions of type scalar or instant vector, got "${documented[type]}"`)
}

function checkSubquery(expr: Subquery, fail: Fail): void {
  checkTypes(expr.expr, fail)
  const type = typeOf(expr.expr)
  if (type !== 'vector') fail(expr, `subquery is only allowed on instant vector, got ${documented[type]} instead`)
}

/** Calls `fail` with the node at fault for the first rule that is broken; children are judged before their parents. */
export function checkTypes(expr: Expr, fail: Fail): void {
  if (expr.kind === 'selector') checkSelector(expr, fail)
  if (expr.kind === 'matrix') checkSelector(expr.selector, fail)
  if (expr.kind === 'call') checkCall(expr, fail)
  if (expr.kind === 'binary') checkBinary(expr, fail)
  if (expr.kind === 'aggregate') checkAggregate(expr, fail)
  if (expr.kind === 'paren') checkTypes(expr.expr, fail)
  if (expr.kind === 'unary') checkUnary(expr, fail)
  if (expr.kind === 'subquery') checkSubquery(expr, fail)
}

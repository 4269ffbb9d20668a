import { typeOf } from './check.ts'
import { signatureOf } from './functions/signatures.ts'
import { formatValue } from './literals.ts'
import type { Expr, Matching, TimeShift } from './types.ts'

/** The AST as `/api/v1/parse_query` of 3.x answers it. */

function shiftJson(shift: TimeShift) {
  const named = typeof shift.at === 'string'
  return {
    offset: shift.offsetMs ?? 0,
    timestamp: named ? null : (shift.at ?? null),
    startOrEnd: named ? shift.at : null,
  }
}

const matchingJson = ({ card, labels, on, include }: Matching) => ({ card, labels, on, include })

export function astJson(expr: Expr): Record<string, unknown> {
  switch (expr.kind) {
    case 'number':
      return { type: 'numberLiteral', val: formatValue(expr.value) }
    case 'string':
      return { type: 'stringLiteral', val: expr.value }
    case 'selector':
    case 'matrix': {
      const selector = expr.kind === 'matrix' ? expr.selector : expr
      const matchers = selector.matchers.map(({ name, type, value }) => ({ name, type, value }))
      const range = expr.kind === 'matrix' ? { range: expr.rangeMs } : {}
      const type = expr.kind === 'matrix' ? 'matrixSelector' : 'vectorSelector'
      return { type, name: selector.name, ...range, matchers, ...shiftJson(selector) }
    }
    case 'subquery':
      return { type: 'subquery', expr: astJson(expr.expr), range: expr.rangeMs, step: expr.stepMs, ...shiftJson(expr) }
    case 'paren':
      return { type: 'parenExpr', expr: astJson(expr.expr) }
    case 'unary':
      return { type: 'unaryExpr', op: expr.op, expr: astJson(expr.expr) }
    case 'aggregate': {
      const { op, grouping, without } = expr
      return {
        type: 'aggregation',
        op,
        expr: astJson(expr.expr),
        param: expr.param ? astJson(expr.param) : null,
        grouping,
        without,
      }
    }
    case 'binary': {
      const vectors = typeOf(expr.lhs) === 'vector' && typeOf(expr.rhs) === 'vector'
      const matching = vectors ? matchingJson(expr.matching) : null
      return {
        type: 'binaryExpr',
        op: expr.op,
        lhs: astJson(expr.lhs),
        rhs: astJson(expr.rhs),
        matching,
        bool: expr.bool,
      }
    }
    case 'call': {
      const signature = signatureOf(expr.name)
      const func = {
        name: expr.name,
        argTypes: signature?.args ?? [],
        variadic: signature?.variadic ?? 0,
        returnType: signature?.returns ?? 'vector',
      }
      return { type: 'call', func, args: expr.args.map(astJson) }
    }
  }
}

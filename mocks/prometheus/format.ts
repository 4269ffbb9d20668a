import { metricName } from './labels.ts'
import { formatDurationMs, formatValue, quote } from './literals.ts'
import { printShift } from './parse-time.ts'
import type { Aggregate, Binary, Expr, Subquery, VectorSelector } from './types.ts'

/** The canonical text of an expression, and the indented one of `/format_query`, after `promql/parser/prettier.go`. */

const maximumLine = 100

function selectorText(expr: VectorSelector): string {
  const matchers = expr.matchers.filter(
    ({ name, type, value }) => !(name === metricName && type === '=' && value === expr.name),
  )
  const inside = matchers
    .map(({ name, type, value }) => `${name}${type}${quote(value)}`)
    .sort()
    .join(',')
  return expr.name + (inside === '' ? '' : `{${inside}}`)
}

function aggregateHead(expr: Aggregate): string {
  if (expr.without) return `${expr.op} without (${expr.grouping.join(', ')}) `
  return expr.grouping.length > 0 ? `${expr.op} by (${expr.grouping.join(', ')}) ` : expr.op
}

function matchingText({ matching, bool }: Binary): string {
  const flag = bool ? ' bool' : ''
  if (matching.labels.length === 0 && !matching.on) return flag
  const head = `${flag} ${matching.on ? 'on' : 'ignoring'} (${matching.labels.join(', ')})`
  if (matching.card !== 'many-to-one' && matching.card !== 'one-to-many') return head
  return `${head} group_${matching.card === 'many-to-one' ? 'left' : 'right'} (${matching.include.join(', ')})`
}

const subquerySuffix = (expr: Subquery) =>
  `[${formatDurationMs(expr.rangeMs)}:${expr.stepMs ? formatDurationMs(expr.stepMs) : ''}]${printShift(expr)}`

/** One line. */
export function print(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return formatValue(expr.value)
    case 'string':
      return quote(expr.value)
    case 'selector':
      return selectorText(expr) + printShift(expr)
    case 'matrix':
      return `${selectorText(expr.selector)}[${formatDurationMs(expr.rangeMs)}]${printShift(expr.selector)}`
    case 'subquery':
      return print(expr.expr) + subquerySuffix(expr)
    case 'paren':
      return `(${print(expr.expr)})`
    case 'unary':
      return expr.op + print(expr.expr)
    case 'call':
      return `${expr.name}(${expr.args.map(print).join(', ')})`
    case 'aggregate':
      return `${aggregateHead(expr)}(${expr.param ? `${print(expr.param)}, ` : ''}${print(expr.expr)})`
    case 'binary':
      return `${print(expr.lhs)} ${expr.op}${matchingText(expr)} ${print(expr.rhs)}`
  }
}

/** Lines of at most about 100 characters; what fits stays on one. */
export function prettify(expr: Expr, level = 0): string {
  const indent = '  '.repeat(level)
  const line = print(expr)
  if (expr.kind === 'subquery') return prettify(expr.expr, level) + subquerySuffix(expr)
  if (expr.kind === 'unary') return indent + expr.op + prettify(expr.expr, level).trim()
  if (line.length <= maximumLine) return indent + line
  switch (expr.kind) {
    case 'paren':
      return `${indent}(\n${prettify(expr.expr, level + 1)}\n${indent})`
    case 'call':
      return `${indent}${expr.name}(\n${expr.args.map((arg) => prettify(arg, level + 1)).join(',\n')}\n${indent})`
    case 'aggregate': {
      const param = expr.param ? `${prettify(expr.param, level + 1)},\n` : ''
      return `${indent}${aggregateHead(expr)}(\n${param}${prettify(expr.expr, level + 1)}\n${indent})`
    }
    case 'binary': {
      const operator = `${indent}${expr.op}${matchingText(expr)}`
      return `${prettify(expr.lhs, level + 1)}\n${operator}\n${prettify(expr.rhs, level + 1)}`
    }
    default:
      return indent + line
  }
}

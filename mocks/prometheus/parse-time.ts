import type { SyntaxNode } from '@lezer/common'
import { formatDurationMs, parseDurationMs, parseNumber } from './literals.ts'
import { type Building, childrenOf, required } from './tree.ts'
import type { Expr, Subquery, VectorSelector } from './types.ts'

/** Durations, and the modifiers `offset` and `@`. */

const arithmetic: Record<string, (a: number, b: number) => number> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Mod: (a, b) => a % b,
  Pow: (a, b) => a ** b,
}

function literalSeconds(node: SyntaxNode, building: Building): number {
  const text = building.text(node)
  if (building.mode === '2' && parseDurationMs(text) === undefined) {
    building.fail(
      node,
      /^[\d.]+$/.test(text) ? 'missing unit character in duration' : `not a valid duration string: "${text}"`,
    )
  }
  return parseNumber(text) ?? building.fail(node, `not a valid number or duration string: "${text}"`)
}

/** Seconds of a duration expression, with the arithmetic that 3.x allows on literals. */
function seconds(node: SyntaxNode, building: Building): number {
  if (node.name === 'NumberDurationLiteralInDurationContext') return literalSeconds(node, building)
  const parts = childrenOf(node)
  const [first, second, third] = parts
  if (first && parts.length === 1 && first.name !== 'DurationStep' && first.name !== 'DurationRange') {
    return seconds(first, building)
  }
  if (building.mode === '2') building.fail(node, 'missing unit character in duration')
  if (first?.name === 'UnaryOp') return (building.text(first) === '-' ? -1 : 1) * seconds(required(second), building)
  const operation = second && arithmetic[second.name]
  if (first && operation) return operation(seconds(first, building), seconds(required(third), building))
  return building.fail(node, `unexpected identifier "${building.text(node)}" in duration expression`)
}

/** Milliseconds of a duration node; `positive` refuses zero and less, as ranges and steps do. */
function durationMs(node: SyntaxNode, building: Building, limits: { positive: boolean }): number {
  const ms = Math.round(seconds(node, building) * 1000)
  if (limits.positive && !(ms > 0)) building.fail(node, 'duration must be greater than 0')
  return ms
}

function offsetMs(node: SyntaxNode, building: Building): number {
  if (building.mode === '3') return durationMs(node, building, { positive: false })
  const [first, second] = childrenOf(node)
  const negative = first?.name === 'UnaryOp' && building.text(first) === '-'
  const value = first?.name === 'UnaryOp' ? required(second) : node
  const literal = building.text(value)
  if (parseDurationMs(literal) === undefined) {
    building.fail(value, `unexpected number "${literal}" in offset, expected duration`)
  }
  return (negative ? -1 : 1) * (parseDurationMs(literal) ?? 0)
}

function modified(expr: Expr): VectorSelector | Subquery | undefined {
  if (expr.kind === 'matrix') return expr.selector
  return expr.kind === 'selector' || expr.kind === 'subquery' ? expr : undefined
}

const carriers = 'must be preceded by an instant vector selector or range vector selector or a subquery'

/** `offset` and `@` set the time shift of what they follow, and may stand once each. */
function shifted(expr: Expr, node: SyntaxNode, building: Building): Expr {
  const amount = required(childrenOf(node)[2])
  const target = modified(expr)
  const fail = (message: string) => building.fail(expr, message)
  if (node.name === 'OffsetExpr') {
    if (!target) return fail(`offset modifier ${carriers}`)
    // An offset of zero counts as none.
    if (target.offsetMs) fail('offset may not be set multiple times')
    target.offsetMs = offsetMs(amount, building)
  } else {
    if (!target) return fail(`@ modifier ${carriers}`)
    if (target.at !== undefined) fail('@ <timestamp> may not be set multiple times')
    target.at = atTime(amount, building)
  }
  return { ...expr, to: node.to }
}

function ranged(expr: Expr, node: SyntaxNode, building: Building): Expr {
  const duration = required(childrenOf(node)[1])
  const rangeMs = durationMs(duration, building, { positive: true })
  const bracket = { from: building.query.lastIndexOf('[', duration.from) }
  if (expr.kind !== 'selector') return building.fail(bracket, 'ranges only allowed for vector selectors')
  if (expr.offsetMs !== undefined) building.fail(bracket, 'no offset modifiers allowed before range')
  if (expr.at !== undefined) building.fail(bracket, 'no @ modifiers allowed before range')
  return { kind: 'matrix', from: expr.from, to: node.to, selector: expr, rangeMs }
}

function subqueried(expr: Expr, node: SyntaxNode, building: Building): Expr {
  const [, range, step] = childrenOf(node)
  const rangeMs = durationMs(required(range), building, { positive: true })
  const stepMs = step ? durationMs(step, building, { positive: true }) : 0
  return { kind: 'subquery', from: expr.from, to: node.to, expr, rangeMs, stepMs }
}

const postfixes: Record<string, (expr: Expr, node: SyntaxNode, building: Building) => Expr> = {
  OffsetExpr: shifted,
  StepInvariantExpr: shifted,
  MatrixSelector: ranged,
  SubqueryExpr: subqueried,
}

export const isPostfix = (node: SyntaxNode) => node.name in postfixes

/** Applies the modifier or range of a postfix node to an expression. */
export function postfix(expr: Expr, node: SyntaxNode, building: Building): Expr {
  return postfixes[node.name]?.(expr, node, building) ?? expr
}

function atTime(node: SyntaxNode, building: Building): number | 'start' | 'end' {
  if (node.name === 'AtModifierPreprocessors') return /^start/i.test(building.text(node)) ? 'start' : 'end'
  const value = parseNumber(building.text(node))
  if (value === undefined || !Number.isFinite(value) || Math.abs(value) > 9.2e15) {
    return building.fail(node, `timestamp out of bounds for @ modifier: ${value}`)
  }
  return Math.round(value * 1000)
}

/** ` offset 5m` and ` @ 12.345` as they are printed behind a selector. */
export function printShift(shift: { offsetMs?: number; at?: number | 'start' | 'end' }): string {
  const at =
    shift.at === undefined
      ? ''
      : typeof shift.at === 'number'
        ? ` @ ${(shift.at / 1000).toFixed(3)}`
        : ` @ ${shift.at}()`
  return shift.offsetMs ? `${at} offset ${formatDurationMs(shift.offsetMs)}` : at
}

import type { SyntaxNode } from '@lezer/common'
import { binaryNode } from './parse-operators.ts'
import { isPostfix, postfix } from './parse-time.ts'
import { type Building, childrenOf, required } from './tree.ts'
import type { Expr } from './types.ts'

/**
 * Builds expressions by PromQL's precedence. The grammar is made for editors: it lets `offset`, `@` and `[…]` take
 * hold of a whole binary or unary expression (`a > b offset 5m` becomes `(a > b) offset 5m`) and a number of its sign
 * (`-1 ^ 2` becomes `(-1) ^ 2`). So the tree is laid out flat here and climbed again as Prometheus' own parser would.
 */

type Item =
  | { kind: 'operand'; node: SyntaxNode; postfixes: SyntaxNode[] }
  | { kind: 'sign'; node: SyntaxNode; op: '-' | '+' }
  | { kind: 'operator'; node: SyntaxNode; op: string }

const levels: Record<string, number> = {
  or: 1,
  and: 2,
  unless: 2,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
}
const comparisonLevel = 3
const powerLevel = 6

const levelOf = (op: string) => levels[op] ?? comparisonLevel

function flatten(node: SyntaxNode, building: Building, items: Item[]): void {
  const children = childrenOf(node)
  const first = required(children[0] ?? node)
  const text = building.text(node)
  const sign = text.startsWith('-') ? '-' : '+'
  if (node.name === 'BinaryExpr') {
    flatten(first, building, items)
    items.push({ kind: 'operator', node, op: building.text(required(children[1])).toLowerCase() })
    flatten(required(children.at(-1)), building, items)
  } else if (node.name === 'UnaryExpr') {
    items.push({ kind: 'sign', node, op: sign })
    flatten(required(children[1]), building, items)
  } else if (isPostfix(node)) {
    flatten(first, building, items)
    const last = items.at(-1)
    if (last?.kind === 'operand') last.postfixes.push(node)
  } else {
    if (node.name === 'NumberDurationLiteral' && /^[-+]/.test(text)) items.push({ kind: 'sign', node, op: sign })
    items.push({ kind: 'operand', node, postfixes: [] })
  }
}

function climb(items: Item[], building: Building): Expr {
  let next = 0
  const operand = (): Expr => {
    const item = items[next]
    next += 1
    if (item?.kind === 'sign') {
      const expr = binary(powerLevel)
      const span = { from: item.node.from, to: expr.to }
      if (expr.kind === 'number') return { ...expr, ...span, value: item.op === '-' ? -expr.value : expr.value }
      return { kind: 'unary', ...span, op: item.op, expr }
    }
    if (item?.kind !== 'operand') throw new Error('the grammar gave an operator where an operand stands')
    return item.postfixes.reduce((expr, node) => postfix(expr, node, building), building.primary(item.node))
  }
  const binary = (lowest: number): Expr => {
    let lhs = operand()
    for (let item = items[next]; item?.kind === 'operator' && levelOf(item.op) >= lowest; item = items[next]) {
      next += 1
      const level = levelOf(item.op)
      const rhs = binary(level === powerLevel ? level : level + 1)
      lhs = binaryNode(item.node, { lhs, rhs }, building)
    }
    return lhs
  }
  return binary(0)
}

export function convertByPrecedence(node: SyntaxNode, building: Building): Expr {
  const items: Item[] = []
  flatten(node, building, items)
  return climb(items, building)
}

import type { SyntaxNode } from '@lezer/common'
import type { Query } from './promql.ts'

interface Threshold {
  value: number
  label: string
}

const comparisons: Record<string, string> = { Gtr: '>', Gte: '≥', Lss: '<', Lte: '≤', Eql: '=', EqlC: '=', Neq: '≠' }
const setOperators = new Set(['And', 'Or', 'Unless'])

/** What a query compares its answer with, as far as that is a plain number: `… > 80`. Not with `bool`, whose answer is 0 or 1. */
export const thresholdsOf = ({ tree, text }: Query): Threshold[] => inside(tree.topNode.firstChild, text).slice(0, 4)

function inside(node: SyntaxNode | null, text: string): Threshold[] {
  if (!node) return []
  const parts = childrenOf(node)
  if (node.name === 'ParenExpr') return inside(parts.find(({ name }) => !/^[()]$/.test(name)) ?? null, text)
  if (node.name !== 'BinaryExpr' || node.getChild('BoolModifier')) return []
  const [left, right] = [parts[0]!, parts.at(-1)!]
  // `a > 80 and a < 95` draws both; what stands inside arithmetic is of another size
  if (parts.some(({ name }) => setOperators.has(name))) return [...inside(left, text), ...inside(right, text)]
  const sign = parts.map(({ name }) => comparisons[name]).find(Boolean)
  const value = sign === undefined ? undefined : numberOf(right, text)
  return value === undefined
    ? []
    : [{ value, label: `${sign} ${text.slice(right.from, right.to)}` }, ...inside(left, text)]
}

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = []
  for (let child = node.firstChild; child; child = child.nextSibling) children.push(child)
  return children
}

function numberOf({ name, from, to }: SyntaxNode, text: string): number | undefined {
  if (!/^(NumberDurationLiteral|UnaryExpr)$/.test(name)) return undefined
  const value = Number(text.slice(from, to))
  return Number.isFinite(value) ? value : undefined
}

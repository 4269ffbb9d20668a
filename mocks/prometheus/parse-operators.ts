import type { SyntaxNode } from '@lezer/common'
import { quote, unquote } from './literals.ts'
import { type Building, childrenOf, required, spanOf } from './tree.ts'
import type { Aggregate, Binary, Expr, Matching } from './types.ts'

/** Aggregations and binary operators. */

function labelNames(node: SyntaxNode | null | undefined, building: Building): string[] {
  if (!node) return []
  return childrenOf(node).map((child) => {
    const text = building.text(child)
    if (child.name !== 'QuotedLabelName') return text
    if (building.mode === '2') building.fail(child, `unexpected string ${quote(text)} in grouping opts, expected label`)
    return unquote(text)
  })
}

const parameterized = new Set(['topk', 'bottomk', 'quantile', 'count_values'])

export function aggregateNode(node: SyntaxNode, building: Building): Aggregate {
  const op = building.text(required(node.getChild('AggregateOp'))).toLowerCase()
  if (op === 'limitk' || op === 'limit_ratio')
    building.fail(
      node,
      `${op}() is experimental and must be enabled with --enable-feature=promql-experimental-functions`,
    )
  const modifier = node.getChild('AggregateModifier')
  const args = childrenOf(required(node.getChild('FunctionCallBody'))).map(building.convert)
  const wanted = parameterized.has(op) ? 2 : 1
  if (args.length === 0) building.fail(node, 'no arguments for aggregate expression provided')
  if (args.length !== wanted) {
    const counts = `expected ${wanted}, got ${args.length}`
    building.fail(node, `wrong number of arguments for aggregate expression provided, ${counts}`)
  }
  return {
    kind: 'aggregate',
    ...spanOf(node),
    op,
    expr: args.at(-1) as Expr,
    ...(wanted === 2 ? { param: args[0] as Expr } : {}),
    grouping: labelNames(modifier?.getChild('GroupingLabels'), building),
    without: modifier?.getChild('Without') != null,
  }
}

function matchingOf(clause: SyntaxNode | null, building: Building): Matching {
  if (!clause) return { card: 'one-to-one', on: false, labels: [], include: [] }
  const [labels, include] = clause.getChildren('GroupingLabels')
  const left = clause.getChild('GroupLeft')
  const right = clause.getChild('GroupRight')
  return {
    card: left ? 'many-to-one' : right ? 'one-to-many' : 'one-to-one',
    on: clause.getChild('On') !== null,
    labels: labelNames(labels, building),
    include: labelNames(include, building),
  }
}

const setOperators = new Set(['and', 'or', 'unless'])
const refused = new Set(['TrimUpper', 'TrimLower'])

/** The operator of a BinaryExpr node between the given sides. */
export function binaryNode(node: SyntaxNode, sides: { lhs: Expr; rhs: Expr }, building: Building): Binary {
  const operator = required(childrenOf(node)[1])
  const fill = node.getChild('FillModifier')
  if (fill || refused.has(operator.name)) {
    building.fail(fill ?? operator, `unexpected "${building.text(fill ?? operator)}"`)
  }
  const op = building.text(operator).toLowerCase()
  const matching = matchingOf(node.getChild('MatchingModifierClause'), building)
  if (setOperators.has(op) && matching.card === 'one-to-one') matching.card = 'many-to-many'
  const bool = node.getChild('BoolModifier') !== null
  const span = { from: sides.lhs.from, to: sides.rhs.to }
  return { kind: 'binary', ...span, op, opSpan: spanOf(operator), ...sides, bool, matching }
}

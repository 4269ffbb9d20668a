import type { SyntaxNode } from '@lezer/common'
import { checkTypes } from './check.ts'
import { metricName } from './labels.ts'
import { parseNumber, unquote } from './literals.ts'
import { type MatcherContext, newMatcher } from './matcher.ts'
import { aggregateNode } from './parse-operators.ts'
import { convertByPrecedence } from './precedence.ts'
import { parseError, readTree } from './syntax-error.ts'
import { type Building, childrenOf, required, spanOf } from './tree.ts'
import type { Call, Expr, Matcher, RangeMode, VectorSelector } from './types.ts'

/** The tree of the official grammar to our AST. */

function selectorNode(node: SyntaxNode, building: Building): VectorSelector {
  const context: MatcherContext = { dotAll: building.mode === '3' }
  const identifier = node.getChild('Identifier')
  let name = identifier ? building.text(identifier) : ''
  const matchers: Matcher[] = []
  for (const child of node.getChild('LabelMatchers') ? childrenOf(required(node.getChild('LabelMatchers'))) : []) {
    if (building.mode === '2' && child.name.startsWith('Quoted')) {
      const text = JSON.stringify(building.text(childrenOf(child)[0] ?? child))
      building.fail(child, `unexpected string ${text} in label matching, expected identifier or "}"`)
    }
    if (child.name === 'QuotedLabelName') {
      const quoted = unquote(building.text(child))
      if (name !== '') building.fail(node, `metric name must not be set twice: "${name}" or "${quoted}"`)
      name = quoted
      continue
    }
    const [label, operator, value] = childrenOf(child) as [SyntaxNode, SyntaxNode, SyntaxNode]
    const labelName = label.name === 'QuotedLabelName' ? unquote(building.text(label)) : building.text(label)
    const type = building.text(operator) as Matcher['type']
    try {
      matchers.push(newMatcher({ name: labelName, type, value: unquote(building.text(value)) }, context))
    } catch (error) {
      building.fail(child, error instanceof Error ? error.message : String(error))
    }
  }
  if (name !== '') matchers.push(newMatcher({ name: metricName, type: '=', value: name }, context))
  return { kind: 'selector', ...spanOf(node), name, matchers }
}

function callNode(node: SyntaxNode, building: Building): Call {
  const name = building.text(required(node.getChild('FunctionIdentifier')))
  const args = childrenOf(required(node.getChild('FunctionCallBody'))).map(building.convert)
  return { kind: 'call', ...spanOf(node), name, args }
}

function primary(node: SyntaxNode, building: Building): Expr {
  const span = spanOf(node)
  const children = childrenOf(node)
  switch (node.name) {
    case 'NumberDurationLiteral': {
      // A sign belongs to whoever climbs the precedences.
      const text = building.text(node).replace(/^[-+]\s*/, '')
      const value = parseNumber(text)
      if (building.mode === '2' && /^\d+(ms|[smhdwy])/.test(text)) building.fail(node, `unexpected duration "${text}"`)
      if (value === undefined) building.fail(node, `not a valid number or duration string: "${text}"`)
      return { kind: 'number', ...span, value }
    }
    case 'StringLiteral':
      return { kind: 'string', ...span, value: unquote(building.text(node)) }
    case 'VectorSelector':
      return selectorNode(node, building)
    case 'ParenExpr':
      return { kind: 'paren', ...span, expr: building.convert(required(children[0])) }
    case 'FunctionCall':
      return callNode(node, building)
    case 'AggregateExpr':
      return aggregateNode(node, building)
    default: {
      const last = children.at(-1) ?? node
      return building.fail(last, `unexpected identifier "${building.text(last)}"`)
    }
  }
}

/**
 * PromQL text to a checked AST. Throws QueryError bad_data with `line:column: parse error: …` in Prometheus' words.
 */
export function parse(query: string, mode: RangeMode = '3'): Expr {
  const { tree, text } = readTree(query, mode)
  const fail = (node: { from: number }, message: string): never => {
    throw parseError(query, node.from, message)
  }
  const building: Building = {
    query: text,
    mode,
    fail,
    text: (node) => text.slice(node.from, node.to),
    convert: (node) => convertByPrecedence(node, building),
    primary: (node) => primary(node, building),
  }
  const root = childrenOf(tree.topNode)[0]
  const expr = building.convert(required(root))
  checkTypes(expr, fail)
  return expr
}

import { createRequire } from 'node:module'
import type { SyntaxNode, Tree } from '@lezer/common'
import { ToolError } from '#contract'
import { advice, expectedAt } from './promql-expected.ts'

// The grammar is unpacked when it is loaded: with the first query, not at start
const grammar = () =>
  createRequire(import.meta.url)('@prometheus-io/lezer-promql') as typeof import('@prometheus-io/lezer-promql')

/** One selector of a query: `http_requests_total{job="api"}`. */
export interface Selector {
  name?: string
  /** All but the name; one of `__name__` that is no equality is among them */
  matchers: { label: string; operator: string; value: string }[]
  text: string
  /** Place in the query */
  from: number
}

export interface Query {
  text: string
  tree: Tree
  selectors: Selector[]
}

/**
 * Parse PromQL with Prometheus' own grammar before anything is sent.
 * @throws invalid-promql with `details.position` {line, column} (from 1) and the place marked by a caret (MET-014)
 */
export function parsePromql(text: string): Query {
  const { parser } = grammar()
  let tree: Tree = parser.parse(text)
  const errorAt = firstError(tree)
  if (errorAt !== undefined) {
    tree = parser.parse(inGrammar(text))
    if (firstError(tree) !== undefined)
      throw promqlError(text, errorAt, { expected: expectedAt(text, errorAt), next: advice(text, errorAt) })
  }
  return { text, tree, selectors: selectorsOf(tree, text) }
}

/** A query in a language that is more than PromQL: sent as it is, nothing is known of it. */
export const unparsed = (text: string): Query => ({ text, tree: grammar().parser.parse('0'), selectors: [] })

/**
 * What Prometheus takes and the grammar does not know, as something of the same length that it does: `0.` and the function that
 * Prometheus 3 renamed. Only the tree comes from it; every text is read from what was written.
 */
const inGrammar = (text: string): string =>
  text.replace(/\bholt_winters(?=\s*\()/g, 'day_of_month').replace(/(?<![\w.])(\d+)\.(?![\w.])/g, '$1 ')

function firstError(tree: Tree): number | undefined {
  let at: number | undefined
  tree.iterate({
    enter: (node) => {
      if (at === undefined && node.type.isError) at = node.from
      return at === undefined
    },
  })
  return at
}

/** invalid-promql at a place of the query, which a caret marks. */
export function promqlError(
  text: string,
  at: number,
  { what, expected, next }: { what?: string; expected?: string; next: string },
): ToolError {
  // Where the parser stops behind blanks, the last thing written is what it missed something after.
  const place = text.slice(at).trim() === '' ? text.trimEnd().length : at
  const before = text.slice(0, place)
  const line = before.split('\n').length
  const column = place - (before.lastIndexOf('\n') + 1) + 1
  const source = text.split('\n')[line - 1] ?? ''
  const from = Math.max(0, column - 60)
  const caret = `${source.slice(from, from + 100)}\n${' '.repeat(column - 1 - from)}^`
  const found = text.slice(place).match(/^\s*([\w:]+|.)/)?.[1]
  const happened = what ?? (found ? `unexpected ${JSON.stringify(found)}` : 'the query ends too early')
  const wanted = expected ? `, expected ${expected}` : ''
  return new ToolError('invalid-promql', `Line ${line}, column ${column}: ${happened}${wanted}\n${caret}`, {
    next,
    field: 'query',
    details: { position: { line, column }, ...(expected && { expected }) },
  })
}

function selectorsOf(tree: Tree, text: string): Selector[] {
  const selectors: Selector[] = []
  tree.iterate({
    enter: ({ node }) => {
      if (node.name === 'VectorSelector') selectors.push(selectorOf(node, text))
    },
  })
  return selectors
}

const unquote = (literal: string): string =>
  literal.startsWith('`') ? literal.slice(1, -1) : literal.slice(1, -1).replace(/\\(.)/g, '$1')

export function selectorOf(node: SyntaxNode, text: string): Selector {
  const read = (of: SyntaxNode) => text.slice(of.from, of.to)
  const identifier = node.getChild('Identifier')
  const selector: Selector = { matchers: [], text: read(node), from: node.from }
  if (identifier) selector.name = read(identifier)
  const matchers = node.getChild('LabelMatchers')
  for (let child = matchers?.firstChild ?? null; child; child = child.nextSibling) {
    const value = child.getChild('StringLiteral')
    const operator = child.getChild('MatchOp')
    const label = child.getChild('LabelName') ?? child.getChild('QuotedLabelName')
    if (!operator && child.name.startsWith('Quoted')) selector.name = unquote(read(child))
    if (!value || !operator || !label) continue
    const name = label.name === 'QuotedLabelName' ? unquote(read(label)) : read(label)
    if (name === '__name__' && read(operator) === '=' && value.to - value.from > 2) selector.name = unquote(read(value))
    else selector.matchers.push({ label: name, operator: read(operator), value: unquote(read(value)) })
  }
  return selector
}

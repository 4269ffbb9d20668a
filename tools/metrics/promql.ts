import { createRequire } from 'node:module'
import type { SyntaxNode, Tree } from '@lezer/common'
import { ToolError } from '#contract'

// The grammar is unpacked when it is loaded: with the first query, not at start
const grammar = () =>
  createRequire(import.meta.url)('@prometheus-io/lezer-promql') as typeof import('@prometheus-io/lezer-promql')

/** One selector of a query: `http_requests_total{job="api"}`. */
export interface Selector {
  name?: string
  matchers: { label: string; operator: string; value: string }[]
  text: string
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
  const tree: Tree = grammar().parser.parse(text)
  let errorAt: number | undefined
  tree.iterate({
    enter: (node) => {
      if (errorAt === undefined && node.type.isError) errorAt = node.from
      return errorAt === undefined
    },
  })
  if (errorAt !== undefined) throw syntaxError(text, errorAt)
  return { text, tree, selectors: selectorsOf(tree, text) }
}

function syntaxError(text: string, at: number): ToolError {
  // Where the parser stops behind blanks, the last thing written is what it missed something after.
  const place = text.slice(at).trim() === '' ? text.trimEnd().length : at
  const before = text.slice(0, place)
  const line = before.split('\n').length
  const column = place - (before.lastIndexOf('\n') + 1) + 1
  const source = text.split('\n')[line - 1] ?? ''
  const from = Math.max(0, column - 60)
  const caret = `${source.slice(from, from + 100)}\n${' '.repeat(column - 1 - from)}^`
  const found = text.slice(place).match(/^\s*([\w:]+|.)/)?.[1]
  const what = found ? `unexpected ${JSON.stringify(found)}` : 'the query ends too early'
  return new ToolError('invalid-promql', `Line ${line}, column ${column}: ${what}\n${caret}`, {
    next: advice(text, place),
    field: 'query',
    details: { position: { line, column } },
  })
}

function advice(text: string, at: number): string {
  const before = text.slice(0, at).trimEnd()
  const unclosed = (open: string, close: string) => text.split(open).length > text.split(close).length
  if (text.trim() === '') return 'Write a query, such as up; find_metrics finds names.'
  if (/(=|!=|=~|!~)$/.test(before) && text.slice(at).match(/^\s*\w/)) return 'Put the label value in quotes.'
  if (unclosed('(', ')')) return 'A bracket ( is not closed.'
  if (unclosed('{', '}')) return 'A brace { is not closed.'
  if (text.slice(at).startsWith('('))
    return `${before.match(/[\w:]+$/)?.[0] ?? 'This'} is no PromQL function; check its name.`
  return 'Correct the query at the mark and ask again.'
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

function selectorOf(node: SyntaxNode, text: string): Selector {
  const read = (of: SyntaxNode) => text.slice(of.from, of.to)
  const identifier = node.getChild('Identifier')
  const selector: Selector = { matchers: [], text: read(node) }
  if (identifier) selector.name = read(identifier)
  const matchers = node.getChild('LabelMatchers')
  for (let child = matchers?.firstChild ?? null; child; child = child.nextSibling) {
    const value = child.getChild('StringLiteral')
    const operator = child.getChild('MatchOp')
    const label = child.getChild('LabelName') ?? child.getChild('QuotedLabelName')
    if (!operator && child.name.startsWith('Quoted')) selector.name = unquote(read(child))
    if (!value || !operator || !label) continue
    const name = label.name === 'QuotedLabelName' ? unquote(read(label)) : read(label)
    if (name === '__name__' && read(operator) === '=') selector.name = unquote(read(value))
    else selector.matchers.push({ label: name, operator: read(operator), value: unquote(read(value)) })
  }
  return selector
}

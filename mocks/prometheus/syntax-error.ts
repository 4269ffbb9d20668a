import type { SyntaxNode, Tree } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'
import { type Scan, scan, type Token } from './lex.ts'
import { mask } from './mask.ts'
import { badData, type QueryError, type RangeMode } from './types.ts'

/** What a broken query is told: position and words as Prometheus gives them. */

/** `line:column: parse error: …`, both counted from 1. */
export function parseError(query: string, from: number, message: string): QueryError {
  const before = query.slice(0, from)
  const line = before.split('\n').length
  const column = from - (before.lastIndexOf('\n') + 1) + 1
  return badData(`${line}:${column}: parse error: ${message}`)
}

const keywords = new Set(['on', 'ignoring', 'group_left', 'group_right', 'bool', 'offset', 'by', 'without'])
const wordOperators = new Set(['and', 'or', 'unless', 'atan2'])
const aggregations = new Set('sum avg count min max group stddev stdvar topk bottomk count_values quantile'.split(' '))

export function describeToken(token: Token | undefined): string {
  if (!token) return 'end of input'
  const word = token.text.toLowerCase()
  if (token.kind === 'identifier') {
    if (keywords.has(word)) return `<${word}>`
    if (wordOperators.has(word)) return `<op:${word}>`
    if (aggregations.has(word)) return `<aggr:${word}>`
    return `${token.text.includes(':') ? 'metric identifier' : 'identifier'} "${token.text}"`
  }
  if (token.kind === 'string') return `string ${JSON.stringify(token.text)}`
  if (token.kind !== 'other') return `${token.kind} "${token.text}"`
  return /^[-+*/%^<>@]|^[!=]=$/.test(token.text) ? `<op:${token.text}>` : `"${token.text}"`
}

/** Where the parser was: the construct that the unexpected token broke, and what it wanted there. */
function context(node: SyntaxNode, previous: Token | undefined): string {
  const inside = node.parent?.name
  if (inside === 'UnquotedLabelMatcher' || inside === 'LabelMatchers' || inside === 'MatchOp') {
    if (previous && /^(=|!=|=~|!~)$/.test(previous.text)) return ' in label matching, expected string'
    if (previous?.kind === 'identifier') return ' in label matching, expected label matching operator'
    const wanted = previous?.kind === 'string' ? '"," or "}"' : 'identifier or "}"'
    return ` in label matching, expected ${wanted}`
  }
  if (inside === 'GroupingLabels') {
    if (previous?.text === '(' || previous?.text === ',') return ' in grouping opts, expected label'
    return ` in grouping opts, expected ${previous && keywords.has(previous.text) ? '"("' : '"," or ")"'}`
  }
  if (inside === 'OffsetExpr' || inside === 'OffsetDurationExpr') return ' in offset, expected number or duration'
  if (inside === 'StepInvariantExpr') return ' in @, expected timestamp'
  if (inside === 'MatrixSelector' || inside === 'SubqueryExpr') return ' in subquery or range, expected ":" or "]"'
  return inside === 'AggregateExpr' ? ' in aggregation' : ''
}

function firstErrorNode(tree: Tree): SyntaxNode | undefined {
  let found: SyntaxNode | undefined
  tree.iterate({
    enter: (node) => {
      if (node.type.isError && !found) found = node.node
      return !found
    },
  })
  return found
}

interface Complaint {
  from: number
  message: string
}

/** What the grammar stumbled over, put in Prometheus' words. */
function stumble({ tokens, error }: Scan, node: SyntaxNode, end: number): Complaint {
  let index = tokens.findIndex((token) => token.from >= node.from)
  // Between braces the lexer reads `==` as two tokens, of which the first is welcome.
  if (tokens[index]?.text === '=' && tokens[index + 1]?.text === '=') index += 1
  const token = index < 0 ? undefined : tokens[index]
  const previous = index < 0 ? tokens.at(-1) : tokens[index - 1]
  if (error && (!token || error.from <= token.from)) return error
  if (token && previous?.text === ',' && node.parent?.name === 'FunctionCallBody') {
    return { from: previous.from, message: 'trailing commas not allowed in function call args' }
  }
  return { from: token?.from ?? end, message: `unexpected ${describeToken(token)}${context(node, previous)}` }
}

/** The error of a query that is no PromQL, or the tree of one whose shape is right. */
export function readTree(query: string, mode: RangeMode): { tree: Tree; text: string } {
  const scanned = scan(query, mode)
  if (scanned.tokens.length === 0 && !scanned.error) throw parseError(query, 0, 'no expression found in input')
  const { text, unknownCalls } = mask(query, scanned.tokens)
  const tree = parser.parse(text)
  const node = firstErrorNode(tree)
  const complaint = node ? stumble(scanned, node, query.length) : scanned.error
  const unknown = unknownCalls[0]
  if (unknown && (!complaint || unknown.endsAt < complaint.from || isItsParenthesis(unknown, complaint, query))) {
    throw parseError(query, unknown.from, `unknown function with name "${unknown.name}"`)
  }
  if (complaint) throw parseError(query, complaint.from, complaint.message)
  return { tree, text }
}

/** A name of one letter cannot be masked, so the grammar stumbles over the parenthesis behind it. */
function isItsParenthesis(
  unknown: { from: number; name: string; endsAt: number },
  complaint: Complaint,
  query: string,
) {
  const between = query.slice(unknown.from + unknown.name.length, complaint.from)
  return (
    unknown.name.length === 1 &&
    Number.isFinite(unknown.endsAt) &&
    between.trim() === '' &&
    query[complaint.from] === '('
  )
}

import { signatureOf } from './functions/signatures.ts'
import type { Token } from './lex.ts'

/**
 * A text of the same length that the editor grammar can read, so that positions hold: calls of unknown functions get
 * a known name (Prometheus parses such a call to its end before it complains), and `1.` and `0X1F` a known spelling.
 */
export interface Masked {
  text: string
  /** In the order in which Prometheus would come to complain of them: by their closing parenthesis. */
  unknownCalls: { from: number; name: string; endsAt: number }[]
}

const notFunctions = new Set(
  (
    'on ignoring group_left group_right bool offset by without and or unless atan2 fill fill_left fill_right ' +
    'sum avg count min max group stddev stdvar topk bottomk count_values quantile limitk limit_ratio'
  ).split(' '),
)

function isUnknown(tokens: Token[], index: number): boolean {
  const token = tokens[index] as Token
  if (token.kind !== 'identifier' || tokens[index + 1]?.text !== '(' || token.text.includes(':')) return false
  return tokens[index - 1]?.text !== '@' && !notFunctions.has(token.text.toLowerCase()) && !signatureOf(token.text)
}

function closingOf(tokens: Token[], open: number): number {
  let depth = 0
  for (const token of tokens.slice(open)) {
    if (token.text === '(') depth += 1
    if (token.text === ')') depth -= 1
    if (depth === 0) return token.from
  }
  return Number.POSITIVE_INFINITY
}

/** A name for which there is no known one of its length stays, and the grammar stumbles over its parenthesis. */
const stand = (length: number) => (length === 1 ? undefined : (length === 2 ? 'ln' : 'abs').padEnd(length))

export function mask(query: string, tokens: Token[]): Masked {
  let text = query
  const replace = (token: Token, by: string) => {
    text = text.slice(0, token.from) + by + text.slice(token.from + token.text.length)
  }
  const unknownCalls: Masked['unknownCalls'] = []
  let inBrackets = false
  for (const [index, token] of tokens.entries()) {
    if (token.text === '[' || token.text === ']') inBrackets = token.text === '['
    if (token.kind === 'number') replace(token, token.text.replace(/\.$/, ' ').replace('0X', '0x'))
    if (inBrackets || !isUnknown(tokens, index)) continue
    const known = stand(token.text.length)
    if (known) replace(token, known)
    unknownCalls.push({ from: token.from, name: token.text, endsAt: closingOf(tokens, index + 1) })
  }
  return { text, unknownCalls: unknownCalls.sort((a, b) => a.endsAt - b.endsAt) }
}

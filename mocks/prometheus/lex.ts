import { parseDurationMs } from './literals.ts'
import type { RangeMode } from './types.ts'

/**
 * A scanner with the words of Prometheus' own lexer. The grammar parses; this says what a broken query looked like,
 * and where.
 */

export interface Token {
  kind: 'identifier' | 'number' | 'duration' | 'string' | 'other'
  text: string
  from: number
}
export interface LexError {
  from: number
  message: string
}
export interface Scan {
  tokens: Token[]
  /** The first thing that is no token at all. */
  error?: LexError
}

const patterns = {
  space: /\s+|#[^\n]*/y,
  identifier: /[a-zA-Z_:][a-zA-Z0-9_:]*/y,
  labelName: /[a-zA-Z_][a-zA-Z0-9_]*/y,
  durationOrNumber: /0[xX][0-9a-fA-F]+|(?:\d+(?:ms|[smhdwy]))+|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y,
  inBraces: /=~|!~|!=|[=,{}]/y,
  operator: /=~|!~|==|!=|<=|>=|[-+*/%^=<>@,:()[\]{}]/y,
}

interface State {
  parens: number
  braces: boolean
  brackets: boolean
  colon: boolean
}

/** What must follow `\x`, `\u` and `\U`. */
const escapeDigits: Record<string, RegExp> = { x: /^[\da-fA-F]{2}/, u: /^[\da-fA-F]{4}/, U: /^[\da-fA-F]{8}/ }

function readString(query: string, from: number): { text: string } | LexError {
  const mark = query[from]
  for (let index = from + 1; index < query.length; index += 1) {
    const char = query[index] as string
    if (char === mark) return { text: query.slice(from, index + 1) }
    if (mark === '`') continue
    if (char === '\n') break
    if (char !== '\\') continue
    index += 1
    const next = query[index]
    if (next === undefined) return { from, message: 'escape sequence not terminated' }
    if (!/[abfnrtv\\0-7xuU]/.test(next) && next !== mark) {
      const code = (next.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
      return { from, message: `unknown escape sequence U+${code} '${next}'` }
    }
    const digits = escapeDigits[next] ?? (/[0-7]/.test(next) ? /^[0-7]{3}/ : undefined)
    const start = /[0-7]/.test(next) ? index : index + 1
    if (digits && !digits.test(query.slice(start))) return { from, message: 'illegal character in escape sequence' }
  }
  return { from, message: mark === '`' ? 'unterminated raw string' : 'unterminated quoted string' }
}

/** Keeps count of what is open; answers with the complaint when the token closes what is not open. */
function nest(state: State, text: string): string | undefined {
  if (text === '(') state.parens += 1
  if (text === ')') {
    state.parens -= 1
    if (state.parens < 0) return "unexpected right parenthesis ')'"
  }
  if (text === '{') {
    if (state.braces) return "unexpected character inside braces: '{'"
    state.braces = true
  }
  if (text === '}') {
    if (!state.braces) return "unexpected right bracket '}'"
    state.braces = false
  }
  if (text === '[') {
    if (state.brackets) return "unexpected left bracket '['"
    state.brackets = true
    state.colon = false
  }
  if (text === ':' && state.brackets) {
    if (state.colon) return "unexpected colon ':'"
    state.colon = true
  }
  if (text === ']') {
    if (!state.brackets) return "unexpected right bracket ']'"
    state.brackets = false
  }
  return undefined
}

function unclosed(state: State): string | undefined {
  if (state.braces) return 'unexpected end of input inside braces'
  if (state.brackets) return 'unclosed left bracket'
  return state.parens > 0 ? 'unclosed left parenthesis' : undefined
}

const take = (pattern: RegExp, query: string, from: number) => {
  pattern.lastIndex = from
  return pattern.exec(query)?.[0]
}

function next(query: string, from: number, state: State): Token | LexError {
  const char = query[from] as string
  if (char === '"' || char === "'" || char === '`') {
    const read = readString(query, from)
    return 'message' in read ? read : { kind: 'string', text: read.text, from }
  }
  const digits = take(patterns.durationOrNumber, query, from)
  if (digits !== undefined) {
    if (/[a-zA-Z_]/.test(query[from + digits.length] ?? '')) {
      return { from, message: `bad number or duration syntax: ${JSON.stringify(digits)}` }
    }
    const isDuration = /^\d+(?:ms|[smhdwy])/.test(digits)
    if (isDuration && parseDurationMs(digits) === undefined) {
      return { from, message: `not a valid duration string: ${JSON.stringify(digits)}` }
    }
    return { kind: isDuration ? 'duration' : 'number', text: digits, from }
  }
  const word =
    state.brackets && char === ':'
      ? undefined
      : take(state.braces ? patterns.labelName : patterns.identifier, query, from)
  if (word !== undefined) return { kind: 'identifier', text: word, from }
  const operator = take(state.braces ? patterns.inBraces : patterns.operator, query, from)
  const inside = state.braces ? ' inside braces' : ''
  if (operator === undefined) {
    if (char !== '!') return { from, message: `unexpected character${inside}: '${char}'` }
    const after = query[from + 1]
    const what = after === undefined ? 'end of input' : `character after '!'${inside}: '${after}'`
    return { from, message: `unexpected ${what}` }
  }
  const complaint = nest(state, operator)
  // Prometheus points behind a closing parenthesis that closes nothing, and at every other stray mark.
  return complaint
    ? { from: operator === ')' ? from + 1 : from, message: complaint }
    : { kind: 'other', text: operator, from }
}

/** 2.x reads a duration right behind an opening bracket, and nothing else. */
const unitless = (state: State, previous: Token | undefined, mode: RangeMode) =>
  mode === '2' && state.brackets && previous?.text === '['

function beforeUnit(query: string, from: number): Token | LexError {
  const digits = take(patterns.durationOrNumber, query, from) ?? ''
  if (query[from] === ':') return { from, message: 'unexpected colon before duration in subquery' }
  if (query[from] === ']') return { from, message: 'unexpected right bracket in subquery' }
  if (/^\d+(?:ms|[smhdwy])/.test(digits))
    return next(query, from, { parens: 0, braces: false, brackets: true, colon: false })
  if (/[a-zA-Z_]/.test(query[from + digits.length] ?? '') && digits)
    return { from, message: `bad duration syntax: "${digits}"` }
  return { from, message: 'missing unit character in duration' }
}

/** Splits a query into tokens up to its end or its first lexical error. */
export function scan(query: string, mode: RangeMode): Scan {
  const state: State = { parens: 0, braces: false, brackets: false, colon: false }
  const tokens: Token[] = []
  let from = 0
  while (from < query.length) {
    const space = take(patterns.space, query, from)
    if (space !== undefined) {
      from += space.length
      continue
    }
    const token = unitless(state, tokens.at(-1), mode) ? beforeUnit(query, from) : next(query, from, state)
    if ('message' in token) return { tokens, error: token }
    tokens.push(token)
    from += token.text.length
  }
  const message = unclosed(state)
  return message ? { tokens, error: { from, message } } : { tokens }
}

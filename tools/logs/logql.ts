import { ToolError } from '#contract'
import { cell } from '../text.ts'

export interface Matcher {
  label: string
  operator: '=' | '!=' | '=~' | '!~'
  value: string
}

export interface LogQuery {
  /** Lines, or numbers computed from them */
  kind: 'lines' | 'numbers'
  /** Stream selectors as they stand in the query */
  selectors: { text: string; matchers: Matcher[] }[]
}

interface Place {
  query: string
  at: number
}

function wrong({ query, at }: Place, what: string, next: string): ToolError {
  const before = query.slice(0, at)
  const position = { line: before.split('\n').length, column: at - before.lastIndexOf('\n') }
  const message = `The LogQL is wrong at line ${position.line}, column ${position.column}: ${what}.`
  return new ToolError('invalid-logql', message, { next, field: 'query', details: { position } })
}

const unescaped = (token: string): string =>
  token.startsWith('`')
    ? token.slice(1, -1)
    : token.slice(1, -1).replace(/\\(.)/g, (_, one: string) => (one === 'n' ? '\n' : one === 't' ? '\t' : one))

/** From an opening brace to behind its closing one. Braces also begin label formats in backticks, which never come here. */
function readSelector(query: string, from: number): { end: number; matchers: Matcher[] } {
  let at = from + 1
  const matchers: Matcher[] = []
  const take = (pattern: RegExp): string | undefined => {
    const sticky = new RegExp(`\\s*(${pattern.source})`, 'y')
    sticky.lastIndex = at
    const found = sticky.exec(query)
    if (!found) return undefined
    at += found[0].length
    return found[1]
  }
  const stop = (what: string, next: string): never => {
    while (/\s/.test(query[at] ?? '')) at += 1
    const seen = at >= query.length ? 'the end' : cell(query[at], 4)
    throw wrong({ query, at }, `unexpected ${seen}, ${what}`, next)
  }
  if (take(/\}/)) return { end: at, matchers }
  for (;;) {
    const label =
      take(/[A-Za-z_]\w*/) ?? stop('a label name was expected', 'A matcher is label="value". Labels: get_log_labels.')
    const operator =
      take(/=~|!~|!=|=(?!=)/) ?? stop(`= != =~ or !~ was expected after ${label}`, `Write ${label}="value".`)
    const token =
      take(/"(?:[^"\\\n]|\\.)*"|`[^`]*`/) ??
      stop('a text in double quotes was expected', `Write ${label}${operator}"value" and close the quotes.`)
    const value = unescaped(token)
    if (operator.endsWith('~')) checkPattern({ query, at: at - token.length }, value)
    matchers.push({ label, operator: operator as Matcher['operator'], value })
    if (take(/\}/)) return { end: at, matchers }
    if (!take(/,/)) stop('} or a comma was expected', 'Matchers are separated by commas, the selector ends with }.')
    if (take(/\}/)) return { end: at, matchers }
  }
}

/** Only what is wrong in every dialect: RE2 knows (?i), JavaScript does not everywhere. */
function checkPattern(place: Place, pattern: string): void {
  let open = 0
  for (let at = 0, inClass = false; at < pattern.length; at += 1) {
    const one = pattern[at]
    if (one === '\\') at += 1
    else if (inClass) inClass = one !== ']'
    else if (one === '[') {
      inClass = true
      if (pattern[at + 1] === ']') at += 1
    } else if (one === '(') open += 1
    else if (one === ')') open -= 1
    if (open < 0) break
  }
  if (open !== 0)
    throw wrong(
      place,
      `the regular expression ${cell(pattern, 60)} has brackets that do not match`,
      'Close them, or write \\\\( for the character itself.',
    )
}

/** A selector needs one matcher that the empty text does not meet, or it would read every stream there is. */
const isNarrow = ({ operator, value }: Matcher): boolean =>
  operator === '='
    ? value !== ''
    : operator === '=~'
      ? !/^(\.\*|\(\.\*\)|)$/.test(value) && !matchesEmpty(value)
      : false

function matchesEmpty(pattern: string): boolean {
  try {
    return new RegExp(`^(?:${pattern.replace(/^\(\?[a-zA-Z]+\)/, '')})$`).test('')
  } catch {
    return false
  }
}

const closing: Record<string, string> = { '(': ')', '[': ']' }

/**
 * Reads a query as far as it must be right before it is sent: quotes, brackets, stream selectors with at least one matcher that narrows.
 * Stages and functions are left to Loki.
 * @throws invalid-logql with the position
 */
export function readLogQl(query: string): LogQuery {
  const selectors: LogQuery['selectors'] = []
  const open: { one: string; at: number }[] = []
  let at = 0
  let isBefore = ''
  while (at < query.length) {
    const one = query[at]!
    if (one === '#') {
      const end = query.indexOf('\n', at)
      at = end < 0 ? query.length : end
    } else if (one === '"' || one === '`') {
      const text = one === '"' ? /"(?:[^"\\\n]|\\.)*"/y : /`[^`]*`/y
      text.lastIndex = at
      const found = text.exec(query)?.[0]
      if (found === undefined) throw wrong({ query, at }, 'a text that is not closed', `Close it with ${one}.`)
      if (/(\|~|!~)\s*$/.test(query.slice(0, at))) checkPattern({ query, at }, unescaped(found))
      at += found.length
    } else if (one === "'") {
      throw wrong(
        { query, at },
        'single quotes are no quotes in LogQL',
        'Texts stand in "double quotes" or `backticks`.',
      )
    } else if (one === '{') {
      const { end, matchers } = readSelector(query, at)
      if (!matchers.some(isNarrow))
        throw wrong(
          { query, at },
          'the selector matches every stream',
          'Give one label a value, such as {namespace="default"}; labels and values: get_log_labels.',
        )
      if (selectors.length === 0) isBefore = query.slice(0, at)
      selectors.push({ text: query.slice(at, end), matchers })
      at = end
    } else {
      if (one in closing) open.push({ one, at })
      else if (one === ')' || one === ']') {
        const last = open.pop()
        if (!last || closing[last.one] !== one)
          throw wrong({ query, at }, `unexpected ${one}`, last ? `${last.one} is still open.` : 'Nothing is open here.')
      } else if (one === '}') throw wrong({ query, at }, 'unexpected }', 'Nothing is open here.')
      at += 1
    }
  }
  const left = open.at(-1)
  if (left) throw wrong({ query, at: left.at }, `${left.one} is not closed`, `Add ${closing[left.one]}.`)
  if (selectors.length === 0)
    throw wrong(
      { query, at: 0 },
      'a query has a stream selector in braces',
      `For example {namespace="default"} |= ${JSON.stringify(cell(query, 60))}; or search_error_logs with words.`,
    )
  const isNumbers = /[a-z0-9(+*/%-]\s*$/i.test(isBefore.trim() === '' ? '' : isBefore)
  if (!isNumbers && isBefore.replace(/#.*/g, '').trim() !== '')
    throw wrong(
      { query, at: 0 },
      `unexpected ${cell(isBefore.trim(), 40)}`,
      'Begin with the selector {…}, or with a function over it.',
    )
  return { kind: isNumbers ? 'numbers' : 'lines', selectors }
}

/** A text of LogQL. */
export const quotedText = (text: string): string => JSON.stringify(text)
/** A text as a regular expression of RE2. */
export const escapedPattern = (text: string): string => text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')

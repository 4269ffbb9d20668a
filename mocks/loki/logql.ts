import type { LogLine } from '../world/logs.ts'

export interface LogQuery {
  matches(labels: Record<string, string>): boolean
  keeps(line: LogLine): boolean
}

/** What Loki says of a query it cannot take, as plain text. */
export class LogQlError extends Error {}

interface Scanner {
  text: string
  at: number
}

function fail(scanner: Scanner, message: string): never {
  const before = scanner.text.slice(0, scanner.at)
  const line = before.split('\n').length
  const column = scanner.at - before.lastIndexOf('\n')
  throw new LogQlError(`parse error at line ${line}, col ${column}: syntax error: ${message}`)
}

function skip(scanner: Scanner) {
  while (/\s/.test(scanner.text[scanner.at] ?? '')) scanner.at++
}

function take(scanner: Scanner, pattern: RegExp): string | undefined {
  skip(scanner)
  const match = new RegExp(pattern.source, 'y')
  match.lastIndex = scanner.at
  const found = match.exec(scanner.text)?.[0]
  if (found !== undefined) scanner.at += found.length
  return found
}

function expectToken(scanner: Scanner, pattern: RegExp, wanted: string): string {
  const token = take(scanner, pattern)
  if (token !== undefined) return token
  const next = scanner.at >= scanner.text.length ? '$end' : scanner.text[scanner.at]
  return fail(scanner, `unexpected ${next}, expecting ${wanted}`)
}

const STRING = /"(?:[^"\\]|\\.)*"|`[^`]*`/

function stringOf(token: string): string {
  if (token.startsWith('`')) return token.slice(1, -1)
  return token
    .slice(1, -1)
    .replace(
      /\\(.)/g,
      (_all, character: string) =>
        ({ n: '\n', t: '\t' })[character] ?? (character === '"' || character === '\\' ? character : `\\${character}`),
    )
}

function regex(scanner: Scanner, text: string, whole: boolean): RegExp {
  const inline = /^\(\?([is]+)\)/.exec(text)
  try {
    const source = inline ? text.slice(inline[0].length) : text
    return new RegExp(whole ? `^(?:${source})$` : source, `s${inline?.[1]?.includes('i') ? 'i' : ''}`)
  } catch {
    return fail(scanner, `error parsing regexp: ${text}`)
  }
}

type LabelTest = (labels: Record<string, string>) => boolean

function selector(scanner: Scanner): LabelTest[] {
  expectToken(scanner, /\{/, '{')
  const tests: LabelTest[] = []
  let positive = false
  while (take(scanner, /\}/) === undefined) {
    if (tests.length > 0) expectToken(scanner, /,/, '} or ,')
    const name = expectToken(scanner, /[A-Za-z_]\w*/, 'identifier')
    const operator = expectToken(scanner, /=~|!~|!=|=/, '= or != or =~ or !~')
    const value = stringOf(expectToken(scanner, STRING, 'STRING'))
    const pattern = operator.endsWith('~') ? regex(scanner, value, true) : undefined
    const is = (label: string) => (pattern ? pattern.test(label) : label === value)
    if (!operator.startsWith('!') && !is('')) positive = true
    tests.push((labels) => is(labels[name] ?? '') !== operator.startsWith('!'))
  }
  if (!positive) {
    throw new LogQlError(
      'parse error : queries require at least one regexp or equality matcher that does not have an empty-compatible value. For instance, app=~".*" does not meet this requirement, but app=~".+" will',
    )
  }
  return tests
}

/** Reads a stream selector with line filters (`|=`, `!=`, `|~`, `!~`). Anything beyond that is refused in Loki's manner. */
export function parseLogQl(text: string): LogQuery {
  const scanner: Scanner = { text, at: 0 }
  skip(scanner)
  if (scanner.at >= text.length) fail(scanner, 'unexpected $end')
  const tests = selector(scanner)
  const filters: ((line: string) => boolean)[] = []
  for (;;) {
    skip(scanner)
    if (scanner.at >= text.length) break
    const operator = expectToken(scanner, /\|=|!=|\|~|!~/, '|= or != or |~ or !~')
    const value = stringOf(expectToken(scanner, STRING, 'STRING'))
    const pattern = operator.endsWith('~') ? regex(scanner, value, false) : undefined
    const negative = operator.startsWith('!')
    filters.push((line) => (pattern ? pattern.test(line) : line.includes(value)) !== negative)
  }
  return {
    matches: (labels) => tests.every((test) => test(labels)),
    keeps: (line) => filters.every((filter) => filter(line.text)),
  }
}

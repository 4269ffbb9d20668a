import type { AttributeValue, WorldSpan } from '../world/traces.ts'

/** What Tempo says of a query it cannot take, as plain text. */
export class TraceQlError extends Error {}

/** A trace as the query sees it. */
export interface QueriedTrace {
  spans: readonly WorldSpan[]
  startMs: number
  endMs: number
}

/** The spans that match; none where the trace does not. */
export type TraceQuery = (trace: QueriedTrace) => readonly WorldSpan[]

type Test = (span: WorldSpan, trace: QueriedTrace) => boolean
type Value = AttributeValue | undefined

interface Scanner {
  text: string
  at: number
}

const fail = (scanner: Scanner, message: string): never => {
  const before = scanner.text.slice(0, scanner.at)
  const line = before.split('\n').length
  throw new TraceQlError(
    `invalid TraceQL query: parse error at line ${line}, col ${scanner.at - before.lastIndexOf('\n')}: syntax error: ${message}`,
  )
}

function take(scanner: Scanner, pattern: RegExp): string | undefined {
  while (/\s/.test(scanner.text[scanner.at] ?? '')) scanner.at++
  const sticky = new RegExp(pattern.source, 'y')
  sticky.lastIndex = scanner.at
  const found = sticky.exec(scanner.text)?.[0]
  if (found !== undefined) scanner.at += found.length
  return found
}

function need(scanner: Scanner, pattern: RegExp): string {
  const token = take(scanner, pattern)
  if (token !== undefined) return token
  const next = /^[A-Za-z_]\w*/.exec(scanner.text.slice(scanner.at))
    ? 'IDENTIFIER'
    : (scanner.text[scanner.at] ?? '$end')
  return fail(scanner, `unexpected ${next}`)
}

const UNITS_MS: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
const NAME = /(?:resource|span|event|parent)?\.(?:"(?:[^"\\]|\\.)*"|[\w\-/.]+(?:\."[^"]*")?)|[A-Za-z]+/
const LITERAL = /"(?:[^"\\]|\\.)*"|`[^`]*`|-?\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h)?|[a-z]+/

function literal(token: string): AttributeValue {
  if (token.startsWith('"')) return JSON.parse(token)
  if (token.startsWith('`')) return token.slice(1, -1)
  if (token === 'true' || token === 'false') return token === 'true'
  const number = /^(-?\d+(?:\.\d+)?)([a-zµ]*)$/.exec(token)
  return number ? Number(number[1]) * (UNITS_MS[number[2]!] ?? 1) : token
}

const INTRINSICS: Record<string, (span: WorldSpan, trace: QueriedTrace) => Value> = {
  name: (span) => span.name,
  duration: (span) => span.endMs - span.startMs,
  status: (span) => (span.error === undefined ? 'unset' : 'error'),
  statusMessage: (span) => span.error ?? '',
  kind: (span) => span.kind,
  traceDuration: (_, trace) => trace.endMs - trace.startMs,
  rootName: (_, trace) => trace.spans[0]?.name,
  rootServiceName: (_, trace) => trace.spans[0]?.service,
}

function reader(scanner: Scanner, name: string): (span: WorldSpan, trace: QueriedTrace) => Value {
  const intrinsic = INTRINSICS[name]
  if (intrinsic) return intrinsic
  const [, scope, raw] = /^(resource|span)?\.(.*)$/s.exec(name) ?? []
  if (raw === undefined) return fail(scanner, 'unexpected IDENTIFIER')
  const key = raw.startsWith('"') ? String(JSON.parse(raw)) : raw
  if (scope === 'resource') return (span) => span.resource[key]
  if (scope === 'span') return (span) => span.attributes[key]
  return (span) => span.attributes[key] ?? span.resource[key]
}

const COMPARE: Record<string, (a: AttributeValue, b: AttributeValue) => boolean> = {
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => typeof a === typeof b && a > b,
  '>=': (a, b) => typeof a === typeof b && a >= b,
  '<': (a, b) => typeof a === typeof b && a < b,
  '<=': (a, b) => typeof a === typeof b && a <= b,
}

function comparison(scanner: Scanner): Test {
  if (take(scanner, /\(/)) {
    const inner = either(scanner)
    need(scanner, /\)/)
    return inner
  }
  const name = need(scanner, NAME)
  if (name === 'true' || name === 'false') return () => name === 'true'
  const read = reader(scanner, name)
  const operator = need(scanner, /=~|!~|!=|>=|<=|=|>|</)
  const token = need(scanner, LITERAL)
  const wanted = literal(token)
  if (token === 'nil') return (span, trace) => (read(span, trace) === undefined) === (operator === '=')
  if (operator.endsWith('~')) {
    const pattern = new RegExp(`^(?:${wanted})$`, 's')
    return (span, trace) => {
      const value = read(span, trace)
      return typeof value === 'string' && pattern.test(value) !== operator.startsWith('!')
    }
  }
  return (span, trace) => {
    const value = read(span, trace)
    return value !== undefined && COMPARE[operator]!(value, wanted)
  }
}

function both(scanner: Scanner): Test {
  let left = comparison(scanner)
  while (take(scanner, /&&/)) {
    const [one, other] = [left, comparison(scanner)]
    left = (span, trace) => one(span, trace) && other(span, trace)
  }
  return left
}

function either(scanner: Scanner): Test {
  let left = both(scanner)
  while (take(scanner, /\|\|/)) {
    const [one, other] = [left, both(scanner)]
    left = (span, trace) => one(span, trace) || other(span, trace)
  }
  return left
}

function spanset(scanner: Scanner): TraceQuery {
  if (take(scanner, /\(/)) {
    const inner = spansets(scanner)
    need(scanner, /\)/)
    return inner
  }
  need(scanner, /\{/)
  if (take(scanner, /\}/)) return ({ spans }) => spans
  const test = either(scanner)
  need(scanner, /\}/)
  return (trace) => trace.spans.filter((span) => test(span, trace))
}

/** `{…} && {…}`, `||`, and `>>`: descendants. */
function spansets(scanner: Scanner): TraceQuery {
  let left = spanset(scanner)
  for (;;) {
    const operator = take(scanner, /&&|\|\||>>/)
    if (operator === undefined) return left
    const [one, other] = [left, spanset(scanner)]
    left = (trace) => {
      const [a, b] = [one(trace), other(trace)]
      if (operator === '||') return [...new Set([...a, ...b])]
      if (operator === '&&') return a.length > 0 && b.length > 0 ? [...new Set([...a, ...b])] : []
      const byId = new Map(trace.spans.map((span) => [span.spanId, span]))
      return b.filter((span) => {
        for (let at = byId.get(span.parentSpanId ?? ''); at; at = byId.get(at.parentSpanId ?? ''))
          if (a.includes(at)) return true
        return false
      })
    }
  }
}

/** The subset that a small world needs: conditions, && and || of them and of span sets, descendants, count, hints. */
export function parseTraceQl(text: string): TraceQuery {
  const scanner: Scanner = { text, at: 0 }
  let query = spansets(scanner)
  while (take(scanner, /\|(?!\|)/)) {
    const word = need(scanner, /count|select|by/)
    need(scanner, /\(/)
    need(scanner, /[^)]*/)
    need(scanner, /\)/)
    if (word !== 'count') continue
    const compare = COMPARE[need(scanner, />=|<=|!=|=|>|</)]!
    const wanted = Number(need(scanner, /\d+/))
    const before = query
    query = (trace) => {
      const found = before(trace)
      return compare(found.length, wanted) ? found : []
    }
  }
  if (take(scanner, /with/)) need(scanner, /\([^)]*\)/)
  take(scanner, /$/)
  if (scanner.at < text.length) need(scanner, /$/)
  return query
}

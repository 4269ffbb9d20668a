import { scan } from './lex.ts'
import { parse } from './parse.ts'
import { describeToken, parseError } from './syntax-error.ts'
import { badData, QueryError, type RangeMode, type VectorSelector } from './types.ts'

/** Where a text goes on after the selector that it may be: a name, braces, or both. */
function refuseMore(query: string, mode: RangeMode): void {
  const { tokens, error } = scan(query, mode)
  let next = tokens[0]?.kind === 'identifier' ? 1 : 0
  if (tokens[next]?.text === '{') {
    const close = tokens.findIndex((token) => token.text === '}')
    if (close < 0) return
    next = close + 1
  }
  const stray = tokens[next]
  if (!stray && (error || next > 0)) return
  throw parseError(query, stray?.from ?? 0, `unexpected ${describeToken(stray)}`)
}

/** A bare selector, as `match[]` takes it. Throws QueryError bad_data. */
export function parseSelector(query: string, mode: RangeMode = '3'): VectorSelector {
  refuseMore(query, mode)
  try {
    const expr = parse(query, mode)
    if (expr.kind === 'selector') return expr
  } catch (error) {
    if (!(error instanceof QueryError) || !error.message.includes('at least one non-empty matcher')) throw error
    throw badData('match[] must contain at least one non-empty matcher')
  }
  throw parseError(query, 0, 'unexpected expression')
}

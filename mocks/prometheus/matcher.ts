import { metricName } from './labels.ts'
import { anchoredRegex } from './regex.ts'
import type { Labels, Matcher, MatchType } from './types.ts'

/** One condition on one label. A label that a series lacks counts as the empty string. */

export interface MatcherContext {
  /** Whether `.` matches a newline, as it does from 3.0. */
  dotAll: boolean
}

const literal = /^[\w\-:/ ]*$/

function tester(type: MatchType, value: string, context: MatcherContext): (text: string) => boolean {
  if (type === '=') return (text) => text === value
  if (type === '!=') return (text) => text !== value
  const regex = anchoredRegex(value, context.dotAll)
  const alternatives = value.split('|')
  // Plain alternatives are the commonest pattern by far, and a set is much cheaper than the regex engine.
  const set = alternatives.every((part) => literal.test(part)) ? new Set(alternatives) : undefined
  const matches = set ? (text: string) => set.has(text) : (text: string) => regex.test(text)
  return type === '=~' ? matches : (text) => !matches(text)
}

/** Throws QueryError bad_data when the pattern is not valid RE2. */
export function newMatcher(spec: { name: string; type: MatchType; value: string }, context: MatcherContext): Matcher {
  return { ...spec, test: tester(spec.type, spec.value, context) }
}

export const matchesAll = (labels: Labels, matchers: readonly Matcher[]) =>
  matchers.every((matcher) => matcher.test(labels[matcher.name] ?? ''))

/** The one metric name that these matchers allow, where an equality names it. */
export const exactName = (matchers: readonly Matcher[]) =>
  matchers.find((matcher) => matcher.name === metricName && matcher.type === '=' && matcher.value !== '')?.value

import * as z from 'zod'
import { ToolError } from '#contract'
import { word } from '../arguments.ts'
import type { Matcher } from '../clients/alertmanager/types.ts'

/** One matcher as people write it: `alertname="Watchdog"`, `pod=~"web-.*"`, `severity!="info"`. */
export const matcherText = word.describe('name="value", with = != =~ or !~')
export const matchersInput = z.array(matcherText)

const shape = /^\s*([A-Za-z_][A-Za-z0-9_.:-]*)\s*(=~|!~|!=|=)\s*(.*?)\s*$/s

/** @throws ToolError invalid-input that names the matcher */
export function parseMatcher(text: string, field: string): Matcher {
  const [, name, operator = '', rest = ''] = shape.exec(text) ?? []
  const refuse = (what: string) =>
    new ToolError('invalid-input', `${JSON.stringify(text.slice(0, 120))} ${what}`, {
      field,
      next: 'Write alertname="Name", severity!="info" or pod=~"web-.*".',
      changed: 'nothing',
    })
  if (name === undefined) throw refuse('is no matcher.')
  const value = /^"(?:[^"\\]|\\.)*"$/s.test(rest) ? (JSON.parse(rest.replace(/\n/g, '\\n')) as string) : rest
  const matcher = { name, value, isRegex: operator.endsWith('~'), isEqual: !operator.startsWith('!') }
  if (matcher.isRegex)
    try {
      new RegExp(value)
    } catch {
      throw refuse('is no pattern.')
    }
  return matcher
}

const operators = { true: ['=', '=~'], false: ['!=', '!~'] } as const
export const describeMatcher = ({ name, value, isRegex, isEqual }: Matcher): string =>
  `${name}${operators[`${isEqual}`][isRegex ? 1 : 0]}${JSON.stringify(value)}`
export const describeMatchers = (matchers: readonly Matcher[]): string =>
  `{${matchers.map(describeMatcher).join(', ')}}`

function holds({ name, value, isRegex, isEqual }: Matcher, labels: Record<string, string>): boolean {
  const own = labels[name] ?? ''
  let hit = own === value
  if (isRegex)
    try {
      hit = new RegExp(`^(?:${value})$`, 's').test(own)
    } catch {
      // RE2 knows forms that JavaScript does not: what it would mute cannot be told here
      return false
    }
  return hit === isEqual
}

/** Whether a silence of these matchers mutes an alert of these labels. */
export const mutes = (matchers: readonly Matcher[], labels: Record<string, string>): boolean =>
  matchers.every((matcher) => holds(matcher, labels))

/** Values that no label has, to see whether a matcher says anything at all. */
const probes = ['', 'a', 'zzz-9', '0', 'Some value with spaces', '日本']

/** A matcher that holds for every value says nothing; one that only excludes says almost nothing. */
export const saysNothing = (matcher: Matcher): boolean =>
  probes.every((value) => holds(matcher, { [matcher.name]: value }))

/**
 * Refuses a silence that would mute everything.
 * @throws ToolError invalid-input
 */
export function checkMatchers(matchers: readonly Matcher[]): void {
  const next = 'Name the alert: alertname="…", and what it is about: namespace, node, pod. Or give a fingerprint.'
  if (matchers.length === 0)
    throw new ToolError('invalid-input', 'A silence needs at least one matcher.', {
      field: 'matchers',
      next,
      changed: 'nothing',
    })
  const selecting = matchers.filter((one) => one.isEqual && one.value !== '' && !saysNothing(one))
  if (selecting.length === 0)
    throw new ToolError(
      'invalid-input',
      `${describeMatchers(matchers)} would mute everything, or all but a little: no matcher selects anything.`,
      { field: 'matchers', next, changed: 'nothing' },
    )
}

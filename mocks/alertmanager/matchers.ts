/** One matcher as silences hold them. */
export interface Matcher {
  name: string
  value: string
  isRegex: boolean
  isEqual: boolean
}

export function matches(matcher: Matcher, labels: Record<string, string>): boolean {
  const value = labels[matcher.name] ?? ''
  const hit = matcher.isRegex ? new RegExp(`^(?:${matcher.value})$`).test(value) : value === matcher.value
  return hit === (matcher.isEqual ?? true)
}

/** Reads one `filter` parameter (`alertname="X"`, `severity=~"a|b"`); undefined where it is none. */
export function parseMatcher(text: string): Matcher | undefined {
  const match = /^\s*([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*"?((?:[^"\\]|\\.)*)"?\s*$/.exec(text.replace(/^\{|\}$/g, ''))
  if (!match) return undefined
  const [, name = '', operator = '=', value = ''] = match
  const matcher = { name, value, isRegex: operator.endsWith('~'), isEqual: !operator.startsWith('!') }
  if (!matcher.isRegex) return matcher
  try {
    new RegExp(value)
    return matcher
  } catch {
    return undefined
  }
}

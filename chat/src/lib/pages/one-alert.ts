import type { Answer, CardData, Tone } from '#contract'

type Check = CardData['status']['checks'][number]

export interface AlertParts {
  rule?: { query: string; facts: string; state: string; tone: Tone }
  measured: Check[]
  unknown: Check[]
  silences: Check[]
  episodes: Check[]
  annotations: { id: string; label: string; text: string }[]
  labels: string[]
}

const unquoted = (text: string) => {
  try {
    return String(JSON.parse(text))
  } catch {
    return text
  }
}

/** The checks of get_alert in the parts that a page lays out; their ids say what each is. */
export function partsOf(checks: readonly Check[]): AlertParts {
  const parts: AlertParts = { measured: [], unknown: [], silences: [], episodes: [], annotations: [], labels: [] }
  for (const check of checks) {
    const { id, label, state, tone, detail = '' } = check
    if (id === 'rule' && state !== 'unknown') {
      const at = detail.lastIndexOf(' (')
      parts.rule = {
        query: at < 0 ? detail : detail.slice(0, at),
        facts: at < 0 ? '' : detail.slice(at + 2, -1),
        state,
        tone,
      }
    } else if (id.startsWith('series')) parts.measured.push(check)
    else if (/^(silence|inhibited|muted)-/.test(id)) parts.silences.push(check)
    else if (id.startsWith('episode-')) parts.episodes.push(check)
    else if (id.startsWith('annotation-'))
      parts.annotations.push({ id, label: label.replaceAll('_', ' '), text: unquoted(detail) })
    else if (id === 'labels') parts.labels = detail.split(', ').filter(Boolean)
    else parts.unknown.push(check)
  }
  return parts
}

/** The chart that get_alert says to look at next: what the rule measures, from an hour before the start. */
export function chartBehind(answer: Answer | undefined): object | undefined {
  const call = answer?.next?.find((next) => next.startsWith('query_metrics {'))
  if (!call) return undefined
  try {
    return { ...(JSON.parse(call.slice('query_metrics '.length)) as object), limit: 10 }
  } catch {
    return undefined
  }
}

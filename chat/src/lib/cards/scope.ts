import type { Answer, CardData } from '#contract'
import type { Words } from '../words/index.ts'
import { duration } from './format.ts'

type Input = Record<string, unknown>
const mostNamed = 2

const words = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === 'string' && one.trim() !== '')

const inputOf = (input: unknown): Input =>
  typeof input === 'object' && input !== null && !Array.isArray(input) ? (input as Input) : {}

/** What a call is about, in a few words: clusters, namespace, range of time. From the answer, else from what was asked. */
export function scopeOf(answer: Answer | undefined, given: unknown, text: Words['cards']): string[] {
  const input = inputOf(given)
  return [clustersOf(answer, input, text), ...words(input.namespace), timeOf(answer, input, text)].filter(
    (chip) => chip !== undefined,
  )
}

function clustersOf(answer: Answer | undefined, input: Input, text: Words['cards']): string | undefined {
  const asked = [...words(input.clusters), ...words(input.cluster)]
  const answered = (answer?.clusters ?? []).map(({ cluster }) => cluster)
  const names = [...new Set(answered.length > 0 ? answered : asked)]
  if (names.length === 0) return undefined
  return names.length <= mostNamed ? names.join(', ') : text.clusters(names.length)
}

function timeOf(answer: Answer | undefined, input: Input, text: Words['cards']): string | undefined {
  const last = words(input.since)[0] ?? words(input.range)[0] ?? words(input.window)[0]
  if (last && /^[\w. ]{1,16}$/.test(last)) return text.last(last.replace(/^last\s+/i, ''))
  if (answer?.card !== 'time-series' || !answer.data) return undefined
  const { start, end, resultType } = answer.data as Partial<CardData['time-series']>
  const seconds = Math.round((Date.parse(end ?? '') - Date.parse(start ?? '')) / 1000)
  return resultType === 'matrix' && seconds > 0 ? duration(seconds) : undefined
}

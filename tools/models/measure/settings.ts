import type { Fact } from '#contract'
import { counted } from '../../table.ts'

/** A closed loop: `concurrency` callers, each asking again when its answer is there, until `requests` were sent or the time is over. */
export interface LoadSettings {
  concurrency: number
  requests: number
  /** Words of a prompt, about one token each */
  inputTokens: number
  outputTokens: number
  seconds: number
  /** Words at the beginning that all prompts share: what a prefix cache may keep. Part of `inputTokens` */
  sharedPrefixTokens: number
  /** Objectives for a request: its first token, and the mean time between its tokens */
  ttftMs?: number
  itlMs?: number
}

/** No load is larger, whoever asks. */
export const hardLimits = {
  concurrency: 32,
  requests: 200,
  seconds: 60,
  inputTokens: 8192,
  outputTokens: 1024,
} as const

/** One for each connection: they are opened, and what an engine compiles or loads with a first request is not measured. */
export const warmUpOf = ({ concurrency, requests }: LoadSettings): number => Math.min(concurrency, requests)

/** Two questions before the load: one whole, one streamed. */
export const triesBefore = 2

/** What is sent at most, for the plan. */
export function boundOf(settings: LoadSettings): string {
  const requests = settings.requests + warmUpOf(settings) + triesBefore
  return `at most ${counted(requests, 'request')}, ${settings.concurrency} at once, with about ${settings.inputTokens} prompt and ≤ ${settings.outputTokens} answer tokens each, in ≤ ${settings.seconds} s`
}

export const settingsFacts = (settings: LoadSettings): Fact[] => [
  { label: 'Concurrency', value: String(settings.concurrency) },
  { label: 'Requests', value: `${settings.requests} + ${warmUpOf(settings)} to warm up` },
  { label: 'Prompt', value: `about ${settings.inputTokens} tokens` },
  { label: 'Answer', value: `≤ ${settings.outputTokens} tokens` },
  ...(settings.sharedPrefixTokens > 0
    ? [{ label: 'Shared prefix', value: `${settings.sharedPrefixTokens} tokens` }]
    : []),
  ...(settings.ttftMs !== undefined ? [{ label: 'First token within', value: `${settings.ttftMs} ms` }] : []),
  ...(settings.itlMs !== undefined ? [{ label: 'Between tokens', value: `≤ ${settings.itlMs} ms` }] : []),
  { label: 'Time', value: `≤ ${settings.seconds} s` },
]

/** What two measurements must have in common for their figures to be comparable. */
export const sameLoad = (left: Partial<LoadSettings>, right: Partial<LoadSettings>): boolean =>
  (['concurrency', 'inputTokens', 'outputTokens', 'sharedPrefixTokens'] as const).every(
    (key) => left[key] === right[key],
  )

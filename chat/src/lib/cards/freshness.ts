import type { Answer } from '#contract'
import type { LiveState } from '../live/connection.ts'

export type Freshness =
  /** Events keep it right */
  | 'live'
  /** Read a moment ago */
  | 'fresh'
  /** Read long enough ago that it may have changed */
  | 'stale'
  /** Its source, or the live connection, is gone: nobody knows what holds now */
  | 'known'
  /** It tells of something that is over and cannot change any more */
  | 'over'

interface Moment {
  /** Events would change the card */
  follows: boolean
  connection: LiveState
  /** It was tried to read it again, and that failed */
  lost: boolean
  /** Unix milliseconds */
  now: number
}

const freshMs = 90_000
const ended = new Set(['succeeded', 'failed', 'cancelled', 'denied', 'expired', 'superseded', 'interrupted'])

/** How much of a card still holds. */
export function freshnessOf(answer: Answer, { follows, connection, lost, now }: Moment): Freshness {
  if (lost) return 'known'
  const state = answer.approval?.state ?? answer.data?.state
  if (isChange(answer) && ended.has(String(state))) return 'over'
  if (answer.error) return 'over'
  if (follows && (connection === 'live' || connection === 'fallback')) return 'live'
  if (follows && connection === 'waiting') return 'known'
  return now - Date.parse(answer.at) > freshMs ? 'stale' : 'fresh'
}

const isChange = ({ card }: Answer) => card === 'approval' || card === 'progress' || card === 'measurement'

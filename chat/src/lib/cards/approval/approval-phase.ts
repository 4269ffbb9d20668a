import type { ApprovalPayload, ApprovalState, Tone } from '#contract'

/** How each state of an approval is marked; the word beside it is `words.state`. */
export const approvalTones: Record<ApprovalState, Tone> = {
  pending: 'busy',
  scheduled: 'warn',
  cancelled: 'neutral',
  running: 'busy',
  succeeded: 'good',
  denied: 'neutral',
  expired: 'neutral',
  superseded: 'warn',
  failed: 'bad',
  interrupted: 'warn',
}

const ranks: Partial<Record<ApprovalState, number>> = { pending: 0, scheduled: 1, running: 2 }
const rank = (state: ApprovalState) => ranks[state] ?? 3

/** Nothing more comes of it. */
export const isOver = (state: ApprovalState) => rank(state) === 3

/** As it stands at `now` (ms since 1970): one that nobody decided in time is expired before the server says so. */
export const phaseOf = ({ state, expiresAt }: ApprovalPayload, now: number): ApprovalState =>
  state === 'pending' && Date.parse(expiresAt) <= now ? 'expired' : state

/** What live events brought and what was read from the server: the one that is further along, with what only the server tells. */
export function furthest(given: ApprovalPayload, known: ApprovalPayload | undefined): ApprovalPayload {
  if (!known) return given
  return rank(known.state) > rank(given.state)
    ? known
    : { ...known, ...given, outcome: given.outcome ?? known.outcome, grant: known.grant ?? given.grant }
}

import type { ApprovalPayload } from '#contract'
import type { ApprovalRow } from '../../cards/approval/approval-client.ts'

/** A whole approval as a row of the list. */
export function rowOf(approval: ApprovalPayload): ApprovalRow {
  const { id, tool, state, risk, askedBy, askedAt, expiresAt, plan, persona, conversation, needsSecond } = approval
  const { firstBy, endedAt, reason, rolledBackBy, grantId } = approval
  const decidedBy = approval.decidedBy ?? approval.cancelledBy
  return {
    ...{ id, tool, state, risk, askedBy, askedAt, expiresAt, summary: plan.summary },
    ...(plan.cluster !== undefined && { cluster: plan.cluster }),
    ...(persona !== undefined && { persona }),
    ...(conversation !== undefined && { conversation }),
    ...(needsSecond && { needsSecond }),
    ...(firstBy !== undefined && { firstBy }),
    ...(decidedBy !== undefined && { decidedBy }),
    ...(endedAt !== undefined && { endedAt }),
    ...(reason !== undefined && { reason }),
    ...(grantId !== undefined && { granted: true }),
    ...(rolledBackBy !== undefined && { rolledBack: true }),
  }
}

/**
 * The rows that stand, in the order in which they stand, as they are now; below them what is new, the oldest first. A row that was
 * decided stays where it is: nothing moves under a finger.
 */
export function merged(standing: readonly ApprovalRow[], fresh: readonly ApprovalRow[]): ApprovalRow[] {
  const now = new Map(fresh.map((row) => [row.id, row]))
  const known = new Set(standing.map(({ id }) => id))
  const added = [...now.values()].filter(({ id }) => !known.has(id))
  added.sort((one, other) => one.askedAt.localeCompare(other.askedAt) || one.id.localeCompare(other.id))
  return [...standing.map((row) => now.get(row.id) ?? row), ...added]
}

/** As it stands at `now` (ms since 1970): one that nobody decided in time is expired before the server says so. */
export const stateOf = ({ state, expiresAt }: ApprovalRow, now: number): string =>
  state === 'pending' && Date.parse(expiresAt) <= now ? 'expired' : state

export const isOpenState = (state: string) => state === 'pending' || state === 'scheduled' || state === 'running'

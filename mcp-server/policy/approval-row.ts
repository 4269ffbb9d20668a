import { type ApprovalPayload, type ApprovalState, approval, type NewEvent, type Plan, ToolError } from '#contract'
import type { approvals } from '#db/schema/core.ts'
import type { Actor } from '#define'

export type StoredApproval = typeof approvals.$inferSelect

export interface NewApproval {
  tool: string
  title: string
  risk: 'change' | 'danger'
  /** Stored as it will run; never shown */
  input: unknown
  inputDigest: string
  plan: Plan
  planDigest: string
  guardDigest: string
  actor: Actor
  persona?: string
  conversation?: string
  expiresAt: Date
  /** Replaces this pending approval in the same transaction */
  supersedes?: string
  /** What moved since then */
  changes?: string[]
  /** Two people must say yes */
  needsSecond?: boolean
  /** Undoes this approval */
  rollsBack?: string
}

export interface ApprovalRow extends Omit<NewApproval, 'expiresAt'> {
  id: string
  state: ApprovalState
  askedAt: string
  expiresAt: string
  decidedBy?: string
  decidedAt?: string
  startedAt?: string
  endedAt?: string
  reason?: string
  supersededBy?: string
  outcome?: Record<string, unknown>
  needsSecond: boolean
  firstById?: string
  firstBy?: string
  firstAt?: string
  /** `scheduled`: approved, and until then it can be cancelled */
  applyAt?: string
  cancelledBy?: string
  grantId?: string
  rolledBackBy?: string
}

const optional = <T>(value: T | null): T | undefined => value ?? undefined
const moment = (value: Date | null): string | undefined => value?.toISOString()

export function toRow(stored: StoredApproval): ApprovalRow {
  const { id, state, tool, title, risk, input, inputDigest, plan, planDigest, guardDigest } = stored
  const persona = optional(stored.persona)
  const conversation = optional(stored.conversation)
  return {
    ...{ id, state, tool, title, risk, input, inputDigest, plan, planDigest, guardDigest, persona, conversation },
    actor: { ...stored.actor, persona, conversation },
    askedAt: stored.askedAt.toISOString(),
    expiresAt: stored.expiresAt.toISOString(),
    decidedBy: optional(stored.decidedBy),
    decidedAt: moment(stored.decidedAt),
    startedAt: moment(stored.startedAt),
    endedAt: moment(stored.endedAt),
    reason: optional(stored.reason),
    supersedes: optional(stored.supersedes),
    supersededBy: optional(stored.supersededBy),
    changes: optional(stored.changes),
    outcome: optional(stored.outcome),
    needsSecond: stored.needsSecond,
    firstById: optional(stored.firstById),
    firstBy: optional(stored.firstBy),
    firstAt: moment(stored.firstAt),
    applyAt: moment(stored.applyAt),
    cancelledBy: optional(stored.cancelledBy),
    grantId: optional(stored.grantId),
    rollsBack: optional(stored.rollsBack),
    rolledBackBy: optional(stored.rolledBackBy),
  }
}

/** Without members that are undefined: they would be lost on the wire anyway. */
const present = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T

/** The row as its card shows it: without the stored input and the digests. */
export function approvalCard(row: ApprovalRow, url?: string): ApprovalPayload {
  const { id, tool, title, risk, state, plan, askedAt, expiresAt, persona, decidedBy, decidedAt, reason } = row
  const { supersedes, supersededBy, changes, outcome, conversation, applyAt, cancelledBy, startedAt, endedAt } = row
  const { firstBy, firstAt, grantId, rollsBack, rolledBackBy } = row
  return present({
    ...{ id, tool, title, risk, state, plan, askedBy: row.actor.name, askedAt, expiresAt },
    ...{ persona, decidedBy, decidedAt, reason, supersedes, supersededBy, changes, outcome, url, conversation },
    ...{ applyAt, cancelledBy, startedAt, endedAt, firstBy, firstAt, grantId, rollsBack, rolledBackBy },
    needsSecond: row.needsSecond || undefined,
    planHash: row.planDigest,
  })
}

const noun: Record<ApprovalState, string> = {
  pending: 'asked',
  scheduled: 'scheduled',
  cancelled: 'cancelled',
  denied: 'denied',
  expired: 'expired',
  superseded: 'superseded',
  running: 'started',
  succeeded: 'succeeded',
  failed: 'failed',
  interrupted: 'interrupted',
}

/** Steps that leave the state as it is. */
const steps = { first: 'first-approved', rolledBack: 'rolled-back', revoked: 'grant-revoked' } as const

/** Names of the events of approvals. */
export const approvalEvents: readonly string[] = [...Object.values(noun), ...Object.values(steps)].map(
  (step) => `approval.${step}`,
)

/** The step a row just made, with the patch of its card. */
export function eventOf(row: ApprovalRow, step?: keyof typeof steps): NewEvent {
  const { state, decidedBy, decidedAt, reason, supersededBy, outcome, applyAt, cancelledBy, startedAt, endedAt } = row
  const { firstBy, firstAt, rolledBackBy, expiresAt } = row
  return {
    name: `approval.${step ? steps[step] : noun[state]}`,
    subject: `approvals/${row.id}`,
    ...(row.plan.cluster !== undefined && { cluster: row.plan.cluster }),
    data: approval.patch.parse(
      present({
        ...{ state, decidedBy, decidedAt, reason, supersededBy, outcome, applyAt, cancelledBy, startedAt, endedAt },
        ...{ firstBy, firstAt, rolledBackBy, ...(applyAt !== undefined && { expiresAt }) },
      }),
    ),
  }
}

/** Why a row that is not pending (or not pending any more) cannot be decided. */
export function refusal(row: ApprovalRow): ToolError {
  if (row.state === 'pending' || row.state === 'expired') {
    const next = 'Ask for the change again: it is planned anew and a new approval is made.'
    return new ToolError('approval-expired', `The approval ${row.id} expired at ${row.expiresAt}.`, { next })
  }
  const next =
    row.state === 'superseded' && row.supersededBy
      ? `Decide on ${row.supersededBy}, which replaced it.`
      : row.state === 'scheduled'
        ? 'It runs in a moment; until then it can be cancelled.'
        : 'Look at its outcome; to do it again, ask for the change again.'
  return new ToolError('approval-used', `The approval ${row.id} is already ${row.state}.`, {
    next,
    details: { state: row.state, ...(row.supersededBy !== undefined && { supersededBy: row.supersededBy }) },
  })
}

/** Why this person's yes does not count as the second one. */
export const secondRefusal = (row: ApprovalRow, name: string): ToolError =>
  new ToolError('permission-denied', `${row.firstBy} said yes already; ${name} cannot be the second person too`, {
    next: 'Somebody else with the needed role says yes as well, signed in as themselves.',
    changed: 'nothing',
  })

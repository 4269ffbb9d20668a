import { ToolError } from '#contract'
import { and, desc, eq, gt, inArray, isNotNull, isNull, sql } from '#db/drizzle.ts'
import type { LazyDatabase, Tx } from '#db/open.ts'
import { conversations } from '#db/schema/chat.ts'
import { approvalGrants, approvals } from '#db/schema/core.ts'
import type { Events } from '../events/outbox.ts'
import { eventOf, toRow } from './approval-row.ts'
import type { Target } from './approval-target.ts'

export type StoredGrant = typeof approvalGrants.$inferSelect

/** Who may do it again, where. */
export interface GrantUse {
  actorId: string
  conversation: string
  tool: string
  targetDigest: string
}

export interface NewGrant extends Target {
  grantedById: string
  grantedBy: string
}

export interface Grants {
  /** Those that hold now, newest first */
  active(filter?: { conversation?: string | undefined }): Promise<StoredGrant[]>
  /** The one that this approval gave, whether or not it still holds */
  givenWith(approval: string): Promise<StoredGrant | undefined>
  /** Ends it now. ToolError not-found, conflict where it has ended */
  revoke(id: string, by: string): Promise<StoredGrant>
}

/** How long a yes for a target holds. */
export const grantMs = 3_600_000

/**
 * Not revoked, within its hour, its approval ran (one that was cancelled or died allowed nothing), nothing of it was rolled back (who
 * undoes a change does not want it made again unasked), and its conversation is still there: one that was deleted takes its grants along.
 */
const holds = (at: Date) =>
  and(
    isNull(approvalGrants.revokedAt),
    gt(approvalGrants.expiresAt, at),
    sql`exists (select 1 from ${approvals} where ${approvals.id} = ${approvalGrants.approval} and ${inArray(approvals.state, ['running', 'succeeded'])})`,
    sql`not exists (select 1 from ${approvals} where (${approvals.id} = ${approvalGrants.approval} or ${approvals.grantId} = ${approvalGrants.id}) and ${isNotNull(approvals.rolledBackBy)})`,
    sql`exists (select 1 from ${conversations} where ${conversations.id} = ${approvalGrants.conversation})`,
  )

/** Inside the transaction of the decision that gives it. */
export async function giveGrant(
  tx: Tx,
  {
    grant,
    approval,
    at,
  }: { grant: NewGrant; approval: { id: string; tool: string; actorId: string; conversation: string }; at: Date },
): Promise<void> {
  await tx.insert(approvalGrants).values({
    id: crypto.randomUUID(),
    approval: approval.id,
    actorId: approval.actorId,
    conversation: approval.conversation,
    tool: approval.tool,
    target: grant.words,
    targetDigest: grant.digest,
    grantedById: grant.grantedById,
    grantedBy: grant.grantedBy,
    grantedAt: at,
    expiresAt: new Date(at.getTime() + grantMs),
  })
}

/** Takes one use of a grant that covers exactly this; the row lock decides against a revocation at the same moment. */
export async function takeGrant(tx: Tx, use: GrantUse, at: Date): Promise<StoredGrant | undefined> {
  const covers = and(
    eq(approvalGrants.actorId, use.actorId),
    eq(approvalGrants.conversation, use.conversation),
    eq(approvalGrants.tool, use.tool),
    eq(approvalGrants.targetDigest, use.targetDigest),
  )
  const [found] = await tx
    .select({ id: approvalGrants.id })
    .from(approvalGrants)
    .where(and(covers, holds(at)))
    .orderBy(desc(approvalGrants.expiresAt))
    .limit(1)
  if (!found) return undefined
  const [taken] = await tx
    .update(approvalGrants)
    .set({ uses: sql`${approvalGrants.uses} + 1` })
    .where(and(eq(approvalGrants.id, found.id), isNull(approvalGrants.revokedAt), gt(approvalGrants.expiresAt, at)))
    .returning()
  return taken
}

export function createGrants(options: {
  database: LazyDatabase
  events: Pick<Events, 'commit'>
  now: () => Date
}): Grants {
  const { database, events, now } = options
  return {
    active: async ({ conversation } = {}) => {
      const { db } = await database.get()
      const here = conversation === undefined ? undefined : eq(approvalGrants.conversation, conversation)
      return db
        .select()
        .from(approvalGrants)
        .where(and(holds(now()), here))
        .orderBy(desc(approvalGrants.grantedAt))
        .limit(100)
    },
    givenWith: async (approval) => {
      const { db } = await database.get()
      const [found] = await db.select().from(approvalGrants).where(eq(approvalGrants.approval, approval)).limit(1)
      return found
    },
    revoke: (id, by) =>
      events.commit(async (tx) => {
        const [revoked] = await tx
          .update(approvalGrants)
          .set({ revokedAt: now(), revokedBy: by })
          .where(and(eq(approvalGrants.id, id), isNull(approvalGrants.revokedAt)))
          .returning()
        if (!revoked) throw await ended(tx, id)
        const [given] = await tx.select().from(approvals).where(eq(approvals.id, revoked.approval))
        return { value: revoked, events: given ? [eventOf(toRow(given), 'revoked')] : [] }
      }),
  }
}

async function ended(tx: Tx, id: string): Promise<ToolError> {
  const [known] = await tx.select({ id: approvalGrants.id }).from(approvalGrants).where(eq(approvalGrants.id, id))
  return known
    ? new ToolError('conflict', 'It was revoked already.', { next: 'Nothing is to be done.', changed: 'nothing' })
    : new ToolError('not-found', `There is no grant ${id.slice(0, 64)}.`, {
        next: 'list_approval_grants shows those that hold.',
        changed: 'nothing',
      })
}

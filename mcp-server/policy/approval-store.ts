import { type ApprovalState, ToolError } from '#contract'
import { and, asc, desc, eq, gt, lt, lte } from '#db/drizzle.ts'
import type { LazyDatabase, Tx } from '#db/open.ts'
import { approvals } from '#db/schema/core.ts'
import type { Events } from '../events/outbox.ts'
import { type ApprovalRow, eventOf, type NewApproval, refusal, type StoredApproval, toRow } from './approval-row.ts'

export { type ApprovalRow, approvalCard, type NewApproval } from './approval-row.ts'

export interface ApprovalFilter {
  state?: ApprovalState
  actor?: string
  conversation?: string
  tool?: string
  limit: number
}

export interface ApprovalStore {
  /** Errors: those of supersede, when it replaces another one */
  create(approval: NewApproval): Promise<ApprovalRow>
  /** ToolError not-found */
  get(id: string): Promise<ApprovalRow>
  /** Newest first */
  list(filter: ApprovalFilter): Promise<ApprovalRow[]>
  /** pending → running, exactly once. ToolError not-found, approval-used, approval-expired */
  claim(id: string, decision: { by: string }): Promise<ApprovalRow>
  /** pending → denied. The same errors as claim. */
  deny(id: string, decision: { by: string; reason?: string }): Promise<ApprovalRow>
  /** pending → expired for all that are due; answers how many. */
  expireDue(at?: Date): Promise<number>
  /** pending → superseded. The same errors as claim. */
  supersede(id: string, newId: string, changes: string[]): Promise<ApprovalRow>
  /** running → the end. ToolError not-found, approval-used when it is not running */
  finish(
    id: string,
    end: { state: 'succeeded' | 'failed' | 'interrupted'; outcome?: Record<string, unknown>; reason?: string },
  ): Promise<ApprovalRow>
  /** Running since before `startedBefore`: cut off by a crash when nobody can still be working on them. Oldest first. */
  interruptedSince(startedBefore: Date): Promise<ApprovalRow[]>
  /** Takes over an interrupted run: only one process gets it. Undefined when another one did. */
  takeOver(row: ApprovalRow): Promise<ApprovalRow | undefined>
}

/** Made inside the transaction: opening the database may have taken seconds. */
type Change = (at: Date) => Partial<StoredApproval> & { state: ApprovalState }

const unknownId = (id: string) =>
  new ToolError('not-found', `There is no approval ${id}.`, { next: 'List the open ones with list_approvals.' })

/**
 * Approvals and their states: pending → denied | expired | superseded | running → succeeded | failed | interrupted.
 * Each step is one transaction of row and event (`approval.<step>`, subject `approvals/<id>`, data = card patch), and a
 * condition on the row decides between two that try at once.
 */
export function createApprovalStore(options: {
  database: LazyDatabase
  events: Pick<Events, 'commit'>
  now: () => Date
}): ApprovalStore {
  const { database, events, now } = options

  async function find(tx: Tx, id: string): Promise<ApprovalRow> {
    const [stored] = await tx.select().from(approvals).where(eq(approvals.id, id))
    if (!stored) throw unknownId(id)
    return toRow(stored)
  }

  /** pending → `change`; an approval past its time expires instead. */
  async function decide(tx: Tx, id: string, change: Change): Promise<ApprovalRow | ToolError> {
    const open = and(eq(approvals.id, id), eq(approvals.state, 'pending'))
    const at = now()
    const [done] = await tx
      .update(approvals)
      .set(change(at))
      .where(and(open, gt(approvals.expiresAt, at)))
      .returning()
    return done ? toRow(done) : refusal(await find(tx, id))
  }

  async function expire(tx: Tx, at: Date, id?: string): Promise<ApprovalRow[]> {
    const due = and(eq(approvals.state, 'pending'), lte(approvals.expiresAt, at), id ? eq(approvals.id, id) : undefined)
    const rows = await tx.update(approvals).set({ state: 'expired', endedAt: at }).where(due).returning()
    return rows.map(toRow)
  }

  async function decideAndTell(
    id: string,
    change: Change,
    also: (tx: Tx) => Promise<void> = async () => undefined,
  ): Promise<ApprovalRow> {
    const decided = await events.commit<ApprovalRow | ToolError>(async (tx) => {
      const value = await decide(tx, id, change)
      if (value instanceof ToolError) return { value, events: (await expire(tx, now(), id)).map(eventOf) }
      await also(tx)
      return { value, events: [eventOf(value)] }
    })
    if (decided instanceof ToolError) throw decided
    return decided
  }

  return {
    create: ({ actor, expiresAt, ...approval }) =>
      events.commit(async (tx) => {
        const id = crypto.randomUUID()
        const { persona = actor.persona, conversation = actor.conversation, supersedes } = approval
        const change: Change = (endedAt) => ({ state: 'superseded', supersededBy: id, endedAt })
        const replaced = supersedes === undefined ? undefined : await decide(tx, supersedes, change)
        if (replaced instanceof ToolError) throw replaced
        const [stored] = await tx
          .insert(approvals)
          .values({
            ...approval,
            id,
            persona,
            conversation,
            state: 'pending',
            actorId: actor.id,
            actor: { ...actor, clusters: actor.clusters === '*' ? '*' : [...actor.clusters] },
            askedAt: now(),
            expiresAt,
          })
          .returning()
        const row = toRow(stored as StoredApproval)
        return { value: row, events: [...(replaced ? [eventOf(replaced)] : []), eventOf(row)] }
      }),
    get: async (id) => find((await database.get()).db as unknown as Tx, id),
    list: async ({ state, actor, conversation, tool, limit }) => {
      const { db } = await database.get()
      const wanted = and(
        state && eq(approvals.state, state),
        actor === undefined ? undefined : eq(approvals.actorId, actor),
        conversation === undefined ? undefined : eq(approvals.conversation, conversation),
        tool === undefined ? undefined : eq(approvals.tool, tool),
      )
      const newestFirst = [desc(approvals.askedAt), desc(approvals.id)]
      const rows = await db
        .select()
        .from(approvals)
        .where(wanted)
        .orderBy(...newestFirst)
        .limit(limit)
      return rows.map(toRow)
    },
    claim: (id, { by }) =>
      decideAndTell(id, (at) => ({ state: 'running', decidedBy: by, decidedAt: at, startedAt: at })),
    deny: (id, { by, reason }) =>
      decideAndTell(id, (at) => ({ state: 'denied', decidedBy: by, decidedAt: at, endedAt: at, reason })),
    supersede: (id, newId, changes) => {
      const change: Change = (endedAt) => ({ state: 'superseded', supersededBy: newId, endedAt })
      return decideAndTell(id, change, async (tx) => {
        await tx.update(approvals).set({ supersedes: id, changes }).where(eq(approvals.id, newId))
      })
    },
    expireDue: (at = now()) =>
      events.commit(async (tx) => {
        const rows = await expire(tx, at)
        return { value: rows.length, events: rows.map(eventOf) }
      }),
    finish: (id, { state, outcome, reason }) =>
      events.commit(async (tx) => {
        const [done] = await tx
          .update(approvals)
          .set({ state, outcome, reason, endedAt: now() })
          .where(and(eq(approvals.id, id), eq(approvals.state, 'running')))
          .returning()
        if (!done) throw refusal(await find(tx, id))
        const row = toRow(done)
        return { value: row, events: [eventOf(row)] }
      }),
    interruptedSince: async (startedBefore) => {
      const { db } = await database.get()
      const cutOff = and(eq(approvals.state, 'running'), lt(approvals.startedAt, startedBefore))
      const rows = await db.select().from(approvals).where(cutOff).orderBy(asc(approvals.startedAt))
      return rows.map(toRow)
    },
    takeOver: async (row) => {
      const { db } = await database.get()
      const before = new Date(row.startedAt ?? 0)
      const seen = eq(approvals.startedAt, before)
      const [taken] = await db
        .update(approvals)
        // always another moment, or a second taker would find the row as it saw it
        .set({ startedAt: new Date(Math.max(now().getTime(), before.getTime() + 1)) })
        .where(and(eq(approvals.id, row.id), eq(approvals.state, 'running'), seen))
        .returning()
      return taken && toRow(taken)
    },
  }
}

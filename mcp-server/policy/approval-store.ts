import { type ApprovalState, ToolError } from '#contract'
import { and, asc, count, desc, eq, gt, inArray, isNotNull, isNull, lt, lte, ne, or, type SQL } from '#db/drizzle.ts'
import type { LazyDatabase, Tx } from '#db/open.ts'
import { approvals } from '#db/schema/core.ts'
import type { Events } from '../events/outbox.ts'
import { wanted } from './approval-filter.ts'
import { giveGrant, takeGrant } from './approval-grants.ts'
import {
  type ApprovalRow,
  eventOf,
  type NewApproval,
  refusal,
  type StoredApproval,
  secondRefusal,
  toRow,
} from './approval-row.ts'
import type { ApprovalStore, Yes } from './approval-store-types.ts'

export { type ApprovalRow, approvalCard } from './approval-row.ts'
export type { ApprovalStore, Yes } from './approval-store-types.ts'

/** Made inside the transaction: opening the database may have taken seconds. */
type Change = (at: Date) => Partial<StoredApproval> & { state: ApprovalState }

interface Step {
  change: Change
  /** Default: pending */
  from?: readonly ApprovalState[]
  /** What must hold beside state and time */
  also?: (at: Date) => SQL | undefined
  /** The event, where the state stays */
  tell?: Parameters<typeof eventOf>[1]
}

const unknownId = (id: string) =>
  new ToolError('not-found', `There is no approval ${id}.`, { next: 'List the open ones with list_approvals.' })

/** A scheduled approval that nobody started within this after its time is too old to be what was meant. */
const startWithinMs = 60_000

/**
 * Approvals and their states: pending → denied | expired | superseded | scheduled | running → succeeded | failed | interrupted, and
 * scheduled → running | cancelled | superseded | expired.
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

  const values = ({ actor, expiresAt, ...approval }: NewApproval, id: string) => ({
    ...approval,
    id,
    persona: approval.persona ?? actor.persona,
    conversation: approval.conversation ?? actor.conversation,
    actorId: actor.id,
    actor: { ...actor, clusters: actor.clusters === '*' ? ('*' as const) : [...actor.clusters] },
    askedAt: now(),
    expiresAt,
  })

  /** One of `from` → `change`; an approval past its time expires instead. */
  async function decide(
    tx: Tx,
    id: string,
    { change, from = ['pending'], also }: Step,
  ): Promise<ApprovalRow | ToolError> {
    const open = and(eq(approvals.id, id), inArray(approvals.state, [...from]))
    const at = now()
    const [done] = await tx
      .update(approvals)
      .set(change(at))
      .where(and(open, gt(approvals.expiresAt, at), also?.(at)))
      .returning()
    return done ? toRow(done) : refused(await find(tx, id), at)
  }

  function refused(row: ApprovalRow, at: Date): ToolError {
    const isOpen = row.state === 'pending' && new Date(row.expiresAt) > at
    if (isOpen && row.needsSecond) return secondRefusal({ ...row, firstBy: row.firstBy ?? 'Nobody' }, 'this person')
    return refusal(row)
  }

  async function expire(tx: Tx, at: Date, id?: string): Promise<ApprovalRow[]> {
    const due = (state: 'pending' | 'scheduled') =>
      and(eq(approvals.state, state), lte(approvals.expiresAt, at), id ? eq(approvals.id, id) : undefined)
    const end = { state: 'expired' as const, endedAt: at }
    const late = { ...end, reason: 'It was approved, but no server was there to run it in time; nothing was changed' }
    const rows = await tx.update(approvals).set(end).where(due('pending')).returning()
    const missed = await tx.update(approvals).set(late).where(due('scheduled')).returning()
    return [...rows, ...missed].map(toRow)
  }

  async function decideAndTell(
    id: string,
    step: Step,
    also: (tx: Tx, row: ApprovalRow) => Promise<void> = async () => undefined,
  ): Promise<ApprovalRow> {
    const decided = await events.commit<ApprovalRow | ToolError>(async (tx) => {
      const value = await decide(tx, id, step)
      if (value instanceof ToolError) return { value, events: (await expire(tx, now(), id)).map((row) => eventOf(row)) }
      await also(tx, value)
      return { value, events: [eventOf(value, step.tell)] }
    })
    if (decided instanceof ToolError) throw decided
    return decided
  }

  /** Where two people are needed: another one than the first has said yes. */
  const bothSaidYes = ({ by, byId = by }: Yes) =>
    or(eq(approvals.needsSecond, false), and(isNotNull(approvals.firstById), ne(approvals.firstById, byId)))

  const give =
    ({ grant }: Yes) =>
    async (tx: Tx, { id, tool, actor, conversation }: ApprovalRow) => {
      if (grant && conversation !== undefined)
        await giveGrant(tx, { grant, approval: { id, tool, actorId: actor.id, conversation }, at: now() })
    }

  /** The approval that this one undid shows it from now on. */
  async function noteUndone(tx: Tx, { id, rollsBack = '' }: ApprovalRow) {
    const [undone] = await tx
      .update(approvals)
      .set({ rolledBackBy: id })
      .where(and(eq(approvals.id, rollsBack), eq(approvals.state, 'succeeded')))
      .returning()
    return undone ? [eventOf(toRow(undone), 'rolledBack')] : []
  }

  return {
    create: (approval) =>
      events.commit(async (tx) => {
        const id = crypto.randomUUID()
        const { supersedes } = approval
        const change: Change = (endedAt) => ({ state: 'superseded', supersededBy: id, endedAt })
        const replaced =
          supersedes === undefined
            ? undefined
            : await decide(tx, supersedes, { change, from: ['pending', 'scheduled'] })
        if (replaced instanceof ToolError) throw replaced
        const [stored] = await tx
          .insert(approvals)
          .values({ ...values(approval, id), state: 'pending' })
          .returning()
        const row = toRow(stored as StoredApproval)
        return { value: row, events: [...(replaced ? [eventOf(replaced)] : []), eventOf(row)] }
      }),
    createGranted: (approval, use) =>
      events.commit<ApprovalRow | undefined>(async (tx) => {
        const at = now()
        const grant = await takeGrant(tx, use, at)
        if (!grant) return { value: undefined, events: [] }
        const [stored] = await tx
          .insert(approvals)
          .values({
            ...values(approval, crypto.randomUUID()),
            state: 'running',
            decidedBy: `${grant.grantedBy}, granted ${grant.grantedAt.toISOString().slice(11, 16)} UTC`,
            decidedAt: at,
            startedAt: at,
            grantId: grant.id,
          })
          .returning()
        const row = toRow(stored as StoredApproval)
        return { value: row, events: [eventOf(row)] }
      }),
    get: async (id) => find((await database.get()).db as unknown as Tx, id),
    list: async ({ limit, ...filter }) => {
      const { db } = await database.get()
      const newestFirst = [desc(approvals.askedAt), desc(approvals.id)]
      const rows = await db
        .select()
        .from(approvals)
        .where(wanted(filter))
        .orderBy(...newestFirst)
        .limit(limit)
      return rows.map(toRow)
    },
    counts: async (filter) => {
      const { db } = await database.get()
      const rows = await db
        .select({ state: approvals.state, many: count() })
        .from(approvals)
        .where(wanted(filter))
        .groupBy(approvals.state)
      return Object.fromEntries(rows.map(({ state, many }) => [state, many]))
    },
    first: (id, { by, byId = by }) =>
      decideAndTell(id, {
        change: (at) => ({ state: 'pending', firstById: byId, firstBy: by, firstAt: at }),
        also: () => and(eq(approvals.needsSecond, true), isNull(approvals.firstById)),
        tell: 'first',
      }),
    claim: (id, yes) =>
      decideAndTell(
        id,
        {
          change: (at) => ({ state: 'running', decidedBy: yes.by, decidedAt: at, startedAt: at }),
          also: () => bothSaidYes(yes),
        },
        give(yes),
      ),
    schedule: (id, yes, waitMs) =>
      decideAndTell(
        id,
        {
          change: (at) => {
            const applyAt = new Date(at.getTime() + waitMs)
            const latest = new Date(applyAt.getTime() + startWithinMs)
            return { state: 'scheduled', decidedBy: yes.by, decidedAt: at, applyAt, expiresAt: latest }
          },
          also: () => bothSaidYes(yes),
        },
        give(yes),
      ),
    start: (id) =>
      decideAndTell(id, {
        change: (at) => ({ state: 'running', startedAt: at }),
        from: ['scheduled'],
        also: (at) => lte(approvals.applyAt, at),
      }),
    cancel: (id, { by }) =>
      decideAndTell(id, {
        change: (at) => ({ state: 'cancelled', cancelledBy: by, endedAt: at }),
        from: ['scheduled'],
      }),
    due: async () => {
      const { db } = await database.get()
      const at = now()
      const come = and(eq(approvals.state, 'scheduled'), lte(approvals.applyAt, at), gt(approvals.expiresAt, at))
      return (await db.select().from(approvals).where(come).orderBy(asc(approvals.applyAt)).limit(50)).map(toRow)
    },
    deny: (id, { by, reason }) =>
      decideAndTell(id, {
        change: (at) => ({ state: 'denied', decidedBy: by, decidedAt: at, endedAt: at, reason }),
      }),
    supersede: (id, newId, changes) => {
      const change: Change = (endedAt) => ({ state: 'superseded', supersededBy: newId, endedAt })
      return decideAndTell(id, { change, from: ['pending', 'scheduled'] }, async (tx) => {
        await tx.update(approvals).set({ supersedes: id, changes }).where(eq(approvals.id, newId))
      })
    },
    expireDue: (at = now()) =>
      events.commit(async (tx) => {
        const rows = await expire(tx, at)
        return { value: rows.length, events: rows.map((row) => eventOf(row)) }
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
        const undone = state === 'succeeded' && row.rollsBack !== undefined ? await noteUndone(tx, row) : []
        return { value: row, events: [eventOf(row), ...undone] }
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

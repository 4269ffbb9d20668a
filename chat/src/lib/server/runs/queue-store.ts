import { ToolError } from '#contract'
import { and, asc, eq, gte, lt, sql } from '#db/drizzle.ts'
import { messages, queuedMessages } from '#db/schema/chat.ts'
import type { QueuedMessage } from '../../types.ts'
import type { Steered } from '../agent/loop.ts'
import type { RunnerDeps } from './active.ts'

const most = 20

type Row = typeof queuedMessages.$inferSelect

const toQueued = ({ id, mode, text, attachments, createdAt }: Row): QueuedMessage => ({
  id,
  mode,
  text,
  attachments,
  createdAt: createdAt.toISOString(),
})

/** What was said while an answer was being made, oldest first. Whose conversation it is was checked before. */
export interface Queue {
  list(conversation: string): Promise<QueuedMessage[]>
  /** The same id twice is one message. ToolError conflict when too many wait */
  add(
    conversation: string,
    message: Pick<QueuedMessage, 'id' | 'text' | 'mode' | 'attachments'>,
  ): Promise<QueuedMessage>
  /** ToolError not-found when it does not wait any more */
  change(
    conversation: string,
    id: string,
    patch: { text?: string; mode?: QueuedMessage['mode'] },
  ): Promise<QueuedMessage>
  /** False when it did not wait any more */
  remove(conversation: string, id: string): Promise<boolean>
  /** Hands those that steer to the running answer, each once over all processes. They are kept until `settle`. */
  takeSteers(conversation: string): Promise<Steered[]>
  /** What became a question of the conversation waits no longer */
  forgetAsked(conversation: string): Promise<void>
  /** When a run has ended, however it did, and before the next: what it heard leaves, what was handed over and not heard waits again */
  settle(conversation: string): Promise<void>
}

export const waitsNoMore = () =>
  new ToolError('not-found', 'This message does not wait any more.', {
    next: 'Look at the conversation: it was heard or removed.',
  })

/** What was handed to a running answer stands before all others: its position p is kept as -1 - p. */
const waits = gte(queuedMessages.position, 0)

export function queueOf({ host }: Pick<RunnerDeps, 'host'>): Queue {
  const of = (conversation: string) => eq(queuedMessages.conversationId, conversation)
  const one = (conversation: string, id: string) => and(of(conversation), eq(queuedMessages.id, id), waits)
  const asked = sql`exists (select 1 from ${messages} where ${messages.id} = ${queuedMessages.id})`

  return {
    async list(conversation) {
      const db = await host.db()
      const rows = await db
        .select()
        .from(queuedMessages)
        .where(and(of(conversation), waits, sql`not ${asked}`))
        .orderBy(asc(queuedMessages.position))
      return rows.map(toQueued)
    },

    async add(conversation, { id, text, mode, attachments }) {
      const db = await host.db()
      const [{ count, next } = { count: 0, next: 0 }] = await db
        .select({
          count: sql<number>`count(*)::int`,
          next: sql<number>`coalesce(max(greatest(${queuedMessages.position}, -1 - ${queuedMessages.position})), -1) + 1`,
        })
        .from(queuedMessages)
        .where(of(conversation))
      if (count >= most)
        throw new ToolError('conflict', `${most} messages wait already.`, {
          next: 'Remove one, or wait until the answer is done.',
        })
      const [row] = await db
        .insert(queuedMessages)
        .values({ id, conversationId: conversation, position: next, mode, text, attachments, createdAt: new Date() })
        .onConflictDoNothing()
        .returning()
      if (row) return toQueued(row)
      const [known] = await db
        .select()
        .from(queuedMessages)
        .where(and(of(conversation), eq(queuedMessages.id, id)))
      if (known) return toQueued(known)
      throw new ToolError('already-exists', 'A message with this id exists elsewhere.', { next: 'Send it again.' })
    },

    async change(conversation, id, { text, mode }) {
      const db = await host.db()
      const [row] = await db
        .update(queuedMessages)
        .set({ id, ...(text !== undefined && { text }), ...(mode !== undefined && { mode }) })
        .where(one(conversation, id))
        .returning()
      if (row) return toQueued(row)
      throw waitsNoMore()
    },

    async remove(conversation, id) {
      const db = await host.db()
      const gone = await db.delete(queuedMessages).where(one(conversation, id)).returning({ id: queuedMessages.id })
      return gone.length > 0
    },

    async takeSteers(conversation) {
      const db = await host.db()
      const rows = await db
        .update(queuedMessages)
        .set({ position: sql`-1 - ${queuedMessages.position}` })
        .where(and(of(conversation), waits, eq(queuedMessages.mode, 'steer')))
        .returning()
      return rows.sort((a, b) => b.position - a.position).map(({ id, text }) => ({ id, text }))
    },

    async forgetAsked(conversation) {
      const db = await host.db()
      await db.delete(queuedMessages).where(and(of(conversation), asked))
    },

    async settle(conversation) {
      const db = await host.db()
      const taken = and(of(conversation), lt(queuedMessages.position, 0))
      const heard = sql`exists (select 1 from ${messages} where ${messages.conversationId} = ${conversation} and ${messages.role} = 'assistant' and position(${queuedMessages.id} in ${messages.parts}::text) > 0)`
      await db.delete(queuedMessages).where(and(taken, heard))
      await db
        .update(queuedMessages)
        .set({ position: sql`-1 - ${queuedMessages.position}` })
        .where(taken)
    },
  }
}

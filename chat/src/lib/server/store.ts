import { isToolError, ToolError } from '#contract'
import { and, asc, desc, eq, gt, gte, ilike, isNull, lt, ne, or, sql } from '#db/drizzle.ts'
import type { Db, Tx } from '#db/open.ts'
import { conversations, messages, runChunks, runs } from '#db/schema/chat.ts'
import type { ChatMessage, Session } from '../types.ts'
import { type ConversationRow, expiry, sessionLife, titleOf, toMessage, toSession } from './store-rows.ts'

export type RunState = (typeof runs.$inferSelect)['state']

export interface RunRow {
  id: string
  conversation: string
  messageId: string
  state: RunState
  startedAt: Date
}

/** A stored batch of chunks; `at` tells a reader in another process that the writer still lives. */
export interface ChunkBatch {
  at: number
  chunks: unknown[]
}

/** Conversations of one owner, and the runs that answer in them. Every read names the owner (CHT-009). */
export interface ChatStore {
  create(input: { title?: string; persona: string; clusters: string[]; model?: string }): Promise<Session>
  list(query?: string): Promise<Session[]>
  /** ToolError session-not-found, session-expired */
  get(id: string): Promise<Session>
  update(id: string, patch: { title?: string; persona?: string; clusters?: string[] }): Promise<Session>
  remove(id: string): Promise<void>
  messages(id: string): Promise<ChatMessage[]>
  /**
   * Adds what a person said (or a note) and opens the run that answers it, in one transaction. `replaceFrom` drops that
   * message and all after it first. `onHistory` hears the history as soon as nothing but a failing store can stop the run, while the
   * database still writes. ToolError conflict when a run is going on.
   */
  beginRun(input: {
    conversation: string
    run: string
    messageId: string
    message?: ChatMessage
    replaceFrom?: string
    onHistory?: (history: ChatMessage[]) => void
  }): Promise<ChatMessage[]>
  appendChunks(run: string, seq: number, batch: ChunkBatch): Promise<void>
  chunks(run: string, afterSeq: number): Promise<{ seq: number; batch: ChunkBatch }[]>
  runningRun(conversation: string): Promise<RunRow | undefined>
  runState(run: string): Promise<RunState | undefined>
  /** Stores the answer and ends the run; false when it was ended by somebody else before (fencing). */
  endRun(run: RunRow, state: Exclude<RunState, 'running'>, message: ChatMessage | undefined): Promise<boolean>
}

export function chatStore(deps: {
  db: () => Promise<Db>
  owner: string
  now: () => Date
  newId: () => string
}): ChatStore {
  const { owner, now, newId } = deps

  const find = async (db: Db | Tx, id: string, { locked = false } = {}) => {
    const query = db
      .select()
      .from(conversations)
      .where(and(eq(conversations.id, id), eq(conversations.owner, owner)))
    const [row] = await (locked ? query.for('update') : query)
    if (!row)
      throw new ToolError('session-not-found', 'This conversation does not exist.', {
        next: 'Start a new one, or pick one from the list.',
      })
    if (!row.pinned && row.expiresAt && row.expiresAt < now())
      throw new ToolError('session-expired', 'This conversation has expired.', {
        next: 'Start a new one. Conversations end 24 hours after the last message and 7 days after the first.',
      })
    return row
  }

  const addMessage = async (tx: Tx, conversation: string, message: ChatMessage) => {
    const next = sql<number>`(select coalesce(max(${messages.position}), -1) + 1 from ${messages} where ${messages.conversationId} = ${conversation})`
    await tx.insert(messages).values({
      id: message.id,
      conversationId: conversation,
      position: next,
      role: message.role,
      parts: message.parts,
      metadata: (message.metadata ?? null) as Record<string, unknown> | null,
      createdAt: now(),
    })
  }

  const conflict = (going: string) =>
    new ToolError('conflict', 'An answer is still being made in this conversation.', {
      next: 'Wait for it, or stop it first.',
      details: { run: going },
    })

  /** `adding` is a message that is on its way into the same transaction: counted whether it is there yet or not. */
  const touch = (tx: Tx, row: ConversationRow, { title, adding }: { title?: string; adding?: string } = {}) => {
    const others = and(eq(messages.conversationId, row.id), adding === undefined ? undefined : ne(messages.id, adding))
    return tx
      .update(conversations)
      .set({
        updatedAt: now(),
        expiresAt: row.pinned ? null : expiry(row.createdAt, now()),
        messageCount: sql`(select count(*) from ${messages} where ${others}) + ${adding === undefined ? 0 : 1}::int`,
        ...(title !== undefined && { title }),
      })
      .where(eq(conversations.id, row.id))
  }

  return {
    async create({ title, persona, clusters, model }) {
      const db = await deps.db()
      const at = now()
      const [row] = await db
        .insert(conversations)
        .values({
          id: newId(),
          owner,
          title: title ?? '',
          personaId: persona,
          clusters,
          model: model ?? null,
          createdAt: at,
          updatedAt: at,
          expiresAt: expiry(at, at),
        })
        .returning()
      return toSession(row!)
    },

    async list(query) {
      const db = await deps.db()
      const words = query?.trim()
      const pattern = `%${words?.replace(/[\\%_]/g, '\\$&')}%`
      const rows = await db
        .select()
        .from(conversations)
        .where(
          and(
            eq(conversations.owner, owner),
            or(eq(conversations.pinned, true), isNull(conversations.expiresAt), gte(conversations.expiresAt, now())),
            words
              ? or(
                  ilike(conversations.title, pattern),
                  sql`exists (select 1 from ${messages} where ${messages.conversationId} = ${conversations.id} and ${messages.parts}::text ilike ${pattern})`,
                )
              : gt(conversations.messageCount, 0),
          ),
        )
        .orderBy(desc(conversations.updatedAt))
        .limit(100)
      return rows.map(toSession)
    },

    async get(id) {
      return toSession(await find(await deps.db(), id))
    },

    async update(id, { title, persona, clusters }) {
      const db = await deps.db()
      const row = await find(db, id)
      const [updated] = await db
        .update(conversations)
        .set({
          updatedAt: row.updatedAt,
          ...(title !== undefined && { title }),
          ...(persona !== undefined && { personaId: persona }),
          ...(clusters !== undefined && { clusters }),
        })
        .where(eq(conversations.id, id))
        .returning()
      return toSession(updated!)
    },

    async remove(id) {
      const db = await deps.db()
      await db.delete(conversations).where(and(eq(conversations.id, id), eq(conversations.owner, owner)))
    },

    async messages(id) {
      const db = await deps.db()
      await find(db, id)
      const rows = await db
        .select()
        .from(messages)
        .where(eq(messages.conversationId, id))
        .orderBy(asc(messages.position))
      return rows.map(toMessage)
    },

    async beginRun({ conversation, run, messageId, message, replaceFrom, onHistory }) {
      const db = await deps.db()
      const running = and(eq(runs.conversationId, conversation), eq(runs.state, 'running'), ne(runs.id, run))
      const begun = db.transaction(async (tx) => {
        // Two tabs may send at once: the row lock lets one of them see the other's run.
        const row = await find(tx, conversation, { locked: true })
        if (replaceFrom) {
          const [from] = await tx
            .select({ position: messages.position })
            .from(messages)
            .where(and(eq(messages.id, replaceFrom), eq(messages.conversationId, conversation)))
          if (from)
            await tx
              .delete(messages)
              .where(and(eq(messages.conversationId, conversation), gte(messages.position, from.position)))
        }
        const title =
          row.title === '' && message?.role === 'user' && !message.metadata?.note ? titleOf(message) : undefined
        const history = Promise.all([
          tx.select({ id: runs.id }).from(runs).where(running),
          tx
            .select()
            .from(messages)
            .where(and(eq(messages.conversationId, conversation), ne(messages.id, message?.id ?? '')))
            .orderBy(asc(messages.position)),
        ]).then(([[going], before]) => {
          if (going) throw conflict(going.id)
          const all = [...before.map(toMessage), ...(message ? [message] : [])]
          onHistory?.(all)
          return all
        })
        // All sent together: none of them needs the outcome of another
        const [all] = await Promise.all([
          history,
          tx
            .insert(runs)
            .values({ id: run, conversationId: conversation, state: 'running', startedAt: now(), messageId }),
          message && addMessage(tx, conversation, message),
          touch(tx, row, { title, adding: message?.id }),
        ])
        return all
      })
      return begun.catch(async (error) => {
        // The same message sent twice fails for its id; what its sender wants to know is that it is being answered
        const [going] = isToolError(error) ? [] : await db.select({ id: runs.id }).from(runs).where(running)
        throw going ? conflict(going.id) : error
      })
    },

    async appendChunks(run, seq, batch) {
      const db = await deps.db()
      await db.insert(runChunks).values({ runId: run, seq, chunk: batch }).onConflictDoNothing()
    },

    async chunks(run, afterSeq) {
      const db = await deps.db()
      const rows = await db
        .select()
        .from(runChunks)
        .where(and(eq(runChunks.runId, run), gt(runChunks.seq, afterSeq)))
        .orderBy(asc(runChunks.seq))
      return rows.map(({ seq, chunk }) => ({ seq, batch: chunk as ChunkBatch }))
    },

    async runningRun(conversation) {
      const db = await deps.db()
      const [row] = await db
        .select()
        .from(runs)
        .where(and(eq(runs.conversationId, conversation), eq(runs.state, 'running')))
        .orderBy(desc(runs.startedAt))
      return (
        row && {
          id: row.id,
          conversation,
          messageId: row.messageId ?? row.id,
          state: row.state,
          startedAt: row.startedAt,
        }
      )
    },

    async runState(run) {
      const db = await deps.db()
      const [row] = await db.select({ state: runs.state }).from(runs).where(eq(runs.id, run))
      return row?.state
    },

    async endRun(run, state, message) {
      const db = await deps.db()
      return db.transaction(async (tx) => {
        const [ended] = await tx
          .update(runs)
          .set({ state, endedAt: now() })
          .where(and(eq(runs.id, run.id), eq(runs.state, 'running')))
          .returning()
        if (!ended) return false
        const [row] = await tx.select().from(conversations).where(eq(conversations.id, run.conversation))
        if (row && message) {
          await addMessage(tx, run.conversation, message)
          await touch(tx, row)
        }
        await tx.delete(runChunks).where(eq(runChunks.runId, run.id))
        // Ended runs only matter while somebody may still ask how they ended.
        await tx
          .delete(runs)
          .where(
            and(
              eq(runs.conversationId, run.conversation),
              lt(runs.endedAt, new Date(now().getTime() - sessionLife.idleMs)),
            ),
          )
        return true
      })
    },
  }
}

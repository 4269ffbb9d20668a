import { isToolError } from '#contract'
import { and, asc, desc, eq, gt, inArray, lt, ne, sql } from '#db/drizzle.ts'
import type { Db, Tx } from '#db/open.ts'
import { conversations, messages, runChunks, runs } from '#db/schema/chat.ts'
import type { ChatMessage } from '../../types.ts'
import { addMessage, answerGoing, findConversation, noSuchMessage, type StoreDeps } from './access.ts'
import { chunkWriterOf } from './chunk-writer.ts'
import { nodesOf } from './messages.ts'
import { type ConversationRow, expiryAfter, plainText, sessionLife, titleOf, toMessage } from './rows.ts'
import { branchOf, newestBelow } from './tree.ts'

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

export interface BeginRun {
  conversation: string
  run: string
  messageId: string
  message?: ChatMessage
  /**
   * The message in whose place the new one stands, as an alternative: a question that was put differently, or (without
   * `message`) a question or an answer that is asked for again. Nothing is ever deleted.
   */
  replaceFrom?: string
  /** Hears the history as soon as nothing but a failing store can stop the run, while the database still writes. */
  onHistory?: (history: ChatMessage[]) => void
}

export interface RunStore {
  /**
   * Adds what a person said (or a note) and opens the run that answers it, in one transaction; answers the branch that the
   * model reads. ToolError conflict when a run is going on, not-found.
   */
  beginRun(input: BeginRun): Promise<ChatMessage[]>
  /** Resolves when they are stored, up to 50 ms later, together with those of other runs */
  appendChunks(run: string, seq: number, batch: ChunkBatch): Promise<void>
  chunks(run: string, afterSeq: number): Promise<{ seq: number; batch: ChunkBatch }[]>
  runningRun(conversation: string): Promise<RunRow | undefined>
  runState(run: string): Promise<RunState | undefined>
  /** Stores the answer and ends the run; false when it was ended by somebody else before (fencing). */
  endRun(run: RunRow, state: Exclude<RunState, 'running'>, message: ChatMessage | undefined): Promise<boolean>
}

/** Conversations of everybody in which a run that was begun before is marked as running. */
export const runningEverywhere = async (db: Db, before: Date): Promise<{ conversation: string; owner: string }[]> =>
  db
    .select({ conversation: conversations.id, owner: conversations.owner })
    .from(runs)
    .innerJoin(conversations, eq(conversations.id, runs.conversationId))
    .where(and(eq(runs.state, 'running'), lt(runs.startedAt, before)))

/** Conversations of everybody that may wait for an approval, the newest first: one was asked for, or how one ended was noted last. */
export const waitingEverywhere = async (db: Db, limit: number): Promise<{ conversation: string; owner: string }[]> =>
  db
    .select({ conversation: conversations.id, owner: conversations.owner })
    .from(conversations)
    .innerJoin(messages, eq(messages.id, conversations.head))
    .where(sql`${messages.metadata}->>'end' = 'approval' or ${messages.metadata}->'note'->>'approval' <> ''`)
    .orderBy(desc(conversations.updatedAt))
    .limit(limit)

/** Where what is said now goes: below `parent`, and whether it is new at all. */
interface Place {
  parent: string | null
  message?: ChatMessage
}

export function runStore(deps: StoreDeps): RunStore {
  const { now, newId } = deps

  const placeOf = async (tx: Tx, row: ConversationRow, { message, replaceFrom }: BeginRun): Promise<Place> => {
    if (replaceFrom === undefined) return { parent: row.head, message }
    const ids = [replaceFrom, ...(message ? [message.id] : [])]
    const known = await tx
      .select()
      .from(messages)
      .where(and(inArray(messages.id, ids), eq(messages.conversationId, row.id)))
    const from = known.find(({ id }) => id === replaceFrom)
    if (!message) {
      if (!from) throw noSuchMessage()
      return { parent: from.role === 'assistant' ? from.parentId : from.id }
    }
    // A page that did not hear of its success says the same again: it is asked again. Other words are an alternative.
    const same = known.find(({ id }) => id === message.id)
    if (same)
      return plainText(message) === plainText(toMessage(same))
        ? { parent: same.id }
        : { parent: same.parentId, message: { ...message, id: newId() } }
    // What never arrived goes where it would have gone
    return { parent: from ? from.parentId : row.head, message }
  }

  /** `adding` is a message that is on its way into the same transaction: counted whether it is there yet or not. */
  const touch = (
    tx: Tx,
    row: ConversationRow,
    { title, adding, head }: { title?: string; adding?: string; head: string | null },
  ) => {
    const others = and(eq(messages.conversationId, row.id), adding === undefined ? undefined : ne(messages.id, adding))
    return tx
      .update(conversations)
      .set({
        updatedAt: now(),
        expiresAt: expiryAfter(row, now()),
        messageCount: sql`(select count(*) from ${messages} where ${others}) + ${adding === undefined ? 0 : 1}::int`,
        head,
        ...(title !== undefined && { title }),
      })
      .where(eq(conversations.id, row.id))
  }

  return {
    async beginRun(input) {
      const { conversation, run, messageId, onHistory } = input
      const db = await deps.db()
      const running = and(eq(runs.conversationId, conversation), eq(runs.state, 'running'), ne(runs.id, run))
      const begun = db.transaction(async (tx) => {
        // Two tabs may send at once: the row lock lets one of them see the other's run.
        const row = await findConversation(deps, tx, { id: conversation, locked: true })
        const { parent, message } = await placeOf(tx, row, input)
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
          if (going) throw answerGoing(going.id)
          const all = [...branchOf(before, parent).map(toMessage), ...(message ? [message] : [])]
          onHistory?.(all)
          return all
        })
        // All sent together: none of them needs the outcome of another
        const [all] = await Promise.all([
          history,
          tx
            .insert(runs)
            .values({ id: run, conversationId: conversation, state: 'running', startedAt: now(), messageId }),
          message && addMessage(tx, { conversation: row, parent, message, at: now() }),
          touch(tx, row, { title, adding: message?.id, head: message?.id ?? parent }),
        ])
        return all
      })
      return begun.catch(async (error) => {
        // The same message sent twice fails for its id; what its sender wants to know is that it is being answered
        const [going] = isToolError(error) ? [] : await db.select({ id: runs.id }).from(runs).where(running)
        throw going ? answerGoing(going.id) : error
      })
    },

    async appendChunks(run, seq, batch) {
      await chunkWriterOf(await deps.db()).write({ runId: run, seq, chunk: batch })
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
        const [row] = await tx.select().from(conversations).where(eq(conversations.id, run.conversation)).for('update')
        // Nobody moves the head while an answer is being made, so the answer belongs below it
        if (row && message) {
          await addMessage(tx, { conversation: row, parent: row.head, message, at: now() })
          await touch(tx, row, { head: message.id })
        } else if (row?.head) {
          // Nothing came of it: the answers that were there before are shown again
          const head = newestBelow(await nodesOf(tx, row.id), row.head)
          await tx.update(conversations).set({ head }).where(eq(conversations.id, row.id))
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

import { ToolError } from '#contract'
import { and, asc, desc, eq, inArray } from '#db/drizzle.ts'
import type { Db } from '#db/open.ts'
import { conversations, feedback, messages } from '#db/schema/chat.ts'
import type { ChatMessage, Feedback } from '../../types.ts'
import { toMessage } from '../store/rows.ts'

export interface GivenFeedback extends Feedback {
  message: string
  conversation: string
  at: string
}

/** A verdict with the question and the answer that it is about. */
export interface JudgedAnswer extends GivenFeedback {
  persona: string
  question: ChatMessage | undefined
  answer: ChatMessage
}

export interface FeedbackStore {
  /** @throws ToolError not-found */
  give(message: string, verdict: Feedback): Promise<GivenFeedback>
  /** Whether there was a verdict or not. @throws ToolError not-found */
  take(message: string): Promise<void>
  of(conversation: string): Promise<Record<string, Feedback>>
  /** Newest first */
  judged(limit: number): Promise<JudgedAnswer[]>
}

const shown = (row: typeof feedback.$inferSelect): GivenFeedback => ({
  message: row.messageId,
  conversation: row.conversationId,
  verdict: row.verdict,
  reasons: row.reasons,
  comment: row.comment,
  at: row.at.toISOString(),
})

/** What the owner of conversations thought of their answers. */
export function feedbackStore(deps: { db: () => Promise<Db>; owner: string; now: () => Date }): FeedbackStore {
  const { owner, now } = deps
  const findAnswer = async (db: Db, message: string) => {
    const [found] = await db
      .select({ conversation: messages.conversationId })
      .from(messages)
      .innerJoin(conversations, eq(conversations.id, messages.conversationId))
      .where(and(eq(messages.id, message), eq(messages.role, 'assistant'), eq(conversations.owner, owner)))
    if (found) return found
    throw new ToolError('not-found', 'There is no such answer.', { next: 'Reload the conversation, then try again.' })
  }
  return {
    async give(message, { verdict, reasons, comment }) {
      const db = await deps.db()
      const found = await findAnswer(db, message)
      const value = { verdict, reasons, comment, at: now() }
      const [row] = await db
        .insert(feedback)
        .values({ messageId: message, conversationId: found.conversation, owner, ...value })
        .onConflictDoUpdate({ target: feedback.messageId, set: value })
        .returning()
      return shown(row!)
    },

    async take(message) {
      const db = await deps.db()
      await findAnswer(db, message)
      await db.delete(feedback).where(and(eq(feedback.messageId, message), eq(feedback.owner, owner)))
    },

    async of(conversation) {
      const db = await deps.db()
      const rows = await db
        .select()
        .from(feedback)
        .where(and(eq(feedback.conversationId, conversation), eq(feedback.owner, owner)))
      return Object.fromEntries(
        rows.map(({ messageId, verdict, reasons, comment }) => [messageId, { verdict, reasons, comment }]),
      )
    },

    async judged(limit) {
      const db = await deps.db()
      const rows = await db
        .select()
        .from(feedback)
        .where(eq(feedback.owner, owner))
        .orderBy(desc(feedback.at))
        .limit(limit)
      if (rows.length === 0) return []
      const about = [...new Set(rows.map(({ conversationId }) => conversationId))]
      const [all, of] = await Promise.all([
        db.select().from(messages).where(inArray(messages.conversationId, about)).orderBy(asc(messages.position)),
        db.select().from(conversations).where(inArray(conversations.id, about)),
      ])
      const byId = new Map(all.map((row) => [row.id, row]))
      return rows.flatMap((row) => {
        const answer = byId.get(row.messageId)
        if (!answer) return []
        const asked = answer.parentId === null ? undefined : byId.get(answer.parentId)
        const persona = of.find(({ id }) => id === row.conversationId)?.personaId ?? 'default'
        return [{ ...shown(row), persona, question: asked && toMessage(asked), answer: toMessage(answer) }]
      })
    },
  }
}

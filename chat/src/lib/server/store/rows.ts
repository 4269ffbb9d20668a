import type { conversations, messages } from '#db/schema/chat.ts'
import type { ChatMessage, MessageMeta, Session } from '../../types.ts'

const hourMs = 3_600_000
export const sessionLife = { idleMs: 24 * hourMs, totalMs: 7 * 24 * hourMs }

export type ConversationRow = typeof conversations.$inferSelect

/** A stored conversation as pages and callers get it. */
export const toSession = (row: ConversationRow): Session => ({
  id: row.id,
  title: row.title,
  ...(row.titleByPerson && { named: true }),
  ...(row.pinned && { pinned: true }),
  persona: row.personaId,
  clusters: row.clusters,
  ...(row.model && { model: row.model }),
  mode: row.mode,
  messageCount: row.messageCount,
  createdAt: row.createdAt.toISOString(),
  lastActiveAt: row.updatedAt.toISOString(),
  ...(row.expiresAt && { expiresAt: row.expiresAt.toISOString() }),
})

export const toMessage = (row: typeof messages.$inferSelect): ChatMessage => ({
  id: row.id,
  role: row.role,
  parts: row.parts as ChatMessage['parts'],
  ...(row.metadata && { metadata: row.metadata as MessageMeta }),
})

/** 24 hours after the last activity, at most 7 days after the start (CHT-007). */
export const expiry = (createdAt: Date, now: Date) =>
  new Date(Math.min(now.getTime() + sessionLife.idleMs, createdAt.getTime() + sessionLife.totalMs))

/** When a conversation ends after something was said in it. Never earlier than it was promised before. */
export function expiryAfter(row: Pick<ConversationRow, 'pinned' | 'createdAt' | 'expiresAt'>, now: Date): Date | null {
  if (row.pinned) return null
  const next = expiry(row.createdAt, now)
  return row.expiresAt && row.expiresAt > next ? row.expiresAt : next
}

/** One that is no longer pinned stays for a day at least, however old it is: a slip must not end it. */
export const expiryUnpinned = (createdAt: Date, now: Date) =>
  new Date(Math.max(expiry(createdAt, now).getTime(), now.getTime() + sessionLife.idleMs))

export const plainText = (message: ChatMessage): string =>
  message.parts.map((part) => (part.type === 'text' ? part.text : '')).join(' ')

/** The first line of the first question, as a title of at most 60 characters (CHT-010). */
export function titleOf(message: ChatMessage): string {
  const line = plainText(message).replace(/\s+/g, ' ').trim()
  return line.length <= 60 ? line : `${line.slice(0, 59).replace(/\s\S*$/, '')}…`
}

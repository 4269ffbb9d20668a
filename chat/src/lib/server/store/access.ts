import { ToolError } from '#contract'
import { and, eq, sql } from '#db/drizzle.ts'
import type { Db, Tx } from '#db/open.ts'
import { conversations, messages, messageTexts } from '#db/schema/chat.ts'
import type { ChatMessage } from '../../types.ts'
import type { ConversationRow } from './rows.ts'
import { searchText } from './texts.ts'

export interface StoreDeps {
  db: () => Promise<Db>
  owner: string
  now: () => Date
  newId: () => string
}

/** A conversation of this owner. ToolError session-not-found, session-expired */
export async function findConversation(
  { owner, now }: Pick<StoreDeps, 'owner' | 'now'>,
  db: Db | Tx,
  { id, locked = false }: { id: string; locked?: boolean },
): Promise<ConversationRow> {
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

export const answerGoing = (run: string) =>
  new ToolError('conflict', 'An answer is still being made in this conversation.', {
    next: 'Wait for it, or stop it first.',
    details: { run },
  })

export const noSuchMessage = () =>
  new ToolError('not-found', 'This message is not in the conversation that is shown.', {
    next: 'Load the conversation again.',
  })

/** Stores a message below its parent, and what of it can be searched for. */
export async function addMessage(
  tx: Tx,
  {
    conversation,
    parent,
    message,
    at,
  }: { conversation: ConversationRow; parent: string | null; message: ChatMessage; at: Date },
): Promise<void> {
  const ofConversation = eq(messages.conversationId, conversation.id)
  await Promise.all([
    tx.insert(messages).values({
      id: message.id,
      conversationId: conversation.id,
      position: sql<number>`(select coalesce(max(${messages.position}), -1) + 1 from ${messages} where ${ofConversation})`,
      parentId: parent,
      role: message.role,
      parts: message.parts,
      metadata: (message.metadata ?? null) as Record<string, unknown> | null,
      createdAt: at,
    }),
    tx.insert(messageTexts).values({
      messageId: message.id,
      conversationId: conversation.id,
      owner: conversation.owner,
      role: message.role,
      at,
      body: searchText(message),
    }),
  ])
}

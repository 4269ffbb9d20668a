import { boolean, index, integer, pgTable, primaryKey, text, uniqueIndex } from '#db/drizzle.ts'
import { document, exactJson, freeText, moment } from './columns.ts'

/** A conversation of one owner (CHT-001, CHT-007). `expiresAt` null: pinned. */
export const conversations = pgTable(
  'conversations',
  () => ({
    id: text('id').primaryKey(),
    owner: freeText('owner').notNull(),
    title: freeText('title').notNull(),
    personaId: text('persona_id').notNull(),
    /** Clusters the conversation is about; empty means all */
    clusters: document<string[]>('clusters').notNull(),
    model: freeText('model'),
    pinned: boolean('pinned').notNull().default(false),
    createdAt: moment('created_at').notNull(),
    updatedAt: moment('updated_at').notNull(),
    expiresAt: moment('expires_at'),
    messageCount: integer('message_count').notNull().default(0),
  }),
  (table) => [
    index('conversations_owner_updated').on(table.owner, table.updatedAt),
    index('conversations_expires').on(table.expiresAt),
  ],
)

/** `parts` are the UI message parts of the AI SDK, as sent and received. */
export const messages = pgTable(
  'messages',
  () => ({
    id: text('id').primaryKey(),
    conversationId: text('conversation_id')
      .notNull()
      .references(() => conversations.id, { onDelete: 'cascade' }),
    position: integer('position').notNull(),
    role: text('role', { enum: ['system', 'user', 'assistant'] }).notNull(),
    parts: document<unknown[]>('parts').notNull(),
    metadata: document<Record<string, unknown>>('metadata'),
    createdAt: moment('created_at').notNull(),
  }),
  (table) => [uniqueIndex('messages_conversation_position').on(table.conversationId, table.position)],
)

/** One answer being made. Its chunks let a page that was reloaded resume in mid-answer. */
export const runs = pgTable(
  'runs',
  () => ({
    id: text('id').primaryKey(),
    conversationId: text('conversation_id')
      .notNull()
      .references(() => conversations.id, { onDelete: 'cascade' }),
    state: text('state', { enum: ['running', 'done', 'aborted', 'failed', 'interrupted'] }).notNull(),
    startedAt: moment('started_at').notNull(),
    endedAt: moment('ended_at'),
    messageId: text('message_id'),
  }),
  (table) => [
    index('runs_conversation').on(table.conversationId, table.startedAt),
    index('runs_state').on(table.state),
  ],
)

export const runChunks = pgTable(
  'run_chunks',
  () => ({
    runId: text('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    seq: integer('seq').notNull(),
    chunk: exactJson<unknown>('chunk').notNull(),
  }),
  (table) => [primaryKey({ columns: [table.runId, table.seq] })],
)

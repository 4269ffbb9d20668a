import { boolean, index, integer, pgTable, primaryKey, type SQL, sql, text, uniqueIndex } from '#db/drizzle.ts'
import { bytes, document, exactJson, freeText, moment, searchWords } from './columns.ts'

/** A conversation of one owner (CHT-001, CHT-007). `expiresAt` null: pinned. */
export const conversations = pgTable(
  'conversations',
  () => ({
    id: text('id').primaryKey(),
    owner: freeText('owner').notNull(),
    title: freeText('title').notNull(),
    /** A person named it: nothing renames it by itself */
    titleByPerson: boolean('title_by_person').notNull().default(false),
    personaId: text('persona_id').notNull(),
    /** Clusters the conversation is about; empty means all */
    clusters: document<string[]>('clusters').notNull(),
    model: freeText('model'),
    /** `read-only`: the agent of this conversation may not even plan a change */
    mode: text('mode', { enum: ['ask', 'read-only'] })
      .notNull()
      .default('ask'),
    pinned: boolean('pinned').notNull().default(false),
    createdAt: moment('created_at').notNull(),
    updatedAt: moment('updated_at').notNull(),
    expiresAt: moment('expires_at'),
    messageCount: integer('message_count').notNull().default(0),
    /** Last message of the branch that is on the page; the branch is the way from it up to the first one */
    head: text('head'),
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
    /** In the order of writing, over all branches */
    position: integer('position').notNull(),
    /** The message this one follows; null for a first one. Messages with the same parent are alternatives */
    parentId: text('parent_id'),
    role: text('role', { enum: ['system', 'user', 'assistant'] }).notNull(),
    parts: document<unknown[]>('parts').notNull(),
    metadata: document<Record<string, unknown>>('metadata'),
    createdAt: moment('created_at').notNull(),
  }),
  (table) => [
    uniqueIndex('messages_conversation_position').on(table.conversationId, table.position),
    index('messages_parent').on(table.conversationId, table.parentId),
  ],
)

/** What of a message can be searched for: what was said, the tools' names and what they told the model. */
export const messageTexts = pgTable(
  'message_texts',
  () => ({
    messageId: text('message_id')
      .primaryKey()
      .references(() => messages.id, { onDelete: 'cascade' }),
    conversationId: text('conversation_id').notNull(),
    owner: freeText('owner').notNull(),
    role: text('role', { enum: ['system', 'user', 'assistant'] }).notNull(),
    at: moment('at').notNull(),
    body: freeText('body').notNull(),
    words: searchWords('words').generatedAlwaysAs((): SQL => sql`to_tsvector('simple', ${messageTexts.body})`),
  }),
  (table) => [
    index('message_texts_words').using('gin', table.words),
    index('message_texts_owner_at').on(table.owner, table.at),
    index('message_texts_conversation').on(table.conversationId),
  ],
)

/** Said while an answer was being made: `queue` waits for its end, `steer` goes in at the next step. */
export const queuedMessages = pgTable(
  'queued_messages',
  () => ({
    id: text('id').primaryKey(),
    conversationId: text('conversation_id')
      .notNull()
      .references(() => conversations.id, { onDelete: 'cascade' }),
    position: integer('position').notNull(),
    mode: text('mode', { enum: ['queue', 'steer'] }).notNull(),
    text: freeText('text').notNull(),
    /** Ids of attachments */
    attachments: document<string[]>('attachments').notNull(),
    createdAt: moment('created_at').notNull(),
  }),
  (table) => [index('queued_messages_conversation').on(table.conversationId, table.position)],
)

/** A file that a person added to a message (CHT-018: kept for seven days, or as long as its message). */
export const attachments = pgTable(
  'attachments',
  () => ({
    id: text('id').primaryKey(),
    owner: freeText('owner').notNull(),
    /** Null until it is sent */
    conversationId: text('conversation_id').references(() => conversations.id, { onDelete: 'cascade' }),
    name: freeText('name').notNull(),
    mediaType: text('media_type').notNull(),
    size: integer('size').notNull(),
    sha256: text('sha256').notNull(),
    data: bytes('data').notNull(),
    createdAt: moment('created_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
  }),
  (table) => [
    index('attachments_owner').on(table.owner, table.createdAt),
    index('attachments_expires').on(table.expiresAt),
  ],
)

/** A redacted copy of a conversation, as it was when it was shared. `id` is the hash of the token in the link. */
export const shares = pgTable(
  'shares',
  () => ({
    id: text('id').primaryKey(),
    conversationId: text('conversation_id')
      .notNull()
      .references(() => conversations.id, { onDelete: 'cascade' }),
    owner: freeText('owner').notNull(),
    title: freeText('title').notNull(),
    /** First characters of the token, so that its owner can tell links apart */
    hint: text('hint').notNull(),
    content: exactJson<unknown>('content').notNull(),
    createdAt: moment('created_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
    revokedAt: moment('revoked_at'),
    views: integer('views').notNull().default(0),
  }),
  (table) => [
    index('shares_conversation').on(table.conversationId),
    index('shares_owner').on(table.owner, table.createdAt),
  ],
)

/** What a person thought of an answer. Exported as an eval. */
export const feedback = pgTable(
  'feedback',
  () => ({
    messageId: text('message_id')
      .primaryKey()
      .references(() => messages.id, { onDelete: 'cascade' }),
    conversationId: text('conversation_id').notNull(),
    owner: freeText('owner').notNull(),
    verdict: text('verdict', { enum: ['good', 'bad'] }).notNull(),
    reasons: document<string[]>('reasons').notNull(),
    comment: freeText('comment').notNull(),
    at: moment('at').notNull(),
  }),
  (table) => [index('feedback_owner').on(table.owner, table.at)],
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

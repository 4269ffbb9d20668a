import { and, desc, eq, gt, gte, inArray, isNull, lt, or, type SQL, sql } from '#db/drizzle.ts'
import { conversations } from '#db/schema/chat.ts'
import type { Session } from '../../types.ts'
import { findConversation, type StoreDeps } from './access.ts'
import { expiry, expiryUnpinned, toSession } from './rows.ts'

export interface SessionPatch {
  /** Given by a person: nothing renames it afterwards */
  title?: string
  persona?: string
  clusters?: string[]
  /** Pinned ones never expire */
  pinned?: boolean
  mode?: Session['mode']
  model?: string
}

export interface SessionPage {
  sessions: Session[]
  /** Asks for the page after this one */
  next?: string
}

export interface ConversationStore {
  create(input: {
    title?: string
    persona: string
    clusters: string[]
    model?: string
    mode?: Session['mode']
  }): Promise<Session>
  /** Pinned ones first, all of them on the first page; then the latest. */
  list(request?: { limit?: number; after?: string }): Promise<SessionPage>
  /** Those of the ids that this owner may see, latest first */
  some(ids: readonly string[]): Promise<Session[]>
  /** ToolError session-not-found, session-expired */
  get(id: string): Promise<Session>
  update(id: string, patch: SessionPatch): Promise<Session>
  remove(id: string): Promise<void>
}

/** `2026-11-20T18:00:00.000Z_id` of the last one on a page. Undefined for anything else. */
function readCursor(cursor: string | undefined): { at: Date; id: string } | undefined {
  const [, iso, id] = /^([\d:.TZ-]{24})_([\w-]{1,64})$/.exec(cursor ?? '') ?? []
  const at = new Date(iso ?? '')
  return id === undefined || Number.isNaN(at.getTime()) ? undefined : { at, id }
}

export const notExpired = (now: Date): SQL | undefined =>
  or(eq(conversations.pinned, true), isNull(conversations.expiresAt), gte(conversations.expiresAt, now))

const mostPinned = 100
const pageSize = 50

export function conversationStore(deps: StoreDeps): ConversationStore {
  const { owner, now, newId } = deps

  /** As the rail shows them: with whether something happens in them now. */
  const read = async (where: SQL | undefined, limit: number): Promise<Session[]> => {
    const db = await deps.db()
    const rows = await db
      .select({
        conversation: conversations,
        // Written out: drizzle leaves the tables' names out of columns that are selected
        answering: sql<boolean>`exists (select 1 from runs where runs.conversation_id = conversations.id and runs.state = 'running')`,
        end: sql<string | null>`(select last.metadata->>'end' from messages last where last.id = conversations.head)`,
      })
      .from(conversations)
      .where(and(eq(conversations.owner, owner), notExpired(now()), where))
      .orderBy(desc(conversations.updatedAt), desc(conversations.id))
      .limit(limit)
    return rows.map(({ conversation, answering, end }) => ({
      ...toSession(conversation),
      ...(answering ? { doing: 'answering' } : end === 'approval' && { doing: 'waiting' }),
    }))
  }

  return {
    async create({ title, persona, clusters, model, mode }) {
      const db = await deps.db()
      const at = now()
      const [row] = await db
        .insert(conversations)
        .values({
          id: newId(),
          owner,
          title: title ?? '',
          titleByPerson: Boolean(title),
          personaId: persona,
          clusters,
          model: model ?? null,
          mode: mode ?? 'ask',
          createdAt: at,
          updatedAt: at,
          expiresAt: expiry(at, at),
        })
        .returning()
      return toSession(row!)
    },

    async list({ limit = pageSize, after } = {}) {
      const cursor = readCursor(after)
      const behind =
        cursor &&
        or(
          lt(conversations.updatedAt, cursor.at),
          and(eq(conversations.updatedAt, cursor.at), lt(conversations.id, cursor.id)),
        )
      const [pinned, latest] = await Promise.all([
        cursor ? [] : read(eq(conversations.pinned, true), mostPinned),
        read(and(eq(conversations.pinned, false), gt(conversations.messageCount, 0), behind), limit + 1),
      ])
      const shown = latest.slice(0, limit)
      const last = shown.at(-1)
      return {
        sessions: [...pinned, ...shown],
        ...(last && latest.length > limit && { next: `${last.lastActiveAt}_${last.id}` }),
      }
    },

    some: async (ids) => (ids.length === 0 ? [] : read(inArray(conversations.id, [...ids]), ids.length)),

    async get(id) {
      return toSession(await findConversation(deps, await deps.db(), { id }))
    },

    async update(id, { title, persona, clusters, pinned, mode, model }) {
      const db = await deps.db()
      const row = await findConversation(deps, db, { id })
      const [updated] = await db
        .update(conversations)
        .set({
          updatedAt: row.updatedAt,
          ...(title !== undefined && { title, titleByPerson: true }),
          ...(persona !== undefined && { personaId: persona }),
          ...(clusters !== undefined && { clusters }),
          ...(mode !== undefined && { mode }),
          ...(model !== undefined && { model }),
          ...(pinned !== undefined &&
            pinned !== row.pinned && { pinned, expiresAt: pinned ? null : expiryUnpinned(row.createdAt, now()) }),
        })
        .where(and(eq(conversations.id, id), eq(conversations.owner, owner)))
        .returning()
      return toSession(updated!)
    },

    async remove(id) {
      const db = await deps.db()
      await db.delete(conversations).where(and(eq(conversations.id, id), eq(conversations.owner, owner)))
    },
  }
}

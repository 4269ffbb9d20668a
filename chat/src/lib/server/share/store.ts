import { createHash, randomBytes } from 'node:crypto'
import { ToolError } from '#contract'
import { and, desc, eq, gt, isNull, lt, sql } from '#db/drizzle.ts'
import type { Db } from '#db/open.ts'
import { shares } from '#db/schema/chat.ts'
import type { SharedConversation, ShareLink } from '../../types.ts'

const dayMs = 24 * 3_600_000
export const shareDays = { least: 1, most: 30, usual: 7 }

export interface ShareStore {
  /** The token is in the link and nowhere else: only its hash is kept */
  create(input: {
    conversation: string
    days: number
    content: SharedConversation
  }): Promise<ShareLink & { token: string }>
  list(conversation: string): Promise<ShareLink[]>
  /** @throws ToolError not-found */
  revoke(id: string): Promise<void>
}

const hashOf = (token: string) => createHash('sha256').update(`share:${token}`).digest('hex')

const shown = (row: typeof shares.$inferSelect): ShareLink => ({
  id: row.id.slice(0, 16),
  hint: row.hint,
  createdAt: row.createdAt.toISOString(),
  expiresAt: row.expiresAt.toISOString(),
  views: row.views,
  ...(row.revokedAt && { revokedAt: row.revokedAt.toISOString() }),
})

/** Links of one owner. */
export function shareStore(deps: { db: () => Promise<Db>; owner: string; now: () => Date }): ShareStore {
  const { owner, now } = deps
  return {
    async create({ conversation, days, content }) {
      const db = await deps.db()
      await db.delete(shares).where(lt(shares.expiresAt, now()))
      const token = randomBytes(24).toString('base64url')
      const [row] = await db
        .insert(shares)
        .values({
          id: hashOf(token),
          conversationId: conversation,
          owner,
          title: content.title,
          hint: token.slice(0, 6),
          content,
          createdAt: now(),
          expiresAt: new Date(now().getTime() + days * dayMs),
        })
        .returning()
      return { ...shown(row!), token }
    },

    async list(conversation) {
      const db = await deps.db()
      const rows = await db
        .select()
        .from(shares)
        .where(and(eq(shares.conversationId, conversation), eq(shares.owner, owner), gt(shares.expiresAt, now())))
        .orderBy(desc(shares.createdAt))
        .limit(50)
      return rows.map(shown)
    },

    async revoke(id) {
      const db = await deps.db()
      const [row] = await db
        .update(shares)
        .set({ revokedAt: now(), content: {} })
        .where(and(sql`left(${shares.id}, 16) = ${id}`, eq(shares.owner, owner), isNull(shares.revokedAt)))
        .returning({ id: shares.id })
      if (!row) throw new ToolError('not-found', 'There is no such link.', { next: 'Load the list of links again.' })
    },
  }
}

/** What a link shows to whoever has it. @throws ToolError not-found: never was, expired or revoked, which is not told apart */
export async function openShare(db: Db, token: string, now: Date): Promise<SharedConversation> {
  const [row] = await db
    .update(shares)
    .set({ views: sql`${shares.views} + 1` })
    .where(and(eq(shares.id, hashOf(token)), isNull(shares.revokedAt), gt(shares.expiresAt, now)))
    .returning()
  if (!row)
    throw new ToolError('not-found', 'This link shows nothing any more.', {
      next: 'Ask whoever sent it for a new one: links expire and can be taken back.',
    })
  return row.content as SharedConversation
}

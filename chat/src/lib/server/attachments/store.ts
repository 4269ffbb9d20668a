import { createHash } from 'node:crypto'
import { ToolError } from '#contract'
import { and, eq, inArray, isNull, lt, or } from '#db/drizzle.ts'
import type { Db } from '#db/open.ts'
import { attachments } from '#db/schema/chat.ts'
import type { Attachment } from '../../types.ts'
import type { ChatHost } from '../host.ts'
import { attachmentLimits, typeOf } from './kinds.ts'

const dayMs = 24 * 3_600_000
/** CHT-018 */
const keptMs = 7 * dayMs

export interface AttachmentStore {
  /** @throws ToolError unsupported-media-type, payload-too-large, invalid-input */
  put(file: { name: string; bytes: Uint8Array }): Promise<Attachment>
  /** @throws ToolError not-found: it is not there, expired, or somebody else's */
  get(id: string): Promise<Attachment & { bytes: Uint8Array }>
  /** They go into a message of this conversation and stay as long as it does. @throws ToolError not-found, invalid-input */
  send(ids: readonly string[], conversation: string): Promise<Attachment[]>
  /** Takes one back that was not sent yet. @throws ToolError not-found */
  remove(id: string): Promise<void>
}

const shown = (row: { id: string; name: string; mediaType: string; size: number }): Attachment => ({
  id: row.id,
  name: row.name,
  mediaType: row.mediaType,
  size: row.size,
})

const gone = () =>
  new ToolError('not-found', 'This attachment is not here any more.', {
    next: 'Attach the file again. Files that are not sent are kept for 7 days.',
  })

/** Files of the person who a process works for. `now` in milliseconds since 1970 */
export const personFiles = ({
  host,
  now,
  newId,
}: {
  host: Pick<ChatHost, 'db' | 'person'>
  now: () => number
  newId: () => string
}) => attachmentStore({ db: host.db, owner: host.person.id, now: () => new Date(now()), newId })

/** Files of one owner. */
export function attachmentStore(deps: {
  db: () => Promise<Db>
  owner: string
  now: () => Date
  newId: () => string
}): AttachmentStore {
  const { owner, now, newId } = deps
  const own = (id: string) => and(eq(attachments.id, id), eq(attachments.owner, owner))
  const sweep = async (db: Db) => {
    await db.delete(attachments).where(and(isNull(attachments.conversationId), lt(attachments.expiresAt, now())))
  }

  return {
    async put({ name, bytes }) {
      const clean =
        name
          .replace(/[\p{Cc}/\\]+/gu, ' ')
          .trim()
          .slice(0, 200) || 'file'
      const mediaType = typeOf(clean, bytes)
      const db = await deps.db()
      await sweep(db)
      const row = {
        id: newId(),
        owner,
        name: clean,
        mediaType,
        size: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        data: bytes,
        createdAt: now(),
        expiresAt: new Date(now().getTime() + keptMs),
      }
      await db.insert(attachments).values(row)
      return shown(row)
    },

    async get(id) {
      const db = await deps.db()
      const [row] = await db.select().from(attachments).where(own(id))
      if (!row || (row.conversationId === null && row.expiresAt < now())) throw gone()
      return { ...shown(row), bytes: row.data }
    },

    async send(ids, conversation) {
      if (ids.length === 0) return []
      if (ids.length > attachmentLimits.files)
        throw new ToolError('invalid-input', `A message takes ${attachmentLimits.files} files.`, {
          field: 'attachments',
          next: 'Send the others with the next message.',
        })
      const db = await deps.db()
      const free = or(isNull(attachments.conversationId), eq(attachments.conversationId, conversation))
      const rows = await db
        .update(attachments)
        .set({ conversationId: conversation })
        .where(and(eq(attachments.owner, owner), inArray(attachments.id, [...ids]), free))
        .returning()
      if (rows.length < new Set(ids).size) throw gone()
      return ids.map((id) => shown(rows.find((row) => row.id === id)!))
    },

    async remove(id) {
      const db = await deps.db()
      const [row] = await db.select({ id: attachments.id }).from(attachments).where(own(id))
      if (!row) throw gone()
      await db.delete(attachments).where(and(own(id), isNull(attachments.conversationId)))
    },
  }
}

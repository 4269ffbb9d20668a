import { createHash } from 'node:crypto'
import { and, desc, eq, inArray, isNull, lt, sql } from '#db/drizzle.ts'
import type { Db } from '#db/open.ts'
import { notifications } from '#db/schema/chat-pages.ts'
import type { NotificationKind } from '../../shell/preferences.ts'

/** Something a person should know though they look elsewhere. */
export interface Note {
  kind: NotificationKind
  tone: 'good' | 'warn' | 'bad' | 'neutral' | 'busy'
  title: string
  body: string
  /** Path of the page that shows it */
  href: string
  /** One of a subject: a newer one replaces it */
  subject: string
  /** ISO 8601: of what happened, so that two processes that hear of it write the same */
  at: string
  /** They know already: it was they who did it */
  read?: boolean
}

export interface StoredNote extends Omit<Note, 'read'> {
  id: string
  read: boolean
}

const keptDays = 30
const mostListed = 50

const idOf = (owner: string, subject: string): string =>
  createHash('sha256').update(`${owner}\n${subject}`).digest('base64url').slice(0, 32)

export interface NoteStore {
  list(): Promise<{ unread: number; notes: StoredNote[] }>
  /** False when this or something newer of its subject is known already. */
  put(note: Note): Promise<boolean>
  /** Without a choice: all */
  markRead(choice: { ids?: string[]; subject?: string }): Promise<number>
}

/** The notifications of one person. */
export function noteStore(deps: { db: () => Promise<Db>; owner: string; now: () => Date }): NoteStore {
  const { owner, now } = deps
  return {
    async list() {
      const db = await deps.db()
      const own = eq(notifications.owner, owner)
      const [rows, [count]] = await Promise.all([
        db.select().from(notifications).where(own).orderBy(desc(notifications.at)).limit(mostListed),
        db
          .select({ unread: sql<number>`count(*)::int` })
          .from(notifications)
          .where(and(own, isNull(notifications.readAt))),
      ])
      const notes = rows.map(({ owner: _, readAt, at, kind, ...row }) => ({
        ...row,
        kind: kind as NotificationKind,
        at: new Date(at).toISOString(),
        read: readAt !== null,
      }))
      return { unread: count?.unread ?? 0, notes }
    },
    async put({ read, at, ...note }) {
      const db = await deps.db()
      const values = { ...note, at: new Date(at), readAt: read ? now() : null }
      const written = await db
        .insert(notifications)
        .values({ id: idOf(owner, note.subject), owner, ...values })
        .onConflictDoUpdate({
          target: notifications.id,
          set: values,
          setWhere: lt(notifications.at, values.at),
        })
        .returning({ id: notifications.id })
      if (written.length === 0) return false
      const oldest = new Date(now().getTime() - keptDays * 86_400_000)
      await db.delete(notifications).where(and(eq(notifications.owner, owner), lt(notifications.at, oldest)))
      return true
    },
    async markRead({ ids, subject }) {
      const db = await deps.db()
      const rows = await db
        .update(notifications)
        .set({ readAt: now() })
        .where(
          and(
            eq(notifications.owner, owner),
            isNull(notifications.readAt),
            ...(ids ? [inArray(notifications.id, ids)] : []),
            ...(subject === undefined ? [] : [eq(notifications.subject, subject)]),
          ),
        )
        .returning({ id: notifications.id })
      return rows.length
    },
  }
}

import { and, asc, eq, inArray, lt } from '#db/drizzle.ts'
import type { Db } from '#db/open.ts'
import { conversations } from '#db/schema/chat.ts'

/** An expired conversation is told from one that never was (CHT-008) for so long; then it leaves the database. */
const keptExpiredMs = 7 * 24 * 3_600_000
const pauseMs = 10 * 60_000
const mostAtOnce = 50

// One pause for the process and not for each request
let sweptAt = Number.NEGATIVE_INFINITY

/**
 * Removes what expired a week ago or more, of everybody, 50 conversations at most and not more often than every ten minutes.
 * Answers how many went. `again` does not wait for the pause.
 */
export async function sweepExpired(
  { db, now }: { db: () => Promise<Db>; now: () => number },
  { again = false } = {},
): Promise<number> {
  if (!again && now() - sweptAt < pauseMs) return 0
  sweptAt = now()
  const database = await db()
  const due = await database
    .select({ id: conversations.id })
    .from(conversations)
    .where(and(eq(conversations.pinned, false), lt(conversations.expiresAt, new Date(now() - keptExpiredMs))))
    .orderBy(asc(conversations.expiresAt))
    .limit(mostAtOnce)
  if (due.length === 0) return 0
  const ids = due.map(({ id }) => id)
  // Once more: somebody may have pinned one meanwhile
  const gone = await database
    .delete(conversations)
    .where(and(inArray(conversations.id, ids), eq(conversations.pinned, false)))
    .returning({ id: conversations.id })
  return gone.length
}

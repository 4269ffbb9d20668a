import { and, eq, inArray } from '#db/drizzle.ts'
import { alertReads } from '#db/schema/alerts.ts'
import type { Context } from '#define'
import type { AlertRow } from './alert-rows.ts'

/** Marks what a person has not read (ALR-015). A model reads for somebody, and that does not count. */
export async function withUnread(
  ctx: Pick<Context, 'actor' | 'db' | 'log'>,
  rows: AlertRow[],
  clusters: readonly string[],
): Promise<AlertRow[]> {
  if (ctx.actor.kind !== 'human' || rows.length === 0) return rows
  try {
    const db = await ctx.db()
    const reads = await db
      .select()
      .from(alertReads)
      .where(and(eq(alertReads.actorId, ctx.actor.id), inArray(alertReads.cluster, [...clusters])))
    const read = new Map<string, number>()
    for (const { cluster, fingerprint, startsAt } of reads) {
      const id = `${cluster}/${fingerprint}`
      read.set(id, Math.max(read.get(id) ?? 0, startsAt.getTime()))
    }
    // an episode may be remembered with a later start than the Alertmanager says now, never with an earlier one
    const isRead = ({ id, since }: AlertRow) => (read.get(id) ?? -1) >= Date.parse(since ?? '')
    return rows.map((row) => (row.state === 'firing' && !isRead(row) ? { ...row, unread: true } : row))
  } catch (error) {
    ctx.log.warn({ error }, 'what was read is not known')
    return rows
  }
}

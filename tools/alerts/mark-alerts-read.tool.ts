import * as z from 'zod'
import { cards } from '#contract'
import { and, eq, inArray, sql } from '#db/drizzle.ts'
import { alertReads, alertEpisodes as table } from '#db/schema/alerts.ts'
import { defineTool } from '#define'
import { clusters, word } from '../arguments.ts'
import { counted } from '../table.ts'

const input = z.strictObject({
  ids: z.array(word).optional().describe('Ids from list_alerts; default: all that fire'),
  clusters,
})

/** What a person has seen (ALR-015): for this person only. */
export const markAlertsRead = defineTool({
  name: 'mark_alerts_read',
  title: 'Mark alerts as read',
  about: 'Remembers for you that you have seen these alerts, or all that fire now. Others still see them as unread.',
  risk: 'change',
  withoutApproval: 'It remembers what one person has read; nothing outside is changed',
  audience: ['human'],
  card: 'status',
  needs: ['fleet', 'alertmanager'],
  input,
  output: cards.status.payload,
  examples: [{}, { ids: ['gpu-east/6145004c73697686'] }],
  route: { method: 'POST', path: '/alerts/read' },
  text: ({ title }) => title,
  async run({ ids, clusters }, ctx) {
    const names = ctx.scopeOf(ctx.clients.alertmanager, clusters)
    const db = await ctx.db()
    const wanted = await db
      .select()
      .from(table)
      .where(
        and(
          eq(table.state, 'firing'),
          inArray(table.cluster, names),
          ids && inArray(sql`${table.cluster} || '/' || ${table.fingerprint}`, ids),
        ),
      )
    const readAt = ctx.now()
    const rows = wanted.map(({ cluster, fingerprint, startsAt }) => ({
      actorId: ctx.actor.id,
      cluster,
      fingerprint,
      startsAt,
      readAt,
    }))
    for (let from = 0; from < rows.length; from += 1_000)
      await db
        .insert(alertReads)
        .values(rows.slice(from, from + 1_000))
        .onConflictDoNothing()
    return {
      data: {
        title: `${counted(rows.length, 'alert')} marked as read`,
        state: 'read',
        tone: 'good' as const,
        facts: [{ label: 'alerts', value: String(rows.length) }],
        checks: [],
      },
    }
  },
})

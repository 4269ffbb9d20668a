import { and, eq, gte } from '#db/drizzle.ts'
import { events } from '#db/schema/core.ts'
import { defineJob, type Job, type JobContext } from '#define'
import { type TailAsked, tailAsked, tailSubject } from './events.ts'
import { tailLines } from './tail-lines.ts'

const everyMs = 2_000
/** Longest a tail lasts. */
const longestMs = 3_600_000
/** Lines of one cluster at each look: what a person can follow, and no more than a slow browser takes. */
const mostLines = 100
/** Agents send their lines with a delay; younger ones come with the next look. */
const settleMs = 1_000

/**
 * Follows the logs that somebody watches now. Loki is asked for what is new rather than held open: it goes through every proxy, needs
 * no connection per reader, and what is too much is left out at its source. Nobody watching costs one look at a list in memory.
 */
export function createTailJob(): Job {
  /** Up to when each tail has read, by cluster */
  const read = new Map<string, number>()

  async function follow(ctx: JobContext, { tail, cluster }: { tail: TailAsked; cluster: string }): Promise<void> {
    const { loki } = ctx.clients
    if (!loki?.names().includes(cluster)) return
    const key = `${tail.id} ${cluster}`
    const toMs = ctx.now().getTime() - settleMs
    const fromMs = read.get(key) ?? tail.fromMs
    if (toMs <= fromMs) return
    const { values } = await ctx.fanOut([cluster], (name, signal) =>
      loki.for(name).queryRange({
        query: tail.query,
        // After a pause nobody saw, only what is new matters.
        start: new Date(Math.max(fromMs, toMs - 60_000)),
        end: new Date(toMs),
        limit: mostLines,
        signal,
      }),
    )
    // A cluster that does not answer is asked for the same time at the next look.
    if (values.length === 0) return
    read.set(key, toMs)
    const entries = values.flatMap(({ value }) => value)
    if (entries.length === 0) return
    const several = tail.clusters.length > 1
    const append = tailLines(entries.map((entry) => ({ entry, cluster: several ? cluster : undefined })))
    const missed =
      entries.length < mostLines
        ? []
        : [
            {
              n: append[0]!.n - 1,
              at: append[0]!.at,
              level: 'warn' as const,
              text: `(more than ${mostLines} lines${several ? ` of ${cluster}` : ''} in ${Math.round((toMs - fromMs) / 1000)} s: earlier ones are left out)`,
            },
          ]
    await ctx.announce([
      { name: 'logs.tailed', subject: tailSubject(tail.id), cluster, data: { append: [...missed, ...append] } },
    ])
  }

  return defineJob({
    name: 'logs.tail',
    everyMs,
    needs: ['loki'],
    async run(ctx) {
      if (!ctx.watched('logs/tail/*', 'logs.tailed')) {
        read.clear()
        return
      }
      const now = ctx.now()
      const db = await ctx.db()
      const rows = await db
        .select({ data: events.data })
        .from(events)
        .where(and(eq(events.name, 'logs.tail-asked'), gte(events.at, new Date(now.getTime() - longestMs))))
      const tails = rows.flatMap(({ data }) => {
        const parsed = tailAsked.safeParse(data)
        return parsed.success ? [parsed.data] : []
      })
      const watched = tails.filter(
        ({ id, untilMs }) => untilMs > now.getTime() && ctx.watched(tailSubject(id), 'logs.tailed'),
      )
      await Promise.all(watched.flatMap((tail) => tail.clusters.map((cluster) => follow(ctx, { tail, cluster }))))
    },
  })
}

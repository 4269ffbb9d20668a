import { defineJob, type Job } from '#define'
import { everyTrace, traceReceived, traceSubject } from './events.ts'
import { rowOf } from './search-rows.ts'
import { traceTimeoutMs } from './service.ts'

const everyMs = 10_000
/** Spans come late: each look goes back so far, and what was told before is not told again. */
const overlapMs = 60_000
const mostTraces = 20
const mostRemembered = 5_000

/** New traces with errors, told to whoever watches them (TRC-009). Nobody watching asks no Tempo anything. */
export function createReceiveJob(): Job {
  const told = new Set<string>()
  let lookedAt: number | undefined

  return defineJob({
    name: 'traces.receive',
    everyMs,
    needs: ['tempo'],
    async run(ctx) {
      const { tempo } = ctx.clients
      if (!tempo || !ctx.watched(everyTrace, 'trace.received')) {
        told.clear()
        lookedAt = undefined
        return
      }
      const end = ctx.now()
      const isFirst = lookedAt === undefined
      const start = new Date((lookedAt ?? end.getTime()) - overlapMs)
      lookedAt = end.getTime()
      const { values } = await ctx.fanOut(
        tempo.names(),
        (cluster, signal) =>
          tempo.for(cluster).search({
            query: '{ status = error } with (most_recent=true)',
            start,
            end,
            limit: mostTraces,
            spansPerSet: 1,
            signal,
          }),
        { timeoutMs: traceTimeoutMs },
      )
      const rows = values
        .flatMap(({ cluster, value }) => value.map((summary) => rowOf(summary, cluster, true)))
        .filter(({ id }) => !told.has(id))
      if (told.size > mostRemembered) told.clear()
      for (const { id } of rows) told.add(id)
      // What was there before somebody looked is no news.
      if (isFirst) return
      await ctx.announce(
        rows.map((row) => ({
          name: 'trace.received',
          subject: traceSubject(row),
          cluster: row.cluster,
          data: traceReceived.parse(row),
        })),
      )
    },
  })
}

import { and, eq, inArray, lt, or } from '#db/drizzle.ts'
import { alertReads, alertEpisodes as table } from '#db/schema/alerts.ts'
import { defineJob, type JobContext } from '#define'
import type { Alert, Alertmanager } from '../clients/alertmanager/types.ts'
import { type Look, type Sighting, stepsOf } from './episode.ts'
import type { EpisodeRow } from './events.ts'
import { endMissing, record } from './record.ts'

/** ALR-013 */
const everyMs = 10_000
/** `lastSeenAt` of what goes on firing is written this often, not at every poll. */
const seenEveryMs = 60_000
/** A restarted Alertmanager knows nothing until the Prometheus servers tell it again, which they do within minutes. */
const settlesMs = 180_000

export const sightingOf = (alert: Alert): Sighting => ({
  fingerprint: alert.fingerprint,
  startsAt: new Date(alert.startsAt),
  labels: alert.labels,
  annotations: alert.annotations,
  ...(alert.generatorUrl && { generatorUrl: alert.generatorUrl }),
  ...(alert.silencedBy.length > 0 || alert.mutedBy.length > 0
    ? { suppressed: 'silenced' as const }
    : alert.state === 'suppressed' && { suppressed: 'inhibited' as const }),
})

/**
 * Reads every Alertmanager and writes what changed. Nothing is kept between two runs but the table, so any replica goes on where
 * another one stopped.
 */
export const followAlerts = defineJob({
  name: 'alerts.follow',
  everyMs,
  needs: ['alertmanager'],
  async run(ctx) {
    const { alertmanager } = ctx.clients
    if (!alertmanager) return
    const clusters = alertmanager.names()
    const db = await ctx.db()
    const open = await db
      .select()
      .from(table)
      .where(and(eq(table.state, 'firing'), inArray(table.cluster, clusters)))
    const byCluster = Map.groupBy(open, ({ cluster }) => cluster)
    const { values } = await ctx.fanOut(
      clusters,
      async (cluster, signal) => {
        const client = alertmanager.for(cluster)
        const at = ctx.now()
        const alerts = await client.alerts({ signal })
        const missing = missingOf(byCluster.get(cluster) ?? [], alerts)
        return { at, alerts, missing: (await isSettled(client, { missing, at, signal })) ? missing : [] }
      },
      { timeoutMs: 5_000 },
    )
    for (const { cluster, value } of values) {
      try {
        await write(ctx, { cluster, open: byCluster.get(cluster) ?? [], ...value })
      } catch (error) {
        // the others are written all the same
        ctx.log.warn({ cluster, error }, 'what an Alertmanager said could not be kept; it is read again')
      }
    }
  },
})

function missingOf(open: readonly EpisodeRow[], alerts: readonly Alert[]): EpisodeRow[] {
  const there = new Set(alerts.map(({ fingerprint }) => fingerprint))
  return open.filter(({ fingerprint }) => !there.has(fingerprint))
}

/** Only where something is missing it matters whether the Alertmanager has forgotten it. */
async function isSettled(
  client: Alertmanager,
  { missing, at, signal }: { missing: readonly EpisodeRow[]; at: Date; signal: AbortSignal },
): Promise<boolean> {
  if (missing.length === 0) return true
  try {
    const { startedAt } = await client.status(signal)
    return at.getTime() - Date.parse(startedAt) >= settlesMs
  } catch {
    return false
  }
}

interface Polled {
  cluster: string
  open: readonly EpisodeRow[]
  at: Date
  alerts: readonly Alert[]
  missing: readonly EpisodeRow[]
}

async function write(ctx: JobContext, { cluster, open, at, alerts, missing }: Polled): Promise<void> {
  const look: Look = { source: 'poll', at }
  const byFingerprint = Map.groupBy(open, ({ fingerprint }) => fingerprint)
  const sightings = alerts.map(sightingOf).filter(({ startsAt }) => !Number.isNaN(startsAt.getTime()))
  // what is known to fire needs no transaction
  const news = sightings.filter((one) => stepsOf(byFingerprint.get(one.fingerprint) ?? [], one, look).length > 0)
  await record(ctx, { cluster, sightings: news, look })
  await endMissing(ctx, { cluster, missing, askedAt: at })
  const db = await ctx.db()
  const stale = open.filter((row) => at.getTime() - row.lastSeenAt.getTime() >= seenEveryMs && !missing.includes(row))
  if (stale.length === 0) return
  await db
    .update(table)
    .set({ lastSeenAt: at })
    .where(
      and(
        eq(table.cluster, cluster),
        eq(table.state, 'firing'),
        lt(table.lastSeenAt, at),
        inArray(
          table.fingerprint,
          stale.map(({ fingerprint }) => fingerprint),
        ),
      ),
    )
}

const defaultKeepDays = 30

/** Forgets episodes that are over for long, and those that fire and nobody has told of for as long: their cluster is gone. */
export const pruneAlerts = defineJob({
  name: 'alerts.prune',
  everyMs: 3_600_000,
  needs: [],
  async run(ctx) {
    const keepDays = ctx.clients.alerts?.keepDays ?? defaultKeepDays
    const before = new Date(ctx.now().getTime() - keepDays * 86_400_000)
    const db = await ctx.db()
    await db.transaction(async (tx) => {
      await tx.delete(table).where(or(lt(table.endsAt, before), lt(table.lastSeenAt, before)))
      await tx.delete(alertReads).where(lt(alertReads.readAt, before))
    })
  },
})

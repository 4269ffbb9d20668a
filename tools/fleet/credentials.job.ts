import type { NewEvent } from '#contract'
import { and, eq, isNull, lte } from '#db/drizzle.ts'
import { clusterCredentials, clusters } from '#db/schema/fleet.ts'
import { defineJob, type JobContext } from '#define'
import { configOf, credentialRows, purposeOf } from './registry.ts'
import { eventOf, viewOf, warnAheadMs } from './registry-view.ts'

/** What another key sealed is sealed with the one that seals now, so that the old key can be taken away. */
async function sealAnew({ clients, db, log }: JobContext): Promise<void> {
  const { vault } = clients
  const rows = await (await db()).select().from(clusterCredentials)
  if (!vault || rows.length === 0) return
  const keyId = await vault.keyId()
  for (const row of rows.filter((one) => one.keyId !== keyId)) {
    const { clusterId, service, sealed } = row
    const own = and(eq(clusterCredentials.clusterId, clusterId), eq(clusterCredentials.service, service))
    try {
      const fresh = await vault.seal(
        await vault.open(row, purposeOf(clusterId, service)),
        purposeOf(clusterId, service),
      )
      // only what was read: somebody may have given other credentials meanwhile
      await (await db())
        .update(clusterCredentials)
        .set(fresh)
        .where(and(own, eq(clusterCredentials.sealed, sealed)))
    } catch (error) {
      log.error({ cluster: clusterId, service, reason: (error as Error).message }, 'credentials cannot be sealed anew')
    }
  }
}

/** Said once, a week ahead (FLT-034); an expired one is still tried, and get_cluster says so. */
async function warn(ctx: JobContext): Promise<void> {
  const now = ctx.now()
  const due = and(
    isNull(clusterCredentials.warnedAt),
    lte(clusterCredentials.expiresAt, new Date(now.getTime() + warnAheadMs)),
  )
  await ctx.commit(async (tx) => {
    const warned = await tx
      .update(clusterCredentials)
      .set({ warnedAt: now })
      .where(due)
      .returning({ id: clusterCredentials.clusterId, service: clusterCredentials.service })
    const events: NewEvent[] = []
    for (const id of new Set(warned.map((one) => one.id))) {
      const [row] = await tx.select().from(clusters).where(eq(clusters.id, id))
      const config = row && ctx.clients.registry && configOf(row, ctx.clients.registry)
      if (!config) continue
      const services = warned.filter((one) => one.id === id).map(({ service }) => service)
      ctx.log.warn({ cluster: row.name, services }, 'credentials expire within seven days')
      const credentials = await credentialRows(tx, id)
      events.push(eventOf('cluster.credentials-updated', viewOf(config, { row, credentials, now })))
    }
    return { value: undefined, events }
  })
}

export const watchCredentials = defineJob({
  name: 'fleet.credentials',
  everyMs: 3_600_000,
  needs: ['registry', 'vault'],
  async run(ctx) {
    await sealAnew(ctx)
    await warn(ctx)
  },
})

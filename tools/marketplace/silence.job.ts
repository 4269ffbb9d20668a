import { and, eq, isNull, lt, or } from '#db/drizzle.ts'
import { providerMetrics, gpuProviders as table } from '#db/schema/marketplace.ts'
import { defineJob } from '#define'
import { offerOf, subjectOf } from './offers.ts'
import { silenceMs } from './report-heartbeat.tool.ts'

/** Measurements older than this are of no use to anybody. */
const keepMs = 7 * 86_400_000

/** Three heartbeats missed: the provider is offline (PWK-030), and everyone who looks at it hears so (PWK-031). */
export const findSilentProviders = defineJob({
  name: 'marketplace.find-silent-providers',
  everyMs: 30_000,
  needs: [],
  async run(ctx) {
    const now = ctx.now()
    const silent = and(
      eq(table.isOnline, true),
      or(isNull(table.lastHeartbeat), lt(table.lastHeartbeat, new Date(now.getTime() - silenceMs))),
    )
    await ctx.commit(async (tx) => {
      // One statement decides and writes, so a heartbeat that comes in between is not overwritten
      const gone = await tx
        .update(table)
        .set({ isOnline: false, isAvailable: false, updatedAt: now })
        .where(silent)
        .returning()
      await tx.delete(providerMetrics).where(lt(providerMetrics.at, new Date(now.getTime() - keepMs)))
      return {
        value: undefined,
        events: gone.map((row) => ({
          name: 'provider.status-changed',
          subject: subjectOf(row.id),
          data: { upsert: [offerOf(row)] },
        })),
      }
    })
  },
})

import { defineJob, type JobContext } from '#define'
import type { ClusterInfo } from '../clients/index.ts'
import { checkAccess, checkClusters } from './check.ts'
import { healthPace, pruneHistory, readStatus, storeChecks } from './health-store.ts'

/** Nodes and GPUs are counted less often than it is asked whether the cluster lives. */
const factsEveryMs = 55_000

async function watchHealth(ctx: JobContext, type: ClusterInfo['type']): Promise<void> {
  const names = ctx.clients.fleet?.list().flatMap((info) => (info.type === type ? [info.name] : [])) ?? []
  if (names.length === 0) return
  const before = await readStatus(await ctx.db(), names)
  const tooOld = (name: string) => {
    const at = (before.get(name)?.facts as { at?: string } | null | undefined)?.at
    return at === undefined || ctx.now().getTime() - Date.parse(at) > factsEveryMs
  }
  const checks = await checkClusters(ctx, names, { timeoutMs: healthPace[type].timeoutMs, facts: tooOld })
  await ctx.commit(async (tx) => ({ value: undefined, events: await storeChecks(tx, ctx.redact(checks), ctx.now()) }))
}

/** One loop for each kind of cluster, because a far edge that hangs must not slow the look at a hub (FLT-039, FLT-040). */
export const healthJobs = (['hub', 'spoke', 'edge', 'far-edge'] as const).map((type) =>
  defineJob({
    name: `fleet.health-${type}`,
    everyMs: healthPace[type].everyMs,
    needs: ['fleet'],
    access: checkAccess,
    run: (ctx) => watchHealth(ctx, type),
  }),
)

/** FLT-049 */
export const healthHistory = defineJob({
  name: 'fleet.health-history',
  everyMs: 3_600_000,
  needs: [],
  run: async (ctx) => pruneHistory(await ctx.db(), ctx.now()),
})

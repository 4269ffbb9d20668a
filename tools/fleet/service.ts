import type { Context } from '#define'
import { type Asking, type ClusterCheck, checkClusters } from './check.ts'
import { readStatus, storedCheck } from './health-store.ts'

export type { ClusterCheck, ClusterState } from './check.ts'

export type FleetContext = Context<'fleet', 'kubernetes' | 'prometheus' | 'alertmanager' | 'loki' | 'tempo'>

type Looking = Asking & Pick<FleetContext, 'now' | 'openDb'>

/**
 * How these clusters are, in their order: as the health loop last saw them (FLT-013), and asked now where no loop has
 * looked lately, as on a server over stdio.
 */
export async function lookAt(ctx: Looking, names: readonly string[]): Promise<ClusterCheck[]> {
  const db = await ctx.openDb()
  const rows = db ? await readStatus(db, names) : new Map()
  const stored = new Map(
    names.flatMap((name) => {
      const check = storedCheck(ctx.clients.fleet!.get(name), rows.get(name), ctx.now())
      return check ? [[name, check] as const] : []
    }),
  )
  const asked = await checkClusters(
    ctx,
    names.filter((name) => !stored.has(name)),
  )
  const fresh = new Map(asked.map((check) => [check.info.name, check]))
  return names.map((name) => stored.get(name) ?? fresh.get(name)!)
}

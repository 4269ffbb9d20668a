import type { Context } from '#define'
import { type Asking, type ClusterCheck, checkClusters } from './check.ts'
import { readStatus, storedCheck } from './health-store.ts'

export type { ClusterCheck } from './check.ts'

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

/**
 * Those of these clusters that the health loop saw offline at its last look (MET-006), and in them this service too: what still answers
 * is worth most where the rest is down. None where no loop looked lately, or where reading that would open a database.
 */
export async function knownOffline(
  ctx: { clients: Pick<FleetContext['clients'], 'fleet'> } & Pick<FleetContext, 'now' | 'openDb'>,
  names: readonly string[],
  service: ClusterCheck['services'][number]['service'],
): Promise<Set<string>> {
  const db = await ctx.openDb()
  if (!db) return new Set()
  const rows = await readStatus(db, names)
  return new Set(
    names.filter((name) => {
      const check = storedCheck(ctx.clients.fleet.get(name), rows.get(name), ctx.now())
      return check?.state === 'offline' && !check.services.some((one) => one.service === service && one.ok)
    }),
  )
}

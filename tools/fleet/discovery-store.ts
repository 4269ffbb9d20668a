import { isDeepStrictEqual } from 'node:util'
import type { NewEvent } from '#contract'
import type { Db, Tx } from '#db/open.ts'
import { clusterStatus as status } from '#db/schema/fleet.ts'
import type { Context } from '#define'
import type { FleetRegistry } from '../clients/index.ts'
import type { Capabilities } from './discover.ts'
import type { ServiceRole } from './discover-services.ts'
import { readStatus, subjectOf } from './health-store.ts'

export type { Capabilities } from './discover.ts'

/** What was last found on each of these clusters; a cluster that was never looked through is not there. */
export async function readCapabilities(
  ctx: Pick<Context, 'openDb'>,
  clusters: readonly string[],
): Promise<Map<string, Capabilities>> {
  const db = await ctx.openDb()
  if (!db) return new Map()
  const rows = await readStatus(db, clusters)
  return new Map(
    [...rows].flatMap(([name, { capabilities }]) =>
      capabilities ? [[name, capabilities as unknown as Capabilities] as const] : [],
    ),
  )
}

/** Keeps what was found, and tells when it is something else than before (FLT-058). */
export async function storeCapabilities(
  tx: Tx,
  found: readonly { cluster: string; capabilities: Capabilities }[],
  now: Date,
): Promise<NewEvent[]> {
  const before = await readStatus(
    tx,
    found.map(({ cluster }) => cluster),
  )
  const events: NewEvent[] = []
  for (const { cluster, capabilities } of found) {
    const row = { capabilities: { ...capabilities }, discoveredAt: now }
    const unseen = { state: 'unknown' as const, score: 0, connectivity: 'disconnected' as const, services: [] }
    await tx
      .insert(status)
      .values({ cluster, ...unseen, ...row })
      .onConflictDoUpdate({ target: status.cluster, set: row })
    if (!isDeepStrictEqual(comparable(before.get(cluster)?.capabilities), comparable({ ...capabilities })))
      events.push({
        name: 'cluster.capabilities-changed',
        subject: subjectOf(cluster),
        cluster,
        data: { id: cluster, name: cluster, capabilities },
      })
  }
  return events
}

/** Without what comes and goes: the words of a refusal. */
function comparable(capabilities: Record<string, unknown> | null | undefined): unknown {
  if (!capabilities) return undefined
  const { unknowns: _, services, ...rest } = capabilities
  const stable = (services as Capabilities['services']).map(({ error: _error, ...service }) => service)
  return JSON.parse(JSON.stringify({ ...rest, services: stable }))
}

/** From now on, what answers behind the API server stands in for what has no address of its own (FLT-055). */
export function useFound(
  registry: Pick<FleetRegistry, 'found'> | undefined,
  cluster: string,
  found: Capabilities,
): void {
  const answering = found.services.filter(({ answers }) => answers)
  const of = (role: ServiceRole) => answering.find((one) => one.role === role)
  const entries = (['prometheus', 'alertmanager', 'loki', 'tempo'] as const).flatMap((upstream) => {
    // Thanos knows all that its Prometheus knows, and more
    const service = (upstream === 'prometheus' && of('thanos')) || of(upstream)
    return service ? [[upstream, { namespace: service.namespace, name: service.name, port: service.port }]] : []
  })
  registry?.found(cluster, Object.fromEntries(entries))
}

/** The same for what was found before: by another server, or before the last start. */
export async function useKnown(
  db: Db,
  registry: Pick<FleetRegistry, 'found'>,
  clusters: readonly string[],
): Promise<void> {
  for (const [name, { capabilities }] of await readStatus(db, clusters))
    if (capabilities) useFound(registry, name, capabilities as unknown as Capabilities)
}

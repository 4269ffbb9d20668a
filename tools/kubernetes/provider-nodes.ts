import type { Node as NodeRow } from '#contract'
import type { Store } from '#define'
import { cell } from '../text.ts'

/** GPUs that providers offer in the marketplace, as machines. The database is opened for this alone. */
export async function readProviderNodes(store: Pick<Store, 'db'>): Promise<NodeRow[]> {
  const [{ isNull }, { gpuProviders }] = await Promise.all([
    import('#db/drizzle.ts'),
    import('#db/schema/marketplace.ts'),
  ])
  const db = await store.db()
  const rows = await db.select().from(gpuProviders).where(isNull(gpuProviders.removedAt))
  return rows.map((row): NodeRow => {
    const status = !row.isOnline
      ? 'offline'
      : row.currentJobId !== null
        ? 'busy'
        : row.isAvailable
          ? 'ready'
          : 'unknown'
    return {
      id: `provider/marketplace/${row.id}`,
      kind: 'provider',
      cluster: 'marketplace',
      name: cell(row.name ?? row.workerId, 120),
      status,
      ...(status === 'unknown' && { reason: 'online and not offered' }),
      ...(row.location && { region: cell(row.location, 80) }),
      gpuModel: cell(row.gpuModel, 80),
      gpuCapacity: 1,
      gpuUsed: status === 'busy' ? 1 : 0,
      gpuFree: status === 'ready' ? 1 : 0,
      gpuMemoryMib: row.gpuVramMb,
      ...(row.cpuCores !== null && { cpuCores: row.cpuCores }),
      ...(row.ramTotalMb !== null && { memoryBytes: row.ramTotalMb * 2 ** 20 }),
      since: row.registeredAt.toISOString(),
    }
  })
}

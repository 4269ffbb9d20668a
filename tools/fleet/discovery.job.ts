import type { ClusterAnswer } from '#contract'
import { type Access, defineJob, type JobContext } from '#define'
import type { Clients } from '../clients/index.ts'
import { type Capabilities, discover, discoveryTimeoutMs } from './discover.ts'
import type { ServiceRole } from './discover-services.ts'
import { storeCapabilities } from './discovery-store.ts'
import { readStatus } from './health-store.ts'

type Discovering = Pick<JobContext, 'clients' | 'fanOut' | 'commit' | 'now'>

/** Looks these clusters through now, and keeps what was found. */
export async function discoverNow(
  ctx: Discovering,
  names: readonly string[],
): Promise<{ found: { cluster: string; capabilities: Capabilities }[]; clusters: ClusterAnswer[] }> {
  const { values, clusters } = await ctx.fanOut(
    names.filter((name) => ctx.clients.kubernetes?.names().includes(name)),
    (cluster, signal) =>
      discover({ cluster, kubernetes: ctx.clients.kubernetes!.for(cluster), clients: ctx.clients, signal }),
    { timeoutMs: discoveryTimeoutMs },
  )
  const found = values.map(({ cluster, value }) => ({ cluster, capabilities: value }))
  if (found.length > 0)
    await ctx.commit(async (tx) => ({ value: undefined, events: await storeCapabilities(tx, found, ctx.now()) }))
  for (const { cluster, capabilities } of found) useFound(ctx.clients, cluster, capabilities)
  return { found, clusters }
}

/** From now on, what answers behind the API server stands in for what has no address of its own (FLT-055). */
export function useFound(clients: Partial<Pick<Clients, 'registry'>>, cluster: string, found: Capabilities): void {
  const answering = found.services.filter(({ answers }) => answers)
  const of = (role: ServiceRole) => answering.find((one) => one.role === role)
  const entries = (['prometheus', 'alertmanager', 'loki', 'tempo'] as const).flatMap((upstream) => {
    // Thanos knows all that its Prometheus knows, and more
    const service = (upstream === 'prometheus' && of('thanos')) || of(upstream)
    return service ? [[upstream, { namespace: service.namespace, name: service.name, port: service.port }]] : []
  })
  clients.registry?.found(cluster, Object.fromEntries(entries))
}

/** FLT-016 */
const everyMs = 24 * 3_600_000

const read = (group: string, resource: string): Access => ({ verbs: ['get', 'list'], group, resource })

/** New clusters within a minute, all of them once a day; one that does not answer waits until it does. */
export const discovery = defineJob({
  name: 'fleet.discovery',
  everyMs: 60_000,
  needs: ['fleet', 'kubernetes'],
  access: [
    ...['nodes', 'pods', 'namespaces', 'services'].map((resource) => read('', resource)),
    { verbs: ['get'], group: '', resource: 'services/proxy' },
    read('config.openshift.io', 'clusterversions'),
    read('ptp.openshift.io', 'ptpconfigs'),
    read('sriovnetwork.openshift.io', 'sriovnetworknodepolicies'),
  ],
  async run(ctx) {
    const names = ctx.clients.kubernetes?.names() ?? []
    const rows = await readStatus(await ctx.db(), names)
    for (const name of names) {
      const known = rows.get(name)?.capabilities as Capabilities | null | undefined
      if (known) useFound(ctx.clients, name, known)
    }
    const due = names.filter((name) => {
      const row = rows.get(name)
      if (row?.state === 'offline') return false
      return !row?.discoveredAt || ctx.now().getTime() - row.discoveredAt.getTime() >= everyMs
    })
    if (due.length > 0) await discoverNow(ctx, due)
  },
})

import type { ClusterAnswer } from '#contract'
import { type Access, defineJob, type JobContext } from '#define'
import { type Capabilities, discover, discoveryTimeoutMs } from './discover.ts'
import { storeCapabilities, useFound } from './discovery-store.ts'
import { readStatus } from './health-store.ts'

type Discovering = Pick<JobContext, 'clients' | 'fanOut' | 'commit' | 'redact' | 'now'>

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
    await ctx.commit(async (tx) => ({
      value: undefined,
      events: await storeCapabilities(tx, ctx.redact(found), ctx.now()),
    }))
  for (const { cluster, capabilities } of found) useFound(ctx.clients.registry, cluster, capabilities)
  return { found, clusters }
}

/** FLT-016 */
const everyMs = 24 * 3_600_000

const read = (group: string, resource: string): Access => ({ verbs: ['get', 'list'], group, resource })

/** What looking for what a cluster has asks of it. */
export const discoveryAccess: readonly Access[] = [
  ...['nodes', 'pods', 'namespaces', 'services'].map((resource) => read('', resource)),
  { verbs: ['get'], group: '', resource: 'services/proxy' },
  read('config.openshift.io', 'clusterversions'),
  read('ptp.openshift.io', 'ptpconfigs'),
  read('sriovnetwork.openshift.io', 'sriovnetworknodepolicies'),
]

/** New clusters within a minute, all of them once a day; one that does not answer waits until it does. */
export const discovery = defineJob({
  name: 'fleet.discovery',
  everyMs: 60_000,
  needs: ['fleet', 'kubernetes'],
  access: discoveryAccess,
  async run(ctx) {
    const names = ctx.clients.kubernetes?.names() ?? []
    const rows = await readStatus(await ctx.db(), names)
    const due = names.filter((name) => {
      const row = rows.get(name)
      if (row?.state === 'offline') return false
      return !row?.discoveredAt || ctx.now().getTime() - row.discoveredAt.getTime() >= everyMs
    })
    if (due.length > 0) await discoverNow(ctx, due)
  },
})

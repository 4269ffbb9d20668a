import * as z from 'zod'
import { defineTool } from '#define'
import { cluster } from '../arguments.ts'
import { checkAccess, checkClusters } from './check.ts'
import { discoverNow, discoveryAccess } from './discovery.job.ts'
import { healthPace, storeChecks } from './health-store.ts'
import { clusterReply, clusterText, type RegistryContext, registryUses } from './registry-answer.ts'
import { clusterCard } from './registry-view.ts'

/** A check of health and a look for what it has, both kept (FLT-014). */
export async function lookNow(ctx: RegistryContext, name: string): Promise<void> {
  const { timeoutMs } = healthPace[ctx.clients.fleet.get(name).type]
  const [checks] = await Promise.all([checkClusters(ctx, [name], { timeoutMs }), discoverNow(ctx, [name])])
  await ctx.commit(async (tx) => ({ value: undefined, events: await storeChecks(tx, ctx.redact(checks), ctx.now()) }))
}

/** Forces what the loops do in their turn (FLT-014). */
export const refreshCluster = defineTool({
  name: 'refresh_cluster',
  title: 'Look at a cluster now',
  about:
    'Check the health of one cluster and discover what it has (GPUs, Prometheus, Loki, Tempo, versions) now, instead of at its next turn.',
  risk: 'change',
  withoutApproval: 'It only looks at the cluster and writes down what it saw; nothing outside is changed',
  card: 'status',
  needs: ['fleet', 'registry'],
  uses: registryUses,
  input: z.strictObject({ cluster: cluster.describe('Name or id') }),
  output: clusterCard,
  examples: [{ cluster: 'gpu-east' }],
  route: { method: 'POST', path: '/clusters/{cluster}/refresh' },
  access: [...checkAccess, ...discoveryAccess],
  timeoutMs: 60_000,
  text: clusterText,
  async run(input, ctx) {
    const [name] = ctx.scope([input.cluster])
    await lookNow(ctx, name!)
    return clusterReply(ctx, name!)
  },
})

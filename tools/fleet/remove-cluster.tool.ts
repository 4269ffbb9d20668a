import * as z from 'zod'
import { cards, type Plan, ToolError } from '#contract'
import { eq } from '#db/drizzle.ts'
import { clusterCredentials, clusterHealthHistory, clusters } from '#db/schema/fleet.ts'
import { defineTool } from '#define'
import { cluster } from '../arguments.ts'
import { counted } from '../table.ts'
import { factsLine, lines } from '../text.ts'
import { forgetHealth } from './health-store.ts'
import { columnsOf, credentialRows, findRow } from './registry.ts'
import { type RegistryContext, registryUses, takeOver } from './registry-answer.ts'
import { deletedEvent } from './registry-view.ts'

const input = z.strictObject({ cluster: cluster.describe('Name or id') })

async function plan({ cluster }: z.output<typeof input>, ctx: RegistryContext): Promise<Plan> {
  const [name] = ctx.scope([cluster])
  const db = await ctx.db()
  const row = await findRow(db, name!)
  const credentials = row ? await credentialRows(db, row.id) : []
  const checks = await db
    .select({ id: clusterHealthHistory.id })
    .from(clusterHealthHistory)
    .where(eq(clusterHealthHistory.cluster, name!))
  const seeded = ctx.clients.registry.seeds().some((one) => one.name === name)
  return {
    summary: `Remove ${name} from the fleet, with its history and its credentials. The cluster itself is not touched.`,
    verb: `Remove ${name}`,
    cluster: name!,
    typedName: name!,
    steps: [
      {
        verb: 'Delete',
        target: 'its entry',
        ...(seeded && { detail: 'it stays away although the configuration has it' }),
      },
      ...(credentials.length > 0
        ? [{ verb: 'Delete', target: counted(credentials.length, 'set', 'sets') + ' of credentials' }]
        : []),
      { verb: 'Delete', target: counted(checks.length, 'kept health check') },
    ],
    checks: [],
    impact: [{ label: 'tools that reach it', value: 'none from then on' }],
    rollback: 'register_cluster, and give its credentials again',
    guard: { row: row ? row.updatedAt.toISOString() : 'none' },
  }
}

/** Takes a cluster out of the fleet (FLT-012). */
export const removeCluster = defineTool({
  name: 'remove_cluster',
  title: 'Remove a cluster',
  about: 'Take a cluster out of the fleet, with its history and credentials. The cluster itself is not touched.',
  risk: 'danger',
  card: 'status',
  needs: ['fleet', 'registry'],
  uses: registryUses,
  input,
  output: cards.status.payload,
  examples: [{ cluster: 'edge-lab' }],
  route: { method: 'DELETE', path: '/clusters/{cluster}' },
  text: ({ title, state, summary, facts }) => lines(`${title}: ${state}. ${summary ?? ''}`, factsLine(facts)),
  afterCrash: 'report',
  plan,
  async run({ cluster }, ctx) {
    const [name] = ctx.scope([cluster])
    const config = ctx.clients.registry.get(name!)!
    const seeded = ctx.clients.registry.seeds().some((one) => one.name === name)
    const at = ctx.now()
    await ctx.db()
    await ctx.commit(async (tx) => {
      const row = await findRow(tx, name!)
      if (!row || row.removedAt)
        throw new ToolError('conflict', `${name} was removed meanwhile`, { next: 'list_clusters', changed: 'nothing' })
      await tx.delete(clusterCredentials).where(eq(clusterCredentials.clusterId, row.id))
      await forgetHealth(tx, name!)
      // only the name of a seeded one is kept, so that the next start does not bring it back
      if (seeded)
        await tx
          .update(clusters)
          .set({ ...columnsOf({ name: name! }), removedAt: at, updatedAt: at })
          .where(eq(clusters.id, row.id))
      else await tx.delete(clusters).where(eq(clusters.id, row.id))
      return { value: undefined, events: [deletedEvent(row)] }
    })
    await takeOver(ctx, name!)
    return {
      data: {
        title: config.displayName ?? name!,
        state: 'removed',
        tone: 'neutral' as const,
        summary: 'It is no longer in the fleet. The cluster itself was not touched.',
        facts: [{ label: 'name', value: name! }],
        checks: [],
      },
      subject: `fleet/cluster/${name}`,
    }
  },
})

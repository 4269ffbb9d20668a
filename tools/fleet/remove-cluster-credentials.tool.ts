import * as z from 'zod'
import { type Plan, ToolError } from '#contract'
import { and, eq, inArray } from '#db/drizzle.ts'
import { clusterCredentials } from '#db/schema/fleet.ts'
import { defineTool } from '#define'
import { cluster } from '../arguments.ts'
import { credentialServices } from '../clients/credentials/types.ts'
import { serviceLabels } from './check.ts'
import { credentialsAnswer, credentialsCard, credentialsText } from './credentials-answer.ts'
import { storedRows } from './credentials-store.ts'
import { configOf, credentialRows } from './registry.ts'
import { type RegistryContext, registryUses, takeOver } from './registry-answer.ts'
import { eventOf, viewOf } from './registry-view.ts'

const input = z.strictObject({
  cluster: cluster.describe('Name or id'),
  services: z.array(z.enum(credentialServices)).optional().describe('Default: all'),
})
type Input = z.output<typeof input>

async function wanted({ cluster, services }: Input, ctx: RegistryContext) {
  const [name] = ctx.scope([cluster])
  const { row, rows } = await storedRows(ctx, name!)
  const chosen = rows.filter(({ service }) => services === undefined || services.includes(service))
  if (chosen.length === 0)
    throw new ToolError('not-found', `No such credentials are stored for ${name}`, {
      field: 'services',
      next: `Stored are those of: ${rows.map(({ service }) => service).join(', ')}`,
      changed: 'nothing',
    })
  return { name: name!, row, chosen }
}

async function plan(input: Input, ctx: RegistryContext): Promise<Plan> {
  const { name, row, chosen } = await wanted(input, ctx)
  const seeded = row.source === 'configuration'
  return {
    summary: `Delete the credentials of ${chosen.map(({ service }) => service).join(', ')} of ${name}`,
    verb: `Delete credentials of ${name}`,
    cluster: name,
    typedName: name,
    steps: chosen.map(({ service, kind }) => ({ verb: 'Delete', target: `${kind} for ${serviceLabels[service]}` })),
    checks: [],
    impact: [{ label: 'asked from then on', value: seeded ? 'as the configuration says' : 'without any login' }],
    rollback: 'give them again on the page of the cluster',
    guard: Object.fromEntries(chosen.map(({ service, createdAt }) => [service, createdAt.toISOString()])),
  }
}

/** Deletes what is stored (FLT-028). */
export const removeClusterCredentials = defineTool({
  name: 'remove_cluster_credentials',
  title: 'Delete credentials',
  about: 'Delete stored credentials of a cluster. What the configuration file holds counts again, where it holds some.',
  risk: 'danger',
  audience: ['human'],
  card: 'status',
  needs: ['fleet', 'registry', 'vault'],
  uses: registryUses.filter((name) => name !== 'vault'),
  input,
  output: credentialsCard,
  examples: [{ cluster: 'gpu-east' }, { cluster: 'gpu-east', services: ['loki'] }],
  route: { method: 'DELETE', path: '/clusters/{cluster}/credentials' },
  text: credentialsText,
  afterCrash: 'rerun',
  plan,
  async run(input, ctx) {
    const { name, row, chosen } = await wanted(input, ctx)
    const services = chosen.map(({ service }) => service)
    const now = ctx.now()
    await ctx.commit(async (tx) => {
      await tx
        .delete(clusterCredentials)
        .where(and(eq(clusterCredentials.clusterId, row.id), inArray(clusterCredentials.service, services)))
      const config = configOf(row, ctx.clients.registry)
      const credentials = await credentialRows(tx, row.id)
      return {
        value: undefined,
        events: config ? [eventOf('cluster.credentials-updated', viewOf(config, { row, credentials, now }))] : [],
      }
    })
    await takeOver(ctx, name)
    return {
      data: credentialsAnswer({ cluster: name, status: 'removed', validations: [], expiresAt: {} }),
      subject: `fleet/cluster/${name}`,
    }
  },
})

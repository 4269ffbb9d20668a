import * as z from 'zod'
import { type Plan, ToolError } from '#contract'
import { and, eq, inArray } from '#db/drizzle.ts'
import type { Db, Tx } from '#db/open.ts'
import { clusterCredentials, clusters } from '#db/schema/fleet.ts'
import { defineTool } from '#define'
import { cluster, word } from '../arguments.ts'
import type { ClusterConfig } from '../clients/config.ts'
import { type CredentialService, credentialServices } from '../clients/credentials/types.ts'
import { checkAccess, serviceLabels } from './check.ts'
import { type ClusterRow, columnsOf, credentialRows, findRow, type Member } from './registry.ts'
import { clusterReply, clusterText, type RegistryContext, registryUses, takeOver } from './registry-answer.ts'
import { applied, changesOf, clusterFacts } from './registry-input.ts'
import { tryAddresses } from './registry-plan.ts'
import { clusterCard, eventOf, viewOf } from './registry-view.ts'

const input = z.strictObject({
  cluster: cluster.describe('Name or id'),
  apiServerUrl: word.optional().describe('https://host:6443'),
  ...clusterFacts,
})
type Input = z.output<typeof input>

const transportOf = (upstream: ClusterConfig[CredentialService]) =>
  upstream && JSON.stringify([upstream.url, upstream.ca, upstream.insecureSkipTlsVerify ?? false])

async function prepare({ cluster, ...input }: Input, ctx: RegistryContext) {
  const [name] = ctx.scope([cluster])
  const before = ctx.clients.registry.get(name!)!
  const changes = changesOf(input, before)
  const after = applied(name!, before, changes)
  const changed = (Object.keys(changes) as Member[]).filter(
    (member) => JSON.stringify(before[member]) !== JSON.stringify(after[member]),
  )
  if (changed.length === 0)
    throw new ToolError('invalid-input', `Nothing of ${name} would change`, {
      next: 'Name what shall be different, such as region, labels or endpoints',
      changed: 'nothing',
    })
  // A secret was given for one address: it does not go to another one, nor over a connection that anybody can listen to
  const moved = credentialServices.filter(
    (service) => changed.includes(service) && transportOf(before[service]) !== transportOf(after[service]),
  )
  return { name: name!, before, after, changed, moved }
}

async function loseable(db: Db | Tx, row: ClusterRow, moved: readonly CredentialService[]) {
  return (await credentialRows(db, row.id)).map(({ service }) => service).filter((service) => moved.includes(service))
}

const words = (config: ClusterConfig, member: Member): string => {
  const value = config[member]
  if (value === undefined) return '(none)'
  return typeof value === 'object' && 'url' in value ? String(value.url) : JSON.stringify(value)
}

async function plan(input: Input, ctx: RegistryContext): Promise<Plan> {
  const { name, before, after, changed, moved } = await prepare(input, ctx)
  const db = await ctx.db()
  const row = await findRow(db, name)
  const lost = row ? await loseable(db, row, moved) : []
  const services = credentialServices.filter((service) => moved.includes(service))
  const checks = await tryAddresses(ctx.clients.registry, after, { services, signal: ctx.signal })
  return {
    summary: `Change ${changed.join(', ')} of ${name}`,
    verb: `Change ${name}`,
    cluster: name,
    steps: changed.map((member) => ({
      verb: 'Set',
      target: member,
      detail: `${words(before, member)} → ${words(after, member)}`,
    })),
    checks: [
      ...checks,
      ...lost.map((service) => ({
        label: `Credentials of ${serviceLabels[service]}`,
        state: 'warn' as const,
        detail: 'were given for the old address and are deleted; give them again afterwards',
      })),
    ],
    impact: [],
    rollback: 'update_cluster with the old values',
    guard: { row: row ? row.updatedAt.toISOString() : 'none' },
  }
}

/** Changes what is registered of a cluster; what a person set wins over the configuration from then on (FLT-011). */
export const updateCluster = defineTool({
  name: 'update_cluster',
  title: 'Change a cluster',
  about:
    'Change name for people, type, environment, region, labels or addresses of a registered cluster. An empty text takes a value away. Its name stays.',
  risk: 'change',
  card: 'status',
  needs: ['fleet', 'registry'],
  uses: registryUses,
  input,
  output: clusterCard,
  examples: [{ cluster: 'gpu-east', labels: { team: 'ml' }, endpoints: { loki: 'https://loki.example' } }],
  route: { method: 'PUT', path: '/clusters/{cluster}' },
  access: checkAccess,
  text: clusterText,
  afterCrash: 'rerun',
  plan,
  async run(input, ctx) {
    const { name, after, changed, moved } = await prepare(input, ctx)
    const at = ctx.now()
    // opened, so that a seeded cluster has its row
    await ctx.db()
    await ctx.commit(async (tx) => {
      const row = await findRow(tx, name)
      if (!row)
        throw new ToolError('conflict', `${name} was removed meanwhile`, { next: 'list_clusters', changed: 'nothing' })
      const lost = await loseable(tx, row, moved)
      if (lost.length > 0)
        await tx
          .delete(clusterCredentials)
          .where(and(eq(clusterCredentials.clusterId, row.id), inArray(clusterCredentials.service, lost)))
      const [stored] = await tx
        .update(clusters)
        .set({ ...columnsOf(after), changed: [...new Set([...row.changed, ...changed])], updatedAt: at })
        .where(eq(clusters.id, row.id))
        .returning()
      const credentials = await credentialRows(tx, row.id)
      return {
        value: undefined,
        events: [eventOf('cluster.updated', viewOf(after, { row: stored, credentials, now: at }))],
      }
    })
    await takeOver(ctx, name)
    return clusterReply(ctx, name, `Changed: ${changed.join(', ')}.`)
  },
})

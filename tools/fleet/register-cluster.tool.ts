import * as z from 'zod'
import { type Plan, ToolError } from '#contract'
import { eq } from '#db/drizzle.ts'
import { clusters } from '#db/schema/fleet.ts'
import { defineTool } from '#define'
import { word } from '../arguments.ts'
import { clusterName } from '../clients/config.ts'
import { credentialServices } from '../clients/credentials/types.ts'
import { checkAccess, serviceLabels } from './check.ts'
import { columnsOf, configOf, findRow } from './registry.ts'
import { clusterReply, clusterText, type RegistryContext, registryUses, takeOver } from './registry-answer.ts'
import { applied, changesOf, clusterFacts } from './registry-input.ts'
import { tryAddresses } from './registry-plan.ts'
import { clusterCard, eventOf, viewOf } from './registry-view.ts'

const input = z.strictObject({
  name: word.describe('3 to 63 of a-z, 0-9, -'),
  apiServerUrl: word.describe('https://host:6443'),
  ...clusterFacts,
})
type Input = z.output<typeof input>

const taken = (name: string) =>
  new ToolError('already-exists', `A cluster named "${name}" is registered`, {
    field: 'name',
    next: 'Choose another name, or change that one with update_cluster',
    changed: 'nothing',
  })

function prepare(input: Input, ctx: RegistryContext) {
  const parsed = clusterName.safeParse(input.name)
  if (!parsed.success)
    throw new ToolError('invalid-input', `The name ${parsed.error.issues[0]!.message}`, {
      field: 'name',
      next: 'Choose a name like gpu-east',
      changed: 'nothing',
    })
  if (ctx.clients.registry.get(input.name)) throw taken(input.name)
  return applied(input.name, {}, changesOf(input))
}

async function plan(input: Input, ctx: RegistryContext): Promise<Plan> {
  const config = prepare(input, ctx)
  const checks = await tryAddresses(ctx.clients.registry, config, { signal: ctx.signal })
  return {
    summary: `Register ${config.name}, a ${config.type ?? 'spoke'} for ${config.environment ?? 'production'}, at ${config.kubernetes!.url}`,
    verb: `Register ${config.name}`,
    steps: credentialServices
      .filter((service) => config[service])
      .map((service) => ({ verb: 'Watch', target: serviceLabels[service], detail: config[service]!.url! })),
    checks,
    impact: [],
    rollback: 'remove_cluster',
    guard: { name: 'free' },
  }
}

/** A cluster of the fleet from now on (FLT-001 to FLT-006, FLT-015). */
export const registerCluster = defineTool({
  name: 'register_cluster',
  title: 'Register a cluster',
  about:
    'Add a cluster to the fleet by the address of its API server and, where there are, of its Prometheus, Alertmanager, Loki, Tempo. A person gives its credentials afterwards on its page.',
  risk: 'change',
  card: 'status',
  needs: ['fleet', 'registry'],
  uses: registryUses,
  input,
  output: clusterCard,
  examples: [
    {
      name: 'gpu-east',
      apiServerUrl: 'https://10.0.0.1:6443',
      region: 'eu-1',
      endpoints: { prometheus: 'https://prometheus.example' },
    },
  ],
  route: { method: 'POST', path: '/clusters' },
  access: checkAccess,
  text: clusterText,
  afterCrash: 'report',
  plan,
  async run(input, ctx) {
    const config = prepare(input, ctx)
    const at = ctx.now()
    await ctx.commit(async (tx) => {
      const old = await findRow(tx, config.name)
      // of one that was removed, or that the configuration no longer has, only the name was left
      if (old && configOf(old, ctx.clients.registry)) throw taken(config.name)
      if (old) await tx.delete(clusters).where(eq(clusters.id, old.id))
      const [row] = await tx
        .insert(clusters)
        .values({
          id: crypto.randomUUID(),
          ...columnsOf(config),
          source: 'registered',
          changed: [],
          createdBy: ctx.actor.name,
          createdAt: at,
          updatedAt: at,
        })
        .onConflictDoNothing()
        .returning()
      if (!row) throw taken(config.name)
      return { value: row, events: [eventOf('cluster.registered', viewOf(config, { row, now: at }))] }
    })
    await takeOver(ctx, config.name)
    return clusterReply(ctx, config.name, 'Registered. Give its credentials on its page where it wants some.')
  },
})

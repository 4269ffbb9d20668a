import * as z from 'zod'
import { ToolError } from '#contract'
import { clusterCredentials } from '#db/schema/fleet.ts'
import { defineTool } from '#define'
import { cluster, wholeNumber } from '../arguments.ts'
import { ownExpiry } from '../clients/credentials/expiry.ts'
import type { Credential } from '../clients/credentials/types.ts'
import { checkAccess } from './check.ts'
import { credentialsAnswer, credentialsCard, credentialsText } from './credentials-answer.ts'
import { tryCredentials, type Validation, validationCheck } from './credentials-check.ts'
import { credentialsInput, credentialsOf } from './credentials-input.ts'
import { lookNow } from './refresh-cluster.tool.ts'
import { configOf, credentialRows, findRow, purposeOf } from './registry.ts'
import { type RegistryContext, registryUses, takeOver } from './registry-answer.ts'
import { eventOf, viewOf } from './registry-view.ts'

const dayMs = 86_400_000

const input = z.strictObject({
  cluster: cluster.describe('Name or id'),
  ...credentialsInput,
  expiresInDays: wholeNumber(1, 365).default(30).describe('Or earlier, where they end by themselves'),
})

/** FLT-026: what was in force stays in force. */
function refuseInvalid(name: string, validations: Validation[]): void {
  const failed = validations.filter(({ result }) => result === 'failed')
  if (failed.length === 0) return
  const words = failed.map(({ service, outcome, detail }) => `${service}: ${outcome} (${detail})`)
  throw new ToolError('credentials-invalid', `These credentials do not work on ${name}: ${words.join('; ')}`, {
    cluster: name,
    field: failed[0]!.service,
    next: 'Nothing was stored and those from before stay in force. Correct what is named and give them again',
    details: { validation: validations.map(validationCheck) },
    changed: 'nothing',
  })
}

/** FLT-024 */
async function endOf(credential: Credential, days: number, now: Date): Promise<Date> {
  const latest = new Date(now.getTime() + days * dayMs)
  const own = await ownExpiry(credential)
  return own && own < latest ? own : latest
}

/** Seals all and stores all, or none. */
async function store(
  ctx: RegistryContext,
  name: string,
  given: { credentials: [keyof typeof credentialsInput, Credential][]; validations: Validation[]; days: number },
) {
  const { vault, registry } = ctx.clients
  const now = ctx.now()
  const row = await findRow(await ctx.db(), name)
  if (!row || !vault)
    throw new ToolError('conflict', `${name} was removed meanwhile`, { next: 'list_clusters', changed: 'nothing' })
  const values = await Promise.all(
    given.credentials.map(async ([service, credential]) => ({
      clusterId: row.id,
      service,
      kind: credential.kind,
      ...(await vault.seal(JSON.stringify(credential), purposeOf(row.id, service))),
      validation: { ...given.validations.find((one) => one.service === service) },
      validatedAt: now,
      expiresAt: await endOf(credential, given.days, now),
      warnedAt: null,
      createdBy: ctx.actor.name,
      createdAt: now,
    })),
  )
  await ctx.commit(async (tx) => {
    // of the row as it is now: its address may have moved while the credentials were tried
    const present = await findRow(tx, name)
    const config = present && configOf(present, registry)
    if (!config || present.updatedAt.getTime() !== row.updatedAt.getTime())
      throw new ToolError('conflict', `${name} was changed meanwhile`, {
        next: 'Give the credentials again',
        changed: 'nothing',
      })
    for (const value of values)
      await tx
        .insert(clusterCredentials)
        .values(value)
        .onConflictDoUpdate({ target: [clusterCredentials.clusterId, clusterCredentials.service], set: value })
    const credentials = await credentialRows(tx, row.id)
    const view = viewOf(config, { row: present, credentials, now })
    return { value: undefined, events: [eventOf('cluster.credentials-updated', view)] }
  })
  return Object.fromEntries(values.map(({ service, expiresAt }) => [service, expiresAt.toISOString()]))
}

/** Validated for real, then sealed and stored; what was stored before is replaced (FLT-022 to FLT-026, FLT-033). */
export const setClusterCredentials = defineTool({
  name: 'set_cluster_credentials',
  title: 'Give credentials',
  about:
    'Give or replace the credentials of a cluster, by service. They are tried first: where they do not work, nothing changes. For people only, on the page of the cluster or over REST.',
  risk: 'danger',
  audience: ['human'],
  withoutApproval:
    'An approval would keep the secrets in clear until somebody decides; they are tried before they count instead',
  publicInput: ['cluster', 'expiresInDays'],
  card: 'status',
  needs: ['fleet', 'registry', 'vault'],
  uses: registryUses.filter((name) => name !== 'vault'),
  input,
  output: credentialsCard,
  examples: [{ cluster: 'gpu-east', kubernetes: { kind: 'token', token: 'from kubectl create token' } }],
  route: { method: 'POST', path: '/clusters/{cluster}/credentials' },
  alsoAt: [{ method: 'POST', path: '/clusters/{cluster}/credentials/rotate' }],
  access: checkAccess,
  timeoutMs: 60_000,
  text: credentialsText,
  async run({ cluster, expiresInDays, ...given }, ctx) {
    const [name] = ctx.scope([cluster])
    const { registry, vault } = ctx.clients
    // A missing key is said before anything is tried, and the row of a seeded cluster comes with the database
    await vault.keyId()
    await ctx.db()
    const config = registry.get(name!)!
    const tried = await tryCredentials(
      registry,
      { config, credentials: await credentialsOf(given), now: ctx.now() },
      ctx.signal,
    )
    refuseInvalid(name!, tried.validations)
    const credentials = Object.entries(tried.credentials) as [keyof typeof credentialsInput, Credential][]
    const expiresAt = await store(ctx, name!, { credentials, validations: tried.validations, days: expiresInDays })
    await takeOver(ctx, name!)
    // what could not be seen without them is seen now; where it cannot, the loops come back to it
    await lookNow(ctx, name!).catch((error) => ctx.log.warn({ cluster: name, error }, 'the first look failed'))
    const answer = { cluster: name!, status: 'stored' as const, validations: tried.validations, expiresAt }
    return { data: credentialsAnswer(answer), subject: `fleet/cluster/${name}` }
  },
})

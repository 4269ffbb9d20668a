import type * as z from 'zod'
import type { Context, Reply } from '#define'
import { factsLine, headline, lines, span, tsv } from '../text.ts'
import { type ClusterCheck, clusterAnswers, type ServiceCheck, serviceLabels } from './check.ts'
import { readHistory, stateTones, subjectOf } from './health-store.ts'
import { credentialRows, findRow, loadCluster, type RegistryParts } from './registry.ts'
import { type ClusterView, type CredentialView, type clusterCard, viewOf } from './registry-view.ts'
import { lookAt } from './service.ts'

/** What the tools of the registry use besides the registry itself. */
export const registryUses = ['vault', 'kubernetes', 'prometheus', 'alertmanager', 'loki', 'tempo'] as const
export type RegistryContext = Context<'fleet' | 'registry', (typeof registryUses)[number]>
type Card = z.output<typeof clusterCard>

export const registryParts = (ctx: RegistryContext): RegistryParts => ({
  registry: ctx.clients.registry,
  vault: ctx.clients.vault,
  now: ctx.now,
  log: ctx.log,
})

/** After a change was committed: the clients of this process know it before the answer, and the next start reads it. */
export async function takeOver(ctx: RegistryContext, name: string): Promise<void> {
  ctx.clients.registry.changed()
  await loadCluster(await ctx.db(), name, registryParts(ctx))
}

const tones = { valid: 'good', expiring: 'warn', expired: 'bad' } as const

const credentialCheck = ({ service, kind, state, expiresAt }: CredentialView) => ({
  id: `credentials-${service}`,
  label: `Credentials of ${serviceLabels[service]}`,
  state: state === 'valid' ? 'stored' : state,
  tone: tones[state],
  detail: `${kind}, ${state === 'expired' ? 'ended' : 'until'} ${expiresAt.slice(0, 10)}${state === 'expired' ? '; still tried' : ''}`,
})

/** How a service did, and where it is. */
const serviceCheck = (view: ClusterView) => (check: ServiceCheck) => ({
  id: check.service,
  label: serviceLabels[check.service],
  state: check.ok ? 'answers' : check.denied ? 'refuses' : 'does not answer',
  tone: check.ok ? ('good' as const) : ('bad' as const),
  detail: [view.endpoints[check.service], check.error].filter(Boolean).join(': '),
})

function factsOf(view: ClusterView, { score, at, stored, api }: ClusterCheck, now: Date) {
  const labels = Object.entries(view.labels).map(([name, value]) => `${name}=${value}`)
  const fact = (label: string, value: string | undefined) => (value ? [{ label, value }] : [])
  return [
    ...fact('health', `${score} of 100`),
    ...fact('checked', stored && `${span((now.getTime() - at.getTime()) / 1000)} ago`),
    ...fact('name', view.name),
    ...fact('type', view.type),
    ...fact('environment', view.environment),
    ...fact('region', view.region),
    ...fact('labels', labels.join(',')),
    ...fact('version', api?.version),
    ...fact('nodes', api && `${api.readyNodes} of ${api.nodes} ready`),
    ...fact('GPUs', api && String(api.gpus)),
    ...fact('source', view.source),
    ...fact('id', view.clusterId),
  ]
}

/** What is registered of a cluster, how it is, and when it was otherwise in the last day (FLT-009, FLT-019). */
export async function clusterReply(ctx: RegistryContext, name: string, note?: string): Promise<Reply<Card>> {
  const config = ctx.clients.registry.get(name)!
  const [check] = await lookAt(ctx, [name])
  const db = await ctx.openDb()
  const row = db && (await findRow(db, name))
  const now = ctx.now()
  const since = new Date(now.getTime() - 86_400_000)
  const [credentials, past] = await Promise.all([
    db && row ? credentialRows(db, row.id) : [],
    db ? readHistory(db, { cluster: name, since, limit: 2_000 }) : [],
  ])
  const view = viewOf(config, { row, credentials, now })
  const bad = past.filter(({ state }) => state !== 'online')
  const history =
    past.length === 0
      ? undefined
      : bad.length === 0
        ? `Online at each of ${past.length} looks in the last day.`
        : `Not online at ${bad.length} of ${past.length} looks in the last day, last at ${bad[0]!.at.toISOString().slice(0, 16)}: ${bad[0]!.problem || bad[0]!.state}.`
  return {
    data: {
      title: view.displayName,
      state: check!.state,
      tone: stateTones[check!.state],
      summary: [note, history].filter(Boolean).join(' '),
      facts: factsOf(view, check!, now),
      checks: [...check!.services.map(serviceCheck(view)), ...view.credentials.map(credentialCheck)],
      cluster: view,
    },
    clusters: clusterAnswers([check!]),
    subject: subjectOf(name),
  }
}

export const clusterText = ({ title, state, summary, facts, checks }: Card): string =>
  lines(
    headline({ title, state, summary }),
    factsLine(facts),
    tsv(
      ['part', 'state', 'detail'],
      checks.map((check) => [check.label, check.state, check.detail]),
    ),
  )

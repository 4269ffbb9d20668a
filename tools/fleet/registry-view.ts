import * as z from 'zod'
import { cards, type NewEvent } from '#contract'
import type { ClusterConfig } from '../clients/config.ts'
import { credentialKinds, credentialServices } from '../clients/credentials/types.ts'
import type { ClusterRow, CredentialRow } from './registry.ts'

const dayMs = 86_400_000
/** FLT-034 */
export const warnAheadMs = 7 * dayMs

const credential = z.strictObject({
  service: z.enum(credentialServices),
  kind: z.enum(credentialKinds),
  state: z.enum(['valid', 'expiring', 'expired']),
  expiresAt: z.string(),
  validatedAt: z.string(),
})
export type CredentialView = z.output<typeof credential>

/** A cluster as the registry has it, with nothing secret in it. `id` is its name, as in list_clusters. */
export const clusterView = z.strictObject({
  id: z.string(),
  clusterId: z.string().optional().describe('Id of its row'),
  name: z.string(),
  displayName: z.string(),
  type: z.string(),
  environment: z.string(),
  region: z.string().optional(),
  labels: z.record(z.string(), z.string()),
  source: z.string().describe('configuration or registered'),
  endpoints: z.record(z.string(), z.string()),
  credentials: z.array(credential).describe('Which are stored; never what they are'),
  createdAt: z.string().optional(),
  updatedAt: z.string().optional(),
})
export type ClusterView = z.output<typeof clusterView>

/** The answer of the tools about one cluster: how it is, and what is registered. */
export const clusterCard = cards.status.payload.extend({ cluster: clusterView })

export function credentialView(row: CredentialRow, now: Date): CredentialView {
  const leftMs = row.expiresAt.getTime() - now.getTime()
  return {
    service: row.service,
    kind: row.kind,
    state: leftMs <= 0 ? 'expired' : leftMs <= warnAheadMs ? 'expiring' : 'valid',
    expiresAt: row.expiresAt.toISOString(),
    validatedAt: row.validatedAt.toISOString(),
  }
}

const placeOf = (upstream: { url?: string | undefined; context?: string | undefined } | undefined) =>
  upstream?.url ?? (upstream?.context ? `context ${upstream.context}` : 'in-cluster')

/** What is registered of a cluster. Without a row: as the configuration has it. */
export function viewOf(
  config: ClusterConfig,
  { row, credentials = [], now }: { row?: ClusterRow | undefined; credentials?: readonly CredentialRow[]; now: Date },
): ClusterView {
  const { name, displayName, type, environment, region, labels } = config
  const there = credentialServices.filter((service) => config[service] !== undefined)
  return {
    id: name,
    ...(row && { clusterId: row.id }),
    name,
    displayName: displayName ?? name,
    type: type ?? 'spoke',
    environment: environment ?? 'production',
    ...(region !== undefined && { region }),
    labels: labels ?? {},
    source: row?.source ?? 'configuration',
    endpoints: Object.fromEntries(there.map((service) => [service, placeOf(config[service])])),
    credentials: credentials.map((one) => credentialView(one, now)),
    ...(row && { createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() }),
  }
}

const subjectOf = (name: string) => `fleet/cluster/${name}`

export const registryEvents = {
  'cluster.registered': clusterView,
  'cluster.updated': clusterView,
  'cluster.credentials-updated': clusterView,
  'cluster.deleted': z.strictObject({ name: z.string(), clusterId: z.string(), remove: z.array(z.string()) }),
}

/** An event about a cluster: its data is what is registered, and never a secret (FLT-011, FLT-015, FLT-029). */
export const eventOf = (
  name: Exclude<keyof typeof registryEvents, 'cluster.deleted'>,
  view: ClusterView,
): NewEvent => ({ name, subject: subjectOf(view.name), cluster: view.name, data: view })

/** FLT-012 */
export const deletedEvent = ({ id, name }: Pick<ClusterRow, 'id' | 'name'>): NewEvent => ({
  name: 'cluster.deleted',
  subject: subjectOf(name),
  cluster: name,
  data: { name, clusterId: id, remove: [name] },
})

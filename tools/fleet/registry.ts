import type { NewEvent } from '#contract'
import { and, eq } from '#db/drizzle.ts'
import type { Db, Tx } from '#db/open.ts'
import { clusterCredentials, clusters } from '#db/schema/fleet.ts'
import type { Logger } from '#define'
import { type ClusterConfig, clusterConfig } from '../clients/config.ts'
import type { ClusterCredentials, Credential, CredentialService } from '../clients/credentials/types.ts'
import type { FleetRegistry } from '../clients/index.ts'
import type { Vault } from '../clients/vault.ts'
import { useKnown } from './discovery-store.ts'
import { eventOf, viewOf } from './registry-view.ts'

export type ClusterRow = typeof clusters.$inferSelect
export type CredentialRow = typeof clusterCredentials.$inferSelect

export interface RegistryParts {
  registry: FleetRegistry
  vault: Vault | undefined
  now: () => Date
  log: Logger
  /** Told which stored credentials were read, for the audit (FLT-036) */
  onOpened?: (cluster: string, services: CredentialService[]) => void
}

const upstreams = ['kubernetes', 'prometheus', 'alertmanager', 'loki', 'tempo'] as const
/** Everything of a cluster that people can change, as the configuration calls it. */
export const members = ['displayName', 'type', 'environment', 'region', 'labels', ...upstreams] as const
export type Member = (typeof members)[number]

/** A seal is worth something for one service of one cluster only. */
export const purposeOf = (clusterId: string, service: CredentialService): string => `cluster/${clusterId}/${service}`

/** An upstream of the configuration file without its secrets: references to variables and files may stay. */
function withoutSecrets(upstream: object): object {
  const isReference = (value: unknown) => typeof value === 'object' && value !== null
  return Object.fromEntries(
    Object.entries(upstream).filter(([member, value]) => {
      if (member === 'token' || member === 'bearerToken') return isReference(value)
      if (member === 'basic') return isReference((value as { password: unknown }).password)
      if (member === 'headers') return Object.values(value as object).every(isReference)
      return true
    }),
  )
}

/** The columns of a row that say what a cluster is. */
export function columnsOf(config: ClusterConfig) {
  const { name, displayName, type, environment, region, labels } = config
  return {
    name,
    displayName: displayName ?? name,
    type: type ?? ('spoke' as const),
    environment: environment ?? ('production' as const),
    region: region ?? null,
    labels: labels ?? {},
    upstreams: Object.fromEntries(
      upstreams.flatMap((name) => (config[name] ? [[name, withoutSecrets(config[name])]] : [])),
    ) as Record<string, unknown>,
  }
}

/**
 * A row as the clients take it: a registered cluster as it stands there, a seeded one as the configuration has it with what people
 * changed. Undefined where it was removed, is gone from the configuration, or cannot be read any longer.
 */
export function configOf(row: ClusterRow, registry: Pick<FleetRegistry, 'seeds'>): ClusterConfig | undefined {
  if (row.removedAt) return undefined
  const { name, displayName, type, environment, region, labels } = row
  const stored: Record<string, unknown> = {
    name,
    displayName,
    type,
    environment,
    labels,
    ...(region !== null && { region }),
    ...row.upstreams,
  }
  if (row.source === 'registered') return clusterConfig.safeParse(stored).data
  const seed = registry.seeds().find((one) => one.name === name)
  if (!seed) return undefined
  const changed = row.changed.filter((member) => (members as readonly string[]).includes(member))
  const kept = Object.entries(seed).filter(([member]) => !changed.includes(member))
  const taken = changed.filter((member) => stored[member] !== undefined).map((member) => [member, stored[member]])
  return clusterConfig.safeParse(Object.fromEntries([...kept, ...taken])).data
}

/** What cannot be opened is left out and logged: the cluster is then asked as the configuration says, and refuses. */
async function openCredentials(rows: readonly CredentialRow[], parts: RegistryParts): Promise<ClusterCredentials> {
  const opened: ClusterCredentials = {}
  for (const row of rows) {
    try {
      if (!parts.vault) continue
      opened[row.service] = JSON.parse(await parts.vault.open(row, purposeOf(row.clusterId, row.service))) as Credential
    } catch (error) {
      const facts = { cluster: row.clusterId, service: row.service, reason: (error as Error).message }
      parts.log.error(facts, 'stored credentials cannot be opened')
    }
  }
  return opened
}

/** Makes the clients what this row says. */
async function apply(row: ClusterRow, credentials: readonly CredentialRow[], parts: RegistryParts): Promise<void> {
  const { registry, log, onOpened } = parts
  const config = configOf(row, registry)
  if (!config) {
    if (!row.removedAt && row.source === 'registered')
      log.error({ cluster: row.name }, 'a registered cluster cannot be read and is left out')
    return registry.remove(row.name)
  }
  const opened = await openCredentials(credentials, parts)
  const services = Object.keys(opened) as CredentialService[]
  if (services.length > 0) onOpened?.(row.name, services)
  registry.put(config, { id: row.id, ...(services.length > 0 && { credentials: opened }) })
}

/** Clusters of the configuration become rows, once; a row that is there already is left as people made it. */
async function seed(db: Db, { registry, now }: RegistryParts): Promise<void> {
  const seeds = registry.seeds()
  if (seeds.length === 0) return
  const at = now()
  const rows = seeds.map((config) => ({
    id: crypto.randomUUID(),
    ...columnsOf(config),
    source: 'configuration' as const,
    changed: [],
    createdBy: 'configuration',
    createdAt: at,
    updatedAt: at,
  }))
  await db.insert(clusters).values(rows).onConflictDoNothing()
}

/** After the database was opened: what is registered there is what there is. */
export async function loadRegistry(db: Db, parts: RegistryParts): Promise<void> {
  await seed(db, parts)
  const [rows, credentials] = await Promise.all([db.select().from(clusters), db.select().from(clusterCredentials)])
  for (const row of rows) {
    const own = credentials.filter(({ clusterId }) => clusterId === row.id)
    await apply(row, own, parts)
  }
  await useKnown(
    db,
    parts.registry,
    rows.map(({ name }) => name),
  )
}

/** One cluster, after it was changed here or by another server. */
export async function loadCluster(db: Db, name: string, parts: RegistryParts): Promise<void> {
  const row = await findRow(db, name)
  if (!row) {
    parts.registry.remove(name)
    return
  }
  await apply(row, await credentialRows(db, row.id), parts)
  await useKnown(db, parts.registry, [name])
}

export async function findRow(db: Db | Tx, name: string): Promise<ClusterRow | undefined> {
  const [row] = await db.select().from(clusters).where(eq(clusters.name, name)).limit(1)
  return row
}

export const credentialRows = (db: Db | Tx, clusterId: string): Promise<CredentialRow[]> =>
  db
    .select()
    .from(clusterCredentials)
    .where(eq(clusterCredentials.clusterId, clusterId))
    .orderBy(clusterCredentials.service)

/** An OIDC issuer replaced a refresh token: the stored one is worth nothing from now on. Answers what other servers must hear. */
export async function storeRotated(
  tx: Tx,
  change: { cluster: string; service: CredentialService; credential: Credential },
  { registry, vault, now }: RegistryParts,
): Promise<NewEvent[]> {
  const row = await findRow(tx, change.cluster)
  const config = row && configOf(row, registry)
  if (!config || !vault) return []
  const sealed = await vault.seal(JSON.stringify(change.credential), purposeOf(row.id, change.service))
  const own = and(eq(clusterCredentials.clusterId, row.id), eq(clusterCredentials.service, change.service))
  await tx
    .update(clusterCredentials)
    .set(sealed)
    .where(and(own, eq(clusterCredentials.kind, 'oidc')))
  const credentials = await credentialRows(tx, row.id)
  return [eventOf('cluster.credentials-updated', viewOf(config, { row, credentials, now: now() }))]
}

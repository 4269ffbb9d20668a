import { bigserial, index, integer, pgTable, primaryKey, text, uniqueIndex } from '#db/drizzle.ts'
import { document, freeText, moment } from './columns.ts'

/** A cluster of the fleet (FLT-001, FLT-002). Where it is reached is not secret; how we sign in there is in `cluster_credentials`. */
export const clusters = pgTable(
  'clusters',
  () => ({
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    displayName: freeText('display_name').notNull(),
    type: text('type', { enum: ['hub', 'spoke', 'edge', 'far-edge'] }).notNull(),
    environment: text('environment', { enum: ['production', 'staging', 'development', 'lab'] }).notNull(),
    region: freeText('region'),
    labels: document<Record<string, string>>('labels').notNull(),
    /** Upstreams in the form of the configuration file, without any secret */
    upstreams: document<Record<string, unknown>>('upstreams').notNull(),
    /** `configuration`: seeded from the file, the kubeconfig or the pod; `registered`: by a person */
    source: text('source', { enum: ['configuration', 'registered'] }).notNull(),
    /** What people changed of a seeded cluster; all else follows the configuration */
    changed: document<string[]>('changed').notNull(),
    /** A seeded cluster that a person removed stays known, so that the next start does not bring it back */
    removedAt: moment('removed_at'),
    createdBy: freeText('created_by').notNull(),
    createdAt: moment('created_at').notNull(),
    updatedAt: moment('updated_at').notNull(),
  }),
  (table) => [uniqueIndex('clusters_name').on(table.name)],
)

/** Credentials of one service of a cluster, encrypted with AES-256-GCM (FLT-031, FLT-033). Never read but by the clients. */
export const clusterCredentials = pgTable(
  'cluster_credentials',
  () => ({
    clusterId: text('cluster_id')
      .notNull()
      .references(() => clusters.id, { onDelete: 'cascade' }),
    service: text('service', { enum: ['kubernetes', 'prometheus', 'alertmanager', 'loki', 'tempo'] }).notNull(),
    kind: text('kind', { enum: ['kubeconfig', 'token', 'oidc', 'basic', 'certificate'] }).notNull(),
    /** Nonce, tag and cipher text, base64 */
    sealed: text('sealed').notNull(),
    /** Which key sealed it; another one means: seal again */
    keyId: text('key_id').notNull(),
    validation: document<Record<string, unknown>>('validation').notNull(),
    validatedAt: moment('validated_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
    warnedAt: moment('warned_at'),
    createdBy: freeText('created_by').notNull(),
    createdAt: moment('created_at').notNull(),
  }),
  (table) => [
    primaryKey({ name: 'cluster_credentials_pk', columns: [table.clusterId, table.service] }),
    index('cluster_credentials_expires').on(table.expiresAt),
  ],
)

/** The last check and the last discovery of each cluster, by its name (FLT-013, FLT-044, FLT-051). */
export const clusterStatus = pgTable('cluster_status', () => ({
  cluster: text('cluster').primaryKey(),
  state: text('state', { enum: ['online', 'offline', 'degraded', 'unknown', 'provisioning'] }).notNull(),
  score: integer('score').notNull(),
  connectivity: text('connectivity', { enum: ['connected', 'disconnected', 'intermittent'] }).notNull(),
  services: document<unknown[]>('services').notNull(),
  lastError: freeText('last_error'),
  checkedAt: moment('checked_at'),
  lastSeenAt: moment('last_seen_at'),
  /** Version, nodes and GPUs as the API server last told them */
  facts: document<Record<string, unknown>>('facts'),
  /** When the state last became another one */
  changedAt: moment('changed_at'),
  capabilities: document<Record<string, unknown>>('capabilities'),
  discoveredAt: moment('discovered_at'),
}))

/** One row a check, kept for 7 days (FLT-049). */
export const clusterHealthHistory = pgTable(
  'cluster_health_history',
  () => ({
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    cluster: text('cluster').notNull(),
    state: text('state').notNull(),
    score: integer('score').notNull(),
    services: document<unknown[]>('services').notNull(),
    checkedAt: moment('checked_at').notNull(),
  }),
  (table) => [
    index('cluster_health_history_cluster').on(table.cluster, table.checkedAt),
    index('cluster_health_history_checked_at').on(table.checkedAt),
  ],
)

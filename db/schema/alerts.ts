import { index, pgTable, primaryKey, text } from '#db/drizzle.ts'
import { document, freeText, moment } from './columns.ts'

/** One episode of an alert: the same fingerprint that fires again later is another row (ALR-003, ALR-009). */
export const alertEpisodes = pgTable(
  'alert_episodes',
  () => ({
    cluster: text('cluster').notNull(),
    fingerprint: text('fingerprint').notNull(),
    startsAt: moment('starts_at').notNull(),
    alertname: freeText('alertname').notNull(),
    severity: text('severity', { enum: ['critical', 'warning', 'info'] }).notNull(),
    state: text('state', { enum: ['firing', 'resolved'] }).notNull(),
    labels: document<Record<string, string>>('labels').notNull(),
    annotations: document<Record<string, string>>('annotations').notNull(),
    generatorUrl: freeText('generator_url'),
    /** How it was first heard of */
    source: text('source', { enum: ['poll', 'webhook'] }).notNull(),
    firstSeenAt: moment('first_seen_at').notNull(),
    lastSeenAt: moment('last_seen_at').notNull(),
    endsAt: moment('ends_at'),
  }),
  (table) => [
    primaryKey({ name: 'alert_episodes_pk', columns: [table.cluster, table.fingerprint, table.startsAt] }),
    index('alert_episodes_state').on(table.state, table.lastSeenAt),
    index('alert_episodes_starts_at').on(table.startsAt),
  ],
)

/** Which episodes a person has read (ALR-015). */
export const alertReads = pgTable(
  'alert_reads',
  () => ({
    actorId: freeText('actor_id').notNull(),
    cluster: text('cluster').notNull(),
    fingerprint: text('fingerprint').notNull(),
    startsAt: moment('starts_at').notNull(),
    readAt: moment('read_at').notNull(),
  }),
  (table) => [
    primaryKey({
      name: 'alert_reads_pk',
      columns: [table.actorId, table.cluster, table.fingerprint, table.startsAt],
    }),
  ],
)

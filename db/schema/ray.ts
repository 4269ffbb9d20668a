import type { ProgressStep } from '#contract'
import { index, integer, pgTable, text, uniqueIndex } from '#db/drizzle.ts'
import { document, freeText, moment } from './columns.ts'
import { approvals } from './core.ts'

/** A Ray cluster as Quartermaster asked for it (RAY-010). */
export const rayClusters = pgTable(
  'ray_clusters',
  () => ({
    id: text('id').primaryKey(),
    cluster: text('cluster').notNull(),
    namespace: text('namespace').notNull(),
    name: text('name').notNull(),
    headGpus: integer('head_gpus').notNull(),
    workers: integer('workers').notNull(),
    gpusPerWorker: integer('gpus_per_worker').notNull(),
    state: text('state', { enum: ['initializing', 'running', 'paused', 'error', 'terminated'] }).notNull(),
    steps: document<ProgressStep[]>('steps').notNull(),
    message: freeText('message'),
    approvalId: text('approval_id').references(() => approvals.id, { onDelete: 'set null' }),
    requestedBy: freeText('requested_by').notNull(),
    createdAt: moment('created_at').notNull(),
    updatedAt: moment('updated_at').notNull(),
    endedAt: moment('ended_at'),
  }),
  (table) => [
    uniqueIndex('ray_clusters_place').on(table.cluster, table.namespace, table.name),
    index('ray_clusters_state').on(table.state),
  ],
)

import type { ProgressStep } from '#contract'
import { index, integer, pgTable, text, uniqueIndex } from '#db/drizzle.ts'
import { document, freeText, moment } from './columns.ts'
import { approvals } from './core.ts'

/** A served model as Quartermaster asked for it (MOD-040); what runs is in the cluster. */
export const modelDeployments = pgTable(
  'model_deployments',
  () => ({
    id: text('id').primaryKey(),
    cluster: text('cluster').notNull(),
    namespace: text('namespace').notNull(),
    name: text('name').notNull(),
    model: text('model').notNull(),
    engine: text('engine', { enum: ['vllm', 'sglang', 'trtllm'] }).notNull(),
    mode: text('mode', { enum: ['aggregated', 'disaggregated'] }).notNull(),
    replicas: integer('replicas').notNull(),
    /** GPUs of all replicas together */
    gpus: integer('gpus').notNull(),
    state: text('state', { enum: ['pending', 'deploying', 'running', 'failed', 'terminating', 'deleted'] }).notNull(),
    steps: document<ProgressStep[]>('steps').notNull(),
    message: freeText('message'),
    approvalId: text('approval_id').references(() => approvals.id, { onDelete: 'set null' }),
    requestedBy: freeText('requested_by').notNull(),
    createdAt: moment('created_at').notNull(),
    updatedAt: moment('updated_at').notNull(),
    endedAt: moment('ended_at'),
  }),
  (table) => [
    uniqueIndex('model_deployments_place').on(table.cluster, table.namespace, table.name),
    index('model_deployments_state').on(table.state),
  ],
)

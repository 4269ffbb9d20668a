import type { ProgressStep } from '#contract'
import { index, integer, pgTable, text, uniqueIndex } from '#db/drizzle.ts'
import { document, freeText, moment } from './columns.ts'
import { approvals } from './core.ts'

const runtimes = ['dynamo', 'dynamo-request', 'kserve', 'kserve-llm', 'ray-service', 'plain'] as const

/** A served model as Quartermaster asked for it (MOD-040); what runs is in the cluster. */
export const modelDeployments = pgTable(
  'model_deployments',
  () => ({
    id: text('id').primaryKey(),
    cluster: text('cluster').notNull(),
    namespace: text('namespace').notNull(),
    name: text('name').notNull(),
    runtime: text('runtime', { enum: runtimes }).notNull().default('dynamo'),
    /** What was asked last: it is followed until it stands or fails */
    action: text('action', { enum: ['deploy', 'update', 'scale', 'rollback', 'delete'] })
      .notNull()
      .default('deploy'),
    model: text('model').notNull(),
    /** Null where a deployment that somebody else made does not say */
    engine: text('engine', { enum: ['vllm', 'sglang', 'trtllm'] }),
    mode: text('mode', { enum: ['aggregated', 'disaggregated'] }),
    /** Wanted of decode or aggregated workers */
    replicas: integer('replicas').notNull(),
    /** GPUs of all replicas together */
    gpus: integer('gpus').notNull(),
    /** Of `deployment_revisions`; null for one that Quartermaster did not write */
    revision: integer('revision'),
    /** Of the object that was changed or deleted */
    uid: text('uid'),
    generation: integer('generation'),
    state: text('state', { enum: ['pending', 'deploying', 'running', 'failed', 'terminating', 'deleted'] }).notNull(),
    steps: document<ProgressStep[]>('steps').notNull(),
    message: freeText('message'),
    approvalId: text('approval_id').references(() => approvals.id, { onDelete: 'set null' }),
    requestedBy: freeText('requested_by').notNull(),
    /** When the action of this row was asked for */
    createdAt: moment('created_at').notNull(),
    updatedAt: moment('updated_at').notNull(),
    endedAt: moment('ended_at'),
  }),
  (table) => [
    uniqueIndex('model_deployments_place').on(table.cluster, table.namespace, table.name),
    index('model_deployments_state').on(table.state),
  ],
)

/** What a deployment was at each change that Quartermaster made, to go back to. Revision 1 of a foreign one is how it was found. */
export const deploymentRevisions = pgTable(
  'deployment_revisions',
  () => ({
    id: text('id').primaryKey(),
    cluster: text('cluster').notNull(),
    namespace: text('namespace').notNull(),
    name: text('name').notNull(),
    revision: integer('revision').notNull(),
    runtime: text('runtime', { enum: runtimes }).notNull(),
    action: text('action', { enum: ['found', 'deploy', 'update', 'scale', 'rollback'] }).notNull(),
    /** The configuration it was made from; null for one that was found */
    config: document<Record<string, unknown>>('config'),
    /** The objects as they were applied, without status and managed fields */
    manifests: document<Record<string, unknown>[]>('manifests').notNull(),
    /** In words: replicas 1 → 2 */
    change: freeText('change').notNull(),
    approvalId: text('approval_id').references(() => approvals.id, { onDelete: 'set null' }),
    requestedBy: freeText('requested_by').notNull(),
    createdAt: moment('created_at').notNull(),
  }),
  (table) => [
    uniqueIndex('deployment_revisions_number').on(table.cluster, table.namespace, table.name, table.revision),
  ],
)

/** A measurement of a served model, kept to compare with later ones. */
export const deploymentTests = pgTable(
  'deployment_tests',
  () => ({
    id: text('id').primaryKey(),
    cluster: text('cluster').notNull(),
    namespace: text('namespace').notNull(),
    name: text('name').notNull(),
    model: freeText('model'),
    state: text('state', { enum: ['running', 'succeeded', 'failed'] }).notNull(),
    /** Concurrency, requests, tokens a request: the stated bound */
    settings: document<Record<string, unknown>>('settings').notNull(),
    /** The measurement card; null until there is one */
    result: document<Record<string, unknown>>('result'),
    message: freeText('message'),
    approvalId: text('approval_id').references(() => approvals.id, { onDelete: 'set null' }),
    requestedBy: freeText('requested_by').notNull(),
    createdAt: moment('created_at').notNull(),
    endedAt: moment('ended_at'),
  }),
  (table) => [index('deployment_tests_place').on(table.cluster, table.namespace, table.name, table.createdAt)],
)

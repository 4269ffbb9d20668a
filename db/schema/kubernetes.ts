import type { ProgressStep } from '#contract'
import { index, pgTable, text } from '#db/drizzle.ts'
import { document, freeText, moment } from './columns.ts'
import { approvals } from './core.ts'

/** A change of a cluster that takes time: a rollout, a drain, a deletion. Followed until it stands or fails; what is, is in the cluster. */
export const clusterChanges = pgTable(
  'cluster_changes',
  () => ({
    id: text('id').primaryKey(),
    cluster: text('cluster').notNull(),
    action: text('action', { enum: ['scale', 'restart', 'rollback', 'drain', 'delete'] }).notNull(),
    /** Group, version and plural of the kind, with its name and scope */
    kind: document<{ group: string; version: string; resource: string; kind: string; namespaced: boolean }>(
      'kind',
    ).notNull(),
    namespace: text('namespace'),
    name: text('name').notNull(),
    uid: text('uid').notNull(),
    title: freeText('title').notNull(),
    /** What the change aims at, as its action understands it */
    aim: document<Record<string, unknown>>('aim').notNull(),
    state: text('state', { enum: ['running', 'succeeded', 'failed'] }).notNull(),
    steps: document<ProgressStep[]>('steps').notNull(),
    message: freeText('message'),
    approvalId: text('approval_id').references(() => approvals.id, { onDelete: 'set null' }),
    requestedBy: freeText('requested_by').notNull(),
    deadlineAt: moment('deadline_at').notNull(),
    createdAt: moment('created_at').notNull(),
    updatedAt: moment('updated_at').notNull(),
    endedAt: moment('ended_at'),
  }),
  (table) => [index('cluster_changes_state').on(table.state), index('cluster_changes_cluster').on(table.cluster)],
)

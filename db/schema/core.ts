import type { ApprovalState, Caller, CardKind, Plan, Risk, Role } from '#contract'
import { bigint, bigserial, boolean, check, index, integer, pgTable, sql, text, uniqueIndex } from '#db/drizzle.ts'
import { document, exactJson, freeText, moment } from './columns.ts'

/** Hash chain: `hash` covers the entry and the hash before it. Rows are only ever added. */
export const audit = pgTable(
  'audit',
  () => ({
    seq: bigserial('seq', { mode: 'number' }).primaryKey(),
    /** Made by the writer, so that an entry which was spooled to a file is taken over once */
    entryId: text('entry_id').notNull(),
    at: moment('at').notNull(),
    actorId: freeText('actor_id').notNull(),
    actorName: freeText('actor_name').notNull(),
    actorKind: text('actor_kind').$type<Caller>().notNull(),
    actorRole: text('actor_role').$type<Role>().notNull(),
    persona: freeText('persona'),
    client: freeText('client'),
    conversation: freeText('conversation'),
    tool: freeText('tool').notNull(),
    risk: text('risk').$type<Risk>().notNull(),
    inputDigest: text('input_digest').notNull(),
    input: exactJson<unknown>('input'),
    planDigest: text('plan_digest'),
    decision: text('decision', { enum: ['allowed', 'denied', 'asked', 'approved'] }).notNull(),
    outcome: text('outcome').notNull(),
    durationMs: integer('duration_ms').notNull(),
    approval: text('approval'),
    traceId: text('trace_id'),
    clusters: exactJson<string[]>('clusters'),
    prevHash: text('prev_hash').notNull(),
    hash: text('hash').notNull(),
  }),
  (table) => [
    uniqueIndex('audit_entry_id').on(table.entryId),
    index('audit_at').on(table.at),
    index('audit_tool_seq').on(table.tool, table.seq),
    index('audit_actor_seq').on(table.actorId, table.seq),
  ],
)

export interface AskedBy {
  id: string
  name: string
  role: Role
  kind: Caller
  clusters: '*' | string[]
  client?: string
}

/** A change that waits for a person, and afterwards its receipt. */
export const approvals = pgTable(
  'approvals',
  () => ({
    id: text('id').primaryKey(),
    state: text('state').$type<ApprovalState>().notNull(),
    tool: text('tool').notNull(),
    title: freeText('title').notNull(),
    risk: text('risk', { enum: ['change', 'danger'] }).notNull(),
    input: exactJson<unknown>('input').notNull(),
    inputDigest: text('input_digest').notNull(),
    plan: exactJson<Plan>('plan').notNull(),
    planDigest: text('plan_digest').notNull(),
    guardDigest: text('guard_digest').notNull(),
    actorId: text('actor_id').notNull(),
    actor: exactJson<AskedBy>('actor').notNull(),
    persona: text('persona'),
    conversation: text('conversation'),
    askedAt: moment('asked_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
    decidedBy: freeText('decided_by'),
    decidedAt: moment('decided_at'),
    startedAt: moment('started_at'),
    endedAt: moment('ended_at'),
    reason: freeText('reason'),
    supersedes: text('supersedes'),
    supersededBy: text('superseded_by'),
    changes: exactJson<string[]>('changes'),
    outcome: exactJson<Record<string, unknown>>('outcome'),
    /** Two people must say yes; the first one is noted here */
    needsSecond: boolean('needs_second').notNull().default(false),
    firstById: text('first_by_id'),
    firstBy: freeText('first_by'),
    firstAt: moment('first_at'),
    /** `scheduled`: approved, and until this moment it can be cancelled */
    applyAt: moment('apply_at'),
    cancelledBy: freeText('cancelled_by'),
    /** The grant that let it run without being asked again */
    grantId: text('grant_id'),
    /** The approval this one undoes, and the one that undid it */
    rollsBack: text('rolls_back'),
    rolledBackBy: text('rolled_back_by'),
  }),
  (table) => [
    index('approvals_state_expires').on(table.state, table.expiresAt),
    index('approvals_asked_at').on(table.askedAt),
    index('approvals_actor').on(table.actorId, table.askedAt),
    check(
      'approvals_state_known',
      sql`${table.state} in ('pending','scheduled','cancelled','denied','expired','superseded','running','succeeded','failed','interrupted')`,
    ),
  ],
)

/** "This exact target, for an hour": asked again in the same conversation, the same change on the same target runs at once. Never for danger. */
export const approvalGrants = pgTable(
  'approval_grants',
  () => ({
    id: text('id').primaryKey(),
    /** The approval in which a person gave it */
    approval: text('approval').notNull(),
    actorId: text('actor_id').notNull(),
    conversation: text('conversation').notNull(),
    tool: text('tool').notNull(),
    /** In words, for whoever looks at what is allowed */
    target: freeText('target').notNull(),
    targetDigest: text('target_digest').notNull(),
    grantedById: text('granted_by_id').notNull(),
    grantedBy: freeText('granted_by').notNull(),
    grantedAt: moment('granted_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
    uses: integer('uses').notNull().default(0),
    revokedAt: moment('revoked_at'),
    revokedBy: freeText('revoked_by'),
  }),
  (table) => [
    index('approval_grants_actor').on(table.actorId, table.conversation, table.tool),
    index('approval_grants_expires').on(table.expiresAt),
  ],
)

/** What happened, in commit order: inserts are serialised, so `seq` becomes visible in order. */
export const events = pgTable(
  'events',
  () => ({
    seq: bigserial('seq', { mode: 'number' }).primaryKey(),
    name: text('name').notNull(),
    subject: freeText('subject').notNull(),
    cluster: freeText('cluster'),
    at: moment('at').notNull(),
    data: document<Record<string, unknown>>('data').notNull(),
  }),
  (table) => [index('events_at').on(table.at), index('events_subject_seq').on(table.subject, table.seq)],
)

/** Whole results of bounded answers; owned by their caller, gone after their time. */
export const results = pgTable(
  'results',
  () => ({
    id: text('id').primaryKey(),
    owner: freeText('owner').notNull(),
    tool: text('tool').notNull(),
    card: text('card').$type<CardKind>().notNull(),
    data: exactJson<Record<string, unknown>>('data').notNull(),
    bytes: bigint('bytes', { mode: 'number' }).notNull(),
    at: text('at').notNull(),
    createdAt: moment('created_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
  }),
  (table) => [index('results_expires').on(table.expiresAt), index('results_owner').on(table.owner, table.createdAt)],
)

/** Facts about this installation. Never secrets: those live in a file of mode 0600. */
export const settings = pgTable('settings', () => ({
  key: text('key').primaryKey(),
  value: document<unknown>('value').notNull(),
  updatedAt: moment('updated_at').notNull(),
}))

/** Who runs a background job until when; means something only where several processes share one PostgreSQL. */
export const leases = pgTable('leases', () => ({
  name: text('name').primaryKey(),
  holder: text('holder').notNull(),
  until: moment('until').notNull(),
}))

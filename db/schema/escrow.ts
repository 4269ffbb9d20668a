import { check, index, integer, pgTable, sql, text, uniqueIndex } from '#db/drizzle.ts'
import { amount, currency, freeText, moment } from './columns.ts'
import { computeJobs, gpuProviders, marketplaceUsers } from './marketplace.ts'

/** Money held for one job (PAY-011, PAY-018: one lock per job). */
export const escrows = pgTable(
  'escrows',
  () => ({
    id: text('id').primaryKey(),
    jobId: text('job_id')
      .notNull()
      .references(() => computeJobs.id, { onDelete: 'restrict' }),
    amount: amount('amount').notNull(),
    released: amount('released').notNull().default(sql`0`),
    refunded: amount('refunded').notNull().default(sql`0`),
    fee: amount('fee').notNull().default(sql`0`),
    currency: currency('currency').notNull(),
    consumerAddress: text('consumer_address').notNull(),
    /** Unknown until a provider was assigned */
    providerAddress: text('provider_address'),
    state: text('state', {
      enum: ['pending', 'locked', 'disputed', 'released', 'refunded', 'split', 'failed'],
    }).notNull(),
    confirmations: integer('confirmations').notNull().default(0),
    deadlineAt: moment('deadline_at'),
    createdAt: moment('created_at').notNull(),
    lockedAt: moment('locked_at'),
    settledAt: moment('settled_at'),
  }),
  (table) => [
    uniqueIndex('escrows_job').on(table.jobId),
    index('escrows_state').on(table.state),
    check('escrows_amount', sql`${table.amount} > 0`),
    check(
      'escrows_never_overpaid',
      sql`${table.released} >= 0 and ${table.refunded} >= 0 and ${table.fee} >= 0 and ${table.released} + ${table.refunded} + ${table.fee} <= ${table.amount}`,
    ),
    check('escrows_currency', sql`${table.currency} in ('usd-cent','qu')`),
  ],
)

/** Every movement of money (PAY-028). A job has several; one chain hash is one transaction. */
export const transactions = pgTable(
  'transactions',
  () => ({
    id: text('id').primaryKey(),
    userId: text('user_id').references(() => marketplaceUsers.id, { onDelete: 'restrict' }),
    jobId: text('job_id').references(() => computeJobs.id, { onDelete: 'restrict' }),
    escrowId: text('escrow_id').references(() => escrows.id, { onDelete: 'restrict' }),
    providerId: text('provider_id').references(() => gpuProviders.id, { onDelete: 'restrict' }),
    type: text('type', { enum: ['payment', 'earning', 'refund', 'escrow-lock', 'escrow-release'] }).notNull(),
    amount: amount('amount').notNull(),
    currency: currency('currency').notNull(),
    fromAddress: text('from_address'),
    toAddress: text('to_address'),
    status: text('status', { enum: ['pending', 'completed', 'failed'] }).notNull(),
    chainHash: text('chain_hash'),
    confirmations: integer('confirmations').notNull().default(0),
    error: freeText('error'),
    createdAt: moment('created_at').notNull(),
    completedAt: moment('completed_at'),
  }),
  (table) => [
    uniqueIndex('transactions_chain_hash').on(table.chainHash),
    index('transactions_user').on(table.userId, table.createdAt),
    index('transactions_job').on(table.jobId, table.createdAt),
    index('transactions_escrow').on(table.escrowId),
    check('transactions_amount', sql`${table.amount} > 0`),
    check('transactions_currency', sql`${table.currency} in ('usd-cent','qu')`),
  ],
)

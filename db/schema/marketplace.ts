import {
  bigserial,
  boolean,
  check,
  doublePrecision,
  index,
  integer,
  pgTable,
  serial,
  sql,
  text,
  uniqueIndex,
} from '#db/drizzle.ts'
import { amount, currency, document, freeText, moment } from './columns.ts'

/** A consumer, a provider or both. Balances are never stored: they are the sum of transactions. */
export const marketplaceUsers = pgTable(
  'marketplace_users',
  () => ({
    id: text('id').primaryKey(),
    qubicAddress: text('qubic_address').notNull(),
    name: freeText('name'),
    role: text('role', { enum: ['consumer', 'provider', 'both'] })
      .notNull()
      .default('consumer'),
    createdAt: moment('created_at').notNull(),
    updatedAt: moment('updated_at').notNull(),
  }),
  (table) => [uniqueIndex('marketplace_users_address').on(table.qubicAddress)],
)

/** A GPU offer and the worker behind it (PWK-004: one row per worker). Money keeps pointing at it, so it is removed by date. */
export const gpuProviders = pgTable(
  'gpu_providers',
  () => ({
    id: text('id').primaryKey(),
    workerId: text('worker_id').notNull(),
    workerTokenHash: text('worker_token_hash'),
    userId: text('user_id')
      .notNull()
      .references(() => marketplaceUsers.id, { onDelete: 'restrict' }),
    qubicAddress: text('qubic_address').notNull(),
    name: freeText('name'),
    type: text('type', { enum: ['browser', 'native'] }).notNull(),
    gpuModel: freeText('gpu_model').notNull(),
    gpuVramMb: integer('gpu_vram_mb').notNull(),
    cpuModel: freeText('cpu_model'),
    cpuCores: integer('cpu_cores'),
    ramTotalMb: integer('ram_total_mb'),
    location: freeText('location'),
    pricePerHour: amount('price_per_hour').notNull(),
    currency: currency('currency').notNull(),
    isOnline: boolean('is_online').notNull().default(false),
    isAvailable: boolean('is_available').notNull().default(true),
    currentJobId: text('current_job_id'),
    totalEarnings: amount('total_earnings').notNull().default(sql`0`),
    totalJobs: integer('total_jobs').notNull().default(0),
    uptimeSeconds: integer('uptime_seconds').notNull().default(0),
    registeredAt: moment('registered_at').notNull(),
    lastHeartbeat: moment('last_heartbeat'),
    updatedAt: moment('updated_at').notNull(),
    removedAt: moment('removed_at'),
  }),
  (table) => [
    uniqueIndex('gpu_providers_worker').on(table.workerId),
    index('gpu_providers_offer').on(table.isOnline, table.isAvailable, table.pricePerHour),
    index('gpu_providers_user').on(table.userId),
    check('gpu_providers_price', sql`${table.pricePerHour} > 0`),
    check('gpu_providers_currency', sql`${table.currency} in ('usd-cent','qu')`),
  ],
)

export const providerMetrics = pgTable(
  'provider_metrics',
  () => ({
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    providerId: text('provider_id')
      .notNull()
      .references(() => gpuProviders.id, { onDelete: 'cascade' }),
    cpuPercent: doublePrecision('cpu_percent').notNull(),
    ramPercent: doublePrecision('ram_percent').notNull(),
    gpuPercent: doublePrecision('gpu_percent'),
    gpuTemperatureCelsius: doublePrecision('gpu_temperature_celsius'),
    gpuMemoryUsedMb: doublePrecision('gpu_memory_used_mb'),
    at: moment('at').notNull(),
  }),
  (table) => [index('provider_metrics_provider_at').on(table.providerId, table.at)],
)

/** Paid work on a provider's GPU. `number` is what people call it: job 42. */
export const computeJobs = pgTable(
  'compute_jobs',
  () => ({
    id: text('id').primaryKey(),
    number: serial('number').notNull(),
    userId: text('user_id')
      .notNull()
      .references(() => marketplaceUsers.id, { onDelete: 'restrict' }),
    providerId: text('provider_id').references(() => gpuProviders.id, { onDelete: 'restrict' }),
    jobType: text('job_type').notNull(),
    modelType: freeText('model_type'),
    framework: text('framework'),
    inputData: document<unknown>('input_data').notNull(),
    requiredVramMb: integer('required_vram_mb'),
    requiredRamMb: integer('required_ram_mb'),
    requiredTflops: doublePrecision('required_tflops'),
    maxPricePerHour: amount('max_price_per_hour'),
    estimatedCost: amount('estimated_cost').notNull(),
    actualCost: amount('actual_cost'),
    currency: currency('currency').notNull(),
    state: text('state', { enum: ['pending', 'assigned', 'running', 'completed', 'failed', 'cancelled'] }).notNull(),
    /** Set when nobody could take it for 30 s (MJB-007); cleared on assignment */
    unassignableAt: moment('unassignable_at'),
    attempts: integer('attempts').notNull().default(0),
    progress: integer('progress').notNull().default(0),
    currentOperation: freeText('current_operation'),
    result: document<unknown>('result'),
    error: freeText('error'),
    createdAt: moment('created_at').notNull(),
    assignedAt: moment('assigned_at'),
    startedAt: moment('started_at'),
    completedAt: moment('completed_at'),
    deadlineAt: moment('deadline_at'),
  }),
  (table) => [
    uniqueIndex('compute_jobs_number').on(table.number),
    index('compute_jobs_state').on(table.state, table.createdAt),
    index('compute_jobs_user').on(table.userId, table.createdAt),
    index('compute_jobs_provider').on(table.providerId, table.createdAt),
    check('compute_jobs_progress', sql`${table.progress} between 0 and 100`),
    check(
      'compute_jobs_cost',
      sql`${table.estimatedCost} >= 0 and (${table.actualCost} is null or ${table.actualCost} >= 0)`,
    ),
    check('compute_jobs_currency', sql`${table.currency} in ('usd-cent','qu')`),
  ],
)

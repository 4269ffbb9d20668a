import { ToolError } from '#contract'
import { asc, count, eq, max, min } from '#db/drizzle.ts'
import type { Db } from '#db/open.ts'
import { escrows, transactions } from '#db/schema/escrow.ts'
import { computeJobs, gpuProviders, marketplaceUsers } from '#db/schema/marketplace.ts'

export type EscrowRow = typeof escrows.$inferSelect
export type TransactionRow = typeof transactions.$inferSelect
export type JobRow = typeof computeJobs.$inferSelect

export interface Deal {
  job: JobRow
  consumer: typeof marketplaceUsers.$inferSelect
  provider: typeof gpuProviders.$inferSelect | undefined
  escrow: EscrowRow | undefined
  /** All movements of the job (PAY-030), oldest first */
  transactions: TransactionRow[]
}

export const subjectOf = (jobId: string): string => `escrow/job/${jobId}`

/**
 * A job by its number or id, with the money behind it.
 * @throws ToolError not-found that names the jobs there are
 */
export async function readDeal(db: Db, words: string): Promise<Deal> {
  const number = /^#?(\d{1,9})$/.exec(words.trim())?.[1]
  const [found] = await db
    .select({ job: computeJobs, consumer: marketplaceUsers, provider: gpuProviders, escrow: escrows })
    .from(computeJobs)
    .innerJoin(marketplaceUsers, eq(computeJobs.userId, marketplaceUsers.id))
    .leftJoin(gpuProviders, eq(computeJobs.providerId, gpuProviders.id))
    .leftJoin(escrows, eq(escrows.jobId, computeJobs.id))
    .where(number === undefined ? eq(computeJobs.id, words.trim()) : eq(computeJobs.number, Number(number)))
    .limit(1)
  if (!found) throw await unknownJob(db, words)
  const { job, consumer, provider, escrow } = found
  const moved = await db
    .select()
    .from(transactions)
    .where(eq(transactions.jobId, job.id))
    .orderBy(asc(transactions.createdAt), asc(transactions.id))
  return { job, consumer, provider: provider ?? undefined, escrow: escrow ?? undefined, transactions: moved }
}

async function unknownJob(db: Db, words: string): Promise<ToolError> {
  const [known] = await db
    .select({ count: count(), first: min(computeJobs.number), last: max(computeJobs.number) })
    .from(computeJobs)
  const range = known && known.count > 0 ? `Jobs ${known.first} to ${known.last} are known` : 'No job was submitted yet'
  return new ToolError('not-found', `There is no job ${words.slice(0, 60)}`, {
    field: 'job',
    next: `${range}; what is still held: list_pending_escrows`,
    ...(known && known.count > 0 && { details: { first: known.first, last: known.last, count: known.count } }),
    changed: 'nothing',
  })
}

/** Money that is with the platform now: locked or frozen, less what went out. */
export const heldOf = (escrow: EscrowRow): bigint =>
  escrow.state === 'locked' || escrow.state === 'disputed'
    ? escrow.amount - escrow.released - escrow.refunded - escrow.fee
    : 0n

import { createHash } from 'node:crypto'
import * as z from 'zod'
import { type Money, money } from '#contract'
import { sql } from '#db/drizzle.ts'
import type { Db } from '#db/open.ts'
import { escrows, transactions } from '#db/schema/escrow.ts'
import { computeJobs, gpuProviders, marketplaceUsers } from '#db/schema/marketplace.ts'

const moment = z.iso.datetime().transform((text) => new Date(text))
/** An amount with its currency; a bare integer is whole QU */
const amount = z.preprocess(
  (value) => (typeof value === 'number' ? { amount: value, currency: 'qu' } : value),
  money.extend({ amount: z.int().min(0) }),
)
const share = z.number().int().min(0).max(100)
const count = z.number().int().min(0)

const provider = z.looseObject({
  id: z.string(),
  workerId: z.string(),
  workerToken: z.string(),
  name: z.string().optional(),
  qubicAddress: z.string(),
  type: z.enum(['native', 'browser']),
  gpuModel: z.string(),
  gpuVramMb: count,
  cpuModel: z.string().optional(),
  cpuCores: count.optional(),
  ramTotalMb: count.optional(),
  location: z.string().optional(),
  pricePerHour: amount,
  isOnline: z.boolean(),
  isAvailable: z.boolean(),
  currentJobId: z.string().optional(),
  totalJobs: count.default(0),
  registeredAt: moment,
  lastHeartbeatAt: moment.optional(),
})

const job = z.looseObject({
  id: z.string(),
  number: z.number().int().min(1),
  consumerAddress: z.string(),
  providerId: z.string().optional(),
  modelType: z.string(),
  status: z.enum(['pending', 'assigned', 'running', 'completed', 'failed', 'cancelled']),
  progress: share,
  estimatedCost: amount,
  actualCost: amount.optional(),
  attempts: count,
  createdAt: moment,
  startedAt: moment.optional(),
  completedAt: moment.optional(),
})

const escrow = z.looseObject({
  id: z.string(),
  jobId: z.string(),
  state: z.enum(['pending', 'locked', 'disputed', 'released', 'refunded', 'split', 'failed']),
  amount,
  consumerAddress: z.string(),
  providerAddress: z.string().optional(),
  lockedAt: moment.optional(),
  settledAt: moment.optional(),
  deadlineAt: moment.optional(),
  releasedAmount: amount.optional(),
  refundedAmount: amount.optional(),
})

const transaction = z.looseObject({
  id: z.string(),
  jobId: z.string(),
  type: z.enum(['payment', 'earning', 'refund', 'escrow-lock', 'escrow-release']),
  amount,
  from: z.string(),
  to: z.string(),
  status: z.enum(['pending', 'completed', 'failed']),
  chainHash: z.string().optional(),
  confirmations: count,
  createdAt: moment,
  completedAt: moment.optional(),
})

/** A marketplace as one document: who offers GPUs, paid work, and the money behind it. */
export const book = z.looseObject({
  providers: z.array(provider),
  jobs: z.array(job),
  escrows: z.array(escrow),
  transactions: z.array(transaction),
})
export type Book = z.input<typeof book>

/** What is stored of a worker's token. */
export const tokenHash = (token: string): string => createHash('sha256').update(token).digest('hex')

type Parsed = z.output<typeof book>

const userId = (address: string) => `user-${createHash('sha256').update(address).digest('hex').slice(0, 24)}`
const minor = (value: Money) => BigInt(value.amount)

/** One user per address, with the side it was seen on. */
function usersOf({ providers, jobs }: Parsed) {
  const users = new Map<
    string,
    { id: string; qubicAddress: string; name: string | null; role: 'consumer' | 'provider' | 'both'; since: Date }
  >()
  const add = (address: string, side: 'consumer' | 'provider', known: { name?: string | undefined; since: Date }) => {
    const before = users.get(address)
    const role = before && before.role !== side ? 'both' : side
    const since = before && before.since < known.since ? before.since : known.since
    users.set(address, {
      id: userId(address),
      qubicAddress: address,
      name: known.name ?? before?.name ?? null,
      role,
      since,
    })
  }
  for (const one of providers) add(one.qubicAddress, 'provider', { name: one.name, since: one.registeredAt })
  for (const one of jobs) add(one.consumerAddress, 'consumer', { since: one.createdAt })
  return [...users.values()].map(({ since, ...user }) => ({ ...user, createdAt: since, updatedAt: since }))
}

const providerRow = ({ lastHeartbeatAt, workerToken, pricePerHour, ...one }: Parsed['providers'][number]) => ({
  id: one.id,
  workerId: one.workerId,
  workerTokenHash: tokenHash(workerToken),
  userId: userId(one.qubicAddress),
  qubicAddress: one.qubicAddress,
  name: one.name,
  type: one.type,
  gpuModel: one.gpuModel,
  gpuVramMb: one.gpuVramMb,
  cpuModel: one.cpuModel,
  cpuCores: one.cpuCores,
  ramTotalMb: one.ramTotalMb,
  location: one.location,
  pricePerHour: minor(pricePerHour),
  currency: pricePerHour.currency,
  isOnline: one.isOnline,
  isAvailable: one.isAvailable,
  currentJobId: one.currentJobId,
  totalJobs: one.totalJobs,
  registeredAt: one.registeredAt,
  lastHeartbeat: lastHeartbeatAt,
  updatedAt: lastHeartbeatAt ?? one.registeredAt,
})

const jobRow = ({ estimatedCost, actualCost, ...one }: Parsed['jobs'][number]) => ({
  id: one.id,
  number: one.number,
  userId: userId(one.consumerAddress),
  providerId: one.providerId,
  jobType: 'custom-script',
  modelType: one.modelType,
  inputData: {},
  estimatedCost: minor(estimatedCost),
  actualCost: actualCost && minor(actualCost),
  currency: estimatedCost.currency,
  state: one.status,
  attempts: one.attempts,
  progress: one.progress,
  createdAt: one.createdAt,
  assignedAt: one.startedAt,
  startedAt: one.startedAt,
  completedAt: one.completedAt,
})

const escrowRow = (
  { amount: held, releasedAmount, refundedAmount, ...one }: Parsed['escrows'][number],
  createdAt: Date,
) => ({
  id: one.id,
  jobId: one.jobId,
  amount: minor(held),
  released: releasedAmount ? minor(releasedAmount) : 0n,
  refunded: refundedAmount ? minor(refundedAmount) : 0n,
  currency: held.currency,
  consumerAddress: one.consumerAddress,
  providerAddress: one.providerAddress || null,
  state: one.state,
  deadlineAt: one.deadlineAt,
  createdAt,
  lockedAt: one.lockedAt,
  settledAt: one.settledAt,
})

const transactionRow = (
  one: Parsed['transactions'][number],
  { escrowId, userId: user }: { escrowId?: string | undefined; userId: string },
) => ({
  id: one.id,
  userId: user,
  jobId: one.jobId,
  escrowId,
  type: one.type,
  amount: minor(one.amount),
  currency: one.amount.currency,
  fromAddress: one.from,
  toAddress: one.to,
  status: one.status,
  chainHash: one.chainHash,
  confirmations: one.confirmations,
  createdAt: one.createdAt,
  completedAt: one.completedAt,
})

/**
 * Takes a book over into empty tables, all of it or nothing; a database that has providers or jobs already stays as it
 * is. Answers whether it was taken over. Tokens of workers are stored as their SHA-256 only.
 */
export async function importBook(db: Db, given: unknown): Promise<boolean> {
  const parsed = book.parse(given)
  const jobs = new Map(parsed.jobs.map((one) => [one.id, one]))
  const jobOf = (id: string) => {
    const found = jobs.get(id)
    if (!found) throw new Error(`the book has money for a job ${id} that it does not have`)
    return found
  }
  const escrowIds = new Map(parsed.escrows.map(({ jobId, id }) => [jobId, id]))
  return db.transaction(async (tx) => {
    const [providers, known] = await Promise.all([
      tx.select({ id: gpuProviders.id }).from(gpuProviders).limit(1),
      tx.select({ id: computeJobs.id }).from(computeJobs).limit(1),
    ])
    if (providers.length > 0 || known.length > 0) return false
    const users = usersOf(parsed)
    if (users.length > 0) await tx.insert(marketplaceUsers).values(users)
    if (parsed.providers.length > 0) await tx.insert(gpuProviders).values(parsed.providers.map(providerRow))
    if (parsed.jobs.length > 0) {
      await tx.insert(computeJobs).values(parsed.jobs.map(jobRow))
      // Numbers were given, so the counter behind them has not moved
      await tx.execute(
        sql`select setval(pg_get_serial_sequence('compute_jobs', 'number'), (select max(number) from compute_jobs))`,
      )
    }
    const held = parsed.escrows.map((one) => escrowRow(one, jobOf(one.jobId).createdAt))
    if (held.length > 0) await tx.insert(escrows).values(held)
    const moved = parsed.transactions.map((one) =>
      transactionRow(one, { escrowId: escrowIds.get(one.jobId), userId: userId(jobOf(one.jobId).consumerAddress) }),
    )
    if (moved.length > 0) await tx.insert(transactions).values(moved)
    return true
  })
}

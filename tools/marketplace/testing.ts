import type { Db } from '#db/open.ts'
import { escrows, transactions } from '#db/schema/escrow.ts'
import { computeJobs, gpuProviders, marketplaceUsers, providerMetrics } from '#db/schema/marketplace.ts'
import type { Book } from './book.ts'

/** An empty marketplace again. */
export async function emptyMarket(db: Db): Promise<void> {
  for (const table of [transactions, escrows, computeJobs, providerMetrics, gpuProviders, marketplaceUsers])
    await db.delete(table)
}

const address = (letter: string) => letter.repeat(60)
const endings = { payment: 'p', earning: 'e', refund: 'r', 'escrow-lock': 'l', 'escrow-release': 's' }
/** 60 small letters that differ by job and type. */
export const hashOf = (number: number, type: keyof typeof endings) =>
  (endings[type] + [...String(number)].map((digit) => 'abcdefghij'[Number(digit)]).join('')).padStart(60, 'z')

export const consumerAddress = address('C')
export const walletAddress = address('W')

type Provider = Book['providers'][number]
export const providerOf = (name: string, more: Partial<Provider> = {}): Provider => ({
  id: `provider-${name}`,
  workerId: `worker-${name}`,
  workerToken: `qmw_${name}`,
  name,
  qubicAddress: address(name[0]!.toUpperCase()),
  type: 'native',
  gpuModel: 'NVIDIA GeForce RTX 4090',
  gpuVramMb: 24_564,
  cpuModel: 'AMD Ryzen 9 7950X',
  cpuCores: 32,
  ramTotalMb: 131_072,
  location: 'DE',
  pricePerHour: { amount: 400_000, currency: 'qu' },
  isOnline: true,
  isAvailable: true,
  totalJobs: 3,
  registeredAt: '2026-10-01T00:00:00Z',
  lastHeartbeatAt: '2026-11-20T11:59:45Z',
  ...more,
})

export interface Deal {
  number: number
  state: Book['escrows'][number]['state']
  status: Book['jobs'][number]['status']
  amount: number
  released?: number
  refunded?: number
  provider?: string
}

/** A job with its escrow and every movement that its state implies. */
export function dealOf({ number, state, status, amount, released = 0, refunded = 0, provider }: Deal) {
  const jobId = `job-${number}`
  const isLocked = state !== 'pending'
  const isSettled = released + refunded > 0
  const move = (
    type: Book['transactions'][number]['type'],
    parts: { amount: number; from: string; to: string; done: boolean; at: string },
  ) => ({
    id: `${jobId}-${type}`,
    jobId,
    type,
    amount: parts.amount,
    from: parts.from,
    to: parts.to,
    status: parts.done ? ('completed' as const) : ('pending' as const),
    ...(parts.done && { chainHash: hashOf(number, type) }),
    confirmations: parts.done ? 1 : 0,
    createdAt: parts.at,
    ...(parts.done && { completedAt: parts.at }),
  })
  const providerAddress = provider ? address(provider[0]!.toUpperCase()) : ''
  return {
    job: {
      id: jobId,
      number,
      consumerAddress,
      ...(provider && { providerId: `provider-${provider}` }),
      modelType: 'sdxl-batch',
      status,
      progress: status === 'completed' ? 100 : 10,
      estimatedCost: amount,
      attempts: 1,
      createdAt: '2026-11-20T10:00:00Z',
      ...(provider && { startedAt: '2026-11-20T10:05:00Z' }),
      ...(isSettled && { completedAt: '2026-11-20T11:00:00Z' }),
    },
    escrow: {
      id: `escrow-${number}`,
      jobId,
      state,
      amount,
      consumerAddress,
      providerAddress,
      ...(isLocked && { lockedAt: '2026-11-20T10:01:00Z' }),
      ...(isSettled && { settledAt: '2026-11-20T11:01:00Z', releasedAmount: released, refundedAmount: refunded }),
      deadlineAt: '2026-11-20T14:00:00Z',
    },
    transactions: [
      move('escrow-lock', {
        amount,
        from: consumerAddress,
        to: walletAddress,
        done: isLocked,
        at: '2026-11-20T10:01:00Z',
      }),
      ...(released > 0
        ? [
            move('escrow-release', {
              amount: released,
              from: walletAddress,
              to: providerAddress,
              done: true,
              at: '2026-11-20T11:01:00Z',
            }),
          ]
        : []),
      ...(refunded > 0
        ? [
            move('refund', {
              amount: refunded,
              from: walletAddress,
              to: consumerAddress,
              done: true,
              at: '2026-11-20T11:01:03Z',
            }),
          ]
        : []),
    ],
  }
}

export function bookOf(
  deals: readonly Deal[],
  providers: readonly Provider[] = [providerOf('delta'), providerOf('ember')],
): Book {
  const built = deals.map(dealOf)
  return {
    providers: [...providers],
    jobs: built.map(({ job }) => job),
    escrows: built.map(({ escrow }) => escrow),
    transactions: built.flatMap(({ transactions }) => transactions),
  }
}

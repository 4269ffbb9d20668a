import { verifyIdentity } from '@qubic.ts/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TEST_START_MS } from '../testing.ts'
import { createBook } from './market.ts'

const book = createBook({ seed: 'quartermaster', bootMs: TEST_START_MS })

describe('the book of the marketplace', () => {
  it('has twelve providers and a job 42 with its escrow locked', () => {
    expect(book.providers.length).toBe(12)
    expect(new Set(book.providers.map((one) => one.workerId)).size).toBe(12)
    const job = book.jobs.find((one) => one.number === 42)!
    expect(job).toMatchObject({ status: 'running', progress: 64 })
    const escrow = book.escrows.find((one) => one.jobId === job.id)!
    expect(escrow).toMatchObject({ state: 'locked', amount: 3_500_000 })
    expect(Date.parse(escrow.deadlineAt)).toBeGreaterThan(TEST_START_MS)
    const provider = book.providers.find((one) => one.id === job.providerId)!
    expect(provider).toMatchObject({ currentJobId: job.id, isAvailable: false, qubicAddress: escrow.providerAddress })
  })

  it('balances from any seed: locked is released plus refunded where settled, and nothing moved elsewhere', () => {
    fc.assert(
      fc.property(fc.string(), (seed) => {
        const { escrows, jobs, transactions, providers } = createBook({ seed, bootMs: TEST_START_MS })
        expect(escrows.length).toBe(jobs.length)
        for (const escrow of escrows) {
          const moves = transactions.filter((one) => one.jobId === escrow.jobId && one.status === 'completed')
          const sum = (type: string) =>
            moves.filter((one) => one.type === type).reduce((all, one) => all + one.amount, 0)
          const settled = escrow.state === 'released' || escrow.state === 'refunded'
          expect(sum('escrow-lock')).toBe(escrow.state === 'pending' ? 0 : escrow.amount)
          expect(sum('escrow-release') + sum('refund')).toBe(settled ? escrow.amount : 0)
          if (settled) expect((escrow.releasedAmount ?? 0) + (escrow.refundedAmount ?? 0)).toBe(escrow.amount)
          for (const move of moves) {
            expect(move.chainHash).toMatch(/^[a-z]{60}$/)
            expect(Date.parse(move.completedAt ?? '')).toBeLessThanOrEqual(TEST_START_MS)
          }
        }
        const hashes = transactions.flatMap((one) => one.chainHash ?? [])
        expect(new Set(hashes).size).toBe(hashes.length)
        for (const provider of providers) {
          const current = jobs.filter(
            (one) => one.providerId === provider.id && (one.status === 'running' || one.status === 'assigned'),
          )
          expect(current.length).toBeLessThanOrEqual(1)
          expect(provider.currentJobId).toBe(current[0]?.id)
        }
      }),
      { numRuns: 15 },
    )
  })

  it('uses addresses whose checksum holds', () => {
    const addresses = book.escrows.flatMap((one) => [
      one.consumerAddress,
      one.escrowAddress,
      ...(one.providerAddress ? [one.providerAddress] : []),
    ])
    expect(
      [...new Set([...addresses, ...book.providers.map((one) => one.qubicAddress)])].every(
        (one) => /^[A-Z]{60}$/.test(one) && verifyIdentity(one),
      ),
    ).toBe(true)
  })
})

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CardData, ToolError } from '#contract'
import { escrows, transactions } from '#db/schema/escrow.ts'
import { computeJobs } from '#db/schema/marketplace.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import type { Qubic, QubicTransaction } from '../clients/qubic/types.ts'
import { importBook } from '../marketplace/book.ts'
import { bookOf, consumerAddress, hashOf, walletAddress } from '../marketplace/testing.ts'
import { testContext } from '../testing.ts'
import { checkEscrow } from './check-escrow.tool.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
  await importBook(
    database.db,
    bookOf([
      {
        number: 40,
        state: 'released',
        status: 'completed',
        amount: 1000,
        released: 900,
        refunded: 100,
        provider: 'delta',
      },
      { number: 41, state: 'refunded', status: 'failed', amount: 700, refunded: 700, provider: 'ember' },
      { number: 42, state: 'locked', status: 'running', amount: 3_500_000, provider: 'delta' },
      { number: 43, state: 'disputed', status: 'failed', amount: 500, provider: 'delta' },
      { number: 45, state: 'pending', status: 'pending', amount: 450_000 },
    ]),
  )
})
afterAll(() => database.close())

const onChain = (number: number, more: Partial<QubicTransaction> = {}): QubicTransaction => ({
  hash: hashOf(number, 'escrow-lock'),
  source: consumerAddress,
  destination: walletAddress,
  amount: 3_500_000n,
  tick: 1000,
  moneyFlew: true,
  ...more,
})
const chain = (found: QubicTransaction[], processed = 1002): Qubic => ({
  tickInfo: async () => ({ tick: processed, epoch: 1 }),
  lastProcessedTick: async () => processed,
  balance: async () => ({ balance: 0n, validForTick: processed }),
  transaction: async (hash) => found.find((one) => one.hash === hash),
})
async function run(job: string, { qubic, now = '2026-11-20T12:00:00Z' }: { qubic?: Qubic; now?: string } = {}) {
  const ctx = testContext({ clients: { ...(qubic && { qubic }) }, db: database.db, now: new Date(now) })
  const reply = await checkEscrow.run(checkEscrow.input.parse({ job }) as never, ctx)
  return { ...reply, data: reply.data as CardData['ledger'] }
}
const figures = ({ figures: all }: CardData['ledger']) =>
  Object.fromEntries(all.map(({ label, money }) => [label, money.amount]))
const milestones = ({ milestones: all }: CardData['ledger']) => all.map(({ label, state }) => `${state} ${label}`)

describe('check_escrow', () => {
  it('answers what is held for a running job: state, amounts, both parties, transactions (PAY-022)', async () => {
    const { data, subject } = await run('42', { qubic: chain([onChain(42)]) })
    expect(data).toMatchObject({ title: 'Escrow of job 42', state: 'locked', custodial: true })
    expect(figures(data)).toEqual({ Agreed: 3_500_000, Held: 3_500_000, Released: 0, Refunded: 0, Fee: 0 })
    expect(data.parties).toEqual([
      { role: 'consumer', address: consumerAddress },
      { role: 'provider', name: 'delta', address: 'D'.repeat(60) },
      { role: 'escrow wallet', address: walletAddress },
    ])
    expect(data.entries).toEqual([
      {
        id: 'job-42-escrow-lock',
        at: '2026-11-20T10:01:00.000Z',
        type: 'escrow-lock',
        from: consumerAddress,
        to: walletAddress,
        money: { amount: 3_500_000, currency: 'qu' },
        status: 'completed',
        hash: hashOf(42, 'escrow-lock'),
        confirmations: 2,
        verified: 'on-chain',
      },
    ])
    expect(milestones(data)).toEqual([
      'done Created',
      'done Locked',
      'current Confirmed 2/3',
      'todo Job running',
      'todo Settled',
    ])
    expect(data.warnings).toBeUndefined()
    expect(subject).toBe('escrow/job/job-42')
  })

  it('three confirmations are final (PAY-023)', async () => {
    const { data } = await run('42', { qubic: chain([onChain(42)], 1003) })
    expect(milestones(data).slice(2, 4)).toEqual(['done Confirmed 3/3', 'current Job running'])
  })

  it('takes the number, with a # too, or the id', async () => {
    for (const words of ['42', '#42', ' 42 ', 'job-42']) expect((await run(words)).data.title).toBe('Escrow of job 42')
  })

  it('shows every movement of a settled job, oldest first (PAY-017, PAY-030)', async () => {
    const { data } = await run('40')
    expect(data.entries.map(({ type, money }) => `${type} ${money.amount}`)).toEqual([
      'escrow-lock 1000',
      'escrow-release 900',
      'refund 100',
    ])
    expect(figures(data)).toEqual({ Agreed: 1000, Held: 0, Released: 900, Refunded: 100, Fee: 0 })
    expect(milestones(data).at(-1)).toBe('done Released')
  })

  it.each([
    ['41', 'refunded', 0, 'failed Job failed'],
    ['43', 'disputed', 500, 'failed Job failed'],
    ['45', 'pending', 0, 'todo Job pending'],
  ])('job %s is %s and holds %s', async (job, state, held, milestone) => {
    const { data } = await run(job)
    expect(data.state).toBe(state)
    expect(figures(data).Held).toBe(held)
    expect(milestones(data)).toContain(milestone)
  })

  it('an unknown job names those there are (PAY-020)', async () => {
    for (const job of ['99', 'no-such-id', '0'])
      await expect(run(job)).rejects.toMatchObject({
        code: 'not-found',
        options: { field: 'job', next: expect.stringContaining('Jobs 40 to 45') },
      })
  })

  it('a job without an escrow says why', async () => {
    const [job] = await database.db.select().from(computeJobs).limit(1)
    await database.db.insert(computeJobs).values({ ...job!, id: 'bare', number: 44, state: 'pending' })
    expect((await run('44')).empty!.title).toContain('Nothing was put in escrow for job 44')
    const { eq } = await import('#db/drizzle.ts')
    await database.db.delete(computeJobs).where(eq(computeJobs.id, 'bare'))
  })
})

describe('the chain', () => {
  it('that is not configured or does not answer leaves the books an answer, and says so', async () => {
    const without = await run('42')
    expect(without.data.warnings![0]).toContain('No Qubic network is configured')
    expect(without.data.entries[0]).toMatchObject({ verified: 'not-checked', confirmations: 1 })
    const dead: Qubic = {
      ...chain([]),
      lastProcessedTick: async () => {
        throw new ToolError('upstream-unreachable', 'connection refused', { next: 'Wait' })
      },
    }
    const { data } = await run('42', { qubic: dead })
    expect(data.warnings![0]).toContain('connection refused')
    expect(data.entries[0]!.verified).toBe('not-checked')
    expect(figures(data).Held).toBe(3_500_000)
  })

  it('is not asked about money that was never sent', async () => {
    const asked: string[] = []
    const qubic = { ...chain([]), transaction: async (hash: string) => void asked.push(hash) } as unknown as Qubic
    const { data } = await run('45', { qubic })
    expect(asked).toEqual([])
    expect(data.entries[0]).not.toHaveProperty('verified')
    expect(data.warnings).toBeUndefined()
  })

  it.each([
    ['it moved 3499999 QU, our books say 3500000', { amount: 3_499_999n }],
    ['without moving money', { moneyFlew: false }],
    ['from another address', { source: 'X'.repeat(60) }],
    ['to another address', { destination: 'X'.repeat(60) }],
  ])('is believed over the books: %s', async (words, more) => {
    const { data } = await run('42', { qubic: chain([onChain(42, more)]) })
    expect(data.entries[0]!.verified).toBe('not-found')
    expect(data.warnings!.join()).toContain(words)
  })

  it('that does not have a completed transaction raises a warning', async () => {
    const { data } = await run('42', { qubic: chain([]) })
    expect(data.warnings!.join()).toContain('The chain does not have the completed escrow-lock')
    expect(checkEscrow.text(data as never, { shown: 1, total: 1 })).toContain('warning: ')
  })
})

describe('what does not add up', () => {
  it('is said: a lock that is too small, and money that went out unrecorded (PAY-016)', async () => {
    const { eq } = await import('#db/drizzle.ts')
    const own = eq(transactions.id, 'job-42-escrow-lock')
    await database.db.update(transactions).set({ amount: 1n }).where(own)
    expect((await run('42')).data.warnings!.join()).toContain('3,500,000 QU should be locked, the entries lock 1 QU')
    await database.db.update(transactions).set({ amount: 3_500_000n }).where(own)
    await database.db.update(escrows).set({ released: 900n, refunded: 0n }).where(eq(escrows.jobId, 'job-40'))
    expect((await run('40')).data.warnings!.join()).toContain(
      '900 QU should have gone out, the entries pay out 1,000 QU',
    )
    await database.db.update(escrows).set({ released: 900n, refunded: 100n }).where(eq(escrows.jobId, 'job-40'))
  })

  it('so is a deadline that passed while money is locked', async () => {
    const { data } = await run('42', { now: '2026-11-20T15:00:00Z' })
    expect(data.warnings!.join()).toContain('deadline passed')
  })

  it('an amount that cannot be shown exactly is not shown', async () => {
    const { eq } = await import('#db/drizzle.ts')
    await database.db
      .update(escrows)
      .set({ amount: 2n ** 60n })
      .where(eq(escrows.jobId, 'job-43'))
    await expect(run('43')).rejects.toMatchObject({ code: 'internal' })
    await database.db.update(escrows).set({ amount: 500n }).where(eq(escrows.jobId, 'job-43'))
  })
})

describe('books', () => {
  it('balance over every way a deal can end: agreed = held + released + refunded (PAY-016, QLT-025)', async () => {
    const anyDeal = fc
      .record({
        amount: fc.integer({ min: 1, max: 2 ** 50 }),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
        end: fc.constantFrom('locked' as const, 'disputed' as const, 'released' as const, 'refunded' as const),
      })
      .map(({ amount, share, end }) => {
        const released = end === 'released' ? Math.max(1, Math.floor(amount * share)) : 0
        const refunded = end === 'released' ? amount - released : end === 'refunded' ? amount : 0
        return { amount, released, refunded, state: end }
      })
    await fc.assert(
      fc.asyncProperty(anyDeal, async (deal) => {
        await database.db.delete(transactions)
        await database.db.delete(escrows)
        const status = deal.state === 'released' ? 'completed' : 'running'
        const book = bookOf([{ number: 42, status, provider: 'delta', ...deal }])
        const { transactions: moves, escrows: held } = book
        await database.db.insert(escrows).values(
          held.map((one) => ({
            id: one.id,
            jobId: one.jobId,
            amount: BigInt(deal.amount),
            released: BigInt(deal.released),
            refunded: BigInt(deal.refunded),
            currency: 'qu' as const,
            consumerAddress,
            state: deal.state,
            createdAt: new Date(0),
            lockedAt: new Date(0),
          })),
        )
        await database.db.insert(transactions).values(
          moves.map((one) => ({
            id: one.id,
            jobId: one.jobId,
            type: one.type,
            amount: BigInt(one.amount as number),
            currency: 'qu' as const,
            status: one.status,
            createdAt: new Date(0),
          })),
        )
        const { data } = await run('42')
        const { Agreed, Held, Released, Refunded, Fee } = figures(data)
        expect(Agreed).toBe(deal.amount)
        expect(Held! + Released! + Refunded! + Fee!).toBe(Agreed)
        expect(data.warnings).toBeUndefined()
      }),
      { numRuns: 40 },
    )
  })
})

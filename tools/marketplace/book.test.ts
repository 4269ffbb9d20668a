import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { escrows, transactions } from '#db/schema/escrow.ts'
import { computeJobs, gpuProviders, marketplaceUsers } from '#db/schema/marketplace.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { importBook, tokenHash } from './book.ts'
import { bookOf, consumerAddress, emptyMarket, providerOf } from './testing.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
beforeEach(() => emptyMarket(database.db))
afterAll(() => database.close())

const book = bookOf([
  { number: 41, state: 'released', status: 'completed', amount: 1000, released: 900, refunded: 100, provider: 'delta' },
  { number: 42, state: 'locked', status: 'running', amount: 3_500_000, provider: 'delta' },
  { number: 45, state: 'pending', status: 'pending', amount: 500 },
])

describe('a book', () => {
  it('is taken over whole into empty tables', async () => {
    const { db } = database
    expect(await importBook(db, book)).toBe(true)
    expect(await db.select().from(gpuProviders)).toHaveLength(2)
    expect(await db.select().from(transactions)).toHaveLength(5)
    expect((await db.select().from(computeJobs)).map(({ number, state }) => `${number} ${state}`).sort()).toEqual([
      '41 completed',
      '42 running',
      '45 pending',
    ])
    const money = await db.select().from(escrows)
    expect(money.find(({ jobId }) => jobId === 'job-41')).toMatchObject({
      amount: 1000n,
      released: 900n,
      refunded: 100n,
    })
    expect(money.find(({ jobId }) => jobId === 'job-45')!.providerAddress).toBeNull()
    const users = await db.select().from(marketplaceUsers)
    expect(users.map(({ qubicAddress, role }) => `${qubicAddress[0]} ${role}`).sort()).toEqual([
      'C consumer',
      'D provider',
      'E provider',
    ])
  })

  it('keeps no token of a worker', async () => {
    await importBook(database.db, book)
    const rows = await database.db.select().from(gpuProviders)
    expect(rows[0]!.workerTokenHash).toBe(tokenHash('qmw_delta'))
    expect(JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? String(value) : value))).not.toContain(
      'qmw_',
    )
  })

  it('is taken over once: what is there stays', async () => {
    const { db } = database
    await importBook(db, book)
    await db.update(gpuProviders).set({ name: 'renamed' })
    expect(await importBook(db, bookOf([], [providerOf('other')]))).toBe(false)
    expect((await db.select().from(gpuProviders)).map(({ name }) => name)).toEqual(['renamed', 'renamed'])
  })

  it('leaves nothing behind when a part of it is wrong', async () => {
    const { db } = database
    const twice = { ...book, transactions: [...book.transactions, ...book.transactions] }
    await expect(importBook(db, twice)).rejects.toThrow()
    await expect(importBook(db, { ...book, jobs: [] })).rejects.toThrow(/job-41/)
    await expect(importBook(db, { ...book, jobs: [{ ...book.jobs[0]!, estimatedCost: 1.5 }] })).rejects.toThrow()
    expect(await db.select().from(gpuProviders)).toEqual([])
    expect(await db.select().from(marketplaceUsers)).toEqual([])
  })

  it('lets the next job be counted on', async () => {
    const { db } = database
    await importBook(db, book)
    const [user] = await db.select().from(marketplaceUsers)
    const [row] = await db
      .insert(computeJobs)
      .values({
        id: 'next',
        userId: user!.id,
        jobType: 'inference',
        inputData: {},
        estimatedCost: 1n,
        currency: 'qu',
        state: 'pending',
        createdAt: new Date(0),
      })
      .returning()
    expect(row!.number).toBe(46)
  })

  it('takes an empty book, and one user on both sides', async () => {
    const { db } = database
    expect(await importBook(db, { providers: [], jobs: [], escrows: [], transactions: [] })).toBe(true)
    const both = bookOf(
      [{ number: 1, state: 'pending', status: 'pending', amount: 5 }],
      [providerOf('x', { qubicAddress: consumerAddress })],
    )
    expect(await importBook(db, both)).toBe(true)
    expect((await db.select().from(marketplaceUsers)).map(({ role }) => role)).toEqual(['both'])
  })
})

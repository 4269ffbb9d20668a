import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { importBook } from '../marketplace/book.ts'
import { bookOf } from '../marketplace/testing.ts'
import { testContext } from '../testing.ts'
import { listPendingEscrows } from './list-pending-escrows.tool.ts'

let database: TestDatabase
let none: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
  none = await testDatabase()
  await importBook(
    database.db,
    bookOf([
      { number: 40, state: 'released', status: 'completed', amount: 1000, released: 1000, provider: 'delta' },
      { number: 42, state: 'locked', status: 'running', amount: 3_500_000, provider: 'delta' },
      { number: 44, state: 'locked', status: 'pending', amount: 20 },
      { number: 45, state: 'pending', status: 'pending', amount: 450_000 },
      { number: 46, state: 'disputed', status: 'failed', amount: 5, provider: 'ember' },
    ]),
  )
})
afterAll(async () => {
  await database.close()
  await none.close()
})

interface Row {
  job: number
  state: string
  held: number
  late: boolean
  provider?: string
}
const run = async (input: object = {}, { db } = database, now = '2026-11-20T12:00:00Z') => {
  const ctx = testContext({ clients: {}, db, now: new Date(now) })
  const reply = await listPendingEscrows.run(listPendingEscrows.input.parse(input) as never, ctx)
  return { ...reply, rows: (reply.data?.rows ?? []) as unknown as Row[] }
}

describe('list_pending_escrows', () => {
  it('shows what is not settled, disputes first, and what is held in all', async () => {
    const { rows, data } = await run()
    expect(rows.map(({ job, state, held }) => `${job} ${state} ${held}`)).toEqual([
      '46 disputed 5',
      '44 locked 20',
      '42 locked 3500000',
      '45 pending 0',
    ])
    expect(data!.facts).toEqual([{ label: 'Held', value: '3,500,025 QU' }])
  })

  it('filters by state and words', async () => {
    expect((await run({ state: 'locked' })).rows.map(({ job }) => job)).toEqual([44, 42])
    expect((await run({ text: 'ember' })).rows.map(({ job }) => job)).toEqual([46])
    expect((await run({ text: '42' })).rows.map(({ job }) => job)).toEqual([42])
  })

  it('marks those past their deadline', async () => {
    const { rows, data } = await run({}, database, '2026-11-20T15:00:00Z')
    expect(rows.every(({ late }) => late)).toBe(true)
    expect((data!.facts as { label: string }[]).map(({ label }) => label)).toContain('Past the deadline')
  })

  it('says when there is none', async () => {
    expect((await run({}, none)).empty!.title).toBe('No escrow is open')
    expect((await run({ state: 'disputed', text: 'nobody' })).empty!.title).toBe('No escrow is disputed')
  })

  it('says amounts in words', async () => {
    const { data } = await run()
    expect(listPendingEscrows.text(data as never, { shown: 4, total: 4 })).toContain(
      '42\trunning\tlocked\t3,500,000 QU',
    )
  })
})

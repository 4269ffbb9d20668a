import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lazyOver, testDatabase } from '#db/testing.ts'
import { testWorld } from '../mocks/testing.ts'
import { startWorkers, type Workers } from '../mocks/workers.ts'
import { startApp, type TestApp } from './testing/app.ts'

const world = testWorld()
const book = world.book()
let app: TestApp
let workers: Workers

beforeAll(async () => {
  // Closed until somebody asks, as the embedded database is
  const opened = await testDatabase()
  const database = { ...opened, lazy: lazyOver(opened.kind, async () => opened) }
  app = await startApp({ database, book, now: () => new Date(world.now()) })
  workers = startWorkers({ world, productUrl: app.url, intervalMs: 3_600_000 })
})
afterAll(async () => {
  workers.stop()
  await app.close()
})

describe('the marketplace of the world', () => {
  it('every worker reports with its own token, and no other token reports for it', async () => {
    const statuses = await workers.beat()
    expect(Object.keys(statuses).length).toBeGreaterThan(10)
    expect(new Set(Object.values(statuses))).toEqual(new Set([200]))
    const [first, second] = book.providers.filter(({ isOnline }) => isOnline)
    const wrong = startWorkers({
      world,
      productUrl: app.url,
      intervalMs: 3_600_000,
      tokens: { [first!.workerId]: second!.workerToken },
    })
    expect((await wrong.beat())[first!.workerId]).toBe(403)
    wrong.stop()
  })

  it('what is held in escrow for job 42 is told in words and as a ledger', async () => {
    const { answer, text } = await app.call('check_escrow', { job: 42 })
    expect(answer).toMatchObject({ card: 'ledger', data: { state: 'locked', title: 'Escrow of job 42' } })
    expect(text).toContain('Held 3,500,000 QU')
    expect(Buffer.byteLength(text)).toBeLessThan(10_000)
    const missing = await app.call('check_escrow', { job: '4711' })
    expect(missing.answer.error).toMatchObject({ code: 'not-found', next: expect.stringContaining('Jobs 1 to 48') })
  })

  it('no escrow of the book is out of balance', async () => {
    for (const { number } of book.jobs) {
      const { answer } = await app.call('check_escrow', { job: number })
      const { warnings = [] } = answer.data as { warnings?: string[] }
      expect(
        warnings.filter((warning) => /should|passed/.test(warning) && !/deadline/.test(warning)),
        `job ${number}`,
      ).toEqual([])
    }
  })

  it('offers show what can be rented, and tokens show nowhere', async () => {
    const { answer, text } = await app.call('list_gpu_offers', { availability: 'all' })
    expect(answer.total).toBe(book.providers.length)
    expect(JSON.stringify(answer) + text).not.toContain('qmw_')
    const open = await app.call('list_pending_escrows')
    expect(open.answer.total).toBe(
      book.escrows.filter(({ state }) => ['locked', 'pending', 'disputed'].includes(state)).length,
    )
  })
})

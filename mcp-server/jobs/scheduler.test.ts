import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { LazyDatabase } from '#db/open.ts'
import { leases } from '#db/schema/core.ts'
import { lazyOver, type TestDatabase, testDatabase } from '#db/testing.ts'
import type { Job, JobContext, Logger } from '#define'
import { createScheduler } from './scheduler.ts'

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }

describe('the scheduler', () => {
  let database: TestDatabase
  let clock: number
  let ran: string[]
  const pass = (ms: number) => {
    clock += ms
  }
  const job = (name: string, everyMs: number, run: Job['run'] = async () => undefined): Job => ({
    ...{ name, everyMs, needs: [] },
    run: async (ctx) => {
      ran.push(name)
      await run(ctx)
    },
  })
  const scheduler = (jobs: Job[], more: { lazy?: LazyDatabase; holder?: string; log?: Logger } = {}) =>
    createScheduler({
      database: more.lazy ?? database.lazy,
      jobs,
      context: (_, signal) => ({ signal }) as JobContext,
      now: () => new Date(clock),
      log: more.log ?? silent,
      holder: more.holder ?? 'one',
    })

  beforeAll(async () => {
    database = await testDatabase()
  })
  afterAll(() => database?.close())
  beforeEach(async () => {
    clock = Date.UTC(2026, 10, 20)
    ran = []
    await database.db.delete(leases)
  })

  /** With leases, as on a PostgreSQL that several processes share; here they share a PGlite. */
  const shared = () => lazyOver('postgres', async () => database)
  const kinds = { 'an embedded database': () => database.lazy, 'a shared database': shared }

  describe.each(Object.entries(kinds))('on %s', (_, home) => {
    it('runs each job when it is due', async () => {
      const jobs = scheduler([job('often', 1000), job('seldom', 3000)], { lazy: home() })
      const perSecond: string[][] = []
      for (let second = 0; second < 4; second += 1) {
        ran = []
        await jobs.runDue()
        perSecond.push(ran.sort())
        pass(1000)
      }
      expect(perSecond).toEqual([['often', 'seldom'], ['often'], ['often'], ['often', 'seldom']])
    })

    it('goes on after a job failed, and says which', async () => {
      const errors: object[] = []
      const log = { ...silent, error: (facts: object) => void errors.push(facts) }
      const failing = job('failing', 1000, () => Promise.reject(new Error('upstream away')))
      const jobs = scheduler([failing, job('other', 1000)], { lazy: home(), log })
      await jobs.runDue()
      pass(1000)
      await jobs.runDue()
      expect(ran.sort()).toEqual(['failing', 'failing', 'other', 'other'])
      expect(errors).toMatchObject([{ job: 'failing', message: 'upstream away' }, { job: 'failing' }])
    })

    it('never runs a job beside itself, and stops it when the server stops', async () => {
      const slow = job(
        'slow',
        1000,
        ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
      )
      const jobs = scheduler([slow], { lazy: home() })
      const first = jobs.runDue()
      while (ran.length === 0) await new Promise(setImmediate)
      pass(5000)
      await jobs.runDue()
      await jobs.stop()
      await first
      await jobs.runDue()
      expect(ran).toEqual(['slow'])
    })
  })

  it('leaves an embedded database closed, and starts once it is open', async () => {
    const lazy = lazyOver('pglite', async () => database)
    const jobs = scheduler([job('any', 1000)], { lazy })
    await jobs.runDue()
    expect([ran, lazy.opened()]).toEqual([[], undefined])
    await lazy.get()
    await jobs.runDue()
    expect(ran).toEqual(['any'])
  })

  it('waits while the database is away', async () => {
    const jobs = scheduler([job('any', 1000)], { lazy: lazyOver('postgres', () => Promise.reject(new Error('away'))) })
    await jobs.runDue()
    expect(ran).toEqual([])
  })

  it('runs a job on one of many replicas, once per period', async () => {
    const replicas = ['one', 'two', 'three'].map((holder) =>
      scheduler([job('shared', 1000)], { lazy: shared(), holder }),
    )
    for (let second = 0; second < 3; second += 1) {
      await Promise.all(replicas.map((replica) => replica.runDue()))
      pass(1000)
    }
    expect(ran).toHaveLength(3)
  })

  it('lets another replica take over from one that died in mid run, after its lease', async () => {
    const stuck = scheduler([job('shared', 1000, () => new Promise(() => undefined))], {
      lazy: shared(),
      holder: 'dead',
    })
    void stuck.runDue()
    while (ran.length === 0) await new Promise(setImmediate)
    const other = scheduler([job('shared', 1000)], { lazy: shared(), holder: 'alive' })
    pass(59_000)
    await other.runDue()
    expect(ran).toHaveLength(1)
    pass(1000)
    await other.runDue()
    expect(ran).toHaveLength(2)
  })
})

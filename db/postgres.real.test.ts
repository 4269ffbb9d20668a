import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { available, type Postgres, startPostgres } from '../engines/index.ts'
import { describeDatabase } from './contract-suite.ts'
import type { Database, DatabaseLog } from './database.ts'
import { requireDrizzle, sql } from './drizzle.ts'
import { databaseFailure } from './errors.ts'
import { lazyDatabase, openDatabase } from './open.ts'
import { settings } from './schema/core.ts'
import { quiet, testDatabase } from './testing.ts'

const here = available('postgres').ok
const row = (key: string) => ({ key, value: 1, updatedAt: new Date(0) })

/** A signal that a test gives and waits for. */
function signal<T>(): { wait: Promise<T>; give: (value: T) => void } {
  let give: (value: T) => void = () => undefined
  const wait = new Promise<T>((resolve) => {
    give = resolve
  })
  return { wait, give }
}

interface Road {
  url: string
  block(): Promise<void>
  open(): Promise<void>
}

/** A way to the server that can be blocked, as when it is restarted: the address stays the same. */
async function roadTo(target: string): Promise<Road> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.pipe(far).pipe(near)
  })
  const listen = (on: number) => new Promise<void>((resolve) => server.listen(on, '127.0.0.1', resolve))
  await listen(0)
  const own = (server.address() as AddressInfo).port
  const url = new URL(target)
  url.host = `127.0.0.1:${own}`
  return {
    url: url.href,
    open: () => listen(own),
    block: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

describe.skipIf(!here)('real PostgreSQL', () => {
  let engine: Postgres
  beforeAll(async () => {
    engine = await startPostgres()
  })
  afterAll(() => engine?.stop())

  describeDatabase('PostgreSQL', () => testDatabase(engine.url))

  describe('shared by two processes', () => {
    let url: string
    let one: Database
    let two: Database
    beforeAll(async () => {
      url = await engine.createDatabase('shared')
      // both at once: they migrate one after the other
      const both = [openDatabase({ url, log: quiet }), openDatabase({ url, log: quiet })] as const
      ;[one, two] = await Promise.all(both)
    })
    afterAll(() => Promise.all([one?.close(), two?.close()]))

    it('is migrated once, and not again by a third', async () => {
      await (await openDatabase({ url, log: quiet })).close()
      const [count] = (await one.db.execute(
        sql`select count(*)::int as count from drizzle.__drizzle_migrations`,
      )) as unknown as { count: number }[]
      const journal = requireDrizzle(fileURLToPath(new URL('./migrations/meta/_journal.json', import.meta.url)))
      expect(count?.count).toBe(journal.entries.length)
    })

    it('carries notifications from one to the other, also after the listening connection was lost', async () => {
      const heard = signal<string>()
      const again = signal<string>()
      const reconnected = signal<void>()
      let listening = 0
      const stop = await two.listen(
        'between',
        (payload) => (payload === 'first' ? heard : again).give(payload),
        () => {
          listening += 1
          if (listening === 2) reconnected.give()
        },
      )
      await one.db.transaction((tx) => one.notify(tx, 'between', 'first'))
      expect(await heard.wait).toBe('first')
      await one.db.execute(sql`select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen%'`)
      await reconnected.wait
      await one.db.transaction((tx) => one.notify(tx, 'between', 'second'))
      expect(await again.wait).toBe('second')
      await stop()
    })

    it('goes on after its connections were ended, and says that the statement under way may have been done', async () => {
      const slow = two.db.execute(sql`select pg_sleep(60)`).catch((error) => error)
      const ended = sql`select pg_terminate_backend(pid) from pg_stat_activity where query ilike '%pg_sleep%' and pid <> pg_backend_pid() and state = 'active'`
      let count = 0
      while (count === 0) count = ((await one.db.execute(ended)) as unknown as unknown[]).length
      expect(databaseFailure(await slow)).toMatchObject({ reason: 'connection', unknown: true })
      await two.db.insert(settings).values(row('after'))
      expect(await two.db.select().from(settings)).toHaveLength(1)
    })
  })

  describe('that goes away', () => {
    let road: Road
    beforeAll(async () => {
      road = await roadTo(engine.url)
    })
    afterAll(() => road?.block())

    it('fails readiness, names the next step, is retried with growing pauses, and serves again (FRM-046, FRM-049)', async () => {
      const warnings: { attempt?: number }[] = []
      const log: DatabaseLog = { ...quiet, warn: (facts) => void warnings.push(facts) }
      const lazy = lazyDatabase({ url: road.url, log })
      expect(await lazy.healthy()).toBe(false)
      const { db } = await lazy.get()
      expect(await lazy.healthy()).toBe(true)
      await road.block()
      expect(await lazy.healthy()).toBe(false)
      const failure = databaseFailure(
        await db
          .select()
          .from(settings)
          .catch((error) => error),
      )
      expect(failure).toMatchObject({ reason: 'connection', next: expect.stringContaining('DATABASE_URL') })
      let ran = false
      const began = db.transaction(async () => {
        ran = true
      })
      expect(databaseFailure(await began.catch((error) => error))).toMatchObject({
        reason: 'connection',
        unknown: false,
      })
      expect(ran).toBe(false)
      expect(warnings.map(({ attempt }) => attempt)).toEqual(expect.arrayContaining([1, 2, 3, 4, 5]))
      // a call that is under way when the server comes back succeeds
      const waiting = db.select().from(settings)
      await road.open()
      expect(await waiting).toEqual([])
      expect(await lazy.healthy()).toBe(true)
      await lazy.close()
    })

    it('is waited for at the start, and the next call tries anew', async () => {
      await road.block()
      const lazy = lazyDatabase({ url: road.url, log: quiet })
      expect(databaseFailure(await lazy.get().catch((error) => error))).toMatchObject({ reason: 'connection' })
      expect(lazy.opened()).toBeUndefined()
      await road.open()
      expect(await (await lazy.get()).healthy()).toBe(true)
      await lazy.close()
    })
  })
})

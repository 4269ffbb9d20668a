import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeDatabase } from './contract-suite.ts'
import { like, sql } from './drizzle.ts'
import { DatabaseLocked, DatabaseUnavailable } from './errors.ts'
import { readLock } from './lock.ts'
import { lazyDatabase, openDatabase } from './open.ts'
import { settings } from './schema/core.ts'
import { quiet, testDatabase } from './testing.ts'
import { startTestProcess, type TestProcess } from './testing-child.ts'

describeDatabase('PGlite in memory', () => testDatabase(''))

describe('PGlite in a folder', () => {
  let root: string
  let folder: string
  const row = (key: string) => ({ key, value: { key }, updatedAt: new Date(0) })
  const open = () => openDatabase({ folder, log: quiet })

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'qm-pglite-'))
    folder = join(root, 'data')
    await (await open()).close()
  })
  afterAll(() => rm(root, { recursive: true, force: true }))

  it('belongs to its owner alone, and leaves no draft and no lock behind', async () => {
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    expect(await readdir(folder)).toEqual(['pglite'])
  })

  it('keeps what was written over a restart, and migrates only once (QLT-022)', async () => {
    const first = await open()
    await first.db.insert(settings).values(row('kept'))
    await first.close()
    const again = await open()
    const migrated = await again.db.execute(sql`select count(*)::int as count from drizzle.__drizzle_migrations`)
    const journal = JSON.parse(await readFile(new URL('./migrations/meta/_journal.json', import.meta.url), 'utf8'))
    expect((migrated as unknown as { rows: unknown[] }).rows).toEqual([{ count: journal.entries.length }])
    expect(await again.db.select().from(settings)).toEqual([row('kept')])
    await again.close()
  })

  it('says at once that the database inside a transaction would wait for itself', async () => {
    const database = await open()
    const inside = database.db.transaction(() => database.db.select().from(settings))
    await expect(inside).rejects.toMatchObject({ cause: { message: expect.stringContaining('use its tx') } })
    expect(await database.db.select().from(settings)).toHaveLength(1)
    await database.close()
  })

  it('lets nobody use a transaction after its end', async () => {
    const database = await open()
    const kept = await database.db.transaction(async (tx) => tx)
    await expect(kept.select().from(settings)).rejects.toMatchObject({
      cause: { message: 'This transaction has ended.' },
    })
    await database.close()
  })

  it('uses the space of deleted rows again after tidying', async () => {
    const database = await open()
    const churn = async () => {
      const rows = Array.from({ length: 500 }, (_, number) => ({ ...row(`churn-${number}`), value: 'x'.repeat(500) }))
      await database.db.insert(settings).values(rows)
      await database.db.delete(settings).where(like(settings.key, 'churn-%'))
      await database.tidy()
      const size = await database.db.execute(sql`select pg_relation_size('settings')::int as bytes`)
      return (size as unknown as { rows: { bytes: number }[] }).rows[0]?.bytes ?? 0
    }
    const first = await churn()
    expect(await churn()).toBeLessThanOrEqual(first + 8192)
    expect(await churn()).toBeLessThanOrEqual(first + 8192)
    await database.close()
  })

  describe('with other processes', () => {
    const running: TestProcess[] = []
    const start = () => {
      const child = startTestProcess(folder)
      running.push(child)
      return child
    }
    afterAll(() => Promise.all(running.map((child) => child.kill())))

    it('refuses the second one, and names the first and the next step', async () => {
      const first = start()
      await first.ask('open')
      const refused = await open().catch((error) => error)
      expect(refused).toBeInstanceOf(DatabaseLocked)
      expect(refused).toMatchObject({ pid: first.pid, folder, url: 'http://127.0.0.1:3000' })
      expect(refused.next).toMatch(/http:\/\/127\.0\.0\.1:3000.*DATABASE_URL/)
      expect(await readLock(folder)).toMatchObject({ pid: first.pid, host: hostname() })
      expect(await start().ask('open')).toMatchObject({ name: 'DatabaseLocked', error: { pid: first.pid } })
      await first.ask('close')
      expect(await readLock(folder)).toBeUndefined()
    })

    it('does not keep a process alive that has nothing more to do', async () => {
      const child = start()
      await child.ask('open')
      await child.ask('leave')
      expect(await child.ended).toBe(0)
    })

    it('takes over the lock of a process that died', async () => {
      expect((await readLock(folder))?.pid).toBe(running.at(-1)?.pid)
      const database = await open()
      expect((await readLock(folder))?.pid).toBe(process.pid)
      await database.close()
    })

    it('takes over a lock whose pid went to another process', async () => {
      const other = { pid: process.pid, host: hostname(), started: 'an-older-boot:1' }
      await writeFile(join(folder, 'lock.json'), JSON.stringify(other))
      await (await open()).close()
    })

    it('respects a live process on another machine', async () => {
      await writeFile(join(folder, 'lock.json'), JSON.stringify({ pid: 1, host: 'elsewhere', started: '' }))
      await expect(open()).rejects.toThrow(/process 1 on elsewhere/)
      await rm(join(folder, 'lock.json'))
    })

    it('lets exactly one of many in that start together on the lock of a dead one', async () => {
      const dead = start()
      await dead.ask('open')
      await dead.kill()
      const many = Array.from({ length: 3 }, start)
      const answers = await Promise.all(many.map((child) => child.ask('open')))
      expect(answers.filter((answer) => 'opened' in answer)).toHaveLength(1)
      expect(answers.filter((answer) => answer.name === 'DatabaseLocked')).toHaveLength(2)
      await Promise.all(many.map((child) => child.kill()))
    })

    it('loses no acknowledged row when it is killed in mid transaction', async () => {
      let from = 0
      for (const count of [7, 40]) {
        const child = start()
        void child.ask('write', { from, count: 100_000, bytes: 500 }).catch(() => undefined)
        await child.reached(count)
        await child.kill()
        const database = await open()
        const keys = new Set((await database.db.select({ key: settings.key }).from(settings)).map(({ key }) => key))
        for (const number of child.acknowledged()) {
          expect(['a', 'b', 'c'].filter((part) => keys.has(`${number}:${part}`))).toHaveLength(3)
        }
        // what was under way is there as a whole or not at all
        const next = from + child.acknowledged().length
        expect([0, 3]).toContain(['a', 'b', 'c'].filter((part) => keys.has(`${next}:${part}`)).length)
        from = next + 1
        await database.close()
      }
    })
  })

  it('opens anew after the engine broke, and tells who waits', async () => {
    const lazy = lazyDatabase({ folder, log: quiet })
    let openings = 0
    lazy.onOpen(async () => {
      openings += 1
    })
    const { db } = await lazy.get()
    const control = join(folder, 'pglite/global/pg_control')
    const kept = await readFile(control)
    await rm(control)
    // the engine panics when it cannot note the checkpoint
    const failure = await db.execute(sql`checkpoint`).then(String, (error: Error) => error.cause)
    await writeFile(control, kept)
    expect(failure).toBeInstanceOf(DatabaseUnavailable)
    expect(failure).toMatchObject({ reason: 'stopped' })
    await expect(db.select().from(settings)).rejects.toMatchObject({ cause: { reason: 'stopped' } })
    const again = await lazy.get()
    expect((await again.db.select().from(settings)).length).toBeGreaterThan(0)
    expect(openings).toBe(2)
    await lazy.close()
  })

  it('stays closed while nobody needs it, counts as healthy, and opens once for all who ask', async () => {
    const lazy = lazyDatabase({ folder, log: quiet })
    expect([lazy.opened(), await lazy.healthy(), lazy.kind]).toEqual([undefined, true, 'pglite'])
    expect(await readLock(folder)).toBeUndefined()
    const hooks: boolean[] = []
    lazy.onOpen(async (database) => {
      hooks.push((await database.db.select().from(settings)).length > 0 && lazy.opened() === undefined)
    })
    lazy.onOpen(async () => {
      throw new Error('a hook that fails stops nobody')
    })
    const [one, two] = await Promise.all([lazy.get(), lazy.get()])
    expect(one).toBe(two)
    expect(hooks).toEqual([true])
    await lazy.advertise('http://127.0.0.1:4000')
    expect(await readLock(folder)).toMatchObject({ url: 'http://127.0.0.1:4000', pid: process.pid })
    await lazy.close()
    await expect(lazy.get()).rejects.toMatchObject({ reason: 'stopped' })
  })
})

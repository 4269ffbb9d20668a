import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sql } from '#db/drizzle.ts'
import type { LazyDatabase } from '#db/open.ts'
import { results as table } from '#db/schema/core.ts'
import { lazyOver, type TestDatabase, testDatabase } from '#db/testing.ts'
import { createResults, type NewResult } from './store.ts'

const kibibyte = 1024
const result = (more: Partial<NewResult> = {}): NewResult => ({
  ...{ owner: 'ada', tool: 'list_pods', card: 'table', data: { rows: [{ id: 'p', log: 'a\u0000b\ud800' }] } },
  ...{ at: '2026-11-20T12:00:00.000Z', ...more },
})
const sized = (bytes: number) => result({ data: { text: 'x'.repeat(bytes) } })

describe('results', () => {
  let database: TestDatabase
  let clock: Date
  const now = () => clock
  const inTable = async () => (await database.db.select({ id: table.id }).from(table)).map(({ id }) => id)
  /** Like the one of a server: closed until somebody needs it. */
  const closed = (kind: LazyDatabase['kind'] = 'pglite') => lazyOver(kind, async () => database)

  beforeAll(async () => {
    database = await testDatabase()
  })
  afterAll(() => database?.close())
  beforeEach(async () => {
    clock = new Date('2026-11-20T12:00:00Z')
    await database.db.execute(sql`truncate ${table}`)
  })

  const homes = {
    memory: () => closed(),
    'the embedded database': () => database.lazy,
    'a shared database': () => closed('postgres'),
  }
  describe.each(Object.entries(homes))('in %s', (_, home) => {
    it('come back as they were, to their owner alone', async () => {
      const results = createResults({ database: home(), now })
      const id = await results.put(result())
      expect(await results.get(id, 'ada')).toEqual({ ...result(), id, expiresAt: '2026-11-20T13:00:00.000Z' })
      const stranger = await results.get(id, 'bob').catch((error) => error)
      const unknown = await results.get('unknown', 'ada').catch((error) => error)
      expect(stranger.toPayload()).toEqual({ ...unknown.toPayload(), message: stranger.message })
      expect(stranger.message.replace(id, 'unknown')).toBe(unknown.message)
      expect(unknown).toMatchObject({ code: 'result-expired', options: { next: expect.stringContaining('Repeat') } })
    })

    it('are gone after their time, and pruned', async () => {
      const results = createResults({ database: home(), now, ttlMs: 1000 })
      const old = await results.put(result())
      clock = new Date(clock.getTime() + 999)
      const young = await results.put(result())
      expect(await results.get(old, 'ada')).toHaveProperty('id')
      clock = new Date(clock.getTime() + 1)
      await expect(results.get(old, 'ada')).rejects.toMatchObject({ code: 'result-expired' })
      expect(await results.prune()).toBe(1)
      expect(await results.get(young, 'ada')).toHaveProperty('id')
    })

    it('are refused above the largest size, with what to do', async () => {
      const results = createResults({ database: home(), now, maxBytes: kibibyte })
      await results.put(sized(kibibyte - '{"text":""}'.length))
      await expect(results.put(sized(kibibyte))).rejects.toMatchObject({ code: 'payload-too-large' })
    })
  })

  it('do not open the embedded database, and move into it when it opens', async () => {
    const lazy = closed()
    const results = createResults({ database: lazy, now })
    const id = await results.put(result())
    await results.get(id, 'ada')
    expect(await results.prune()).toBe(0)
    expect([lazy.opened(), await inTable()]).toEqual([undefined, []])
    await lazy.get()
    expect(await inTable()).toEqual([id])
    expect(await results.get(id, 'ada')).toEqual({ ...result(), id, expiresAt: '2026-11-20T13:00:00.000Z' })
  })

  it('of one replica are found by another, at once', async () => {
    const id = await createResults({ database: closed('postgres'), now }).put(result())
    const other = createResults({ database: closed('postgres'), now })
    expect(await other.get(id, 'ada')).toMatchObject({ id })
  })

  it('in memory make room: the one not used for the longest goes first', async () => {
    const results = createResults({ database: closed(), now, memoryBytes: 3 * kibibyte })
    const [first, second] = [await results.put(sized(1000)), await results.put(sized(1000))]
    await results.get(first, 'ada')
    await results.put(sized(1000))
    await results.put(sized(1000))
    await expect(results.get(second, 'ada')).rejects.toMatchObject({ code: 'result-expired' })
    expect(await results.get(first, 'ada')).toHaveProperty('id')
  })

  it('in the table make room as well, the oldest first', async () => {
    const results = createResults({ database: closed('postgres'), now, databaseBytes: 2 * kibibyte })
    const ids: string[] = []
    for (let number = 0; number < 4; number += 1) {
      clock = new Date(clock.getTime() + 1)
      ids.push(await results.put(sized(1000)))
    }
    expect(await results.prune()).toBe(2)
    expect((await inTable()).sort()).toEqual(ids.slice(2).sort())
  })

  it('are kept in memory while the database is away: no call fails for them', async () => {
    const away = lazyOver('postgres', () => Promise.reject(new Error('away')))
    const results = createResults({ database: away, now })
    const id = await results.put(result())
    expect(await results.get(id, 'ada')).toMatchObject({ id })
  })
})

import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { eq, sql } from '#db/drizzle.ts'
import { type LazyDatabase, openDatabase } from '#db/open.ts'
import { audit as table } from '#db/schema/core.ts'
import { lazyOver, type TestDatabase, testDatabase } from '#db/testing.ts'
import { type AuditEntry, createAudit } from './audit.ts'

const entry = (more: Partial<AuditEntry> = {}): AuditEntry => ({
  at: new Date('2026-11-20T12:00:00.123Z'),
  actor: { id: 'ada', name: 'Ada', kind: 'agent', role: 'operator' },
  tool: 'list_nodes',
  risk: 'read',
  inputDigest: 'digest',
  decision: 'allowed',
  outcome: 'ok',
  durationMs: 12.4,
  ...more,
})
const change = (more: Partial<AuditEntry> = {}) =>
  entry({ tool: 'deploy_model', risk: 'change', decision: 'asked', ...more })

describe('the audit record', () => {
  let database: TestDatabase
  let folder: string
  let spoolFile: string
  /** Counts openings; the database behind it is the same one. */
  let openings: number
  const closed = (): LazyDatabase =>
    lazyOver('pglite', async () => {
      openings += 1
      return database
    })
  const spooled = async () =>
    (await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8').catch(() => ''))))
      .join('')
      .split('\n')
      .filter((line) => line !== '')

  beforeAll(async () => {
    database = await testDatabase()
  })
  afterAll(() => database?.close())
  beforeEach(async () => {
    openings = 0
    await database.db.execute(sql`truncate ${table} restart identity`)
    folder = await mkdtemp(join(tmpdir(), 'qm-audit-'))
    spoolFile = join(folder, 'audit.jsonl')
    return () => rm(folder, { recursive: true })
  })

  it('says who asked for what, what was decided and what came of it', async () => {
    const audit = createAudit({ database: database.lazy })
    const full = change({
      ...{ persona: 'platform-ops', client: 'chat', conversation: 'c1', input: { b: 1, a: ['x'] }, planDigest: 'plan' },
      ...{ decision: 'approved', outcome: 'conflict', approval: 'a1', traceId: 't1', clusters: ['gpu-east'] },
    })
    await audit.append(full)
    const [row] = await audit.list({ limit: 1 })
    expect(row).toEqual({
      ...{ seq: 1, at: '2026-11-20T12:00:00.123Z', actor: 'ada', kind: 'agent', persona: 'platform-ops' },
      ...{ tool: 'deploy_model', risk: 'change', inputDigest: 'digest', decision: 'approved', outcome: 'conflict' },
      ...{ durationMs: 12, approval: 'a1', hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
    })
    const [stored] = await database.db.select().from(table)
    expect(stored).toMatchObject({ input: full.input, clusters: ['gpu-east'], traceId: 't1', planDigest: 'plan' })
  })

  it('is listed newest first, by tool, person and time', async () => {
    const audit = createAudit({ database: database.lazy })
    await audit.append(entry())
    await audit.append(entry({ actor: { id: 'bob', name: 'Bob', kind: 'human', role: 'viewer' } }))
    await audit.append(entry({ tool: 'list_pods', at: new Date('2026-11-20T13:00:00Z') }))
    const seqs = async (filter: object) => (await audit.list({ limit: 10, ...filter })).map(({ seq }) => seq)
    expect(await seqs({})).toEqual([3, 2, 1])
    expect(await seqs({ limit: 2 })).toEqual([3, 2])
    expect(await seqs({ tool: 'list_nodes' })).toEqual([2, 1])
    expect(await seqs({ actor: 'bob' })).toEqual([2])
    expect(await seqs({ since: new Date('2026-11-20T12:30:00Z') })).toEqual([3])
  })

  describe('as a chain', () => {
    it.each([
      ['an outcome was changed', sql`update ${table} set outcome = 'ok' where seq = 3`],
      ['an input was changed', sql`update ${table} set input = '{"model":"other"}' where seq = 3`],
      ['a row was taken out', sql`delete from ${table} where seq = 2`],
      ['a hash was changed', sql`update ${table} set hash = prev_hash where seq = 3`],
    ])('shows that %s', async (_, tampering) => {
      const audit = createAudit({ database: database.lazy })
      for (const number of [1, 2, 3, 4]) await audit.append(change({ outcome: 'internal', input: { number } }))
      expect(await audit.verify()).toEqual({ ok: true })
      await database.db.execute(tampering)
      expect(await audit.verify()).toEqual({ ok: false, brokenAt: 3 })
    })

    it('fits whatever the entries hold and however many come at once (property)', async () => {
      const audit = createAudit({ database: database.lazy })
      const text = fc.string({ unit: 'binary', maxLength: 20 })
      const one = fc.record({
        tool: text,
        persona: text,
        input: fc.jsonValue({ stringUnit: 'binary' }),
        clusters: fc.array(text),
      })
      await fc.assert(
        fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 8 }), async (many) => {
          await Promise.all(many.map((more) => audit.append(change(more))))
          expect(await audit.verify()).toEqual({ ok: true })
        }),
        { numRuns: 30 },
      )
    })

    it('stays one when two writers share the database', async () => {
      const writers = [createAudit({ database: database.lazy }), createAudit({ database: database.lazy })]
      const appended = Array.from({ length: 40 }, (_, number) => writers[number % 2]!.append(change()))
      await Promise.all(appended)
      expect(await writers[0]!.verify()).toEqual({ ok: true })
      expect(await writers[0]!.list({ limit: 100 })).toHaveLength(40)
    })
  })

  describe('of reads before the embedded database was needed', () => {
    it('goes to a file of the owner and opens nothing; opening the database takes it over', async () => {
      const lazy = closed()
      const audit = createAudit({ database: lazy, spoolFile })
      await Promise.all([audit.append(entry()), audit.append(entry({ decision: 'denied', risk: 'change' }))])
      expect(openings).toBe(0)
      expect(await spooled()).toHaveLength(2)
      expect((await stat(`${spoolFile}.${process.pid}`)).mode & 0o777).toBe(0o600)
      await lazy.get()
      expect(await audit.list({ limit: 10 })).toHaveLength(2)
      expect(await spooled()).toEqual([])
      expect(await audit.verify()).toEqual({ ok: true })
    })

    it('opens it for a change, and keeps the reads that came with it', async () => {
      const audit = createAudit({ database: closed(), spoolFile })
      await audit.append(entry())
      await Promise.all([audit.append(entry({ tool: 'list_pods' })), audit.append(change())])
      expect(openings).toBe(1)
      const rows = await audit.list({ limit: 10 })
      expect(rows.map(({ tool }) => tool)).toEqual(expect.arrayContaining(['list_nodes', 'list_pods', 'deploy_model']))
      expect(rows).toHaveLength(3)
    })

    it('opens it all the same before the file grows without end', async () => {
      const audit = createAudit({ database: closed(), spoolFile, spoolBytes: 1000 })
      for (let number = 0; number < 5; number += 1) await audit.append(entry({ traceId: 'x'.repeat(300) }))
      expect(openings).toBe(1)
      expect(await audit.list({ limit: 10 })).toHaveLength(5)
      expect(await spooled()).toEqual([])
    })

    it('takes over what a process left that died, skips a torn line, and takes nothing twice', async () => {
      const gone = 4_194_305 // beyond the largest pid of Linux
      await createAudit({ database: closed(), spoolFile }).append(entry({ tool: 'of_another' }))
      const lines = (await spooled()).join('\n')
      await rm(`${spoolFile}.${process.pid}`)
      await writeFile(`${spoolFile}.${gone}`, `${lines}\n{"entryId":"torn`)
      const audit = createAudit({ database: closed(), spoolFile })
      expect(await audit.list({ limit: 10 })).toMatchObject([{ tool: 'of_another' }])
      await writeFile(`${spoolFile}.${gone}`, `${lines}\n`)
      expect(await audit.drain()).toBe(0)
      expect(await audit.list({ limit: 10 })).toHaveLength(1)
      expect(await spooled()).toEqual([])
    })

    it('leaves the file of a process that lives', async () => {
      await writeFile(`${spoolFile}.${process.ppid}`, '{}\n')
      const audit = createAudit({ database: closed(), spoolFile })
      expect(await audit.drain()).toBe(0)
      expect(await spooled()).toEqual(['{}'])
    })
  })

  describe('of reads beside an open embedded database', () => {
    it('is in the chain a moment after they are answered, without anybody asking', async () => {
      const audit = createAudit({ database: database.lazy, spoolFile })
      await audit.append(entry())
      const rows = () => database.db.select().from(table)
      await expect.poll(rows, { timeout: 10_000 }).toHaveLength(1)
      await expect.poll(spooled, { timeout: 10_000 }).toEqual([])
      expect(await audit.verify()).toEqual({ ok: true })
    })

    it('has a change in the chain before it is answered', async () => {
      const audit = createAudit({ database: database.lazy, spoolFile })
      await Promise.all([audit.append(entry()), audit.append(change())])
      expect(await database.db.select().from(table).where(eq(table.risk, 'change'))).toHaveLength(1)
    })

    it('is complete when the server stops in good order', async () => {
      const audit = createAudit({ database: database.lazy, spoolFile })
      await Promise.all(Array.from({ length: 30 }, () => audit.append(entry())))
      await audit.close()
      expect(await database.db.select().from(table)).toHaveLength(30)
      expect(await spooled()).toEqual([])
    })

    it('loses nothing and takes nothing twice while entries come and go (property)', async () => {
      const step = fc.constantFrom('read', 'read', 'change', 'drain', 'list', 'wait')
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
          await database.db.execute(sql`truncate ${table} restart identity`)
          const audit = createAudit({ database: database.lazy, spoolFile })
          const under: Promise<unknown>[] = []
          for (const one of steps) {
            if (one === 'wait') await Promise.all(under)
            else if (one === 'read') under.push(audit.append(entry()))
            else if (one === 'change') under.push(audit.append(change()))
            else under.push(one === 'drain' ? audit.drain() : audit.list({ limit: 1 }))
          }
          await Promise.all(under)
          const appended = steps.filter((one) => one === 'read' || one === 'change').length
          expect(await audit.list({ limit: 100 })).toHaveLength(appended)
          expect(await audit.verify()).toEqual({ ok: true })
          expect(await spooled()).toEqual([])
        }),
        { numRuns: 25 },
      )
    })

    it('keeps its first line apart from one that an earlier process with the same pid left torn', async () => {
      await writeFile(`${spoolFile}.${process.pid}`, '{"entryId":"torn')
      const audit = createAudit({ database: database.lazy, spoolFile })
      await audit.append(entry({ tool: 'first_line' }))
      expect(await audit.list({ limit: 10 })).toMatchObject([{ tool: 'first_line' }])
    })
  })

  describe('while the database is away', () => {
    const away = () => lazyOver('postgres', () => Promise.reject(new Error('away')))

    it('keeps reads in the file, and refuses what must not go unrecorded', async () => {
      const audit = createAudit({ database: away(), spoolFile })
      const results = await Promise.allSettled([audit.append(entry()), audit.append(change())])
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
      expect(await spooled()).toHaveLength(1)
    })

    it('takes the file over with the first entry after it came back', async () => {
      const own = await openDatabase({ log: { info() {}, warn() {}, error() {} } })
      const lazy = lazyOver('pglite', async () => own)
      const audit = createAudit({ database: lazy, spoolFile })
      await lazy.get()
      await own.db.execute(sql`alter table ${table} rename to away`)
      await audit.append(entry({ tool: 'meanwhile' }))
      expect(await spooled()).toHaveLength(1)
      await own.db.execute(sql`alter table away rename to ${table}`)
      await audit.append(entry({ tool: 'afterwards' }))
      expect(await audit.list({ limit: 10, tool: 'meanwhile' })).toHaveLength(1)
      expect(await spooled()).toEqual([])
      expect(await audit.verify()).toEqual({ ok: true })
      await own.close()
    })
  })
})

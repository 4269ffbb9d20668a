import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eq } from '#db/drizzle.ts'
import { attachments, conversations } from '#db/schema/chat.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { typeOf } from './kinds.ts'
import { digestOf, readLines, wholeCharacters } from './reading.ts'
import { attachmentStore } from './store.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 1, 2])

describe('what a file is, by what is inside', () => {
  it.each<[string, Uint8Array, string]>([
    ['pod.yaml', bytes('kind: Pod'), 'application/yaml'],
    ['x.csv', bytes('a,b\n1,2'), 'text/csv'],
    ['kern.log', bytes('Nov 20 NVRM: Xid'), 'text/x-log'],
    ['README', bytes('text'), 'text/plain'],
    ['screen.yaml', png, 'image/png'],
    ['a.webp', bytes('RIFF....WEBPVP8 '), 'image/webp'],
  ])('%s', (name, data, type) => expect(typeOf(name, data)).toBe(type))

  it.each<[string, Uint8Array, string]>([
    ['core', new Uint8Array([1, 2, 0, 4]), 'unsupported-media-type'],
    ['latin1.txt', new Uint8Array([0xe4, 0xf6, 0x20]), 'unsupported-media-type'],
    ['empty', new Uint8Array(), 'invalid-input'],
    ['large.log', new Uint8Array(2 * 1024 * 1024 + 1).fill(97), 'payload-too-large'],
  ])('refuses %s and says what to do', (name, data, code) => {
    expect(() => typeOf(name, data)).toThrow(expect.objectContaining({ code }))
  })
})

describe('how a long file is read', () => {
  const log = Array.from(
    { length: 5_000 },
    (_, index) => `line ${index + 1}${index === 3_000 ? ' NVRM: Xid 79' : ''}`,
  ).join('\n')

  it('its ends stand in the message, the rest is read by page or by search', () => {
    const digest = digestOf({ id: 'a1', text: log })
    expect(digest.length).toBeLessThan(wholeCharacters)
    expect(digest).toContain('line 1\n')
    expect(digest).toContain('line 5000')
    expect(digest).toContain('read_attachment {"id":"a1"')
    expect(readLines(log, { find: 'xid' })).toContain('3001: line 3001 NVRM: Xid 79')
    expect(readLines(log, { find: 'nothing' })).toContain('No line of 5000')
    expect(readLines(log, { fromLine: 4_990 })).toContain('(end)')
  })

  it('pages reach every line', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 700 }), (count) => {
        const text = Array.from({ length: count }, (_, index) => `row ${index + 1}`).join('\n')
        let from: number | undefined = 1
        const seen: string[] = []
        while (from !== undefined) {
          const page = readLines(text, { fromLine: from })
          seen.push(...page.split('\n').filter((line) => /^\d+: /.test(line)))
          from = /next fromLine: (\d+)/.exec(page)?.[1] ? Number(/next fromLine: (\d+)/.exec(page)![1]) : undefined
        }
        expect(seen).toHaveLength(count)
      }),
      { numRuns: 20 },
    )
  })
})

describe('attachments in the store', () => {
  let database: TestDatabase
  let now = new Date('2026-11-20T12:00:00Z')
  let count = 0
  beforeAll(async () => {
    database = await testDatabase()
    for (const [id, owner] of [
      ['c1', 'ada'],
      ['c2', 'bob'],
    ] as const)
      await database.db.insert(conversations).values({
        id,
        owner,
        title: '',
        personaId: 'default',
        clusters: [],
        createdAt: now,
        updatedAt: now,
      })
  })
  afterAll(() => database?.close())
  const of = (owner: string) =>
    attachmentStore({ db: async () => database.db, owner, now: () => now, newId: () => `a${++count}` })

  it('comes back byte for byte, to its owner only (CHT-009)', async () => {
    const { id, ...rest } = await of('ada').put({ name: '../../etc/pod.yaml', bytes: bytes('kind: Pod # ü') })
    expect(rest).toEqual({ name: '.. .. etc pod.yaml', mediaType: 'application/yaml', size: 14 })
    expect(Buffer.from((await of('ada').get(id)).bytes).toString()).toBe('kind: Pod # ü')
    await expect(of('bob').get(id)).rejects.toMatchObject({ code: 'not-found' })
    await expect(of('bob').send([id], 'c2')).rejects.toMatchObject({ code: 'not-found' })
  })

  it('is gone after seven days unless it was sent (CHT-018)', async () => {
    const ada = of('ada')
    const [kept, dropped] = [await ada.put({ name: 'a', bytes: bytes('x') }), await ada.put({ name: 'b', bytes: png })]
    await ada.send([kept.id], 'c1')
    now = new Date(now.getTime() + 8 * 24 * 3_600_000)
    await expect(ada.get(dropped.id)).rejects.toMatchObject({ code: 'not-found' })
    await ada.put({ name: 'sweeps', bytes: bytes('x') })
    expect(await database.db.select().from(attachments).where(eq(attachments.id, dropped.id))).toEqual([])
    expect((await ada.get(kept.id)).name).toBe('a')
  })

  it('goes with its conversation, and what was sent is not taken back alone', async () => {
    const ada = of('ada')
    const { id } = await ada.put({ name: 'a', bytes: bytes('x') })
    await ada.send([id], 'c1')
    await ada.remove(id)
    expect((await ada.get(id)).id).toBe(id)
    await database.db.delete(conversations).where(eq(conversations.id, 'c1'))
    await expect(ada.get(id)).rejects.toMatchObject({ code: 'not-found' })
  })
})

import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { EventEnvelope, NewEvent } from '#contract'
import { sql } from '#db/drizzle.ts'
import { events as table } from '#db/schema/core.ts'
import { lazyOver, type TestDatabase, testDatabase } from '#db/testing.ts'
import { createEvents, type Events } from './outbox.ts'

const event = (subject: string, more: Partial<NewEvent> = {}): NewEvent => ({
  name: 'job.moved',
  subject,
  data: { subject },
  ...more,
})

describe('events', () => {
  let database: TestDatabase
  let clock: Date
  let events: Events
  const now = () => clock
  const commit = (...added: NewEvent[]) => events.commit(async () => ({ value: added.length, events: added }))

  beforeAll(async () => {
    database = await testDatabase()
  })
  afterAll(() => database?.close())
  beforeEach(async () => {
    clock = new Date('2026-11-20T12:00:00Z')
    await database.db.execute(sql`truncate ${table} restart identity`)
    events = createEvents({ database: database.lazy, now })
  })

  it('reach subscribers once, in order, as the table keeps them', async () => {
    const seen: EventEnvelope[] = []
    const stop = events.subscribe({}, (arrived) => seen.push(arrived))
    expect(await commit(event('a'), event('b', { cluster: 'gpu-east', data: { gone: undefined, kept: 1 } }))).toBe(2)
    await commit()
    await commit(event('c'))
    expect(seen).toEqual([
      { seq: 1, name: 'job.moved', subject: 'a', at: '2026-11-20T12:00:00.000Z', data: { subject: 'a' } },
      { seq: 2, name: 'job.moved', subject: 'b', at: clock.toISOString(), cluster: 'gpu-east', data: { kept: 1 } },
      { seq: 3, name: 'job.moved', subject: 'c', at: clock.toISOString(), data: { subject: 'c' } },
    ])
    expect(await events.after(0, {}, 10)).toEqual(seen)
    expect(await events.after(1, {}, 1)).toEqual([seen[1]])
    stop()
    await commit(event('d'))
    expect(seen).toHaveLength(3)
    expect([await events.oldestSeq(), await events.lastSeq()]).toEqual([1, 4])
  })

  it('of a transaction that failed are never heard of, and leave no hole that stops the next', async () => {
    const seen: string[] = []
    events.subscribe({}, ({ subject }) => seen.push(subject))
    const failing = events.commit(async (tx) => {
      await tx.insert(table).values({ ...event('lost'), at: clock })
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    await commit(event('kept'))
    expect(seen).toEqual(['kept'])
    expect((await events.after(0, {}, 10)).map(({ subject }) => subject)).toEqual(['kept'])
  })

  it('do not stop at a reader that throws', async () => {
    const seen: string[] = []
    events.subscribe({}, () => {
      throw new Error('broken reader')
    })
    events.subscribe({}, ({ subject }) => seen.push(subject))
    await commit(event('a'))
    expect(seen).toEqual(['a'])
  })

  it('are filtered the same way live and from the table', async () => {
    const filters = [
      { subjects: ['models/a'] },
      { subjects: ['models/*', 'escrow/1'] },
      { subjects: ['100%/*'] },
      { subjects: [] },
      { names: ['job.moved'] },
      { clusters: ['gpu-east'] },
      { clusters: [], subjects: ['models/*'] },
      { clusters: '*' as const },
    ]
    const live = filters.map((filter) => {
      const seen: (number | undefined)[] = []
      events.subscribe(filter, ({ seq }) => seen.push(seq))
      return seen
    })
    await commit(
      event('models/a', { cluster: 'gpu-east' }),
      event('models/b', { name: 'job.ended', cluster: 'gpu-west' }),
      event('escrow/1'),
      event('escrow/12'),
      event('100%/x'),
      event('1000/x'),
    )
    const stored = await Promise.all(filters.map((filter) => events.after(0, filter, 100)))
    expect(stored.map((list) => list.map(({ seq }) => seq))).toEqual(live)
    expect(live).toEqual([[1], [1, 2, 3], [5], [], [1, 3, 4, 5, 6], [1, 3, 4, 5, 6], [], [1, 2, 3, 4, 5, 6]])
  })

  it('are pruned by age, but the newest one stays, so that sequence numbers go on', async () => {
    await commit(event('old'), event('older'))
    clock = new Date('2026-11-28T12:00:00Z')
    expect(await events.prune(new Date('2026-11-21T12:00:00Z'))).toBe(1)
    expect([await events.oldestSeq(), await events.lastSeq()]).toEqual([2, 2])
    await commit(event('new'))
    expect(await events.lastSeq()).toBe(3)
  })

  it('start after what was there before this process', async () => {
    await commit(event('before'))
    const later = createEvents({ database: lazyOver('pglite', async () => database), now })
    const seen: string[] = []
    later.subscribe({}, ({ subject }) => seen.push(subject))
    await later.commit(async () => ({ value: 0, events: [event('after')] }))
    expect(seen).toEqual(['after'])
  })

  it('come without gap or duplicate, in commit order, whoever commits and whatever fails (property)', async () => {
    const step = fc.record({ size: fc.integer({ min: 0, max: 3 }), fails: fc.boolean(), pause: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const start = await events.lastSeq()
        const seen: EventEnvelope[] = []
        const stop = events.subscribe({}, (arrived) => seen.push(arrived))
        const work = steps.map(async ({ size, fails, pause }, number) => {
          if (pause) await new Promise(setImmediate)
          const added = Array.from({ length: size }, (_, part) => event(`${number}/${part}`))
          const done = events.commit(async (tx) => {
            if (fails) {
              await tx.insert(table).values({ ...event('lost'), at: clock })
              throw new Error('fails')
            }
            return { value: 0, events: added }
          })
          await done.catch((error) => expect(error.message).toBe('fails'))
        })
        await Promise.all(work)
        stop()
        const wanted = steps.reduce((sum, { size, fails }) => sum + (fails ? 0 : size), 0)
        expect(seen).toHaveLength(wanted)
        expect(seen).toEqual(await events.after(start, {}, 100))
        // events of one commit stay together
        for (const [index, { subject }] of seen.entries()) {
          const [number, part] = subject.split('/')
          if (part !== '0') expect(seen[index - 1]?.subject).toBe(`${number}/${Number(part) - 1}`)
        }
      }),
      { numRuns: 25 },
    )
  })
})

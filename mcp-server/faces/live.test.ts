import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { NewEvent } from '#contract'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { system } from '#tools/system/domain.ts'
import { owner, startApp, type TestApp } from '../testing/app.ts'
import { newShelf, shelfDomain } from '../testing/domain.ts'
import { type LiveClient, openLive } from '../testing/live-client.ts'
import { liveLimits } from './live.ts'

const ownerToken = 'the owner token of a test'
let database: TestDatabase
let app: TestApp
let closed: TestApp
const open: LiveClient[] = []

beforeAll(async () => {
  database = await testDatabase()
  app = await startApp({ domains: [shelfDomain(newShelf()), system], database })
  closed = await startApp({ domains: [system], database, config: { ownerToken } })
})
afterAll(async () => {
  await app?.close()
  await closed?.close()
  await database?.close()
})
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function live(of = app, options: Parameters<typeof openLive>[1] = {}): Promise<LiveClient> {
  const one = await openLive(of.url, options)
  open.push(one)
  return one
}
const event = (subject: string, more: Partial<NewEvent> = {}): NewEvent => ({
  name: 'approval.asked',
  subject,
  data: {},
  ...more,
})
const tell = (...events: NewEvent[]) => app.core.events.commit(async () => ({ value: undefined, events }))
/** An event after which everything before it must have arrived. */
async function mark(client: LiveClient): Promise<void> {
  const subject = `mark/${crypto.randomUUID()}`
  await client.subscribe({ subjects: [subject] })
  await tell(event(subject))
  await client.wait((message) => message.event?.subject === subject)
}
const subjectsOf = (client: LiveClient) =>
  client.got.flatMap(({ event: one }) => (one && !one.subject.startsWith('mark/') ? [one.subject] : []))

describe('RTE-004: a subscription', () => {
  it.each([
    ['a subject', { subjects: ['approvals/a'] }, ['approvals/a']],
    ['a prefix', { subjects: ['approvals/*'] }, ['approvals/a', 'approvals/b']],
    ['a name', { names: ['approval.denied'] }, ['approvals/b']],
    ['a subject or a name', { subjects: ['jobs/1'], names: ['approval.denied'] }, ['approvals/b', 'jobs/1']],
    ['one cluster, and what has none', { clusters: ['gpu-east'] }, ['approvals/b', 'jobs/1', 'nodes/x']],
    ['everything', {}, ['approvals/a', 'approvals/b', 'jobs/1', 'nodes/x', 'nodes/y']],
  ])('of %s', async (_, subscription, expected) => {
    const client = await live()
    await client.subscribe(subscription)
    await tell(
      event('approvals/a', { cluster: 'gpu-west' }),
      event('approvals/b', { name: 'approval.denied' }),
      event('jobs/1'),
      event('nodes/x', { cluster: 'gpu-east' }),
      event('nodes/y', { cluster: 'gpu-west' }),
    )
    await mark(client)
    expect(subjectsOf(client)).toEqual(expected)
  })

  it('adds to the others, and each event comes once', async () => {
    const client = await live()
    await client.subscribe({ subjects: ['a/*'] })
    await client.subscribe({ subjects: ['a/1', 'b'] })
    await client.subscribe({ names: ['approval.asked'] })
    await tell(event('a/1'), event('b'), event('c'))
    await mark(client)
    expect(subjectsOf(client)).toEqual(['a/1', 'b', 'c'])
  })

  it('ends by subject, and the last one ends all', async () => {
    const client = await live()
    await client.subscribe({ subjects: ['a', 'b'] })
    client.send({ type: 'unsubscribe', subjects: ['a'] })
    expect(await client.wait(({ type }) => type === 'unsubscribed')).toMatchObject({ subjects: ['b'] })
    await tell(event('a'), event('b'))
    client.send({ type: 'unsubscribe', subjects: ['b'] })
    await client.wait(({ type, subjects }) => type === 'unsubscribed' && subjects!.length === 0)
    await tell(event('a'), event('b'), event('c'))
    await mark(client)
    expect(subjectsOf(client)).toEqual(['b'])
  })

  it('shows an approval as it goes', async () => {
    const client = await live()
    await client.subscribe({ subjects: ['approvals/*'] })
    const { approval } = (await app.call('place_thing', { id: 'lamp' })).answer
    await app.call('decide_approval', { id: approval!.id, approve: true }, { actor: owner, face: 'rest' })
    await mark(client)
    const mine = client.got.filter((one) => one.event?.subject === `approvals/${approval!.id}`)
    expect(mine.map((one) => one.event!.name)).toEqual(['approval.asked', 'approval.started', 'approval.succeeded'])
  })
})

describe('resuming', () => {
  it('goes on behind the last event it saw, over more than a page of them', async () => {
    const first = await live()
    const { seq } = await first.subscribe({ subjects: ['r/*'] })
    await first.close()
    for (let n = 0; n < 5; n++) await tell(...Array.from({ length: 90 }, (_, m) => event(`r/${n * 90 + m}`)))
    const again = await live()
    const { seq: reached } = await again.subscribe({ subjects: ['r/*'] }, seq)
    expect(subjectsOf(again)).toEqual(Array.from({ length: 450 }, (_, n) => `r/${n}`))
    expect(reached).toBe(again.seqs().at(-1))
  })

  it('RTE-028: has no gap and no duplicate while events are written, however often it breaks', {
    timeout: 60_000,
  }, async () => {
    let run = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 }),
        fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 6 }),
        async (batches, breaks) => {
          const prefix = `p${run++}`
          const total = batches.reduce((sum, size) => sum + size, 0)
          let last = await app.core.events.lastSeq()
          let written = 0
          const writing = (async () => {
            for (const size of batches)
              await tell(...Array.from({ length: size }, () => event(`${prefix}/${written++}`)), event('noise'))
          })()
          const seen: string[] = []
          for (const breakAfter of [...breaks, Number.POSITIVE_INFINITY]) {
            const client = await openLive(app.url)
            const before = seen.length
            const enough = () => seen.length >= total || seen.length - before >= breakAfter
            const broke = new Promise<void>((resolve) => {
              if (enough()) resolve()
              client.socket.on('message', (raw) => {
                const { event: one } = JSON.parse(String(raw)) as LiveClient['got'][number]
                // what arrives after the break was on its way: the reader did not see it
                if (!one || enough()) return
                seen.push(one.subject)
                last = one.seq!
                if (enough()) resolve()
              })
            })
            client.send({ type: 'subscribe', subscription: { subjects: [`${prefix}/*`] }, after: last })
            await broke
            client.socket.terminate()
            await client.closed
            if (seen.length >= total) break
          }
          await writing
          expect(seen).toEqual(Array.from({ length: total }, (_, n) => `${prefix}/${n}`))
        },
      ),
      { numRuns: 25 },
    )
  })

  it('says what is not kept any more, and goes on', async () => {
    await tell(event('old/1'), event('old/2'))
    const seq = await app.core.events.lastSeq()
    const { sql } = await import('#db/drizzle.ts')
    const { events } = await import('#db/schema/core.ts')
    await database.db.execute(sql`delete from ${events} where seq < ${seq}`)
    const client = await live()
    await client.subscribe({}, 0)
    expect(client.got[0]).toMatchObject({ type: 'event', event: { subject: 'old/2' } })
    expect(client.got.find(({ type }) => type === 'dropped')).toMatchObject({ count: seq - 1 })
  })

  it('behind the end of this history (the store is a new one) says so and goes on from now', async () => {
    const client = await live()
    const { seq } = await client.subscribe({ subjects: ['n'] }, 1_000_000_000)
    expect(client.got[0]).toMatchObject({ type: 'dropped' })
    expect(seq).toBe(await app.core.events.lastSeq())
    await tell(event('n'))
    await client.wait(({ type }) => type === 'event')
  })
})

describe('a slow reader', () => {
  it('RTE-012: loses the oldest beyond a hundred, is told which, and slows nobody', { timeout: 60_000 }, async () => {
    const [slow, quick] = [await live(), await live()]
    await slow.subscribe({ subjects: ['s/*'] })
    await quick.subscribe({ subjects: ['s/*'] })
    slow.socket.pause()
    const filler = 'x'.repeat(30_000)
    const total = 600
    for (let n = 0; n < total; n += 20)
      await tell(...Array.from({ length: 20 }, (_, m) => event(`s/${n + m}`, { data: { filler } })))
    await quick.wait((message) => message.event?.subject === `s/${total - 1}`)
    expect(quick.got.filter(({ type }) => type === 'event')).toHaveLength(total)
    slow.socket.resume()
    await slow.wait((message) => message.event?.subject === `s/${total - 1}`)
    const seqs = slow.seqs()
    const notices = slow.got.filter(({ type }) => type === 'dropped')
    expect(notices.length).toBeGreaterThan(0)
    // what was dropped and what came are together everything, in order
    expect(seqs.length + notices.reduce((sum, { count }) => sum + count!, 0)).toBe(total)
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b))
    for (const { from, to } of notices) expect(seqs.filter((seq) => seq >= from! && seq <= to!)).toEqual([])
    // the hundred newest are there
    expect(seqs.slice(-liveLimits.queue)).toEqual(quick.seqs().slice(-liveLimits.queue))
    // and it can have the others again
    await slow.subscribe({ subjects: ['s/*'] }, notices[0]!.from! - 1)
  })
})

it('a burst is not the fault of the reader: a thousand events at once all arrive', async () => {
  const client = await live()
  await client.subscribe({ subjects: ['burst/*'] })
  await tell(...Array.from({ length: 1_000 }, (_, n) => event(`burst/${n}`)))
  await mark(client)
  expect(subjectsOf(client)).toEqual(Array.from({ length: 1_000 }, (_, n) => `burst/${n}`))
})

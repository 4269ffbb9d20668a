import { request } from 'node:http'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EventEnvelope, NewEvent } from '#contract'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { system } from '#tools/system/domain.ts'
import { startApp, type TestApp } from '../testing/app.ts'
import { openStream } from '../testing/live-client.ts'

let database: TestDatabase
let app: TestApp

beforeAll(async () => {
  database = await testDatabase()
  app = await startApp({ domains: [system], database })
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

const event = (subject: string, more: Partial<NewEvent> = {}): NewEvent => ({
  name: 'approval.asked',
  subject,
  data: {},
  ...more,
})
const tell = (...events: NewEvent[]) => app.core.events.commit(async () => ({ value: undefined, events }))
const stream = (query = '', init: RequestInit = {}) => openStream(`${app.url}/api/v1/streaming/events${query}`, init)
type Stream = Awaited<ReturnType<typeof stream>>
const subjectsOf = ({ got }: Stream) => got.flatMap(({ data }) => (data as Partial<EventEnvelope>).subject ?? [])
const readers = async () =>
  (await app.metrics.liveConnections.get()).values.find(({ labels }) => labels.kind === 'sse')?.value ?? 0

describe('events over SSE', () => {
  it('are messages with their sequence number as id, so that any EventSource hears them and resumes', async () => {
    const one = await stream('?subjects=a&subjects=b/*&after=0')
    expect(one.response.headers.get('content-type')).toBe('text/event-stream')
    await tell(event('a'), event('b/1', { cluster: 'gpu-east', data: { state: 'pending' } }), event('c'))
    await one.wait(() => one.got.length === 2)
    one.close()
    expect(subjectsOf(one)).toEqual(['a', 'b/1'])
    for (const { id, event: name, data } of one.got) {
      // named events are not heard by onmessage
      expect(name).toBeUndefined()
      expect(id).toBe(String((data as EventEnvelope).seq))
    }
    const again = await stream('?subjects=a,b/*', { headers: { 'last-event-id': one.got[0]!.id! } })
    await again.wait(() => again.got.length === 1)
    again.close()
    expect(subjectsOf(again)).toEqual(['b/1'])
  })

  it('are filtered by name and cluster', async () => {
    const after = await app.core.events.lastSeq()
    await tell(
      event('x', { name: 'approval.denied' }),
      event('y', { cluster: 'gpu-west' }),
      event('z', { cluster: 'hub' }),
    )
    const named = await stream(`?names=approval.denied&after=${after}`)
    const placed = await stream(`?clusters=hub&after=${after}`)
    await named.wait(() => named.got.length === 1)
    await placed.wait(() => placed.got.length === 2)
    named.close()
    placed.close()
    expect(subjectsOf(named)).toEqual(['x'])
    expect(subjectsOf(placed)).toEqual(['x', 'z'])
  })

  it('RTE-006: of a name that is none are refused with the names there are', async () => {
    const { response, finished } = await stream('?names=job.exploded')
    await finished
    expect(response.status).toBe(400)
  })

  it('have no gap and no duplicate over breaks while they are written', async () => {
    let run = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 4 }),
        async (batches, breaks) => {
          const prefix = `p${run++}`
          const total = batches.reduce((sum, size) => sum + size, 0)
          let last = String(await app.core.events.lastSeq())
          let written = 0
          const writing = (async () => {
            for (const size of batches)
              await tell(...Array.from({ length: size }, () => event(`${prefix}/${written++}`)))
          })()
          const seen: string[] = []
          for (const breakAfter of [...breaks, Number.POSITIVE_INFINITY]) {
            if (seen.length >= total) break
            const one = await stream(`?subjects=${prefix}/*`, { headers: { 'last-event-id': last } })
            const enough = Math.min(breakAfter, total - seen.length)
            await one.wait(() => one.got.length >= enough)
            one.close()
            const taken = one.got.slice(0, enough)
            seen.push(...taken.map(({ data }) => (data as EventEnvelope).subject))
            last = taken.at(-1)!.id!
          }
          await writing
          expect(seen).toEqual(Array.from({ length: total }, (_, n) => `${prefix}/${n}`))
        },
      ),
      { numRuns: 20 },
    )
  })

  it('end for a reader that is too slow, which then gets everything by resuming', { timeout: 60_000 }, async () => {
    await expect.poll(readers).toBe(0)
    const after = await app.core.events.lastSeq()
    // a reader that reads nothing: its socket fills up
    const slow = request(`${app.url}/api/v1/streaming/events?subjects=s/*&after=${after}`)
    slow.on('response', (response) => response.pause())
    slow.on('error', () => {})
    slow.end()
    await expect.poll(readers).toBe(1)
    const data = { filler: 'x'.repeat(30_000) }
    let sent = 0
    while ((await readers()) > 0 && sent < 1_000)
      await tell(...Array.from({ length: 20 }, () => event(`s/${sent++}`, { data })))
    expect(await readers()).toBe(0)
    slow.destroy()
    const again = await stream(`?subjects=s/*&after=${after}`)
    await again.wait(() => again.got.length === sent)
    again.close()
    expect(subjectsOf(again)).toEqual(Array.from({ length: sent }, (_, n) => `s/${n}`))
  })

  it('leave nothing behind when the reader goes away', async () => {
    await expect.poll(readers).toBe(0)
    const one = await stream('?subjects=a')
    await expect.poll(readers).toBe(1)
    one.close()
    await expect.poll(readers).toBe(0)
  })

  it('say that the server stops, and end', async () => {
    const server = await startApp({ domains: [system], database })
    const one = await openStream(`${server.url}/api/v1/streaming/events`)
    await server.close()
    await one.finished
    expect(one.got).toEqual([{ event: 'disconnect', data: { type: 'disconnect' } }])
  })
})

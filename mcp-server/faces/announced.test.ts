import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import type { EventEnvelope, NewEvent } from '#contract'
import { defineDomain, defineJob, type JobContext } from '#define'
import { startApp, type TestApp } from '../testing/app.ts'
import { type LiveClient, openLive, openStream } from '../testing/live-client.ts'
import { createLiveQueue } from './live-queue.ts'

let app: TestApp
let job: JobContext
const open: LiveClient[] = []

beforeAll(async () => {
  const ran = Promise.withResolvers<JobContext>()
  const look = defineJob({ name: 'gpu.look', everyMs: 10, needs: [], run: async (ctx) => ran.resolve(ctx) })
  const events = { 'gpu.updated': z.object({}), 'alert.fired': z.object({}) }
  app = await startApp({ domains: [defineDomain({ name: 'gpu', about: 'GPUs', tools: [], jobs: [look], events })] })
  await app.core.database.get()
  job = await ran.promise
})
afterAll(() => app?.close())
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function live(): Promise<LiveClient> {
  const one = await openLive(app.url)
  open.push(one)
  return one
}
const gpu = (node: string, data: Record<string, unknown> = {}): NewEvent => ({
  name: 'gpu.updated',
  subject: `gpu/node/east/${node}`,
  cluster: 'east',
  data: { id: `east/${node}`, ...data },
})
const tell = (subject: string) =>
  app.core.events.commit(async () => ({ value: 0, events: [{ name: 'alert.fired', subject, data: {} }] }))
const eventsOf = (client: LiveClient): EventEnvelope[] => client.got.flatMap(({ event }) => event ?? [])

describe('what is only announced', () => {
  it('reaches who listens now, without a number, masked like all else, and is in no table', async () => {
    const client = await live()
    await client.subscribe({ names: ['GPU_UPDATE'], clusters: ['east'] })
    const before = await app.core.events.lastSeq()
    await job.announce([gpu('n2'), gpu('n1', { password: 'hunter2-hunter2' })])
    await client.wait(({ event }) => event?.subject === 'gpu/node/east/n2')
    const [first, second] = eventsOf(client)
    expect(first).toMatchObject({ subject: 'gpu/node/east/n1', name: 'gpu.updated', after: before, cluster: 'east' })
    expect(first).not.toHaveProperty('seq')
    expect(JSON.stringify(first)).not.toContain('hunter2')
    expect(second!.at).toBe(first!.at)
    expect(await app.core.events.lastSeq()).toBe(before)
    const later = await live()
    await later.subscribe({ names: ['gpu.updated'] }, 0)
    expect(eventsOf(later)).toEqual([])
  })

  it('does not move the place to go on from, over SSE', async () => {
    const stream = await openStream(`${app.url}/api/v1/streaming/events?subjects=gpu/*,alerts/*`)
    await expect.poll(() => job.watched('gpu/node/*')).toBe(true)
    await tell('alerts/1')
    await stream.wait(() => stream.got.length === 1)
    await job.announce([gpu('n1')])
    await tell('alerts/2')
    await stream.wait(() => stream.got.length === 3)
    const seq = await app.core.events.lastSeq()
    expect(stream.got.map(({ id }) => id)).toEqual([String(seq - 1), undefined, String(seq)])
    stream.close()
  })

  it('comes once to a reader with two subscriptions, also while one of them is replayed', async () => {
    const client = await live()
    await client.subscribe({ subjects: ['gpu/node/*'] })
    await client.subscribe({ names: ['gpu.updated'] }, 0)
    await job.announce([gpu('n1')])
    await tell('gpu/node/mark')
    await client.wait(({ event }) => event?.subject === 'gpu/node/mark')
    expect(eventsOf(client).filter(({ seq }) => seq === undefined)).toHaveLength(1)
  })
})

describe('whether somebody watches', () => {
  it('follows subscriptions as they come and go', async () => {
    expect(job.watched('gpu/node/*', 'gpu.updated')).toBe(false)
    const client = await live()
    await client.subscribe({ subjects: ['gpu/node/east/n1'] })
    expect([job.watched('gpu/node/*'), job.watched('gpu/node/west/*')]).toEqual([true, false])
    client.send({ type: 'unsubscribe', subjects: ['gpu/node/east/n1'] })
    await client.wait(({ type }) => type === 'unsubscribed')
    expect(job.watched('gpu/node/*')).toBe(false)
    await client.subscribe({ names: ['gpu.updated'] })
    expect(job.watched('gpu/node/*', 'gpu.updated')).toBe(true)
    await client.close()
    await expect.poll(() => job.watched('gpu/node/*', 'gpu.updated')).toBe(false)
  })
})

describe('RTE-007: namespaces narrow a subscription', () => {
  it('by the rows of the event; what is of no namespace is of all', async () => {
    const client = await live()
    await client.subscribe({ names: ['alert.fired'], namespaces: ['web'] })
    const say = (subject: string, data: Record<string, unknown>) =>
      app.core.events.commit(async () => ({ value: 0, events: [{ name: 'alert.fired', subject, data }] }))
    await say('a/1', { namespace: 'db' })
    await say('a/2', {
      upsert: [
        { id: 'x', namespace: 'db' },
        { id: 'y', namespace: 'web' },
      ],
    })
    await say('a/3', { namespace: 'web' })
    await say('a/4', {})
    await client.wait(({ event }) => event?.subject === 'a/4')
    expect(eventsOf(client).map(({ subject }) => subject)).toEqual(['a/2', 'a/3', 'a/4'])
  })
})

it('a slow reader keeps the newest of each subject, and stored events longer than announced ones', () => {
  const written: Record<string, unknown>[] = []
  let clear = false
  let dropped = 0
  const queue = createLiveQueue({
    limit: 3,
    canWrite: () => clear,
    write: (message) => written.push(message as Record<string, unknown>),
    onDrop: () => dropped++,
  })
  const event = (subject: string, more: Partial<EventEnvelope>): EventEnvelope => ({
    name: 'x.y',
    subject,
    at: '',
    data: {},
    ...more,
  })
  queue.event(event('alert', { seq: 1 }))
  queue.event(event('n1', { after: 1, data: { old: true } }))
  queue.event(event('n1', { after: 1, data: { old: false } }))
  queue.event(event('n2', { after: 1 }))
  expect(dropped).toBe(0)
  queue.event(event('alert', { seq: 2 }))
  clear = true
  queue.flush()
  expect(written).toMatchObject([
    { type: 'dropped', count: 1 },
    { event: { seq: 1 } },
    { event: { subject: 'n2' } },
    { event: { seq: 2 } },
  ])
  expect(written[0]).not.toHaveProperty('from')
})

import { createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { NewEvent } from '#contract'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { system } from '#tools/system/domain.ts'
import { owner, quiet, startApp, type TestApp } from '../testing/app.ts'
import { newShelf, shelfDomain } from '../testing/domain.ts'
import { type LiveClient, openLive } from '../testing/live-client.ts'
import { createLiveFace, type liveLimits } from './live.ts'
import { createLiveClients } from './live-clients.ts'

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

describe('a message', () => {
  it.each([
    ['no JSON', '{'],
    ['no type', '{}'],
    ['another type', '{"type":"broadcast"}'],
    ['a list', '[]'],
    ['a subscription of another shape', '{"type":"subscribe","subscription":{"subjects":"a"}}'],
    ['a negative position', '{"type":"subscribe","subscription":{},"after":-1}'],
  ])('of %s is an error, and the connection stays', async (_, text) => {
    const client = await live()
    client.send(text)
    expect(await client.wait(({ type }) => type === 'error')).toMatchObject({ code: 'INVALID_MESSAGE' })
    expect(await client.subscribe({ subjects: ['a'] })).toMatchObject({ type: 'subscribed' })
  })

  it('RTE-006: with a name of no event is an error, and the connection stays', async () => {
    const client = await live()
    expect(await client.subscribe({ names: ['job.exploded'] })).toMatchObject({ code: 'INVALID_SUBSCRIPTION' })
    expect(await client.subscribe({ names: ['approval.asked'] })).toMatchObject({ type: 'subscribed' })
  })

  it('RTE-013: has at most 65,536 bytes, and a connection 100 subscriptions', async () => {
    const client = await live()
    for (let n = 0; n < 100; n++) await client.subscribe({ subjects: [`a/${n}`] })
    expect(await client.subscribe({ subjects: ['b'] })).toMatchObject({ code: 'INVALID_SUBSCRIPTION' })
    client.send({ type: 'ping', filler: 'x'.repeat(65_000) })
    await client.wait(({ type }) => type === 'pong')
    client.send({ type: 'ping', filler: 'x'.repeat(65_536) })
    expect(await client.closed).toMatchObject({ code: 1009 })
  })

  it('ping is answered with its timestamp', async () => {
    const client = await live()
    client.send({ type: 'ping', timestamp: 42 })
    expect(await client.wait(({ type }) => type === 'pong')).toMatchObject({
      timestamp: 42,
      serverTime: expect.stringMatching(/^\d{4}-/),
    })
  })
})

describe('RTE-002: who listens', () => {
  it.each([
    ['a first message', {}, { type: 'auth', token: ownerToken }],
    ['the header', { headers: { authorization: `Bearer ${ownerToken}` } }, undefined],
    ['the cookie', { headers: { cookie: `qm_token=${ownerToken}` } }, undefined],
  ])('is known by %s', async (_, options, first) => {
    const client = await live(closed, options)
    if (first) {
      client.send(first)
      expect(await client.wait(({ type }) => type === 'auth_response')).toMatchObject({ status: 'authenticated' })
    }
    expect(await client.subscribe({})).toMatchObject({ type: 'subscribed' })
  })

  it.each([
    ['nothing', {}, { type: 'subscribe', subscription: {} }],
    ['a wrong token', {}, { type: 'auth', token: 'wrong' }],
    ['an empty token', {}, { type: 'auth', token: '' }],
    ['a wrong header', { headers: { authorization: 'Bearer wrong' } }, { type: 'subscribe', subscription: {} }],
    ['the token of a worker', {}, { type: 'auth', token: 'qmw_anything' }],
  ])('is refused with %s, told, and closed', async (_, options, first) => {
    const client = await live(closed, options)
    client.send(first)
    expect(await client.closed).toEqual({ code: 1008, reason: 'AUTH_FAILED' })
    expect(client.got).toMatchObject([{ type: 'error', code: 'AUTH_FAILED' }])
  })

  it.each([
    ['another site', { origin: 'https://evil.example' }],
    ['another port of this machine', { origin: 'http://localhost:1' }],
    ['a name bent to loopback', { headers: { host: 'evil.example' } }],
  ])('of %s is not let in', async (_, options) => {
    await expect(openLive(app.url, options)).rejects.toThrow('403')
  })

  it('SEC-032: sees the events of its clusters, live and resumed', async () => {
    const other = await restricted({ actor: { ...owner, clusters: ['gpu-east'] } })
    const client = await openLive(other.url)
    const { seq } = await client.subscribe({})
    await tell(event('e', { cluster: 'gpu-east' }), event('w', { cluster: 'gpu-west' }), event('fleet'))
    await mark(client)
    expect(subjectsOf(client)).toEqual(['e', 'fleet'])
    const again = await openLive(other.url)
    await again.subscribe({ clusters: ['gpu-west', 'gpu-east'] }, seq)
    expect(subjectsOf(again)).toEqual(['e', 'fleet'])
    await client.close()
    await again.close()
    await other.close()
  })
})

/** The live face over the same events, with another caller or other limits. */
async function restricted(more: { actor?: typeof owner; limits?: Partial<typeof liveLimits>; deny?: boolean }) {
  const face = createLiveFace({
    events: app.core.events,
    metrics: app.metrics,
    log: quiet,
    now: () => new Date(),
    names: app.core.eventNames,
    clients: createLiveClients(),
    identify: () => {
      if (more.deny) throw new Error('nobody')
      return more.actor ?? owner
    },
    checkOrigin: () => {},
    ...(more.limits && { limits: more.limits }),
  })
  const server = createServer()
  server.on('upgrade', face.upgrade)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    async close() {
      face.close()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe('RTE-010: a connection', () => {
  it('that answers pings stays; one that does not is told and ended', async () => {
    const server = await restricted({ limits: { pingEveryMs: 40, pongWithinMs: 30 } })
    const [healthy, dead] = [await openLive(server.url), await openLive(server.url, { autoPong: false })]
    await dead.closed
    expect(dead.got).toMatchObject([{ type: 'disconnect', reason: 'heartbeat_timeout' }])
    await pause(120)
    expect(await healthy.subscribe({})).toMatchObject({ type: 'subscribed' })
    await healthy.close()
    await server.close()
  })

  it('that never says who it is is closed', async () => {
    const server = await restricted({ deny: true, limits: { signInWithinMs: 30 } })
    const client = await openLive(server.url)
    expect(await client.closed).toMatchObject({ code: 1008 })
    await server.close()
  })

  it('beyond the limit is refused', async () => {
    const server = await restricted({ limits: { connections: 1 } })
    const client = await openLive(server.url)
    await expect(openLive(server.url)).rejects.toThrow('503')
    await client.close()
    await server.close()
  })

  it('is counted while it is open', async () => {
    const count = async () =>
      (await app.metrics.liveConnections.get()).values.find(({ labels }) => labels.kind === 'websocket')?.value ?? 0
    const before = await count()
    const client = await live()
    await client.subscribe({})
    expect(await count()).toBe(before + 1)
    await client.close()
    await expect.poll(count).toBe(before)
  })

  it('is told when the server stops', async () => {
    const server = await startApp({ domains: [system], database })
    const client = await openLive(server.url)
    await client.subscribe({})
    await server.close()
    await client.closed
    expect(client.got.at(-1)).toMatchObject({ type: 'disconnect', reason: 'server_stopping', reconnectAfterMs: 5000 })
  })
})

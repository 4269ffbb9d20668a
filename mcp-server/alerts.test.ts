import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lazyOver, type TestDatabase, testDatabase } from '#db/testing.ts'
import { type RunningAlertmanager, startAlertmanager } from '../mocks/alertmanager/server.ts'
import { testWorld } from '../mocks/testing.ts'
import { startApp, type TestApp } from './testing/app.ts'
import { type LiveClient, openLive } from './testing/live-client.ts'

const ownerToken = 'the owner token of a test'
const webhookToken = 'the webhook token of a test'
const world = testWorld()
let database: TestDatabase
let alertmanager: RunningAlertmanager
let app: TestApp
let away = false
const live: LiveClient[] = []

beforeAll(async () => {
  database = await testDatabase()
  alertmanager = await startAlertmanager({ world, cluster: 'gpu-west' })
  const lazy = lazyOver(database.kind, async () => database)
  const failing = { ...lazy, get: () => (away ? Promise.reject(new Error('the store is away')) : lazy.get()) }
  app = await startApp({
    database: { ...database, lazy: failing },
    config: { ownerToken, webhookToken },
    upstreams: { clusters: [{ name: 'gpu-west', alertmanager: { url: alertmanager.url } }] },
    now: () => new Date(world.now()),
  })
})
afterAll(async () => {
  for (const one of live) await one.close()
  await app?.close()
  await alertmanager?.close()
  await database?.close()
})

const hook = (token?: string) => ({
  url: `${app.url}/api/v1/alerts/webhook/gpu-west`,
  groupWaitMs: 0,
  groupIntervalMs: 0,
  ...(token && { token }),
})

describe('notifications of an Alertmanager', () => {
  it('are taken with the token for webhooks, told once, and over on the live connection', async () => {
    const client = await openLive(app.url, { headers: { authorization: `Bearer ${ownerToken}` } })
    live.push(client)
    await client.subscribe({ names: ['ALERT_FIRED', 'ALERT_RESOLVED'], clusters: ['gpu-west'] })
    const notifications = alertmanager.notifications(hook(webhookToken))
    const statuses = await notifications.run()
    expect(statuses.length).toBeGreaterThan(3)
    expect(new Set(statuses)).toEqual(new Set([200]))
    const { event } = await client.wait((message) => message.event?.data.alert === 'GpuXidError')
    expect(event).toMatchObject({
      name: 'alert.fired',
      cluster: 'gpu-west',
      data: { state: 'firing', object: 'node/gpu-west-a100-03 gpu 5 xid 94' },
    })
    const listed = await app.call('list_alerts', { state: 'firing' })
    const ids = (listed.answer.data!.rows as { id: string }[]).map(({ id }) => id)
    expect(ids).toContain(event!.data.id)
    const before = client.got.length
    // told again: another process of the pair, with nothing new
    expect(new Set(await alertmanager.notifications(hook(webhookToken)).run())).toEqual(new Set([200]))
    client.send({ type: 'ping' })
    await client.wait(({ type }) => type === 'pong')
    expect(client.got.length).toBe(before + 1)
  })

  it('ALR-001..003: are read over REST; the history is not taken for a fingerprint', async () => {
    const get = async (path: string) => {
      const response = await fetch(`${app.url}/api/v1${path}`, { headers: { authorization: `Bearer ${ownerToken}` } })
      return {
        status: response.status,
        body: (await response.json()) as { data: { rows: { id: string }[]; title: string } },
      }
    }
    const listed = await get('/alerts?state=firing')
    const history = await get('/alerts/history?since=30d')
    expect(history.body.data.title).toContain('episodes')
    const one = await get(`/alerts/${listed.body.data.rows[0]!.id.split('/').at(-1)}`)
    expect(one).toMatchObject({ status: 200, body: { data: { title: expect.stringContaining('gpu-west') } } })
    expect((await get('/alerts/0123456789abcdef')).status).toBe(404)
  })

  it('are refused without a token and with a wrong one, and the token opens nothing else', async () => {
    expect(new Set(await alertmanager.notifications(hook()).run())).toEqual(new Set([401]))
    expect(new Set(await alertmanager.notifications(hook('wrong')).run())).toEqual(new Set([401]))
    const headers = { authorization: `Bearer ${webhookToken}`, 'content-type': 'application/json' }
    const status = async (path: string, init: RequestInit = {}) =>
      (await fetch(`${app.url}${path}`, { headers, ...init })).status
    expect(await status('/api/v1/alerts')).toBe(403)
    expect(await status('/api/v1/tools/list_clusters', { method: 'POST', body: '{}' })).toBe(403)
    expect(await status('/api/v1/streaming/events')).toBe(403)
    expect(await status('/metrics')).toBe(403)
    expect(await status('/mcp', { method: 'POST', body: '{}' })).toBe(403)
    const spy = await openLive(app.url, { headers })
    live.push(spy)
    spy.send({ type: 'subscribe', subscription: {} })
    expect(await spy.closed).toMatchObject({ code: 1008 })
  })

  it('of another shape are refused for good, and those that the store could not take are asked for again', async () => {
    const send = async (body: string, path = 'gpu-west') => {
      const response = await fetch(`${app.url}/api/v1/alerts/webhook/${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${webhookToken}`, 'content-type': 'application/json' },
        body,
      })
      return { status: response.status, body: (await response.json()) as { error?: { field?: string; code: string } } }
    }
    expect(await send('{"text":"GpuSick fires"}')).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid-input', field: 'payload.alerts' } },
    })
    expect(await send('[]')).toMatchObject({ status: 200 })
    expect((await send('{')).status).toBe(422)
    expect((await send('[]', 'nowhere')).status).toBe(404)
    expect((await send(JSON.stringify({ alerts: 'x'.repeat(4 * 1024 * 1024) }))).status).toBe(413)
    away = true
    const one = { status: 'firing', labels: { alertname: 'A' }, startsAt: '2026-11-20T12:00:00Z' }
    expect((await send(JSON.stringify([one]))).status).toBeGreaterThanOrEqual(500)
    away = false
    expect((await send(JSON.stringify([one]))).status).toBe(200)
  })
})

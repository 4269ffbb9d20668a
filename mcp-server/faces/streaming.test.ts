import { afterAll, beforeAll, expect, it } from 'vitest'
import { system } from '#tools/system/domain.ts'
import { startApp, type TestApp } from '../testing/app.ts'
import { type LiveClient, openLive, openStream } from '../testing/live-client.ts'

const ownerToken = 'the owner token of a test'
let app: TestApp
let client: LiveClient
let stream: Awaited<ReturnType<typeof openStream>>
const headers = { authorization: `Bearer ${ownerToken}` }

beforeAll(async () => {
  app = await startApp({ domains: [system], config: { ownerToken } })
  client = await openLive(app.url, { headers })
  await client.subscribe({ subjects: ['alerts/alert/*'] })
  await client.subscribe({ names: ['GPU_UPDATE'] })
  stream = await openStream(`${app.url}/api/v1/streaming/events?subjects=alerts/alert/*`, { headers })
})
afterAll(async () => {
  stream?.close()
  await client?.close()
  await app?.close()
})
const get = async (path: string, token: string | undefined = ownerToken) => {
  const response = await fetch(`${app.url}${path}`, { headers: token ? { authorization: `Bearer ${token}` } : {} })
  return { status: response.status, body: await response.text() }
}

it('RTE-019: says how the live connections stand, who is connected and what is asked for', async () => {
  expect(JSON.parse((await get('/api/v1/streaming/status')).body)).toMatchObject({
    status: 'ok',
    connections: { websocket: 1, sse: 1 },
    subscriptions: 3,
    waiting: 0,
    limits: { connections: 1000, queue: 100 },
    names: expect.arrayContaining(['gpu.updated', 'chat.message-added']),
  })
  const { clients } = JSON.parse((await get('/api/v1/streaming/clients')).body)
  expect(clients).toMatchObject([
    { kind: 'websocket', actor: 'Owner (human)', subscriptions: 2 },
    { kind: 'sse', subscriptions: 1 },
  ])
  expect(JSON.parse((await get('/api/v1/streaming/subscriptions')).body).subscriptions).toEqual([
    { subject: 'alerts/alert/*', readers: 2 },
    { subject: 'name:gpu.updated', readers: 1 },
  ])
})

it.each(['status', 'clients', 'subscriptions'])('%s is not for everybody', async (path) => {
  expect((await get(`/api/v1/streaming/${path}`, '')).status).toBe(401)
  expect((await get(`/api/v1/streaming/${path}`, 'qmw_a-worker')).status).toBe(403)
})

it('RTE-020: counts in the metrics, under the names that dashboards know', async () => {
  client.send({ type: 'ping' })
  await client.wait(({ type }) => type === 'pong')
  await app.core.events.announce([{ name: 'gpu.updated', subject: 'gpu/node/east/n1', data: { id: 'east/n1' } }])
  await client.wait(({ type }) => type === 'event')
  const { body } = await get('/metrics')
  const value = (name: string) =>
    Number(new RegExp(`^${name}(?:\\{[^}]*kind="websocket"[^}]*\\})? (\\S+)$`, 'm').exec(body)?.[1])
  expect(value('ws_connections_total')).toBe(1)
  expect(value('ws_connections_active')).toBe(1)
  expect(value('ws_messages_received_total')).toBe(3)
  expect(value('ws_messages_sent_total')).toBeGreaterThanOrEqual(4)
  expect(value('ws_events_routed_total')).toBe(1)
  expect(value('ws_events_dropped_total')).toBe(0)
  expect(value('ws_subscription_count')).toBe(3)
  expect(value('ws_message_latency_seconds_count')).toBe(1)
})

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { lazyDatabase } from '#db/open.ts'
import { quiet, type TestDatabase, testDatabase } from '#db/testing.ts'
import { system } from '#tools/system/domain.ts'
import { startApp, type TestApp } from '../testing/app.ts'
import { newShelf, type Shelf, shelfDomain } from '../testing/domain.ts'
import { bearer, json, send as sendTo } from '../testing/rest-client.ts'

const ownerToken = 'the owner token of a test'
let shelf: Shelf
let database: TestDatabase
let app: TestApp
let closed: TestApp

beforeAll(async () => {
  shelf = newShelf()
  database = await testDatabase()
  app = await startApp({ domains: [shelfDomain(shelf), system], database })
  closed = await startApp({ domains: [shelfDomain(shelf), system], database, config: { ownerToken } })
})
afterAll(async () => {
  await app?.close()
  await closed?.close()
  await database?.close()
})
beforeEach(() => {
  shelf.things = newShelf().things
  shelf.runs.length = 0
  shelf.fail = undefined as never
})

const send = (path: string, init: RequestInit = {}, of = app) => sendTo(of, path, init)
const tool = (name: string, input: unknown = {}, headers = {}, of = app) =>
  send(`/api/v1/tools/${name}`, json(input, headers), of)

describe('approvals over REST', () => {
  it('202 with the plan, and the decision by a person runs it once', async () => {
    const asked = await send('/api/v1/things', json({ id: 'lamp', count: 2 }))
    expect(asked.status).toBe(202)
    const { id, plan } = asked.body.approval!
    expect(plan.summary).toBe('Place 2 lamp')
    expect(shelf.runs).toHaveLength(0)
    const waits = await send('/api/v1/approvals?state=pending')
    expect((waits.body.data as { rows: { id: string }[] }).rows.map((row) => row.id)).toContain(id)
    const decided = await send(`/api/v1/approvals/${id}/decision`, json({ approve: true }))
    expect(decided).toMatchObject({ status: 200, body: { data: { state: 'succeeded', decidedBy: 'Local owner' } } })
    const again = await send(`/api/v1/approvals/${id}/decision`, json({ approve: true }))
    expect(again).toMatchObject({ status: 409, body: { error: { code: 'approval-used' } } })
    expect(shelf.runs).toHaveLength(1)
  })

  it('the id in the path cannot be overruled by the body', async () => {
    const [one, other] = [
      (await send('/api/v1/things', json({ id: 'one' }))).body.approval!.id,
      (await send('/api/v1/things', json({ id: 'other' }))).body.approval!.id,
    ]
    await send(`/api/v1/approvals/${one}/decision`, json({ approve: false, id: other }))
    expect((await send(`/api/v1/approvals/${one}`)).body.data).toMatchObject({ state: 'denied' })
    expect((await send(`/api/v1/approvals/${other}`)).body.data).toMatchObject({ state: 'pending' })
  })

  it.each([
    ['another site', 'https://evil.example'],
    ['another port of this machine', 'http://localhost:1'],
    ['an opaque origin', 'null'],
  ])('a page of %s cannot decide', async (_, origin) => {
    const { id } = (await send('/api/v1/things', json({ id: 'lamp' }))).body.approval!
    const reply = await send(`/api/v1/approvals/${id}/decision`, json({ approve: true }, { origin }))
    expect(reply).toMatchObject({ status: 403, body: { error: { code: 'permission-denied' } } })
    expect(shelf.runs).toHaveLength(0)
  })
})

describe('who calls', () => {
  const claims = {
    sub: 'ada',
    name: 'Ada',
    role: 'owner' as const,
    persona: 'default',
    conversation: 'c1',
    clusters: [] as string[],
  }
  const paths = ['/api/v1/things', '/api/v1/streaming/events', '/metrics']

  it.each(paths)('with QM_TOKEN, %s needs it', async (path) => {
    for (const init of [{}, bearer('wrong'), { headers: { authorization: 'Basic eDp5' } }, bearer('')]) {
      const { status, headers } = await fetch(`${closed.url}${path}`, init)
      expect(status).toBe(401)
      expect(headers.get('www-authenticate')).toContain('Bearer')
    }
    const right = await fetch(`${closed.url}${path}`, bearer(ownerToken))
    expect(right.status).toBe(200)
    await right.body?.cancel()
    const cookie = await fetch(`${closed.url}${path}`, { headers: { cookie: `a=b; qm_token=${ownerToken}` } })
    expect(cookie.status).toBe(200)
    await cookie.body?.cancel()
  })

  it('with QM_TOKEN, MCP needs it too, and takes no cookie', async () => {
    const ask = (headers: Record<string, string>) =>
      fetch(`${closed.url}/mcp`, {
        ...json({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }, headers),
      })
    const accept = 'application/json, text/event-stream'
    expect((await ask({ accept })).status).toBe(401)
    expect((await ask({ accept, cookie: `qm_token=${ownerToken}` })).status).toBe(401)
    expect((await ask({ accept, authorization: `Bearer ${ownerToken}` })).status).toBe(200)
  })

  it('SEC-003: what is public stays public', async () => {
    for (const path of ['/health', '/ready', '/docs', '/openapi.json'])
      expect((await fetch(`${closed.url}${path}`)).status).toBe(200)
  })

  it('counts refused credentials', async () => {
    await tool('list_things', {}, {}, closed)
    const text = await (await fetch(`${closed.url}/metrics`, bearer(ownerToken))).text()
    expect(text).toMatch(/gateway_auth_failures_total [1-9]/)
  })

  it('a token where none is configured is refused rather than ignored', async () => {
    expect((await send('/api/v1/things', bearer('anything'))).status).toBe(401)
  })

  it('an agent token acts for its person, and cannot decide', async () => {
    const token = closed.core.identity.issueAgentToken(claims)
    const asked = await tool('place_thing', { id: 'lamp' }, bearer(token).headers, closed)
    expect(asked.status).toBe(202)
    expect(asked.body.approval).toMatchObject({ askedBy: 'Ada', persona: 'default' })
    const { id } = asked.body.approval!
    const decision = json({ approve: true }, bearer(token).headers)
    expect((await send(`/api/v1/approvals/${id}/decision`, decision, closed)).status).toBe(403)
    const byName = await tool('decide_approval', { id, approve: true }, bearer(token).headers, closed)
    expect(byName.body.error!.code).toBe('permission-denied')
    expect(shelf.runs).toHaveLength(0)
  })

  it('expired, forged and foreign agent tokens are refused', async () => {
    const token = app.core.identity.issueAgentToken(claims)
    const [payload, mac] = token.slice(4).split('.') as [string, string]
    const owner = Buffer.from(JSON.stringify({ ...claims, sub: 'eve', exp: 9e9 })).toString('base64url')
    const other = await startApp({
      domains: [system],
      database,
      config: { secret: 'another secret of enough characters' },
    })
    const past = await startApp({ domains: [system], database, now: () => new Date('2020-01-01T00:00:00Z') })
    const wrong = [
      `qma_${owner}.${mac}`,
      `qma_${payload}`,
      `qma_${payload}.`,
      'qma_',
      'qma_..',
      other.core.identity.issueAgentToken(claims),
      past.core.identity.issueAgentToken(claims),
    ]
    for (const one of wrong) expect((await send('/api/v1/things', bearer(one))).status, one).toBe(401)
    expect((await send('/api/v1/things', bearer(token))).status).toBe(200)
    await other.close()
    await past.close()
  })

  it('a worker calls what is for workers, and nothing else', async () => {
    const worker = bearer('qmw_of_a_worker')
    expect((await tool('report_in', {}, worker.headers, closed)).status).toBe(200)
    expect((await tool('list_things', {}, worker.headers, closed)).status).toBe(403)
    expect((await send('/api/v1/things', worker, closed)).status).toBe(403)
    expect((await send('/api/v1/streaming/events', worker, closed)).status).toBe(403)
    expect((await send('/metrics', worker, closed)).status).toBe(403)
  })
})

describe('for those who run it', () => {
  it('/health and /ready', async () => {
    expect((await send('/health')).body).toMatchObject({ status: 'ok', version: expect.any(String) })
    expect((await send('/ready')).body).toMatchObject({ status: 'ready', checks: { database: true } })
  })

  it('while the database is down: /ready is 503, reads answer, changes say what to do', async () => {
    const lazy = lazyDatabase({ url: 'postgres://nobody@127.0.0.1:9/nothing', log: quiet })
    const down = await startApp({ domains: [shelfDomain(shelf), system], database: { ...database, lazy } })
    const ready = await send('/ready', {}, down)
    expect(ready).toMatchObject({ status: 503, body: { status: 'not-ready', checks: { database: false } } })
    expect((await send('/health', {}, down)).status).toBe(200)
    expect((await send('/api/v1/things', {}, down)).status).toBe(200)
    const change = await send('/api/v1/things', json({ id: 'lamp' }), down)
    expect(change).toMatchObject({ status: 503, body: { error: { code: 'store-unavailable', changed: 'nothing' } } })
    expect(change.body.error!.next).toMatch(/./)
    expect(shelf.runs).toHaveLength(0)
    await down.close()
    await lazy.close()
  })

  it('/metrics tells its own names, and no label comes from outside', async () => {
    await tool('list_things')
    await tool(`made-up-${'x'.repeat(20)}`)
    await fetch(`${app.url}/some/made/up/path`)
    await fetch(`${app.url}/another-one`)
    const response = await fetch(`${app.url}/metrics`)
    expect(response.headers.get('content-type')).toContain('text/plain')
    const text = await response.text()
    const names = (await app.metrics.registry.getMetricsAsJSON()).map(({ name }) => name)
    for (const name of names) expect(text).toContain(`# TYPE ${name} `)
    expect(text).toContain('tool="list_things",face="rest",outcome="ok"')
    expect(text).toContain('tool="unknown"')
    expect(text).not.toMatch(/made-up|another-one|"some"/)
  })

  it('/metrics is not for a page that was bent to loopback', async () => {
    const { get } = await import('node:http')
    const status = await new Promise((resolve) =>
      get(`${app.url}/metrics`, { headers: { host: 'evil.example' } }, (response) => {
        response.resume()
        resolve(response.statusCode)
      }),
    )
    expect(status).toBe(403)
  })

  it('/docs names every operation', async () => {
    const page = await (await fetch(`${app.url}/docs`)).text()
    for (const { tool: one } of app.core.registry.all()) expect(page).toContain(`id="${one.name}"`)
    expect(page).not.toContain('<script')
  })
})

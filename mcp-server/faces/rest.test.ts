import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { answerLimitBytes, errorStatus, type ToolError } from '#contract'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { system } from '#tools/system/domain.ts'
import { startApp, type TestApp } from '../testing/app.ts'
import { newShelf, type Shelf, shelfDomain } from '../testing/domain.ts'
import { json, send as sendTo } from '../testing/rest-client.ts'

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

describe('a tool over REST', () => {
  it('answers on its own route and on POST /api/v1/tools/<name>', async () => {
    const byRoute = await send('/api/v1/things')
    const byName = await tool('list_things')
    for (const { status, body } of [byRoute, byName]) {
      expect(status).toBe(200)
      expect(body).toMatchObject({ card: 'table', shown: 3, total: 3 })
    }
    expect(byRoute.body.data).toEqual(byName.body.data)
  })

  it('takes arguments from the query, numbers as numbers', async () => {
    expect((await send('/api/v1/things?limit=2')).body).toMatchObject({ shown: 2, total: 3, cursor: '2' })
    expect((await send('/api/v1/things?limit=two')).body.error).toMatchObject({ code: 'invalid-input', field: 'limit' })
  })

  it('lists the tools a caller may call, as a person chooses among them', async () => {
    const { body } = await send('/api/v1/catalogue')
    const { tools } = body as unknown as { tools: { name: string; characters: number }[] }
    expect(tools.find(({ name }) => name === 'list_things')).toMatchObject({
      title: 'Things',
      risk: 'read',
      forAgents: true,
      arguments: ['limit'],
    })
    expect(tools.every(({ characters }) => characters > 20)).toBe(true)
  })

  it('gives a program whole pages of a kept result, not what a model has room for', async () => {
    shelf.things = new Map(Array.from({ length: 400 }, (_, index) => [`thing-${index}-${'x'.repeat(60)}`, index]))
    const first = await send('/api/v1/things?limit=500')
    expect(first.body.shown).toBeLessThan(400)
    const { body } = await send(`/api/v1/results/${first.body.result}?limit=500`)
    expect(body).toMatchObject({ shown: 400, total: 400 })
    expect(JSON.stringify(body).length).toBeGreaterThan(answerLimitBytes)
    expect(body.cursor).toBeUndefined()
  })

  it('takes repeated keys and one key in the query as lists', async () => {
    const { body } = await send('/api/v1/things?limit=1')
    const one = await send(`/api/v1/results/${body.result}?where=${encodeURIComponent('count>=1')}`)
    expect(one.body).toMatchObject({ total: 2 })
    const groups = await send(`/api/v1/results/${body.result}?groupBy=count&groupBy=id`)
    expect((groups.body.data as { rows: object[] }).rows).toHaveLength(3)
    const both = await send(`/api/v1/results/${body.result}?where=count%3E0&where=count%3C2`)
    expect(both.body.total).toBe(1)
  })

  it('MET-010: is 206 when some clusters did not answer, 200 with errors when none did', async () => {
    const some = await tool('ask_clusters', { failing: 1, of: 3 })
    expect(some.status).toBe(206)
    expect(some.body.clusters!.filter(({ status }) => status === 'error')).toHaveLength(1)
    expect((await tool('ask_clusters', { failing: 0, of: 3 })).status).toBe(200)
    expect((await tool('run_tool', { name: 'ask_clusters', input: { failing: 1, of: 3 } })).status).toBe(206)
  })

  it('an error inside run_tool has its own status', async () => {
    expect((await tool('run_tool', { name: 'list_thing', input: {} })).status).toBe(404)
    expect((await tool('run_tool', { name: 'place_thing', input: { id: 'x' } })).status).toBe(202)
    expect((await tool('run_tool', { name: 'run_tool', input: { name: 'run_tool' } })).status).toBe(400)
  })

  it('passes on a trace of the caller, and only a real one', async () => {
    const traceId = '0123456789abcdef0123456789abcdef'
    const known = await tool('nothing', {}, { traceparent: `00-${traceId}-0123456789abcdef-01` })
    expect(known.body.error!.traceId).toBe(traceId)
    const odd = await tool('nothing', {}, { traceparent: `00-${'x'.repeat(9_000)}-1-1` })
    expect(odd.body.error!.traceId).toMatch(/^[0-9a-f]{32}$/)
  })
})

describe('SEC-011, SEC-012: errors', () => {
  it.each([
    ['an unknown path', '/api/v1/nothing', {}, 404, 'not-found'],
    ['an unknown method of a path', '/api/v1/things', { method: 'DELETE' }, 404, 'not-found'],
    ['an unknown tool', '/api/v1/tools/list_thing', json({}), 404, 'unknown-tool'],
    ['an unknown argument', '/api/v1/tools/list_things', json({ limi: 1 }), 400, 'invalid-input'],
    ['a wrong argument', '/api/v1/tools/list_things', json({ limit: -1 }), 400, 'invalid-input'],
    ['a body that is no JSON', '/api/v1/tools/list_things', json('{"limit":'), 422, 'invalid-request'],
    ['a body that is no object', '/api/v1/tools/list_things', json('[1]'), 422, 'invalid-request'],
    [
      'a form',
      '/api/v1/tools/list_things',
      { method: 'POST', body: 'limit=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'unsupported-media-type',
    ],
    ['text', '/api/v1/tools/list_things', { method: 'POST', body: '{}' }, 415, 'unsupported-media-type'],
    [
      'a body of more than 1 MB',
      '/api/v1/tools/list_things',
      json({ x: 'y'.repeat(1_100_000) }),
      413,
      'payload-too-large',
    ],
    ['a tool for workers', '/api/v1/tools/report_in', json({}), 403, 'permission-denied'],
    ['a tool that never answers', '/api/v1/tools/hang', json({}), 504, 'query-timeout'],
    ['a tool that lies', '/api/v1/tools/lie', json({}), 500, 'internal'],
    ['a change that cannot work', '/api/v1/tools/place_thing', json({ id: 'too-big' }), 422, 'does-not-fit'],
    ['an approval that is not there', '/api/v1/approvals/none', {}, 404, 'not-found'],
    ['a result that is not there', '/api/v1/results/none', {}, 410, 'result-expired'],
  ] as [string, string, RequestInit, number, string][])('%s', async (_, path, init, status, code) => {
    const reply = await send(path, init)
    expect(reply.status).toBe(status)
    expect(Object.keys(reply.body)).toEqual(['error'])
    expect(reply.body.error).toMatchObject({
      code,
      message: expect.stringMatching(/./),
      next: expect.stringMatching(/./),
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
  })

  it('a body without a declared length is read, and refused once it is too long', async () => {
    const stream = (pieces: number) =>
      new ReadableStream({
        pull(controller) {
          controller.enqueue(Buffer.from(pieces === 1 ? '{"limit":1}' : 'x'.repeat(100_000)))
          if (--pieces <= 0) controller.close()
        },
      })
    const chunked = (pieces: number) =>
      ({
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: stream(pieces),
        duplex: 'half',
      }) as RequestInit
    expect((await send('/api/v1/tools/list_things', chunked(1))).body).toMatchObject({ shown: 1, total: 3 })
    const long = await send('/api/v1/tools/list_things', chunked(12)).catch(() => undefined)
    // the server may hang up before the client has sent everything
    expect([413, undefined]).toContain(long?.status)
    expect((await tool('list_things')).status).toBe(200)
  })

  it('has the status of its code, whatever code a tool throws', async () => {
    const { ToolError: Failure } = await import('#contract')
    for (const [code, status] of Object.entries(errorStatus)) {
      shelf.fail = new Failure(code as ToolError['code'], 'It failed', { next: 'Do something' })
      const reply = await send('/api/v1/things')
      expect([reply.status, reply.body.error?.code]).toEqual([status, code])
    }
  })

  it('keeps its size whatever is sent', async () => {
    const long = fc.string({ maxLength: 20_000, unit: 'binary' })
    const value: fc.Arbitrary<unknown> = fc.oneof(long, fc.array(long, { maxLength: 20 }), fc.object({ maxDepth: 3 }))
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(
          'list_things',
          'echo_secret',
          'place_thing',
          'run_tool',
          'search_tools',
          'get_approval',
          'nothing',
        ),
        fc.dictionary(fc.oneof(fc.constantFrom('id', 'word', 'name', 'input', 'query'), long), value, { maxKeys: 4 }),
        async (name, input) => {
          const { body } = await tool(name, input)
          expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThanOrEqual(answerLimitBytes + 20)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('arguments nested without end are refused, and the refusal is in the audit', async () => {
    const deep = `{"input":${'{"a":'.repeat(30_000)}1${'}'.repeat(30_000)},"name":"list_things"}`
    const reply = await send('/api/v1/tools/run_tool', json(deep))
    expect(reply).toMatchObject({ status: 400, body: { error: { code: 'invalid-input' } } })
    const [row] = await app.core.audit.list({ tool: 'run_tool', limit: 1 })
    expect(row).toMatchObject({ outcome: 'invalid-input', decision: 'denied' })
  })

  it('a name without end is refused quickly and short', async () => {
    const reply = await tool('run_tool', { name: 'x'.repeat(64), input: { ['y'.repeat(500_000)]: 1 } })
    expect(reply.status).toBe(404)
    const other = await tool('list_things', { ['y'.repeat(500_000)]: 1 })
    expect(other.body.error!.message.length).toBeLessThan(300)
  })
})

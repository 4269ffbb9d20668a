import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { eq } from '#db/drizzle.ts'
import { approvals } from '#db/schema/core.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { system } from '#tools/system/domain.ts'
import { agent, owner, startApp, type TestApp } from '../testing/app.ts'
import { newRack, type Rack, rackDomain } from '../testing/rack.ts'
import { json, send } from '../testing/rest-client.ts'

// Who or what must not be able to run a change. Forged signatures of elicitations and fingerprints: faces/mcp-approvals*.test.ts.
// Two people: approval-people.test.ts. Random interleavings: approval-store.property.test.ts.

let rack: Rack
let database: TestDatabase
let app: TestApp
let clock: Date
beforeAll(async () => {
  rack = newRack()
  clock = new Date('2026-11-20T12:00:00Z')
  database = await testDatabase()
  app = await startApp({ domains: [rackDomain(rack), system], database, now: () => clock })
})
afterAll(async () => {
  await app.close()
  await database.close()
})
beforeEach(() => {
  rack.runs.length = 0
  rack.levels.set('east/web', 2)
})

const ask = async () => (await app.call('set_level', { cluster: 'east', name: 'web', level: 3 })).answer.approval!.id
const decision = (id: string, headers: Record<string, string> = {}) =>
  send(app, `/api/v1/approvals/${id}/decision`, json({ approve: true }, headers))
const claims = {
  ...{ sub: 'local', name: 'Local owner', persona: 'default', conversation: 'c' },
  role: 'owner' as const,
  clusters: [] as string[],
}
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const forged = (token: string) => {
  const [payload, signature = ''] = token.split('.')
  return `${payload}.${signature.slice(0, -2)}AA`
}

describe('a change does not run by', () => {
  it.each<[name: string, attempt: (id: string) => Promise<{ status: number }>, status: number]>([
    ['a forged id', () => decision('00000000-0000-4000-8000-000000000000'), 404],
    ['an agent token', (id) => decision(id, bearer(app.core.identity.issueAgentToken(claims))), 403],
    [
      'an agent token with a forged signature',
      (id) => decision(id, bearer(forged(app.core.identity.issueAgentToken(claims)))),
      401,
    ],
    ['a worker token', (id) => decision(id, bearer('qmw_0123456789abcdef')), 403],
    ['a made-up token', (id) => decision(id, bearer('a-token-nobody-has')), 401],
    ['a page of another site', (id) => decision(id, { origin: 'https://evil.example' }), 403],
    ['a page of an opaque origin', (id) => decision(id, { origin: 'null' }), 403],
    [
      'a form of a browser',
      (id) =>
        send(app, `/api/v1/approvals/${id}/decision`, {
          method: 'POST',
          body: 'approve=true',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        }),
      415,
    ],
    [
      'a viewer',
      (id) => app.call('decide_approval', { id, approve: true }, { actor: { ...owner, role: 'viewer' }, face: 'rest' }),
      403,
    ],
    ['the agent itself', (id) => app.call('decide_approval', { id, approve: true }, { actor: agent }), 403],
    [
      'the agent by run_tool',
      (id) => app.call('run_tool', { name: 'decide_approval', input: { id, approve: true } }, { actor: agent }),
      403,
    ],
  ])('%s', async (_, attempt, status) => {
    const id = await ask()
    expect((await attempt(id)).status).toBe(status)
    expect(rack.runs).toEqual([])
    expect(await app.core.approvals.get(id)).toMatchObject({ state: 'pending' })
  })

  it('a replayed decision', async () => {
    const id = await ask()
    expect((await decision(id)).status).toBe(200)
    expect((await decision(id)).body.error?.code).toBe('approval-used')
    expect(rack.runs).toEqual([id])
  })

  it('two decisions at once, more than once', async () => {
    const id = await ask()
    const answers = await Promise.all(Array.from({ length: 8 }, () => decision(id)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(rack.runs).toEqual([id])
  })

  it('an expired approval', async () => {
    const id = await ask()
    const before = clock
    clock = new Date(clock.getTime() + 16 * 60_000)
    expect((await decision(id)).status).toBe(410)
    clock = before
    expect(rack.runs).toEqual([])
  })

  it('an input that was altered in the table', async () => {
    const id = await ask()
    await database.db
      .update(approvals)
      .set({ input: { cluster: 'east', name: 'web', level: 99, force: true } })
      .where(eq(approvals.id, id))
    expect((await decision(id)).body.error).toMatchObject({ code: 'approval-stale' })
    expect(rack.runs).toEqual([])
  })

  it('a plan that was altered in the table, or is not what would happen any more', async () => {
    const id = await ask()
    await database.db.update(approvals).set({ guardDigest: 'another' }).where(eq(approvals.id, id))
    expect((await decision(id)).body.data).toMatchObject({ state: 'superseded' })
    const drifted = await ask()
    rack.levels.set('east/web', 9)
    expect((await decision(drifted)).body.data).toMatchObject({ state: 'superseded' })
    expect(rack.runs).toEqual([])
  })
})

describe('a read-only conversation', () => {
  const actor = { ...agent, conversation: 'c1', readOnly: true }
  it('is refused a change before it is planned, and told what to do', async () => {
    const before = (await app.core.approvals.list({ limit: 100 })).length
    for (const [tool, input] of [
      ['set_level', { cluster: 'east', name: 'web', level: 3 }],
      ['run_tool', { name: 'set_level', input: { cluster: 'east', name: 'web', level: 3 } }],
    ] as const) {
      const { answer } = await app.call(tool, input, { actor })
      expect(answer.error).toMatchObject({
        code: 'permission-denied',
        next: expect.stringContaining('top bar'),
        changed: 'nothing',
      })
    }
    expect(await app.core.approvals.list({ limit: 100 })).toHaveLength(before)
  })

  it('still reads, and does not see the tools that change', async () => {
    expect((await app.call('list_approvals', {}, { actor })).answer.error).toBeUndefined()
    const names = app.core.registry.visible({ ...actor, persona: undefined as never }).map(({ tool }) => tool.name)
    expect(names).toContain('list_approvals')
    expect(names).not.toContain('set_level')
  })

  it('is carried by the agent token', () => {
    const of = (mode: 'ask' | 'read-only') =>
      app.core.identity.identify({
        authorization: `Bearer ${app.core.identity.issueAgentToken({ ...claims, mode })}`,
        face: 'mcp',
      }).actor.readOnly
    expect([of('read-only'), of('ask')]).toEqual([true, undefined])
  })
})

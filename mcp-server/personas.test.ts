import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testDatabase } from '#db/testing.ts'
import { agent, owner, startApp, type TestApp } from './testing/app.ts'
import { json, send } from './testing/rest-client.ts'

let app: TestApp
let database: Awaited<ReturnType<typeof testDatabase>>
beforeAll(async () => {
  database = await testDatabase()
  app = await startApp({ database })
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

const persona = {
  id: 'night-shift',
  name: 'Night shift',
  description: 'Nights',
  systemPrompt: 'You help at night.',
  capabilities: ['list_personas', 'get_audit_log'],
  reach: ['personas/*'],
}
const request = (method: string, path: string, body?: object) =>
  send(app, path, {
    ...json(body ?? {}),
    method,
    ...(method === 'GET' || method === 'DELETE' ? { body: undefined } : {}),
  })
const idsOf = (body: unknown) => (body as { data: { rows: { id: string }[] } }).data.rows.map(({ id }) => id)

describe('personas that people make', () => {
  it('PER-002: a person saves and it is there, without a second click; POST replaces none', async () => {
    const made = await request('POST', '/api/v1/personas', persona)
    expect([made.status, (made.body as { card?: string }).card]).toEqual([200, 'status'])
    const again = await request('POST', '/api/v1/personas', persona)
    expect([again.status, (again.body as { error: { field: string } }).error.field]).toEqual([400, 'id'])
    const list = await request('GET', '/api/v1/personas')
    expect(idsOf(list.body)).toContain('night-shift')
    const one = await request('GET', '/api/v1/personas/night-shift')
    expect(one.body).toMatchObject({
      data: { persona: { systemPrompt: 'You help at night.', isBuiltin: false, createdBy: owner.name } },
    })
  })

  it('leads a conversation: its tools are listed, its prompt is given, its reach holds', async () => {
    const { core } = app
    expect(core.personas.prompt('night-shift')).toBe('You help at night.')
    const asIt = { ...agent, persona: 'night-shift' }
    expect(core.registry.visible(asIt, 'direct').map(({ tool }) => tool.name)).toEqual([
      'list_personas',
      'get_audit_log',
      'search_tools',
      'run_tool',
      'get_result',
    ])
    expect((await app.call('get_persona', { id: 'default' }, { actor: asIt })).answer.error).toBeUndefined()
    expect((await app.call('list_approvals', {}, { actor: asIt })).answer.error?.code).toBe('permission-denied')
  })

  it('never widens a role: a viewer may save none, and reads only whatever it reaches', async () => {
    await request('POST', '/api/v1/personas', {
      ...persona,
      id: 'all-of-it',
      reach: ['*'],
      capabilities: ['save_persona'],
    })
    const viewer = { ...agent, role: 'viewer' as const, persona: 'all-of-it' }
    const asked = await app.call('save_persona', { ...persona, id: 'another' }, { actor: viewer })
    expect(asked.answer.error?.code).toBe('permission-denied')
    const byHand = await app.call('save_persona', persona, { actor: { ...owner, role: 'viewer' }, face: 'rest' })
    expect(byHand.answer.error?.code).toBe('permission-denied')
    await request('DELETE', '/api/v1/personas/all-of-it')
  })

  it('what an agent asks for waits for a person, over MCP and over REST', async () => {
    const changed = { ...persona, systemPrompt: 'Do as the log says.' }
    for (const face of ['mcp', 'rest'] as const) {
      const { answer } = await app.call('save_persona', changed, { face })
      expect(answer.approval?.state).toBe('pending')
    }
    expect((await app.call('delete_persona', { id: 'night-shift' })).answer.approval?.state).toBe('pending')
    expect(app.core.personas.prompt('night-shift')).toBe('You help at night.')
  })

  it('PUT changes it, a built-in one is 403, DELETE takes it away', async () => {
    const put = await request('PUT', '/api/v1/personas/night-shift', { ...persona, name: 'Late shift' })
    expect([put.status, put.body]).toMatchObject([200, { data: { title: 'Late shift' } }])
    for (const method of ['PUT', 'DELETE']) {
      const refused = await request(method, '/api/v1/personas/gpu-expert', persona)
      expect([refused.status, (refused.body as { error: { code: string } }).error.code]).toEqual([
        403,
        'persona-readonly',
      ])
    }
    expect((await request('DELETE', '/api/v1/personas/night-shift')).status).toBe(200)
    const gone = await request('GET', '/api/v1/personas/night-shift')
    expect([gone.status, (gone.body as { error: { code: string } }).error.code]).toEqual([404, 'persona-not-found'])
  })

  it('is there after a restart, before anything is asked', async () => {
    await request('POST', '/api/v1/personas', persona)
    const again = await startApp({ database })
    try {
      const { answer } = await again.call(
        'get_persona',
        { id: 'night-shift' },
        { actor: { ...agent, persona: 'night-shift' } },
      )
      expect(answer.data).toMatchObject({ title: 'Night shift' })
    } finally {
      await again.close()
    }
  })
})

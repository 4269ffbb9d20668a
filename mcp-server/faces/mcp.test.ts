import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerLimitBytes } from '#contract'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { runbooks } from '#personas/runbooks/index.ts'
import { system } from '#tools/system/domain.ts'
import { startApp, type TestApp } from '../testing/app.ts'
import { deadFleet } from '../testing/dead-fleet.ts'
import { newShelf, type Shelf, shelfDomain } from '../testing/domain.ts'
import { type Connected, connect } from '../testing/mcp-clients.ts'

let shelf: Shelf
let app: TestApp
let fleet: TestApp
let database: TestDatabase

beforeAll(async () => {
  shelf = newShelf()
  database = await testDatabase()
  app = await startApp({ domains: [shelfDomain(shelf), system], database })
  fleet = await startApp({ upstreams: deadFleet(), database })
})
afterAll(async () => {
  await app?.close()
  await fleet?.close()
  await database?.close()
})

const at = (of: TestApp, query = '') => new URL(`${of.url}/mcp${query}`)
const eras = [
  ['2026-07-28', 'current'],
  ['2025-11-25', 'older'],
] as const

describe.each(eras)('a client of %s over HTTP', (protocol, era) => {
  let client: Connected
  beforeAll(async () => {
    client = await connect({ era, to: at(app) })
  })
  afterAll(() => client.close())

  it('speaks that version', () => expect(client.protocol).toBe(protocol))

  it('CHT-042, CHT-050: calls a tool and gets both channels whole and small', async () => {
    shelf.things = new Map(Array.from({ length: 2_000 }, (_, n) => [`thing-${'x'.repeat(30)}-${n}`, n]))
    const answer = await client.call('list_things', { limit: 500 })
    expect(answer.isError).toBe(false)
    expect(answer.structured).toMatchObject({ card: 'table', total: 2_000 })
    const rows = (answer.structured.data as { rows: { id: string }[] }).rows.map(({ id }) => id)
    expect(answer.text.split('\n').slice(0, rows.length)).toEqual(rows)
    expect(answer.text).toContain(`shown ${rows.length} of 2000`)
    expect(Math.max(answer.bytes.text, answer.bytes.structured)).toBeLessThanOrEqual(answerLimitBytes)
    const resource = await client.client.readResource({ uri: `quartermaster://results/${answer.structured.result}` })
    const whole = JSON.parse((resource.contents[0] as { text: string }).text) as { rows: unknown[] }
    expect(whole.rows).toHaveLength(2_000)
    shelf.things = newShelf().things
  })

  it.each([
    ['an unknown tool, naming the near one', 'list_thing', {}, 'unknown-tool', 'list_things'],
    ['an unknown argument, naming the valid ones', 'list_things', { limi: 3 }, 'invalid-input', 'limit'],
    ['a wrong type', 'list_things', { limit: 'many' }, 'invalid-input', 'limit'],
    ['an argument that is missing', 'echo_secret', {}, 'invalid-input', 'word'],
    ['a tool for people', 'decide_approval', { id: 'x', approve: true }, 'permission-denied', 'person'],
    ['a tool for workers', 'report_in', {}, 'permission-denied', 'worker'],
    ['a tool that answers nonsense', 'lie', {}, 'internal', 'log'],
  ])('%s is an error result with a next step', async (_, tool, input, code, hint) => {
    const answer = await client.call(tool, input)
    expect(answer.isError).toBe(true)
    expect(answer.structured).toMatchObject({ card: 'error', error: { code } })
    expect(`${answer.structured.error!.next} ${answer.structured.error!.message}`).toContain(hint)
    expect(answer.text).toContain(`error ${code}`)
    expect(answer.text).toContain('next: ')
  })

  it('lists personas as prompts and gives them', async () => {
    const { prompts } = await client.client.listPrompts()
    expect(prompts.map(({ name }) => name)).toEqual([
      ...app.core.personas.all().map(({ id }) => `persona/${id}`),
      ...runbooks.map(({ id }) => `runbook/${id}`),
    ])
    const { messages } = await client.client.getPrompt({ name: 'persona/gpu-expert' })
    expect(messages[0]!.content).toMatchObject({ type: 'text', text: app.core.personas.prompt('gpu-expert') })
    await expect(client.client.getPrompt({ name: 'persona/nobody' })).rejects.toMatchObject({
      code: -32602,
      message: expect.stringContaining('gpu-expert'),
    })
  })

  it('gives runbooks with their arguments, and names the one that is missing or unknown', async () => {
    const { prompts } = await client.client.listPrompts()
    expect(prompts.find(({ name }) => name === 'runbook/node-triage')?.arguments).toMatchObject([
      { name: 'node', required: true },
    ])
    const get = (more: Record<string, string>) =>
      client.client.getPrompt({ name: 'runbook/node-triage', arguments: more })
    const { messages } = await get({ node: 'gpu-east/gpu-1' })
    expect(messages[0]!.content).toMatchObject({ text: expect.stringContaining('gpu-east/gpu-1') })
    await expect(get({})).rejects.toMatchObject({ code: -32602, message: expect.stringContaining('Node is missing') })
    await expect(get({ node: 'x', nodes: 'y' })).rejects.toMatchObject({ message: expect.stringContaining('nodes') })
    await expect(client.client.getPrompt({ name: 'runbook/none' })).rejects.toMatchObject({ code: -32602 })
  })

  it('offers results as resources, and keeps those of others', async () => {
    const { resourceTemplates } = await client.client.listResourceTemplates()
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      'quartermaster://results/{id}',
      'quartermaster://fleet/{kind}/{name}',
    ])
    const id = await app.core.results.put({
      owner: 'somebody-else',
      tool: 'list_things',
      card: 'table',
      data: { rows: [{ id: 'private' }] },
      at: new Date().toISOString(),
    })
    for (const uri of [`quartermaster://results/${id}`, 'quartermaster://results/none', 'file:///etc/passwd'])
      await expect(client.client.readResource({ uri })).rejects.toMatchObject({ code: -32602 })
  })

  it('stops the handler when it gives up', async () => {
    const before = shelf.aborted
    const one = await connect({ era, to: at(app) })
    const stop = new AbortController()
    const pending = one.call('wait_for_stop', {}, { signal: stop.signal })
    const gaveUp = expect(pending).rejects.toThrow()
    await until(() => shelf.waiting > 0)
    // without a session an older client's notice reaches no call: its connection does
    if (era === 'older') await one.close()
    else stop.abort()
    await gaveUp
    await until(() => shelf.aborted > before)
    expect(shelf.waiting).toBe(0)
    await one.close()
  })

  it('QLT-046: sees what its persona lists, each with annotations and a flat output schema', async () => {
    for (const { id, tools: expected } of fleet.core.personas.all()) {
      const one = await connect({ era, to: at(fleet, `?persona=${id}`) })
      const tools = await one.tools()
      expect(tools.map(({ name }) => name)).toEqual(expected)
      for (const tool of tools) {
        const { risk } = fleet.core.registry.find(tool.name).tool
        expect(tool.annotations).toMatchObject({
          title: expect.any(String),
          readOnlyHint: risk === 'read',
          destructiveHint: risk === 'danger',
        })
        expect(JSON.stringify(tool.outputSchema)).not.toMatch(/"(anyOf|oneOf)"/)
        expect(tool.outputSchema).toMatchObject({ type: 'object', required: ['card', 'at'] })
      }
      await one.close()
    }
  })

  it('is refused a tool outside its persona, directly and by run_tool', async () => {
    const one = await connect({ era, to: at(fleet, '?persona=market-operator') })
    for (const [name, input] of [
      ['get_gpu_nodes', {}],
      ['run_tool', { name: 'get_gpu_nodes', input: {} }],
    ] as const) {
      const answer = await one.call(name, input)
      expect(answer.structured.error).toMatchObject({ code: 'permission-denied' })
      expect(answer.structured.error!.message).toContain('market-operator')
    }
    await one.close()
  })

  it('gets answers about dead upstreams as errors with a next step', async () => {
    const one = await connect({ era, to: at(fleet) })
    const answer = await one.call('list_nodes')
    expect(answer.text).toContain('gpu-east')
    expect(answer.text).toContain('next: ')
    await one.close()
  })
})

async function until(holds: () => boolean): Promise<void> {
  for (let round = 0; round < 400 && !holds(); round++) await new Promise((resolve) => setTimeout(resolve, 10))
  expect(holds()).toBe(true)
}

it('an unknown persona is refused with those there are', async () => {
  const response = await post(at(app, '?persona=nobody'), {})
  expect(response.status).toBe(404)
  expect((await response.json()) as object).toMatchObject({
    error: { code: 'persona-not-found', next: expect.stringContaining('gpu-expert'), traceId: expect.any(String) },
  })
})

const ping = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }
const post = (url: URL, headers: Record<string, string>, body = JSON.stringify(ping)) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
    body,
  })

describe('who may reach /mcp', () => {
  it('a name bent to loopback is refused (DNS rebinding)', async () => {
    const { request } = await import('node:http')
    const status = await new Promise<number>((resolve, reject) => {
      const sent = request(
        at(app),
        { method: 'POST', headers: { host: 'evil.example:3000', 'content-type': 'application/json' } },
        (response) => resolve(response.statusCode ?? 0),
      )
      sent.on('error', reject)
      sent.end(JSON.stringify(ping))
    })
    expect(status).toBe(403)
  })

  it.each([
    ['another site', 'https://evil.example'],
    ['another port of this machine', 'http://localhost:1'],
    ['an opaque origin', 'null'],
    ['nonsense', 'nonsense'],
  ])('a page of %s is refused', async (_, origin) => {
    expect((await post(at(app), { origin })).status).toBe(403)
  })

  it('our own page is let in', async () => {
    expect((await post(at(app), { origin: app.url })).status).toBe(200)
  })

  it('a worker is sent to REST', async () => {
    const response = await post(at(app), { authorization: 'Bearer qmw_anything' })
    expect(response.status).toBe(403)
  })

  it('a body of more than 4 MiB is refused', async () => {
    const body = JSON.stringify({ ...ping, params: { filler: 'x'.repeat(4 * 1024 * 1024) } })
    expect((await post(at(app), {}, body)).status).toBe(413)
  })

  it('a body that is no JSON is a parse error', async () => {
    const response = await post(at(app), {}, '{"jsonrpc":')
    expect(response.status).toBe(400)
    expect((await response.json()) as object).toMatchObject({ error: { code: -32700 } })
  })
})

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { system } from '#tools/system/domain.ts'
import { startApp, type TestApp } from '../testing/app.ts'
import { newShelf, type Shelf, shelfDomain } from '../testing/domain.ts'
import { type Connected, type ConnectOptions, connect, user } from '../testing/mcp-clients.ts'

const eras = [
  ['2026-07-28', 'current'],
  ['2025-11-25', 'older'],
] as const

let shelf: Shelf
let app: TestApp
/** The same database and secret, another person */
let other: TestApp
let database: TestDatabase
const ownerToken = 'the owner token of a test'
const open: Connected[] = []

beforeAll(async () => {
  shelf = newShelf(0)
  database = await testDatabase()
  app = await startApp({ domains: [shelfDomain(shelf), system], database })
  other = await startApp({ domains: [shelfDomain(shelf), system], database, config: { ownerToken } })
})
afterAll(async () => {
  await app?.close()
  await other?.close()
  await database?.close()
})
beforeEach(() => {
  shelf.things.clear()
  shelf.runs.length = 0
})
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function client(options: Omit<ConnectOptions, 'to'> & { to?: ConnectOptions['to'] }): Promise<Connected> {
  const one = await connect({ to: new URL(`${app.url}/mcp`), ...options })
  open.push(one)
  return one
}
const yes = { action: 'accept', content: { decision: 'approve' } } as const
const agentToken = (of: TestApp) => {
  const claims = {
    sub: 'local',
    name: 'Local owner',
    role: 'owner',
    persona: 'default',
    conversation: 'c1',
    clusters: [],
  }
  return { authorization: `Bearer ${of.core.identity.issueAgentToken({ ...claims, role: 'owner' })}` }
}

describe('a client that can ask its user', () => {
  it('runs the change when the user approves, and answers what the tool answered', async () => {
    const person = user(yes)
    const one = await client({ era: 'current', elicit: person.elicit })
    const answer = await one.call('place_thing', { id: 'lamp', count: 2 })
    expect(person.shown).toHaveLength(1)
    expect(person.shown[0]!.message).toContain('Place 2 lamp')
    expect(person.shown[0]!.requestedSchema.required).toEqual(['decision'])
    expect(answer).toMatchObject({ isError: false, structured: { card: 'progress', subject: 'shelf/lamp' } })
    expect(answer.text).toMatch(/^approval .*: succeeded\nPlaced lamp/)
    expect(shelf.things.get('lamp')).toBe(2)
    const [decision] = await app.core.audit.list({ tool: 'decide_approval', limit: 1 })
    expect(decision).toMatchObject({ kind: 'human', actor: 'local', outcome: 'ok' })
  })

  it.each([
    ['denies', { action: 'accept', content: { decision: 'deny', reason: 'not today' } }, 'not today'],
    ['declines', { action: 'decline' }, 'declined in the client'],
  ] as const)('changes nothing when the user %s', async (_, told, reason) => {
    const one = await client({ era: 'current', elicit: user(told).elicit })
    const answer = await one.call('place_thing', { id: 'lamp' })
    expect(answer.text).toContain(`denied (${reason})`)
    expect(answer.structured).toMatchObject({ card: 'approval', data: { state: 'denied' } })
    expect(shelf.runs).toHaveLength(0)
  })

  it('leaves the approval waiting on the page when the user only closes the form', async () => {
    const one = await client({ era: 'current', elicit: user({ action: 'cancel' }).elicit })
    const answer = await one.call('place_thing', { id: 'lamp' })
    expect(answer.structured.approval).toMatchObject({ state: 'pending' })
    expect(answer.text).toContain(`A person decides at ${app.url}/approvals/`)
    expect(shelf.runs).toHaveLength(0)
  })

  it('danger asks for the typed name', async () => {
    shelf.things.set('lamp', 1)
    const wrong = user({ action: 'accept', content: { decision: 'approve', typedName: 'shelf-2' } })
    const refused = await (await client({ era: 'current', elicit: wrong.elicit })).call('clear_shelf')
    expect(wrong.shown[0]!.requestedSchema).toMatchObject({
      required: ['decision', 'typedName'],
      properties: { typedName: { title: 'Type shelf-1 to confirm' } },
    })
    expect(refused.structured.error).toMatchObject({ code: 'invalid-input', field: 'typedName' })
    expect(shelf.things.size).toBe(1)
    const right = user({ action: 'accept', content: { decision: 'approve', typedName: 'shelf-1' } })
    const cleared = await (await client({ era: 'current', elicit: right.elicit })).call('clear_shelf')
    expect(cleared.text).toContain('succeeded')
    expect(shelf.things.size).toBe(0)
  })

  it('shows the new plan to the same user when something moved', async () => {
    const person = user(yes)
    const one = await client({
      era: 'current',
      elicit: (asking) => {
        if (person.shown.length === 0) shelf.revision++
        return person.elicit(asking)
      },
    })
    const answer = await one.call('place_thing', { id: 'lamp' })
    expect(person.shown).toHaveLength(2)
    expect(person.shown[1]!.message).toContain(`revision: ${shelf.revision - 1} → ${shelf.revision}`)
    expect(answer.text).toContain('succeeded')
    expect(shelf.runs).toHaveLength(1)
  })

  it('a change that fails after approval is an error that says what is known', async () => {
    const one = await client({
      era: 'current',
      elicit: () => {
        shelf.fail = new Error('half way')
        return yes
      },
    })
    const answer = await one.call('place_thing', { id: 'lamp' })
    shelf.fail = undefined as never
    expect(answer.isError).toBe(true)
    expect(answer.structured.error).toMatchObject({ code: 'internal', changed: 'unknown' })
    expect(answer.text).toContain('failed')
  })

  it('run_tool asks in the same way', async () => {
    const person = user(yes)
    const one = await client({ era: 'current', elicit: person.elicit })
    const answer = await one.call('run_tool', { name: 'place_thing', input: { id: 'vase' } })
    expect(person.shown).toHaveLength(1)
    expect(answer.text).toContain('Placed vase')
  })
})

describe('nobody to ask', () => {
  it.each(eras)('a client of %s without elicitation is told the page where a person decides', async (_, era) => {
    const one = await client({ era })
    const answer = await one.call('place_thing', { id: 'lamp' })
    expect(answer.isError).toBe(false)
    const { id, url } = answer.structured.approval!
    expect(url).toBe(`${app.url}/approvals/${id}`)
    expect(answer.text).toContain(url)
    expect(answer.text).toContain('nothing has been changed')
    expect(shelf.runs).toHaveLength(0)
  })

  it('an older client over stateless HTTP cannot be asked, and is told the page', async () => {
    const person = user(yes)
    const one = await client({ era: 'older', elicit: person.elicit })
    const answer = await one.call('place_thing', { id: 'lamp' })
    expect(person.shown).toHaveLength(0)
    expect(answer.structured.approval).toMatchObject({ state: 'pending' })
  })

  it('an agent token never elicits: its program answers, and not a person', async () => {
    const person = user(yes)
    const one = await client({ era: 'current', elicit: person.elicit, headers: agentToken(app) })
    const answer = await one.call('place_thing', { id: 'lamp' })
    expect(person.shown).toHaveLength(0)
    expect(answer.structured.approval).toMatchObject({ state: 'pending' })
    expect(shelf.runs).toHaveLength(0)
  })
})

describe('an answer to a question that was not asked', () => {
  interface Wire {
    result?: { resultType?: string; requestState?: string; structuredContent?: object; isError?: boolean }
  }
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } },
  }
  async function raw(
    name: string,
    input: object,
    more: object = {},
    headers: Record<string, string> = {},
    of = app,
  ): Promise<Wire> {
    const response = await fetch(`${of.url}/mcp`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': name,
        ...headers,
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name, arguments: input, _meta: meta, ...more },
      }),
    })
    const text = await response.text()
    return JSON.parse(text.includes('data: ') ? text.slice(text.indexOf('data: ') + 6) : text) as Wire
  }
  const inputResponses = { approval: yes }

  it('is refused where the state is forged, changed, of another call or another caller', async () => {
    const asked = (await raw('place_thing', { id: 'lamp' })).result!
    expect(asked).toMatchObject({ resultType: 'input_required', requestState: expect.any(String) })
    const vase = (await raw('place_thing', { id: 'vase' })).result!
    const requestState = asked.requestState!
    const [id, mac] = requestState.split('.') as [string, string]
    const wrong: [string, object, object, Record<string, string>?][] = [
      ['place_thing', { id: 'lamp' }, { inputResponses }],
      ['place_thing', { id: 'lamp' }, { inputResponses, requestState: id }],
      ['place_thing', { id: 'lamp' }, { inputResponses, requestState: `${id}.${mac.slice(0, -2)}AA` }],
      ['place_thing', { id: 'lamp' }, { inputResponses, requestState: vase.requestState }],
      ['place_thing', { id: 'lamp', count: 9 }, { inputResponses, requestState }],
      ['clear_shelf', {}, { inputResponses, requestState }],
      ['list_things', {}, { inputResponses, requestState }],
      ['place_thing', { id: 'lamp' }, { inputResponses, requestState }, agentToken(app)],
    ]
    for (const [name, input, more, headers] of wrong) {
      const { result } = await raw(name, input, more, headers)
      expect(result, JSON.stringify(more)).toMatchObject({
        isError: true,
        structuredContent: { error: { code: 'permission-denied', changed: 'nothing' } },
      })
    }
    // another person on a server that shares database and secret
    const bearer = { authorization: `Bearer ${ownerToken}` }
    const stranger = await raw('place_thing', { id: 'lamp' }, { inputResponses, requestState }, bearer, other)
    expect(stranger.result).toMatchObject({ structuredContent: { error: { code: 'permission-denied' } } })
    expect(shelf.runs).toHaveLength(0)
    expect(await app.core.approvals.get(id)).toMatchObject({ state: 'pending' })
    // the right one, with the same argument written as text, runs once
    const done = await raw('place_thing', { id: 'lamp', count: '1' }, { inputResponses, requestState })
    expect(done.result).toMatchObject({ structuredContent: { card: 'progress' } })
    const again = await raw('place_thing', { id: 'lamp' }, { inputResponses, requestState })
    expect(again.result).toMatchObject({ structuredContent: { error: { code: 'approval-used' } } })
    expect(shelf.runs).toHaveLength(1)
  })

  it('a fingerprint means nothing over HTTP', async () => {
    const { result } = await raw('place_thing', { id: 'lamp', planFingerprint: 'x.y' })
    expect(result).toMatchObject({ structuredContent: { error: { code: 'invalid-input' } } })
  })
})

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { RequestEvent } from '@sveltejs/kit'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { sql } from '#db/drizzle.ts'
import { attachments } from '#db/schema/chat.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { type FleetServer, startFleetServer } from '../../../testing/fleet-server.ts'
import { type ScriptedModel, startScriptedModel } from '../../../testing/model-server.ts'
import type { ChatMessage } from '../types.ts'
import type { ChatHost } from './host.ts'
import { attachmentsOf, depsOf, feedbackOf, newId } from './http.ts'
import { noteStore } from './notify/store.ts'
import { subscriptionStore } from './push/subscriptions.ts'
import { queueOf } from './runs/queue-store.ts'
import { activeRun, startRun } from './runs/runner.ts'

const routes = fileURLToPath(new URL('../../routes/api/v1/chat', import.meta.url))
const secret = 'quagga'

let database: TestDatabase
let fleet: FleetServer
let model: ScriptedModel
let hers: Awaited<ReturnType<typeof fill>>

const hostOf = (id: string): ChatHost => ({
  db: async () => database.db,
  mcpUrl: fleet.mcpUrl,
  apiUrl: fleet.url,
  llm: { baseUrl: model.url, demo: false },
  agentToken: () => 'agent',
  person: { id, name: id, role: 'owner' },
  log: { info() {}, warn() {}, error() {} },
  embeddedStore: true,
})
const localsOf = (person: string) => ({ locals: { host: hostOf(person) } as RequestEvent['locals'] })

/** What Ada has: a conversation with an answer, one in which an answer is being made, and all that belongs to them. */
async function fill() {
  const ada = localsOf('ada')
  const deps = depsOf(ada)
  const { store } = deps
  const said = (role: ChatMessage['role']): ChatMessage => ({
    id: newId(),
    role,
    parts: [{ type: 'text', text: `${secret} on gpu-east-01` }],
  })
  const session = (await store.create({ persona: 'default', clusters: [], title: `${secret} hunt` })).id
  const [question, answer] = [said('user'), said('assistant')]
  await store.beginRun({ conversation: session, run: newId(), messageId: answer.id, message: question })
  await store.endRun((await store.runningRun(session))!, 'done', answer)
  await feedbackOf(ada).give(answer.id, { verdict: 'good', reasons: [], comment: secret })
  const going = await store.create({ persona: 'default', clusters: [] })
  await startRun(deps, { session: going, message: said('user') })
  await vi.waitFor(() => expect(model.requests.length).toBe(1), { timeout: 20_000 })
  const queued = await queueOf(deps).add(going.id, { id: newId(), text: secret, mode: 'queue', attachments: [] })
  const file = await attachmentsOf(ada).put({ name: `${secret}.txt`, bytes: new TextEncoder().encode(secret) })
  const times = { db: deps.host.db, owner: 'ada', now: () => new Date() }
  const push = await subscriptionStore(times).add({
    endpoint: 'https://push.example.com/ada',
    keys: { p256dh: Buffer.alloc(65).toString('base64url'), auth: Buffer.alloc(16).toString('base64url') },
    device: secret,
  })
  await noteStore(times).put({
    ...{ kind: 'answer', tone: 'neutral', title: secret, body: secret, href: '/', subject: 'chat/x' },
    at: new Date().toISOString(),
  } as Parameters<ReturnType<typeof noteStore>['put']>[0])
  const { dashboardsOf } = await import('./dashboard-request.ts')
  const dashboard = await dashboardsOf(ada).create({ title: secret, cards: [] })
  const link = await ask('ada', 'POST sessions/[id]/shares', { params: { id: session }, body: {} })
  const share = (await link.json()) as { id: string }
  return {
    share: share.id,
    session,
    going: going.id,
    message: answer.id,
    question: question.id,
    queued: queued.id,
    file: file.id,
    push: push.id,
    dashboard: dashboard.id,
  }
}

beforeAll(async () => {
  database = await testDatabase()
  fleet = await startFleetServer()
  model = await startScriptedModel(() => ({ hang: true }))
  hers = await fill()
})
afterAll(async () => {
  const run = activeRun(hers.going)
  run?.stop.abort()
  await run?.done.catch(() => undefined)
  await model.close()
  await fleet.close()
  await database.close()
})

interface Ask {
  params?: Record<string, string>
  body?: unknown
  query?: string
}
type Case =
  /** It names something of hers: 404 */
  | { ofHers: (own: { session: string }) => Ask[] }
  /** It is about the one who asks: whatever it answers, nothing of hers is in it */
  | { own: Ask }
  /** Nothing in it belongs to a person */
  | { nobodys: string }

const session = (ask: Omit<Ask, 'params'> = {}): Case => ({
  ofHers: () => [hers.session, hers.going].map((id) => ({ params: { id }, ...ask })),
})
/** Her message in her conversation, and in one of his own */
const queued = (body?: unknown): Case => ({
  ofHers: (own) => [hers.going, own.session].map((id) => ({ params: { id, message: hers.queued }, body })),
})
const judged = (body?: unknown): Case => ({
  ofHers: (own) => [hers.session, own.session].map((id) => ({ params: { id, message: hers.message }, body })),
})
const fleetWide = { nobodys: 'the same for every person' }

const table: Record<string, Case> = {
  'GET attachments/[id]': { ofHers: () => [{ params: { id: hers.file } }] },
  'DELETE attachments/[id]': { ofHers: () => [{ params: { id: hers.file } }] },
  'POST attachments': { nobodys: 'makes a file of the one who asks' },
  'GET context': fleetWide,
  'GET dashboards': { own: {} },
  'POST dashboards': { nobodys: 'makes one of the one who asks' },
  'GET dashboards/[id]': { ofHers: () => [{ params: { id: hers.dashboard } }] },
  'PUT dashboards/[id]': { ofHers: () => [{ params: { id: hers.dashboard }, body: { version: 1, title: 'mine' } }] },
  'DELETE dashboards/[id]': { ofHers: () => [{ params: { id: hers.dashboard } }] },
  'GET feedback': { own: {} },
  'GET mentions': fleetWide,
  'GET notifications': { own: {} },
  'POST notifications/read': { own: { body: {} } },
  'GET preferences': { own: {} },
  'PATCH preferences': { nobodys: 'changes those of the one who asks' },
  'GET push': { nobodys: 'needs a key of the process; the list is of the one who asks' },
  'POST push': { nobodys: 'adds a device of the one who asks' },
  'POST push/test': { nobodys: 'tells the devices of the one who asks' },
  'DELETE push/[id]': { ofHers: () => [{ params: { id: hers.push } }] },
  'GET read-tools': fleetWide,
  'GET runbooks': fleetWide,
  'POST runbooks/[id]': fleetWide,
  'GET runbooks/[id]/complete': fleetWide,
  'GET search': { own: { query: `?q=${secret}` } },
  'GET sessions': { own: { query: `?q=${secret}` } },
  'POST sessions': { nobodys: 'makes one of the one who asks' },
  'GET sessions/[id]': session(),
  'PATCH sessions/[id]': session({ body: { title: 'mine', pinned: true } }),
  'DELETE sessions/[id]': session(),
  'POST sessions/[id]/continue': {
    ofHers: () =>
      [hers.session, hers.going].flatMap((id) => [{ params: { id } }, { params: { id }, body: { approval: 'a1' } }]),
  },
  'POST sessions/[id]/head': {
    ofHers: (own) => [hers.session, own.session].map((id) => ({ params: { id }, body: { message: hers.question } })),
  },
  'GET sessions/[id]/messages': session({ query: '?limit=10' }),
  'POST sessions/[id]/messages': session({ body: { content: 'hello' } }),
  'PUT sessions/[id]/messages/[message]/feedback': judged({ verdict: 'bad' }),
  'DELETE sessions/[id]/messages/[message]/feedback': judged(),
  'GET sessions/[id]/queue': session(),
  'POST sessions/[id]/queue': session({ body: { text: 'hello', mode: 'queue' } }),
  'PATCH sessions/[id]/queue/[message]': queued({ text: 'mine' }),
  'DELETE sessions/[id]/queue/[message]': queued(),
  'POST sessions/[id]/queue/[message]/now': queued(),
  'GET suggestions': fleetWide,
  'GET sessions/[id]/export': session({ query: '?form=json' }),
  'GET sessions/[id]/shares': session(),
  'POST sessions/[id]/shares': session({ body: {} }),
  'DELETE sessions/[id]/shares/[share]': {
    ofHers: (own) => [hers.session, own.session].map((id) => ({ params: { id, share: hers.share } })),
  },
  'POST sessions/[id]/stop': session({ body: {} }),
  'GET sessions/[id]/stream': session(),
  'POST sessions/[id]/stream': {
    ofHers: (own) => [
      ...[hers.session, hers.going].map((id) => ({ params: { id }, body: { text: 'hello' } })),
      { params: { id: own.session }, body: { text: 'hello', attachments: [hers.file] } },
      { params: { id: own.session }, body: { replaceFrom: hers.message } },
    ],
  },
}

const files = (readdirSync(routes, { recursive: true }) as string[]).filter((path) => path.endsWith('+server.ts'))
const methodsOf = (file: string) =>
  Array.from(
    readFileSync(join(routes, file), 'utf8').matchAll(/^export const (GET|POST|PUT|PATCH|DELETE)\b/gm),
    ([, method]) => `${method} ${file.replace(/\/?\+server\.ts$/, '')}`,
  )

/** Asks as a person does, through the handler of the route. */
async function ask(person: string, name: string, { params = {}, body, query = '' }: Ask): Promise<Response> {
  const [method, route] = name.split(' ') as [string, string]
  const url = new URL(
    `http://chat.test/api/v1/chat/${route.replace(/\[(\w+)\]/g, (_, key) => params[key] ?? '')}${query}`,
  )
  const module = await import(pathToFileURL(join(routes, route, '+server.ts')).href)
  const request = new Request(url, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  return module[method]({ ...localsOf(person), params, request, url } as unknown as RequestEvent)
}

/** Every row of every table but the signs of life of the answer that is being made. */
async function everything(): Promise<Record<string, unknown>> {
  const rowsOf = (result: unknown) => (result as { rows: Record<string, unknown>[] }).rows
  const tables = rowsOf(
    await database.db.execute(
      sql`select tablename from pg_tables where schemaname = 'public' and tablename <> 'run_chunks'`,
    ),
  )
  const all = await Promise.all(
    tables.map(async ({ tablename }) => {
      const rows = sql.raw(
        `select md5(coalesce(string_agg(t::text, '' order by t::text), '')) as rows from "${tablename}" t`,
      )
      return [String(tablename), rowsOf(await database.db.execute(rows))[0]?.rows]
    }),
  )
  return Object.fromEntries(all)
}

it('knows every endpoint of the chat', () => {
  expect(files.flatMap(methodsOf).sort()).toEqual(Object.keys(table).sort())
})

for (const [name, row] of Object.entries(table)) {
  if ('ofHers' in row)
    it(`${name} answers 404 for what is somebody else's, and changes nothing (CHT-009)`, async () => {
      const own = await depsOf(localsOf('bo')).store.create({ persona: 'default', clusters: [] })
      const before = await everything()
      for (const asked of row.ofHers({ session: own.id })) {
        const response = await ask('bo', name, asked)
        const text = await response.text()
        expect([response.status, asked, text]).toEqual([404, asked, text])
        expect(text).not.toContain(secret)
        expect(await everything()).toEqual(before)
        expect(activeRun(hers.going)?.stop.signal.aborted).toBe(false)
      }
    })
  else if ('own' in row)
    it(`${name} tells nothing of other people (CHT-009)`, async () => {
      const before = await everything()
      const response = await ask('bo', name, row.own)
      expect(response.status).toBe(200)
      const text = await response.text()
      for (const id of [secret, ...Object.values(hers)]) expect(text).not.toContain(id)
      expect(await everything()).toEqual(before)
      expect(JSON.stringify(await (await ask('ada', name, row.own)).text())).not.toBe('')
    })
}

it('lets its owner do what others may not', async () => {
  expect((await ask('ada', 'GET attachments/[id]', { params: { id: hers.file } })).status).toBe(200)
  expect((await ask('ada', 'DELETE attachments/[id]', { params: { id: hers.file } })).status).toBe(204)
  expect(await database.db.select().from(attachments)).toEqual([])
  const params = { id: hers.session, message: hers.message }
  for (let time = 0; time < 2; time++)
    expect((await ask('ada', 'DELETE sessions/[id]/messages/[message]/feedback', { params })).status).toBe(204)
  expect((await ask('ada', 'DELETE sessions/[id]', { params })).status).toBe(204)
  expect((await ask('ada', 'DELETE sessions/[id]', { params })).status).toBe(404)
})

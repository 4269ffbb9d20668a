import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lazyDatabase } from '#db/open.ts'
import { quiet } from '#db/testing.ts'
import { available, type Postgres, startPostgres } from '../engines/index.ts'
import { createAudit } from './record/audit.ts'
import { type LiveClient, openLive } from './testing/live-client.ts'
import { json, type RestReply, send } from './testing/rest-client.ts'

const program = fileURLToPath(new URL('./testing/http-shelf.ts', import.meta.url))
const open = available('postgres')

interface Server {
  child: ChildProcess
  url: string
  /** Idempotency keys under which a slow change acted here */
  acted: string[]
}

describe.skipIf(!open.ok)('two server processes on one PostgreSQL', () => {
  let engine: Postgres
  let folder: string
  let one: Server
  let two: Server
  const all: Server[] = []
  const readers: LiveClient[] = []

  async function start(name: string): Promise<Server> {
    const env = {
      PATH: process.env.PATH ?? '',
      QM_APPROVAL_CANCEL_SECONDS: '0',
      PORT: '0',
      DATABASE_URL: engine.url,
      QM_DATA_DIR: join(folder, name),
      QM_SECRET: 'one secret for both servers of the test',
      QM_RATE_LIMITS: 'off',
      QM_LOG_LEVEL: 'error',
    }
    const child = fork(program, [], { env, execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    const acted: string[] = []
    const url = await new Promise<string>((resolve, reject) => {
      child.on('message', (message: { url?: string; acted?: string }) => {
        if (message.acted) acted.push(message.acted)
        if (message.url) resolve(message.url)
      })
      child.once('exit', () => reject(new Error('the server ended before it listened')))
    })
    const server = { child, url, acted }
    all.push(server)
    return server
  }
  async function live(of: Server): Promise<LiveClient> {
    const reader = await openLive(of.url)
    readers.push(reader)
    return reader
  }

  beforeAll(async () => {
    engine = await startPostgres()
    folder = await mkdtemp(join(tmpdir(), 'quartermaster-two-'))
    one = await start('one')
    two = await start('two')
  })
  afterAll(async () => {
    for (const reader of readers) await reader.close()
    for (const { child } of all) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    }
    await engine?.stop()
    if (folder) await rm(folder, { recursive: true, force: true })
  })

  const ask = async (of: Server, tool: string, input: object = {}): Promise<string> => {
    const { body } = await send(of, `/api/v1/tools/${tool}`, json(input))
    expect(body.approval, JSON.stringify(body)).toMatchObject({ state: 'pending' })
    return body.approval!.id
  }
  const decide = (of: Server, id: string): Promise<RestReply> =>
    send(of, `/api/v1/approvals/${id}/decision`, json({ approve: true }))
  const shown = async (of: Server, id: string) =>
    (await send(of, `/api/v1/approvals/${id}`)).body.data as { state: string }
  const things = async (of: Server): Promise<string[]> => {
    const { body } = await send(of, '/api/v1/things')
    return ((body.data as { rows: { id: string }[] } | undefined)?.rows ?? []).map(({ id }) => id)
  }

  it('an approval asked on one is decided on the other, which runs it', async () => {
    const id = await ask(one, 'place_thing', { id: 'lamp' })
    expect(await shown(two, id)).toMatchObject({ state: 'pending' })
    expect((await decide(two, id)).body.data).toMatchObject({ state: 'succeeded' })
    expect(await shown(one, id)).toMatchObject({ state: 'succeeded' })
    expect([await things(one), await things(two)]).toEqual([[], ['lamp']])
  })

  it('decided on both at once, by several people, it runs once', async () => {
    for (let round = 0; round < 5; round++) {
      const id = await ask(round % 2 ? one : two, 'place_thing', { id: `race-${round}` })
      const replies = await Promise.all([one, two, one, two, one, two].map((server) => decide(server, id)))
      expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
      for (const { status, body } of replies.filter((reply) => reply.status !== 200))
        expect([status, body.error?.code]).toEqual([409, 'approval-used'])
      const placed = [...(await things(one)), ...(await things(two))]
      expect(placed.filter((name) => name === `race-${round}`)).toHaveLength(1)
    }
  })

  it('RTE-016: a reader on one hears what happens on the other, in order and once, and resumes there', async () => {
    const reader = await live(one)
    const { seq } = await reader.subscribe({ subjects: ['approvals/*'] })
    const ids: string[] = []
    for (const of of [two, one, two]) {
      const id = await ask(of, 'place_thing', { id: 'x' })
      await decide(of, id)
      ids.push(id)
    }
    const subject = `approvals/${ids.at(-1)}`
    await reader.wait(({ event }) => event?.subject === subject && event.name === 'approval.succeeded')
    const steps = ['approval.asked', 'approval.started', 'approval.succeeded']
    const told = (of: LiveClient) => of.got.flatMap(({ event }) => (event ? [`${event.subject} ${event.name}`] : []))
    const expected = ids.flatMap((id) => steps.map((step) => `approvals/${id} ${step}`))
    expect(told(reader)).toEqual(expected)
    const other = await live(two)
    await other.subscribe({ subjects: ['approvals/*'] }, seq)
    expect(told(other)).toEqual(expected)
  })

  it('the audit of both is one chain', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => send(n % 2 ? one : two, '/api/v1/things')))
    const database = lazyDatabase({ url: engine.url, log: quiet })
    const audit = createAudit({ database })
    await expect
      .poll(async () => (await audit.list({ tool: 'list_things', limit: 100 })).length, { timeout: 10_000 })
      .toBeGreaterThanOrEqual(20)
    expect(await audit.verify()).toEqual({ ok: true })
    await database.close()
  })

  it('a job runs on one of them at a time: no round begins before another one ended', async () => {
    const reader = await live(one)
    await reader.subscribe({ names: ['shelf.round-began', 'shelf.round-ended'] })
    await reader.wait(() => reader.seqs().length >= 8)
    const rounds = reader.got.flatMap(({ event }) => (event ? [event] : []))
    const from = rounds.findIndex(({ name }) => name === 'shelf.round-began')
    for (const [index, { name, subject }] of rounds.slice(from).entries()) {
      expect(name).toBe(index % 2 ? 'shelf.round-ended' : 'shelf.round-began')
      if (index % 2) expect(subject).toBe(rounds[from + index - 1]!.subject)
    }
  })

  it('a result made on one is read on the other', async () => {
    for (let n = 0; n < 3; n++) await decide(one, await ask(one, 'place_thing', { id: `r-${n}` }))
    const { body } = await send(one, '/api/v1/things?limit=1')
    expect(body.result).toBeDefined()
    const page = await send(two, `/api/v1/results/${body.result}?cursor=1`)
    expect(page.body).toMatchObject({ total: body.total })
  })

  it('kill -9 between intent and outcome: the other recovers, once, as each change says', async () => {
    const third = await start('three')
    third.child.send({ hanging: true })
    const [rerun, report] = [await ask(third, 'slow_rerun'), await ask(third, 'slow_report')]
    for (const id of [rerun, report]) decide(third, id).catch(() => {})
    await expect.poll(() => third.acted.length, { timeout: 20_000 }).toBe(2)
    expect(await shown(two, rerun)).toMatchObject({ state: 'running' })
    const ended = once(third.child, 'exit')
    third.child.kill('SIGKILL')
    await ended
    // a live server finishes its own within two and a half minutes; after that it counts as dead
    for (const { child } of [one, two]) child.send({ aheadMs: 200_000 })
    const settled = async () => [(await shown(one, rerun)).state, (await shown(two, report)).state]
    await expect.poll(settled, { timeout: 90_000, interval: 500 }).toEqual(['succeeded', 'interrupted'])
    expect([...one.acted, ...two.acted]).toEqual([rerun])
  })

  it('one that ends leaves the other at work', async () => {
    const ended = once(one.child, 'exit')
    one.child.kill('SIGKILL')
    await ended
    expect((await decide(two, await ask(two, 'place_thing', { id: 'after' }))).body.data).toMatchObject({
      state: 'succeeded',
    })
    const reader = await live(two)
    await reader.subscribe({ names: ['shelf.round-ended'] })
    await reader.wait(({ event }) => event?.subject === `rounds/${two.child.pid}`)
  })
})

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { EventEnvelope } from '#contract'
import { openDatabase } from '#db/open.ts'
import { quiet } from '#db/testing.ts'
import { available, type Postgres, startPostgres } from '../../../../../engines/index.ts'
import { type FleetServer, startFleetServer } from '../../../../testing/fleet-server.ts'
import { startScriptedModel } from '../../../../testing/model-server.ts'
import type { ChatHost, ChatProcess } from '../host.ts'
import { newId } from '../http.ts'
import type { RunnerDeps } from '../runs/runner.ts'
import { chatStore } from './store.ts'

const here = available('postgres').ok

/** A web process of its own on the database: its modules know nothing of the runs of another. */
async function webProcess(url: string, { mcpUrl, apiUrl, model }: { mcpUrl: string; apiUrl: string; model: string }) {
  vi.resetModules()
  const { resumeRun, startRun } = await import('../runs/runner.ts')
  const { stopAnywhere } = await import('../runs/stop.ts')
  const { attend } = await import('../runs/attend.ts')
  const database = await openDatabase({ url, log: quiet })
  const handlers = new Set<(event: EventEnvelope) => void>()
  let isListening = () => {}
  const listening = new Promise<void>((resolve) => {
    isListening = resolve
  })
  await database.listen(
    'chat_test',
    (payload) => {
      for (const handle of handlers) handle(JSON.parse(payload) as EventEnvelope)
    },
    isListening,
  )
  await listening
  const process: ChatProcess = {
    onEvent: (_, handle) => {
      handlers.add(handle)
      return () => void handlers.delete(handle)
    },
    hostOf: () => host,
    approvalAsker: async () => undefined,
  }
  const host: ChatHost = {
    db: async () => database.db,
    mcpUrl,
    apiUrl,
    llm: { baseUrl: model, demo: false },
    agentToken: () => 'agent',
    person: { id: 'ada', name: 'Ada', role: 'owner' },
    log: { info() {}, warn() {}, error() {} },
    emit: async (event) =>
      database.db.transaction((tx) => database.notify(tx, 'chat_test', JSON.stringify(event))).then(() => undefined),
    process,
    embeddedStore: false,
  }
  attend(host, newId)
  const store = chatStore({ db: host.db, owner: 'ada', now: () => new Date(), newId })
  const deps: RunnerDeps = { host, store, now: Date.now, newId }
  return { deps, resumeRun, startRun, stopAnywhere, close: () => database.close() }
}

describe.skipIf(!here)('the store of conversations on PostgreSQL', () => {
  let engine: Postgres
  let fleet: FleetServer
  const before = process.env.QM_TEST_DATABASE_URL
  beforeAll(async () => {
    engine = await startPostgres()
    fleet = await startFleetServer()
    // The suites below make their databases there
    process.env.QM_TEST_DATABASE_URL = engine.url
  })
  afterAll(async () => {
    if (before === undefined) delete process.env.QM_TEST_DATABASE_URL
    else process.env.QM_TEST_DATABASE_URL = before
    await fleet?.close()
    await engine?.stop()
  })

  describe('branches', () => import('./branches.test.ts').then(() => undefined))
  describe('conversations', () => import('./conversations.test.ts').then(() => undefined))
  describe('search', () => import('./search.test.ts').then(() => undefined))
  describe('runs', () => import('../runs/runner.test.ts').then(() => undefined))

  it('lets one process follow and stop what another one answers', async () => {
    const model = await startScriptedModel(() => ({
      text: Array.from({ length: 400 }, (_, index) => `w${index}`).join(' '),
      pieceMs: 50,
    }))
    const url = await engine.createDatabase('two_processes')
    const upstream = { mcpUrl: fleet.mcpUrl, apiUrl: fleet.url, model: model.url }
    const one = await webProcess(url, upstream)
    const two = await webProcess(url, upstream)
    try {
      const session = await one.deps.store.create({ persona: 'default', clusters: [] })
      const run = await one.startRun(one.deps, {
        session,
        message: { id: newId(), role: 'user', parts: [{ type: 'text', text: 'go' }] },
      })
      const stream = await two.resumeRun(two.deps, session.id)
      const reader = stream!.getReader()
      let text = ''
      while (!text.includes('w5')) {
        const { value } = await reader.read()
        if (value?.type === 'text-delta') text += value.delta
      }
      await expect(two.startRun(two.deps, { session, replaceFrom: undefined })).rejects.toMatchObject({
        code: 'conflict',
      })
      expect(await two.stopAnywhere(two.deps, session.id)).toBe(true)
      const answer = await run.done
      expect(answer?.metadata?.end).toBe('stopped')
      for (;;) if ((await reader.read()).done) break
      const kept = (await two.deps.store.messages(session.id))[1]!
      expect(kept.parts).toContainEqual(expect.objectContaining({ type: 'text', text: expect.stringContaining('w5') }))
      expect(await two.deps.store.runState(run.row.id)).toBe('aborted')
      expect((await two.deps.store.some([session.id]))[0]!.doing).toBeUndefined()
    } finally {
      await one.close()
      await two.close()
      await model.close()
    }
  })
})

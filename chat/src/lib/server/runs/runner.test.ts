import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { startVllm } from '../../../../../mocks/vllm/main.ts'
import { type FleetServer, startFleetServer } from '../../../../testing/fleet-server.ts'
import {
  type ModelRequest,
  type Say,
  type ScriptedModel,
  startScriptedModel,
} from '../../../../testing/model-server.ts'
import type { ChatMessage } from '../../types.ts'
import { noticesIn } from '../../words/notices-in.ts'
import type { ChatChunk } from '../agent/loop.ts'
import { forgetToolLists } from '../agent/mcp-link.ts'
import type { ChatHost, TokenUsage } from '../host.ts'
import { newId } from '../http.ts'
import { preferenceStore } from '../preferences.ts'
import { chatStore } from '../store/store.ts'
import { messageOf } from './chunks.ts'
import { settleAllCutOff } from './recover.ts'
import { activeRun, type RunnerDeps, recover, resumeRun, startRun, stopRun } from './runner.ts'
import { stopAnywhere } from './stop.ts'

let database: TestDatabase
let fleet: FleetServer
let model: ScriptedModel | undefined
const spent: TokenUsage[] = []

beforeAll(async () => {
  database = await testDatabase()
  fleet = await startFleetServer()
})
afterAll(async () => {
  await fleet.close()
  await database.close()
})
beforeEach(() => {
  spent.length = 0
})
afterEach(async () => {
  await model?.close()
  model = undefined
})

function depsFor(baseUrl: string, over: Partial<ChatHost> = {}): RunnerDeps {
  const host: ChatHost = {
    db: async () => database.db,
    mcpUrl: fleet.mcpUrl,
    apiUrl: fleet.url,
    llm: { baseUrl, demo: false },
    agentToken: ({ conversation }) => `agent-${conversation}`,
    person: { id: 'ada', name: 'Ada', role: 'owner' },
    log: { info() {}, warn() {}, error() {} },
    onTokens: (usage) => spent.push(usage),
    embeddedStore: true,
    ...over,
  }
  const store = chatStore({ db: host.db, owner: host.person.id, now: () => new Date(), newId })
  return { host, store, now: Date.now, newId }
}

async function scripted(script: (request: ModelRequest, turn: number) => Say, over: Partial<ChatHost> = {}) {
  model = await startScriptedModel(script)
  return depsFor(model.url, over)
}

const user = (text: string, id = newId()): ChatMessage => ({ id, role: 'user', parts: [{ type: 'text', text }] })
const textOf = (message: ChatMessage | undefined) =>
  message?.parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
const newSession = (deps: RunnerDeps) => deps.store.create({ persona: 'default', clusters: ['gpu-east'] })

async function read(stream: ReadableStream<ChatChunk>, until?: (chunks: ChatChunk[]) => boolean): Promise<ChatChunk[]> {
  const chunks: ChatChunk[] = []
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    chunks.push(value)
    if (until?.(chunks)) {
      await reader.cancel()
      break
    }
  }
  return chunks
}
const deltas = (chunks: ChatChunk[]) => chunks.map((chunk) => (chunk.type === 'text-delta' ? chunk.delta : '')).join('')
const slowWords = Array.from({ length: 40 }, (_, index) => `w${index}`).join(' ')

describe('a run', () => {
  it('stores question and answer, names the conversation and counts tokens (CHT-010, CHT-014, CHT-016)', async () => {
    const deps = await scripted(() => ({ text: 'Eight are free.', reasoning: 'Count.' }))
    const session = await newSession(deps)
    const run = await startRun(deps, {
      session,
      message: user('Which nodes have free GPUs in gpu-east, please, and which of them are H100?'),
    })
    const streamed = await messageOf(await read(run.log.follow()))
    const stored = await deps.store.messages(session.id)
    expect(stored.map(({ role }) => role)).toEqual(['user', 'assistant'])
    expect(stored[1]).toEqual(await run.done)
    expect(stored[1]!.parts).toEqual(streamed!.parts)
    expect(stored[1]!.metadata).toMatchObject({ end: 'done', model: 'scripted', outputTokens: 20, run: run.row.id })
    expect(await deps.store.get(session.id)).toMatchObject({
      title: 'Which nodes have free GPUs in gpu-east, please, and which…',
      messageCount: 2,
    })
    expect(spent).toEqual([expect.objectContaining({ model: 'scripted', input: 100, output: 20 })])
    expect(await deps.store.runningRun(session.id)).toBeUndefined()
  })

  it('tells other windows of each message as it is stored (CHT-017)', async () => {
    const told: { subject: string; name: string; data: Record<string, unknown> }[] = []
    const deps = await scripted(() => ({ text: 'Eight are free.' }), {
      emit: async (event) => {
        const known = await deps.store.messages(String(event.data.sessionId))
        expect(known.map(({ id }) => id)).toContain(event.data.messageId)
        told.push(event)
      },
    })
    const session = await newSession(deps)
    const run = await startRun(deps, { session, message: user('Which\n nodes?', 'm1') })
    const answer = await run.done
    await expect.poll(() => told.length).toBe(2)
    expect(told[0]).toEqual({
      name: 'chat.message-added',
      subject: `chat/${session.id}`,
      data: { sessionId: session.id, messageId: 'm1', role: 'user', preview: 'Which nodes?' },
    })
    expect(told[1]!.data).toMatchObject({ messageId: answer!.id, role: 'assistant', preview: 'Eight are free.' })
  })

  it('tells the model persona, clusters, time and rules (CHT-035, CHT-038)', async () => {
    const deps = await scripted(() => ({ text: 'ok' }))
    forgetToolLists()
    const session = await newSession(deps)
    const message = { ...user('hi'), metadata: { at: '2026-11-20T10:10:32.316Z' } }
    await (await startRun(deps, { session, message })).done
    const [system, said] = model!.requests[0]!.messages
    expect(said).toMatchObject({ role: 'user', content: '[2026-11-20 10:10] hi' })
    expect(system).toMatchObject({ role: 'system', content: expect.stringContaining('You are Quartermaster.') })
    for (const words of ['gpu-east', 'data from outside', 'You cannot approve', 'begins with its time', 'Ada (owner)'])
      expect(system!.content).toContain(words)
    expect(fleet.tokens).toContain(`Bearer agent-${session.id}`)
  })

  it('goes on when nobody reads any more, and another reader sees all of it once', async () => {
    const deps = await scripted(() => ({ text: slowWords, pieceMs: 8 }))
    const session = await newSession(deps)
    const run = await startRun(deps, { session, message: user('go') })
    const first = await read(run.log.follow(), (chunks) => deltas(chunks).includes('w8'))
    expect(deltas(first)).not.toContain('w39')
    const second = await read((await resumeRun(deps, session.id))!)
    expect(deltas(second)).toBe(slowWords)
    expect(textOf(await run.done)).toBe(slowWords)
    expect(await resumeRun(deps, session.id)).toBeUndefined()
  })

  it('is one at a time: a second question is refused, in this process and in the store', async () => {
    const deps = await scripted(() => ({ text: slowWords, pieceMs: 8 }))
    const session = await newSession(deps)
    const run = await startRun(deps, { session, message: user('one', 'sent-twice') })
    await expect(startRun(deps, { session, message: user('two') })).rejects.toMatchObject({ code: 'conflict' })
    await read(run.log.follow(), (chunks) => deltas(chunks).length > 0)
    await expect(
      deps.store.beginRun({ conversation: session.id, run: newId(), messageId: newId(), message: user('three') }),
    ).rejects.toMatchObject({ code: 'conflict' })
    const again = { conversation: session.id, run: newId(), messageId: newId(), message: user('one', 'sent-twice') }
    await expect(deps.store.beginRun(again)).rejects.toMatchObject({ code: 'conflict' })
    stopRun(session.id)
    await run.done
    expect((await deps.store.messages(session.id)).map(textOf)[0]).toBe('one')
    expect(await deps.store.messages(session.id)).toHaveLength(2)
  })

  it('is stopped by its own id only, and keeps what was said (CHT-025)', async () => {
    const deps = await scripted(() => ({ text: slowWords, pieceMs: 8 }))
    const session = await newSession(deps)
    const run = await startRun(deps, { session, message: user('go') })
    await read(run.log.follow(), (chunks) => deltas(chunks).includes('w5'))
    expect(stopRun(session.id, 'another-run')).toBe(false)
    expect(stopRun(session.id, run.row.id)).toBe(true)
    const answer = await run.done
    expect(textOf(answer)).toMatch(/^w0 w1 w2/)
    expect(textOf(answer)).not.toContain('w39')
    expect(answer!.metadata!.end).toBe('stopped')
    await expect.poll(() => model!.aborted()).toBe(1)
    expect(stopRun(session.id)).toBe(false)
    const next = await startRun(deps, { session, message: user('again') })
    stopRun(session.id)
    expect((await next.done)?.metadata?.end).toBe('stopped')
  })

  it('ends a running tool and the connection to the model within a second of the stop (CHT-025)', async () => {
    const deps = await scripted((_request, turn) =>
      turn === 0
        ? { text: 'Let me look.', tools: [{ name: 'slow_tool', arguments: '{}' }] }
        : { text: slowWords, pieceMs: 200 },
    )
    forgetToolLists()
    const session = await newSession(deps)
    const aborted = fleet.slowAborted()
    const run = await startRun(deps, { session, message: user('go') })
    await expect.poll(() => fleet.calls.at(-1), { timeout: 5_000 }).toBe('slow_tool')
    expect(await stopAnywhere(deps, session.id, run.row.id)).toBe(true)
    await expect.poll(() => fleet.slowAborted(), { timeout: 1_000 }).toBe(aborted + 1)
    const answer = await run.done
    expect(textOf(answer)).toBe('Let me look.')
    expect(answer!.metadata!.end).toBe('stopped')
    expect(model!.requests).toHaveLength(1)

    const next = await startRun(deps, { session, message: user('and now') })
    await read(next.log.follow(), (chunks) => deltas(chunks).includes('w0'))
    await stopAnywhere(deps, session.id)
    await expect.poll(() => model!.aborted(), { timeout: 1_000 }).toBe(1)
    expect(textOf(await next.done)).toContain('w0')
    expect((await deps.store.messages(session.id)).at(-1)).toEqual(await next.done)
  })

  it('is in the store piece by piece while it is made, within 300 ms', async () => {
    const deps = await scripted(() => ({ text: slowWords, pieceMs: 50 }))
    const session = await newSession(deps)
    const run = await startRun(deps, { session, message: user('go') })
    await read(run.log.follow(), (chunks) => deltas(chunks).includes('w9'))
    const kept = async () =>
      deltas((await deps.store.chunks(run.row.id, -1)).flatMap(({ batch }) => batch.chunks as ChatChunk[]))
    await expect.poll(kept, { timeout: 300 }).toContain('w9')
    stopRun(session.id)
    await run.done
  })

  it('leaves no piece of an answer behind, and all of them where the answer could not be stored', async () => {
    const deps = await scripted(() => ({ text: slowWords, pieceMs: 4 }))
    const session = await newSession(deps)
    const run = await startRun(deps, { session, message: user('go') })
    await run.done
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(await deps.store.chunks(run.row.id, -1)).toEqual([])

    const { endRun } = deps.store
    deps.store.endRun = () => Promise.reject(new Error('disk full'))
    const lost = await startRun(deps, { session, message: user('again') })
    expect(textOf(await lost.done)).toBe(slowWords)
    deps.store.endRun = endRun
    expect(await recover(deps, session.id)).toBeUndefined()
    expect(textOf((await deps.store.messages(session.id)).at(-1))).toBe(slowWords)
  })

  it('answers again from an earlier message, beside which the new one stands', async () => {
    const deps = await scripted((_request, turn) => ({ text: `answer ${turn}` }))
    const session = await newSession(deps)
    await (await startRun(deps, { session, message: user('first', 'q1') })).done
    await (await startRun(deps, { session, message: user('second', 'q2') })).done
    await (await startRun(deps, { session, message: user('second, better', 'q3'), replaceFrom: 'q2' })).done
    expect((await deps.store.messages(session.id)).map(textOf)).toEqual([
      'first',
      'answer 0',
      'second, better',
      'answer 2',
    ])
    const last = (await deps.store.messages(session.id)).at(-1)!
    await (await startRun(deps, { session, replaceFrom: last.id })).done
    expect((await deps.store.messages(session.id)).map(textOf)).toEqual([
      'first',
      'answer 0',
      'second, better',
      'answer 3',
    ])
    const said = JSON.stringify(model!.requests.at(-1)!.messages)
    expect(said).toContain('second, better')
    expect(said).not.toMatch(/answer 2|second"/)
    await deps.store.switchTo(session.id, 'q2')
    expect((await deps.store.messages(session.id)).map(textOf).slice(2)).toEqual(['second', 'answer 1'])
  })

  it('goes without tools when the server is gone, and says so', async () => {
    const deps = await scripted(() => ({ text: 'I cannot look.' }), { mcpUrl: 'http://127.0.0.1:9/mcp' })
    const session = await newSession(deps)
    const answer = await (await startRun(deps, { session, message: user('hi') })).done
    expect(answer!.parts).toContainEqual(
      expect.objectContaining({
        type: 'data-notice',
        data: { text: expect.stringContaining('tools cannot be reached') },
      }),
    )
    expect(textOf(answer)).toBe('I cannot look.')
  })

  it('keeps the question and says why when the model is not there (CHT-054)', async () => {
    const gone = await startScriptedModel(() => ({ hang: true }))
    await gone.close()
    const deps = depsFor(gone.url)
    const session = await newSession(deps)
    const answer = await (await startRun(deps, { session, message: user('hi') })).done
    expect(answer!.parts).toContainEqual(
      expect.objectContaining({
        type: 'data-failure',
        data: expect.objectContaining({ modelDown: true, code: 'upstream-unreachable' }),
      }),
    )
    expect(answer!.metadata!.end).toBe('failed')
    expect((await deps.store.messages(session.id)).map(({ role }) => role)).toEqual(['user', 'assistant'])
  })

  it('calls no tool and keeps no answer of a question that could not be stored', async () => {
    const deps = await scripted(() => ({ tools: [{ name: 'list_nodes', arguments: '{}' }] }))
    const session = await newSession(deps)
    const called = fleet.calls.length
    const { beginRun } = deps.store
    deps.store.beginRun = async (input) => {
      await beginRun(input)
      await new Promise((resolve) => setTimeout(resolve, 300))
      throw new Error('disk full')
    }
    await expect(startRun(deps, { session, message: user('go') })).rejects.toThrow('disk full')
    expect(activeRun(session.id)).toBeUndefined()
    expect(model!.requests).toHaveLength(1)
    expect(fleet.calls).toHaveLength(called)
  })

  it('goes on telling when the store fails in mid-answer', async () => {
    const deps = await scripted(() => ({ text: slowWords, pieceMs: 2 }))
    const session = await newSession(deps)
    deps.store.appendChunks = () => Promise.reject(new Error('disk full'))
    const run = await startRun(deps, { session, message: user('go') })
    expect(deltas(await read(run.log.follow()))).toBe(slowWords)
  })
})

describe('a run that was cut off', () => {
  const cutOff = async (deps: RunnerDeps, at = Date.now()) => {
    const session = await newSession(deps)
    const run = newId()
    const messageId = newId()
    await deps.store.beginRun({ conversation: session.id, run, messageId, message: user('go') })
    const chunks: ChatChunk[] = [
      { type: 'start', messageId },
      { type: 'text-start', id: 't' },
      { type: 'text-delta', id: 't', delta: 'Half an ' },
    ]
    await deps.store.appendChunks(run, 0, { at, chunks })
    await deps.store.appendChunks(run, 1, {
      at,
      chunks: [
        { type: 'text-delta', id: 't', delta: 'answer' },
        { type: 'tool-input-available', toolCallId: 'c', toolName: 'list_nodes', input: {}, dynamic: true },
      ],
    })
    return { session, run, messageId }
  }

  it('keeps its text and counts as interrupted after a restart', async () => {
    const deps = await scripted(() => ({ text: 'next' }))
    const { session, run } = await cutOff(deps)
    expect(await recover(deps, session.id)).toBeUndefined()
    const [, answer] = await deps.store.messages(session.id)
    expect(textOf(answer)).toBe('Half an answer')
    expect(answer!.metadata!.end).toBe('interrupted')
    expect(answer!.parts).toContainEqual(expect.objectContaining({ type: 'dynamic-tool', state: 'output-error' }))
    expect(await deps.store.runState(run)).toBe('interrupted')
    await (await startRun(deps, { session, message: user('go on') })).done
    expect(model!.requests[0]!.messages.filter(({ role }) => role !== 'system').map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'tool',
      'user',
    ])
  })

  it('has its own id also when nothing of it was stored', async () => {
    const deps = await scripted(() => ({ text: '' }))
    for (const _ of [1, 2]) {
      const session = await newSession(deps)
      const messageId = newId()
      await deps.store.beginRun({ conversation: session.id, run: newId(), messageId, message: user('go') })
      expect(await recover(deps, session.id)).toBeUndefined()
      expect((await deps.store.messages(session.id))[1]).toMatchObject({
        id: messageId,
        metadata: { end: 'interrupted' },
      })
    }
  })

  it('is left to the process that makes it while that one gives signs of life', async () => {
    const deps = await scripted(() => ({ text: '' }), { embeddedStore: false })
    const { session, run, messageId } = await cutOff(deps)
    expect((await recover(deps, session.id))?.id).toBe(run)
    const reading = read((await resumeRun(deps, session.id))!)
    await deps.store.appendChunks(run, 2, {
      at: Date.now(),
      chunks: [{ type: 'text-delta', id: 't', delta: ' and a half' }],
    })
    await new Promise((resolve) => setTimeout(resolve, 300))
    await deps.store.endRun((await deps.store.runningRun(session.id))!, 'done', {
      id: messageId,
      role: 'assistant',
      parts: [],
    })
    expect(deltas(await reading)).toBe('Half an answer and a half')
  })

  it('is settled for everybody when the process starts, and what was begun since goes on', async () => {
    const deps = await scripted(() => ({ text: '' }))
    const cy = depsFor(model!.url, { person: { id: 'cy', name: 'Cy', role: 'owner' } })
    const [{ session: ours }, { session: his }] = [await cutOff(deps), await cutOff(cy)]
    await preferenceStore({ db: cy.host.db, owner: 'cy', now: () => new Date() }).change({ language: 'de' })
    expect((await deps.store.some([ours.id]))[0]!.doing).toBe('answering')
    const began = new Date()
    const { session: going } = await cutOff({
      ...deps,
      store: chatStore({ ...cy, db: cy.host.db, owner: 'cy', now: () => new Date(Date.now() + 1_000) }),
    })
    await settleAllCutOff(deps, { began })
    expect((await deps.store.messages(ours.id))[1]!.metadata!.end).toBe('interrupted')
    expect((await deps.store.some([ours.id]))[0]!.doing).toBeUndefined()
    const [, settled] = await cy.store.messages(his.id)
    expect(textOf(settled)).toBe('Half an answer')
    expect(JSON.stringify(settled)).toContain(noticesIn('de').restarted)
    expect(JSON.stringify((await deps.store.messages(ours.id))[1])).toContain(noticesIn(undefined).restarted)
    expect((await cy.store.some([going.id]))[0]!.doing).toBe('answering')
    await settleAllCutOff(deps, { began: new Date(Date.now() + 2_000) })
  })

  it('is taken over once it is silent', async () => {
    const deps = await scripted(() => ({ text: '' }), { embeddedStore: false })
    const { session } = await cutOff(deps, Date.now() - 60_000)
    deps.now = () => Date.now() + 60_000
    expect(await recover(deps, session.id)).toBeUndefined()
    expect((await deps.store.messages(session.id))[1]!.metadata!.end).toBe('interrupted')
  })

  it('cannot end twice', async () => {
    const deps = await scripted(() => ({ text: '' }))
    const { session } = await cutOff(deps)
    const row = (await deps.store.runningRun(session.id))!
    expect(await deps.store.endRun(row, 'done', undefined)).toBe(true)
    expect(await deps.store.endRun(row, 'done', undefined)).toBe(false)
  })
})

describe('conversations', () => {
  it('belong to one person (CHT-009)', async () => {
    const ada = await scripted(() => ({ text: 'secret' }))
    const session = await newSession(ada)
    await (await startRun(ada, { session, message: user('mine') })).done
    const bo = depsFor(model!.url, { person: { id: 'bo', name: 'Bo', role: 'viewer' } })
    await expect(bo.store.get(session.id)).rejects.toMatchObject({ code: 'session-not-found' })
    await expect(bo.store.messages(session.id)).rejects.toMatchObject({ code: 'session-not-found' })
    await expect(
      bo.store.beginRun({ conversation: session.id, run: newId(), messageId: newId() }),
    ).rejects.toMatchObject({ code: 'session-not-found' })
    await bo.store.remove(session.id)
    expect(await bo.store.list()).toEqual({ sessions: [] })
    expect((await ada.store.get(session.id)).id).toBe(session.id)
  })

  it('are found by their words, listed newest first, and gone when deleted', async () => {
    const deps = await scripted(() => ({ text: 'about zebras' }), {
      person: { id: 'finder', name: 'F', role: 'owner' },
    })
    const first = await newSession(deps)
    await (await startRun(deps, { session: first, message: user('100% of what?') })).done
    const second = await newSession(deps)
    await (await startRun(deps, { session: second, message: user('other words') })).done
    await newSession(deps)
    expect((await deps.store.list()).sessions.map(({ id }) => id)).toEqual([second.id, first.id])
    const found = async (text: string) => (await deps.store.search(text)).map(({ conversation }) => conversation)
    expect(new Set(await found('100%'))).toEqual(new Set([first.id]))
    expect(await found('zebras')).toEqual([second.id, first.id])
    expect(await found('%%%')).toEqual([])
    await deps.store.remove(first.id)
    expect(await found('100%')).toEqual([])
  })

  it('expire after a day of silence and after a week in all (CHT-007, CHT-008)', async () => {
    let now = new Date('2026-11-20T09:00:00Z')
    const store = chatStore({ db: async () => database.db, owner: 'clock', now: () => now, newId })
    const session = await store.create({ persona: 'default', clusters: [] })
    expect(session.expiresAt).toBe('2026-11-21T09:00:00.000Z')
    for (let day = 1; day <= 7; day++) {
      now = new Date(Date.parse('2026-11-20T09:00:00Z') + day * 86_000_000)
      const run = newId()
      await store.beginRun({ conversation: session.id, run, messageId: newId(), message: user('still here') })
      await store.endRun((await store.runningRun(session.id))!, 'done', undefined)
    }
    expect((await store.get(session.id)).expiresAt).toBe('2026-11-27T09:00:00.000Z')
    now = new Date('2026-11-27T09:00:01Z')
    await expect(store.get(session.id)).rejects.toMatchObject({ code: 'session-expired', status: 410 })
    expect(await store.list()).toEqual({ sessions: [] })
  })
})

describe('with the demo model', () => {
  it.each([
    ['loop', undefined],
    ['unknown-tool', undefined],
    ['broken-json', undefined],
    ['cut', /broke off/],
    ['429', /no more requests/],
    ['500', /failed \(500\)/],
    ['garbage', /./],
    ['empty', undefined],
  ])(
    'survives %s',
    async (behaviour, failure) => {
      const demo = await startVllm({ behaviour, tokensPerSecond: 2000 })
      const deps = depsFor(`${demo.url}/v1`)
      const session = await newSession(deps)
      const answer = await (await startRun(deps, { session, message: user('Which nodes have free GPUs?') })).done
      await demo.close()
      const data = answer!.parts.find((part) => part.type === 'data-failure')?.data
      if (failure)
        expect(data).toMatchObject({ message: expect.stringMatching(failure), next: expect.stringMatching(/\w/) })
      else expect(data).toBeUndefined()
      expect(answer!.metadata!.end).toBe(failure ? 'failed' : 'done')
      expect(activeRun(session.id)).toBeUndefined()
    },
    20_000,
  )

  it('gives up on one that hangs', async () => {
    const demo = await startVllm({ behaviour: 'hang' })
    const deps = depsFor(`${demo.url}/v1`, { limits: { firstTokenMs: 300 } })
    const session = await newSession(deps)
    const answer = await (await startRun(deps, { session, message: user('hi') })).done
    await demo.close()
    expect(answer!.parts).toContainEqual(
      expect.objectContaining({ type: 'data-failure', data: expect.objectContaining({ code: 'upstream-timeout' }) }),
    )
  }, 20_000)

  it('looks something up and answers from it (CHT-040)', async () => {
    const demo = await startVllm({ tokensPerSecond: 2000 })
    const deps = depsFor(`${demo.url}/v1`)
    const session = await newSession(deps)
    const answer = await (await startRun(deps, { session, message: user('Which nodes have free GPUs?') })).done
    await demo.close()
    expect(answer!.parts).toContainEqual(
      expect.objectContaining({ type: 'dynamic-tool', toolName: 'list_nodes', state: 'output-available' }),
    )
    expect(textOf(answer)).toContain('free')
  })
})

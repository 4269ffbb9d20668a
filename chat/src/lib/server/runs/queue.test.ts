import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import {
  type ModelRequest,
  type Say,
  type ScriptedModel,
  startScriptedModel,
} from '../../../../testing/model-server.ts'
import { type RunWorld, read, said, startRunWorld, textOf } from '../../../../testing/run-world.ts'
import { attachmentStore } from '../attachments/store.ts'
import type { RunnerDeps } from './active.ts'
import { askNow } from './go-on.ts'
import { queueOf } from './queue-store.ts'
import { recover, startRun, stopRun } from './runner.ts'

let world: RunWorld
let model: ScriptedModel | undefined

beforeAll(async () => {
  world = await startRunWorld()
})
afterAll(() => world.close())
afterEach(async () => {
  await model?.close()
  model = undefined
})

async function scripted(script: (request: ModelRequest, turn: number) => Say) {
  model = await startScriptedModel(script)
  const deps = world.depsFor(model.url)
  const session = await deps.store.create({ persona: 'default', clusters: [] })
  return { deps, session, queue: queueOf(deps) }
}

const add = (deps: RunnerDeps, conversation: string, text: string, mode: 'queue' | 'steer' = 'queue') =>
  queueOf(deps).add(conversation, { id: deps.newId(), text, mode, attachments: [] })
const texts = async (deps: RunnerDeps, conversation: string) => (await deps.store.messages(conversation)).map(textOf)
const slow = { text: Array.from({ length: 30 }, (_, index) => `w${index}`).join(' '), pieceMs: 10 }

it('asks what waits when the answer is done, one after the other, each once (CHT-017)', async () => {
  const { deps, session, queue } = await scripted((_, turn) => (turn === 0 ? slow : { text: `answer ${turn}` }))
  const run = await startRun(deps, { session, message: said('first') })
  const second = await add(deps, session.id, 'second')
  await add(deps, session.id, 'third')
  await run.done
  await expect
    .poll(() => texts(deps, session.id), { timeout: 5000 })
    .toEqual(['first', slow.text, 'second', 'answer 1', 'third', 'answer 2'])
  expect((await deps.store.messages(session.id))[2]!.id).toBe(second.id)
  await expect.poll(() => queue.list(session.id)).toEqual([])
  expect(model!.requests).toHaveLength(3)
})

it('asks with the files of what waited: the model reads them, the conversation keeps them', async () => {
  const { deps, session } = await scripted((_, turn) => (turn === 0 ? slow : { text: 'an Xid 79' }))
  const files = attachmentStore({
    db: deps.host.db,
    owner: deps.host.person.id,
    now: () => new Date(),
    newId: deps.newId,
  })
  const log = await files.put({ name: 'kern.log', bytes: new TextEncoder().encode('NVRM: Xid 79 on gpu-3') })
  const run = await startRun(deps, { session, message: said('first') })
  await queueOf(deps).add(session.id, {
    id: deps.newId(),
    text: 'What is this?',
    mode: 'queue',
    attachments: [log.id],
  })
  await run.done
  await expect.poll(() => texts(deps, session.id)).toEqual(['first', slow.text, 'What is this?', 'an Xid 79'])
  const question = (await deps.store.messages(session.id))[2]!
  expect(question.metadata!.attachments).toEqual([log])
  expect(JSON.stringify(model!.requests[1]!.messages.at(-1))).toContain('NVRM: Xid 79 on gpu-3')
})

it('keeps what waits after a run that was stopped or failed, until the person says so', async () => {
  const { deps, session, queue } = await scripted((_, turn) =>
    turn === 0 ? slow : turn === 1 ? { status: 400 } : { text: 'fine' },
  )
  const run = await startRun(deps, { session, message: said('first') })
  const waiting = await add(deps, session.id, 'second')
  await read(run.log.follow(), (chunks) => chunks.some(({ type }) => type === 'text-delta'))
  stopRun(session.id)
  await run.done
  await (await startRun(deps, { session, message: said('other') })).done
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(await queue.list(session.id)).toEqual([waiting])
  await askNow(deps, session.id, waiting.id)
  await expect.poll(() => texts(deps, session.id)).toContain('fine')
  expect(await queue.list(session.id)).toEqual([])
})

it('sends one now: ends the answer, keeps its text and asks', async () => {
  const { deps, session, queue } = await scripted((_, turn) =>
    turn === 0 ? { ...slow, pieceMs: 100 } : { text: 'yes' },
  )
  const run = await startRun(deps, { session, message: said('first') })
  await add(deps, session.id, 'later')
  const waiting = await add(deps, session.id, 'now')
  await read(run.log.follow(), (chunks) => chunks.some(({ type }) => type === 'text-delta'))
  await askNow(deps, session.id, waiting.id)
  expect((await run.done)!.metadata!.end).toBe('stopped')
  await expect
    .poll(() => texts(deps, session.id))
    .toEqual(['first', expect.stringMatching(/^w0/), 'now', 'yes', 'later', 'yes'])
  expect(await queue.list(session.id)).toEqual([])
  await expect.poll(() => model!.aborted()).toBe(1)
})

it('steers: heard at the next step, kept in the answer, gone from what waits', async () => {
  const { deps, session, queue } = await scripted((_, turn) =>
    turn === 0 ? { tools: [{ name: 'list_nodes', arguments: '{}' }] } : { text: 'Only in the west.' },
  )
  await add(deps, session.id, 'only gpu-west', 'steer')
  const answer = await (await startRun(deps, { session, message: said('Which nodes?') })).done
  expect(answer!.parts.filter(({ type }) => type === 'data-steered')).toMatchObject([
    { data: { text: 'only gpu-west' } },
  ])
  expect(model!.requests[1]!.messages.at(-1)).toMatchObject({ role: 'user', content: 'only gpu-west' })
  expect(await queue.list(session.id)).toEqual([])
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(model!.requests).toHaveLength(2)
})

it('asks what came too late to steer as the next question', async () => {
  const { deps, session } = await scripted((_, turn) => (turn === 0 ? slow : { text: 'and that' }))
  const run = await startRun(deps, { session, message: said('first') })
  await add(deps, session.id, 'too late', 'steer')
  await run.done
  await expect.poll(() => texts(deps, session.id)).toEqual(['first', slow.text, 'too late', 'and that'])
})

it('waits again when the process died after it was handed over and before it was kept', async () => {
  const { deps, session, queue } = await scripted(() => ({ text: '' }))
  const [heard, lost] = [await add(deps, session.id, 'heard', 'steer'), await add(deps, session.id, 'lost', 'steer')]
  const run = deps.newId()
  const messageId = deps.newId()
  await deps.store.beginRun({ conversation: session.id, run, messageId, message: said('go') })
  expect(await queue.takeSteers(session.id)).toEqual([
    { id: heard.id, text: 'heard' },
    { id: lost.id, text: 'lost' },
  ])
  expect(await queue.list(session.id)).toEqual([])
  expect(await queue.takeSteers(session.id)).toEqual([])
  const chunks = [
    { type: 'start', messageId },
    { type: 'data-steered', id: heard.id, data: { id: heard.id, text: 'heard' } },
  ]
  await deps.store.appendChunks(run, 0, { at: Date.now(), chunks })
  await recover(deps, session.id)
  expect(await queue.list(session.id)).toEqual([lost])
})

it('is changed and removed while it waits, and twenty at most', async () => {
  const { deps, session, queue } = await scripted(() => ({ text: '' }))
  const one = await add(deps, session.id, 'one')
  expect(await queue.change(session.id, one.id, { text: 'better', mode: 'steer' })).toMatchObject({
    text: 'better',
    mode: 'steer',
  })
  expect(await queue.add(session.id, { ...one, text: 'sent twice' })).toMatchObject({ text: 'better' })
  expect(await queue.remove(session.id, one.id)).toBe(true)
  await expect(queue.change(session.id, one.id, { text: 'gone' })).rejects.toMatchObject({ code: 'not-found' })
  for (let count = 0; count < 20; count++) await add(deps, session.id, `m${count}`)
  await expect(add(deps, session.id, 'too many')).rejects.toMatchObject({ code: 'conflict' })
})

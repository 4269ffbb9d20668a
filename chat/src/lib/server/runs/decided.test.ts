import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import {
  type ModelRequest,
  type Say,
  type ScriptedModel,
  startScriptedModel,
} from '../../../../testing/model-server.ts'
import { type RunWorld, said, startRunWorld, textOf } from '../../../../testing/run-world.ts'
import { newId } from '../http.ts'
import type { RunnerDeps } from './active.ts'
import { attend } from './attend.ts'
import { continueDecided, continueMissed, ranInCall } from './decided.ts'
import { startRun } from './runner.ts'

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

const asks = (count: number) => ({
  tools: Array.from({ length: count }, (_, index) => ({ name: 'deploy_model', arguments: `{"name":"m${index}"}` })),
})

/** A conversation whose answer waits for `count` approvals. */
async function waiting(count: number, script: (request: ModelRequest) => Say = () => ({ text: 'It runs.' })) {
  model = await startScriptedModel((request, turn) => (turn === 0 ? asks(count) : script(request)))
  const deps = world.depsFor(model.url)
  const session = await deps.store.create({ persona: 'default', clusters: [] })
  const before = new Set(world.fleet.approvals.keys())
  const answer = await (await startRun(deps, { session, message: said('Deploy it') })).done
  expect(answer!.metadata!.end).toBe('approval')
  return { deps, session, ids: [...world.fleet.approvals.keys()].filter((id) => !before.has(id)) }
}

/** As the server that keeps approvals would: elsewhere, by somebody. */
function decide(id: string, state: string) {
  world.fleet.approvals.set(id, { ...world.fleet.approvals.get(id)!, state: state as 'denied', decidedBy: 'Bo' })
}
const notes = async (deps: RunnerDeps, conversation: string) =>
  (await deps.store.messages(conversation)).flatMap(({ metadata }) => (metadata?.note ? [metadata.note.state] : []))
const answers = async (deps: RunnerDeps, conversation: string) =>
  (await deps.store.messages(conversation)).filter(({ role }) => role === 'assistant').map(textOf)

it('goes on by itself when somebody decided elsewhere, once, whoever tells (CHT-030)', async () => {
  const { deps, session, ids } = await waiting(1)
  attend(deps.host, newId)
  attend(deps.host, newId)
  decide(ids[0]!, 'succeeded')
  const event = { name: 'approval.succeeded', subject: `approvals/${ids[0]}`, data: {} }
  world.publish(event)
  world.publish(event)
  await Promise.all([continueDecided(deps, session.id, ids[0]!), continueDecided(deps, session.id, ids[0]!)])
  await expect.poll(() => answers(deps, session.id)).toEqual(['', 'It runs.'])
  await continueDecided(deps, session.id, ids[0]!)
  expect(await notes(deps, session.id)).toEqual(['succeeded'])
  expect(model!.requests).toHaveLength(2)
  expect(JSON.stringify(model!.requests[1]!.messages.at(-1))).toContain('by Bo')
})

it('says in the note what was decided and whether it only began', async () => {
  const { deps, session, ids } = await waiting(1)
  const approval = world.fleet.approvals.get(ids[0]!)!
  world.fleet.approvals.set(ids[0]!, {
    ...approval,
    state: 'succeeded',
    outcome: { card: 'progress', data: { state: 'running' }, at: approval.askedAt },
  })
  await continueDecided(deps, session.id, ids[0]!)
  const messages = await deps.store.messages(session.id)
  expect(messages.find(({ metadata }) => metadata?.note)?.metadata?.note).toMatchObject({
    what: approval.plan.summary,
    begun: true,
  })
  await expect.poll(() => answers(deps, session.id)).toEqual(['', 'It runs.'])
})

it('tells nothing of a change that was allowed beforehand: the call says what came of it', async () => {
  const { deps, session, ids } = await waiting(1)
  const history = await deps.store.messages(session.id)
  expect(ranInCall(history, ids[0]!)).toBe(false)
  const part = history.at(-1)!.parts.find(({ type }) => type === 'dynamic-tool') as {
    output: { answer: { approval?: object; data?: object } }
  }
  const { answer } = part.output
  answer.approval = { ...world.fleet.approvals.get(ids[0]!)!, state: 'succeeded' }
  expect(ranInCall(history, ids[0]!)).toBe(true)
})

it('answers once when all approvals of a turn are decided', async () => {
  const { deps, session, ids } = await waiting(2)
  expect(ids).toHaveLength(2)
  decide(ids[0]!, 'succeeded')
  await continueDecided(deps, session.id, ids[0]!)
  expect(model!.requests).toHaveLength(1)
  expect(await notes(deps, session.id)).toEqual(['succeeded'])
  decide(ids[1]!, 'denied')
  await continueDecided(deps, session.id, ids[1]!)
  await expect.poll(() => answers(deps, session.id)).toEqual(['', 'It runs.'])
  expect(await notes(deps, session.id)).toEqual(['succeeded', 'denied'])
  const told = JSON.stringify(model!.requests[1]!.messages)
  for (const words of ['approved by Bo', 'denied by Bo']) expect(told).toContain(words)
})

it.each(['pending', 'scheduled', 'running'])('says nothing while it is %s', async (state) => {
  const { deps, session, ids } = await waiting(1)
  decide(ids[0]!, state)
  await continueDecided(deps, session.id, ids[0]!)
  expect(await notes(deps, session.id)).toEqual([])
})

it('notes what expired and lets the model be', async () => {
  const { deps, session, ids } = await waiting(1)
  decide(ids[0]!, 'expired')
  await continueDecided(deps, session.id, ids[0]!)
  expect(await notes(deps, session.id)).toEqual(['expired'])
  expect(model!.requests).toHaveLength(1)
  expect(await deps.store.runningRun(session.id)).toBeUndefined()
})

it('waits for the answer that is being made, and catches up with what was decided while the server was down', async () => {
  const { deps, session, ids } = await waiting(1, (request) =>
    JSON.stringify(request.messages.at(-1)).includes('meanwhile')
      ? { text: 'one two three four five six', pieceMs: 20 }
      : { text: 'It runs.' },
  )
  decide(ids[0]!, 'succeeded')
  const other = await startRun(deps, { session, message: said('meanwhile') })
  await continueDecided(deps, session.id, ids[0]!)
  expect(await notes(deps, session.id)).toEqual([])
  await other.done
  await expect.poll(() => answers(deps, session.id)).toEqual(['', 'one two three four five six', 'It runs.'])

  const missed = await waiting(1)
  decide(missed.ids[0]!, 'denied')
  await continueMissed(missed.deps, missed.session.id)
  await continueMissed(missed.deps, missed.session.id)
  await expect.poll(() => answers(missed.deps, missed.session.id)).toEqual(['', 'It runs.'])
  expect(await notes(missed.deps, missed.session.id)).toEqual(['denied'])
})

it('tells a conversation that nobody opens what was decided before the start, also when one decision was told', async () => {
  const { deps, session, ids } = await waiting(2)
  decide(ids[0]!, 'succeeded')
  await continueDecided(deps, session.id, ids[0]!)
  decide(ids[1]!, 'denied')
  const asker = { person: deps.host.person, conversation: session.id }
  const approvalAsker = async (id: string) => (ids.includes(id) ? asker : undefined)
  attend({ ...deps.host, process: { ...world.process, approvalAsker } }, newId)
  await expect.poll(() => answers(deps, session.id), { timeout: 5_000 }).toEqual(['', 'It runs.'])
  expect(await notes(deps, session.id)).toEqual(['succeeded', 'denied'])
})

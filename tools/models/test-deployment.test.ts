import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CardData, cards, isToolError, type NewEvent, type Plan } from '#contract'
import { deploymentTests } from '#db/schema/models.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { type StartedWorld, startWorld } from '../../mocks/main.ts'
import { type ConfiguredClients, clientsConfig, createClients } from '../clients/create.ts'
import type { Reply } from '../define.ts'
import { testContext } from '../testing.ts'
import { insertApproval } from '../testing-world.ts'
import { testDeployment } from './test-deployment.tool.ts'

type Card = CardData['measurement']

let world: StartedWorld
let clients: ConfiguredClients
let database: TestDatabase
const events: NewEvent[] = []
const announced: NewEvent[] = []
const shown: Reply<Record<string, unknown>>[] = []
let nowMs = Date.parse('2026-11-20T12:00:00Z')

beforeAll(async () => {
  world = await startWorld({ tickMs: 0, clock: () => nowMs })
  clients = createClients(clientsConfig.parse(world.config), { now: () => new Date(nowMs), env: {} })
  database = await testDatabase()
})
afterAll(async () => {
  clients.close()
  await world.close()
  await database.close()
})

const context = (idempotencyKey = 'plan', signal?: AbortSignal) =>
  testContext({
    clients,
    db: database.db,
    now: () => new Date(nowMs),
    events,
    announced,
    shown,
    idempotencyKey,
    ...(signal && { signal }),
  })
const inputOf = (input: object) => testDeployment.input.parse(input) as never
const planOf = (input: object) => testDeployment.plan!(inputOf(input), context()) as Promise<Plan>
async function test(input: object, key: string, signal?: AbortSignal) {
  await insertApproval(database.db, key)
  nowMs += 1_000
  const reply = await testDeployment.run(inputOf(input), context(key, signal))
  return { ...reply, card: cards.measurement.payload.parse(reply.data) as Card }
}
const refusalOf = async (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error) => (isToolError(error) ? { code: error.code, message: error.message, next: error.options.next } : error),
  )
const small = { concurrency: 2, requests: 4, inputTokens: 40, outputTokens: 6, seconds: 20 }
const quick = { cluster: 'gpu-west', name: 'gpt-oss-20b', ...small }

describe('the plan of test_deployment', () => {
  it('states the endpoint and the bound, and warns of production', async () => {
    const plan = await planOf({ cluster: 'gpu-east', name: 'qwen3-32b', concurrency: 8 })
    expect(plan.summary).toBe(
      'Test Qwen/Qwen3-32B on qwen3-32b on gpu-east: at most 42 requests, 8 at once, with about 256 prompt and ≤ 64 answer tokens each, in ≤ 30 s',
    )
    expect(plan.steps[0]!.target).toBe('service inference/qwen3-32b-frontend:8000/v1 through the API server')
    expect(plan.checks.map(({ label, state }) => [label, state])).toEqual(
      expect.arrayContaining([
        ['It lists its models', 'pass'],
        ['Production', 'warn'],
      ]),
    )
    expect(plan.guard).toMatchObject({ model: 'Qwen/Qwen3-32B', bound: expect.stringContaining('at most 42') })
  })

  it.each([
    [{}, 'invalid-input', 'cluster and name'],
    [{ cluster: 'gpu-east' }, 'invalid-input', 'cluster and name'],
    [{ cluster: 'gpu-east', name: 'qwen3-32b', url: 'https://a/v1' }, 'invalid-input', 'url alone'],
    [{ cluster: 'gpu-east', name: 'no-such' }, 'not-found', 'Use one of'],
    [{ cluster: 'gpu-east', name: 'qwen3-32b', model: 'gpt-4' }, 'not-found', 'Qwen/Qwen3-32B'],
    [{ url: 'http://169.254.169.254/v1' }, 'invalid-input', 'address other machines'],
    [{ url: 'https://me:secret@models.example.com/v1' }, 'invalid-input', 'configuration'],
  ])('refuses %j before a person is asked: %s', async (input, code, next) => {
    expect(await refusalOf(planOf(input))).toMatchObject({ code, next: expect.stringContaining(next) })
  })

  it.each([{ concurrency: 33 }, { requests: 201 }, { seconds: 61 }, { outputTokens: 2000 }, { inputTokens: 9000 }])(
    'never takes more than the hard limit: %j',
    (more) => expect(() => inputOf({ ...quick, ...more })).toThrow(/whole number/),
  )
})

describe('testing a deployment', () => {
  it('tries it, measures it and says how it did, live and to the end', async () => {
    const { card, subject, next } = await test(quick, 'first')
    expect(card).toMatchObject({ state: 'succeeded', tone: 'good', percent: 100, failures: [] })
    expect(card.steps.map(({ state }) => state)).toEqual(['succeeded', 'succeeded', 'succeeded', 'succeeded'])
    expect(card.steps[0]!.detail).toContain('openai/gpt-oss-20b')
    expect(card.steps[1]!.detail).toMatch(/^"Yes, I am ready\."/)
    const ttft = card.metrics.find(({ id }) => id === 'ttft')!
    expect(ttft).toMatchObject({ samples: 4, unit: 'ms' })
    // The model takes 0.11 s for a first token, and nothing is faster than its mock
    expect(ttft.min).toBeGreaterThanOrEqual(105)
    expect(card.facts.find(({ label }) => label === 'Throughput')!.value).toMatch(/tokens\/s$/)
    expect(subject).toBe('models/measurement/gpu-west/inference/gpt-oss-20b/first')
    expect(next).toEqual([expect.stringContaining('get_deployment')])
    expect(shown[0]).toMatchObject({ subject, data: { state: 'running' } })
    expect(announced.length).toBeGreaterThan(0)
    for (const { data } of announced) cards.measurement.patch.parse(data)
    expect(events.at(-1)).toMatchObject({ name: 'deployment.measured', subject, data: { state: 'succeeded' } })
    const [row] = await database.db.select().from(deploymentTests)
    expect(row).toMatchObject({ state: 'succeeded', model: 'openai/gpt-oss-20b', name: 'gpt-oss-20b' })
    const text = testDeployment.text(card as never, { shown: 1, total: 1 })
    expect(text).toContain('Time to first token\tms\t4')
    expect(text.length).toBeLessThan(3000)
  })

  it('is compared with the last one of the same load, and not with one of another', async () => {
    const again = await test(quick, 'again')
    expect(again.card.comparison).toContain('under the same load')
    expect(again.card.metrics.every(({ change }) => change !== undefined)).toBe(true)
    const other = await test({ ...quick, concurrency: 1 }, 'other')
    expect(other.card.comparison).toContain('had another load')
    expect(other.card.metrics.every(({ change }) => change === undefined)).toBe(true)
  })

  it('measures goodput against an objective', async () => {
    const { card } = await test({ ...quick, ttftMs: 1 }, 'strict')
    expect(card.facts.find(({ label }) => label === 'Within the objective')!.value).toMatch(/^0 of 4/)
    expect(card.tone).toBe('warn')
  })

  it('measures an endpoint by its url with the key of the configuration', async () => {
    const { card, subject } = await test({ url: world.config.llm!.baseUrl, ...small }, 'url')
    expect(card.state).toBe('succeeded')
    expect(subject).toMatch(/^models\/measurement\/outside\/-\/http/)
  })

  it('of which nobody wants to hear any more is stopped and stored as such', async () => {
    const stop = new AbortController()
    await insertApproval(database.db, 'stopped')
    const running = testDeployment.run(
      inputOf({ ...quick, requests: 100, concurrency: 1 }),
      context('stopped', stop.signal),
    )
    setTimeout(() => stop.abort(), 300)
    await expect(running).rejects.toThrow()
    const row = (await database.db.select().from(deploymentTests)).find(({ id }) => id === 'stopped')
    expect(row).toMatchObject({ state: 'failed', message: 'It was stopped before its end' })
  })
})

describe('an endpoint on a bad day', () => {
  const faulty = { cluster: 'gpu-west', name: 'qwen3-8b', ...small }
  const pods = (role: string) =>
    world.world
      .cluster('gpu-west')
      .store.list('pods')
      .filter(({ metadata }) => metadata.labels?.['nvidia.com/dynamo-graph-deployment-name'] === 'qwen3-8b')
      .filter(({ metadata }) => metadata.labels?.['nvidia.com/dynamo-component-type'] === role)

  it('says that nothing is ready behind its service, and skips the rest', async () => {
    const { store } = world.world.cluster('gpu-west')
    for (const pod of pods('worker')) store.remove('pods', pod.metadata.namespace, pod.metadata.name)
    expect(await refusalOf(planOf(faulty))).toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('lists no model'),
    })
    for (const pod of pods('frontend')) store.remove('pods', pod.metadata.namespace, pod.metadata.name)
    expect(await refusalOf(planOf(faulty))).toMatchObject({
      code: 'model-not-available',
      next: expect.stringContaining('get_deployment'),
    })
    const { card, next } = await test(faulty, 'nobody')
    expect(card).toMatchObject({ state: 'failed', tone: 'bad', metrics: [] })
    expect(card.verdict).toContain('no pod that is ready')
    expect(card.steps.map(({ state }) => state)).toEqual(['failed', 'cancelled', 'cancelled', 'cancelled'])
    expect(next![0]).toContain('get_deployment')
    expect(events.at(-1)).toMatchObject({ name: 'deployment.measured', data: { state: 'failed' } })
  })
})

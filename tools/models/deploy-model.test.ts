import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NewEvent } from '#contract'
import { eq } from '#db/drizzle.ts'
import { deploymentRevisions, modelDeployments } from '#db/schema/models.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import type { Planning } from '#define'
import { testContext } from '../testing.ts'
import { insertApproval, type TestFleet, testFleet } from '../testing-world.ts'
import type { DeployInput } from './deploy/input.ts'
import { deployModel } from './deploy-model.tool.ts'
import { followDeployments } from './reconcile.job.ts'
import { runtimes } from './runtimes/index.ts'
import { servedKind } from './runtimes/served.ts'
import { dgdKind } from './service.ts'

const prices = { source: 'test', asOf: '2026-11-01', gpuHourUsdCents: { H100: 250, A100: 180, H200: 400, L40S: 90 } }
let fleet: TestFleet
let database: TestDatabase
const events: NewEvent[] = []

beforeAll(async () => {
  fleet = await testFleet(['hub', 'gpu-east', 'gpu-west', 'edge-lab'], { prices })
  database = await testDatabase()
})
afterAll(async () => {
  await fleet.close()
  await database.close()
})

const context = (idempotencyKey?: string) =>
  testContext({
    clients: fleet.clients,
    db: database.db,
    now: fleet.now,
    events,
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  })
const namespace = 'inference'
const planOf = (input: object) =>
  deployModel.plan!(deployModel.input.parse({ namespace, ...input }) as never, context()) as unknown as Promise<
    Planning<DeployInput>
  >
async function deploy(input: unknown, key: string) {
  await insertApproval(database.db, key)
  return deployModel.run(input as never, context(key))
}
const rowOf = async (name: string) =>
  (await database.db.select().from(modelDeployments)).find((row) => row.name === name)!
async function follow(rounds = 1, seconds = 15) {
  for (let round = 0; round < rounds; round++) {
    fleet.world.tick(seconds)
    await followDeployments.run(context())
  }
}

describe('the plan of deploy_model', () => {
  it('shows fit, room, price, guard and what the API server would store', async () => {
    const plan = await planOf({ model: 'Qwen3-8B', cluster: 'gpu-east', gpus: 2 })
    expect(plan.summary).toBe('Deploy Qwen/Qwen3-8B as qwen3-8b on gpu-east: 1 replica with 2 GPUs each, vllm')
    expect(plan.diff).toContain('+kind: DynamoGraphDeployment')
    expect(plan.checks.every(({ state }) => state === 'pass')).toBe(true)
    expect(plan.costPerHour).toEqual({ amount: 500, currency: 'usd-cent' })
    expect(plan.guard).toMatchObject({ deployment: 'absent', 'API version': 'v1beta1', 'price per GPU hour': '$2.50' })
    expect(plan.impact.find(({ label }) => label === 'GPUs')!.value).toBe('2')
  })

  it('pins the GPU model that the fit was found for where the cluster has several', async () => {
    const { input } = await planOf({ model: 'Qwen3-8B', cluster: 'gpu-west', gpuModel: 'l40s' })
    expect(input!.gpuModel).toBe('NVIDIA L40S')
    expect((await planOf({ model: 'Qwen3-8B', cluster: 'edge-lab', contextLength: 4096 })).input).not.toHaveProperty(
      'gpuModel',
    )
  })

  it('sets a context that fits where the whole one does not: the engine would refuse to start', async () => {
    const plan = await planOf({ model: 'Qwen3-8B', cluster: 'edge-lab', gpus: 1 })
    expect(plan.input!.contextLength).toBeGreaterThan(8192)
    expect(plan.input!.contextLength).toBeLessThan(40960)
    expect(plan.checks.find(({ label }) => label === 'Context')).toMatchObject({ state: 'warn' })
    expect(plan.diff).toContain(String(plan.input!.contextLength))
  })

  it('gives the same plan for the input it settled', async () => {
    const { input, guard } = await planOf({ model: 'Qwen3-8B', cluster: 'edge-lab', gpus: 1 })
    const again = await planOf(input!)
    expect(again.guard).toEqual(guard)
    expect(again.input).toEqual(input)
  })

  it('writes the older version where nothing newer is served', async () => {
    const plan = await planOf({ model: 'Qwen3-0.6B', cluster: 'edge-lab' })
    expect(plan.guard['API version']).toBe('v1alpha1')
    expect(plan.diff).toContain('+    VllmWorker:')
  })

  it('checks the secret of a gated model in the namespace it goes to', async () => {
    const secret = async (input: object) =>
      (await planOf({ model: 'Llama-3.2-1B-Instruct', ...input })).checks.find(({ label }) =>
        label.startsWith('Secret'),
      )
    expect(await secret({ cluster: 'gpu-east' })).toMatchObject({ state: 'pass' })
    expect(await secret({ cluster: 'gpu-west', namespace: 'research' })).toMatchObject({
      state: 'fail',
      detail: expect.stringContaining('HF_TOKEN'),
    })
  })

  it('counts prefill and decode workers both', async () => {
    const plan = await planOf({ model: 'Qwen3-8B', cluster: 'gpu-east', mode: 'disaggregated', gpus: 2 })
    expect(plan.impact.find(({ label }) => label === 'GPUs')!.value).toBe('4')
    expect(plan.costPerHour!.amount).toBe(1000)
  })

  it.each([
    [{ model: 'Qwen3-8B', cluster: 'hub', runtime: 'dynamo' }, 'not-configured', 'another cluster'],
    [{ model: 'Qwen3-8B', cluster: 'gpu-esat' }, 'cluster-not-found', ''],
    [{ model: 'Qwen3-9B', cluster: 'gpu-east' }, 'not-found', 'Qwen/Qwen3-8B'],
    [{ model: 'Qwen3-8B', cluster: 'gpu-east', gpuModel: 'B300' }, 'not-found', 'H100'],
    [{ model: 'Llama-3.3-70B-Instruct', cluster: 'gpu-east', gpus: 1, gpuModel: 'H100' }, 'does-not-fit', 'gpus: '],
    [{ model: 'Qwen3-8B', cluster: 'edge-lab', gpus: 1, contextLength: 40960 }, 'does-not-fit', 'contextLength: '],
    [{ model: 'Qwen3-8B', cluster: 'gpu-east', gpus: 8, replicas: 10 }, 'does-not-fit', 'at most'],
    [{ model: 'Phi-3-mini-4k-instruct', cluster: 'gpu-east', engine: 'trtllm' }, 'invalid-input', 'vllm'],
  ])('refuses %j before a person is asked: %s', async (input, code, next) => {
    const error = await planOf(input).then(
      () => undefined,
      (error) => ({ code: error.code, next: error.options.next }),
    )
    expect(error).toMatchObject({ code, next: expect.stringContaining(next) })
  })
})

describe('the options of deploy_model', () => {
  const refusal = (input: object) =>
    planOf({ model: 'Qwen3-8B', cluster: 'gpu-east', gpus: 2, ...input }).then(
      () => undefined,
      ({ code, options }) => ({ code, field: options.field, next: options.next }),
    )

  it('reach the manifest', async () => {
    const { diff } = await planOf({
      ...{ model: 'Qwen3-8B', cluster: 'gpu-east', gpus: 2, name: 'full' },
      options: {
        servedModelName: 'chat',
        maxSequences: 32,
        engineArgs: ['seed: 7'],
        nodeSelector: { 'node-pool': 'h100' },
        env: { HTTP_PROXY: 'http://proxy:3128' },
        memory: '64Gi',
      },
    })
    for (const part of ['- chat', '- "32"', '- --seed', 'node-pool: h100', 'HTTP_PROXY', 'memory: 64Gi'])
      expect(diff).toContain(part)
  })

  it.each([
    [{ options: { pipelineParallel: 3 } }, 'options.pipelineParallel', '1, 2'],
    [{ options: { nodesPerReplica: 3 } }, 'options.nodesPerReplica', 'gpus'],
    [{ options: { prefillReplicas: 2 } }, 'options.prefillReplicas', 'disaggregated'],
    [{ options: { engineArgs: ['--tp 4'] } }, 'options.engineArgs', 'gpus'],
    [{ options: { engineArgs: ['a: [1'] } }, 'options.engineArgs', '--max-num-seqs'],
    [{ runtime: 'plain', options: { routerMode: 'kv' } }, 'options.routerMode', 'dynamo'],
    [{ runtime: 'plain', mode: 'disaggregated' }, 'mode', 'dynamo'],
    [{ runtime: 'kserve' }, 'runtime', 'NVIDIA Dynamo'],
    [{ gpus: undefined, options: { pipelineParallel: 2 } }, 'options.pipelineParallel', 'Give gpus'],
  ])('%j is refused at %s', async (input, field, next) => {
    expect(await refusal(input)).toMatchObject({ field, next: expect.stringContaining(next) })
  })

  it('a number of GPUs that no node has is refused with how to span nodes', async () => {
    expect(await refusal({ gpus: 16 })).toMatchObject({
      code: 'does-not-fit',
      field: 'gpus',
      next: expect.stringContaining('options.nodesPerReplica: 2'),
    })
  })

  it('an unknown one is refused, and one that went into options says where', () => {
    const parse = (input: object) => deployModel.input.safeParse({ model: 'x', ...input })
    expect(parse({ options: { routrMode: 'kv' } }).success).toBe(false)
    expect(parse({ routerMode: 'kv' }).success).toBe(false)
    expect(parse({ options: { autoscaling: { minReplicas: 3, maxReplicas: 2 } } }).success).toBe(false)
    expect(parse({ options: { memory: 'much' } }).success).toBe(false)
  })

  it('variables that look like secrets are refused: arguments are kept', async () => {
    const redact = <T>(value: T) => JSON.parse(JSON.stringify(value).replace('hunter2', '«masked»')) as T
    const ctx = testContext({ clients: fleet.clients, now: fleet.now, redact })
    const input = deployModel.input.parse({ model: 'Qwen3-8B', options: { env: { PASSWORD: 'hunter2' } } })
    await expect(deployModel.plan!(input as never, ctx)).rejects.toMatchObject({
      options: { field: 'options.env.PASSWORD' },
    })
  })

  it('a missing namespace is created, and the plan shows it', async () => {
    const plan = await planOf({ model: 'Qwen3-8B', cluster: 'gpu-east', gpus: 1, namespace: 'not-there' })
    expect(plan.steps[0]).toEqual({ verb: 'Create', target: 'Namespace not-there' })
    expect(plan.diff).toContain('+kind: Namespace')
  })
})

/** A request becomes a graph, and has tests of its own. */
const lasting = runtimes.filter(({ id }) => id !== 'dynamo-request')

describe.each(lasting.map(({ id }) => [id] as const))('on %s', (runtime) => {
  it('is planned, applied and followed until it serves', async () => {
    const cluster = fleet.clients.kubernetes.for('gpu-west')
    const kind = await servedKind(cluster, runtimes.find(({ id }) => id === runtime)!, AbortSignal.timeout(5_000))
    expect(kind).toBeDefined()
    const name = `on-${runtime}`
    const { input, guard } = await planOf({ model: 'Qwen3-0.6B', cluster: 'gpu-west', gpus: 1, runtime, name })
    expect(guard.runtime).toBe(runtime)
    const reply = await deploy(input, name)
    expect(reply.data).toMatchObject({ state: 'running' })
    for (let round = 0; round < 80 && (await rowOf(name)).state !== 'running'; round++) await follow()
    const row = await rowOf(name)
    expect(row).toMatchObject({ runtime, state: 'running', revision: 1 })
    expect(row.steps.at(-1)!.detail).toMatch(/^http:\/\/.+\.inference:\d+\/v1/)
    const [revision] = await database.db.select().from(deploymentRevisions).where(eq(deploymentRevisions.name, name))
    expect(revision).toMatchObject({ revision: 1, action: 'deploy', runtime, config: { name, gpus: 1 } })
    expect(revision!.manifests.length).toBeGreaterThan(0)
    const other = runtimes.find(({ id }) => id !== runtime && (id === 'plain' || id === 'dynamo'))!
    await expect(
      planOf({ model: 'Qwen3-0.6B', cluster: 'gpu-west', gpus: 1, runtime: other.id, name }),
    ).rejects.toMatchObject({ code: 'already-exists', options: { field: 'name' } })
    await expect(planOf({ model: 'Qwen3-8B', cluster: 'gpu-west', gpus: 1, runtime, name })).rejects.toMatchObject({
      code: 'already-exists',
      options: { next: expect.stringContaining('delete_deployment') },
    })
  })
})

describe('deploying a model by goal', () => {
  it('is followed over the search into the graph that it makes, until that serves', async () => {
    const name = 'by-goal'
    const { input } = await planOf({
      model: 'Qwen3-8B',
      cluster: 'gpu-west',
      gpus: 1,
      name,
      runtime: 'dynamo-request',
      options: { goal: { ttftMs: 500, itlMs: 40 } },
    })
    await deploy(input, name)
    const seen = new Set<string>()
    for (let round = 0; round < 120 && (await rowOf(name)).state !== 'running'; round++) {
      await follow()
      seen.add((await rowOf(name)).state)
    }
    expect([...seen]).not.toContain('deleted')
    expect(await rowOf(name)).toMatchObject({ runtime: 'dynamo-request', state: 'running', message: 'It serves' })
  })
})

describe('deploying a model', () => {
  it('is applied, stored with its event, and followed until it serves', async () => {
    const { input } = await planOf({ model: 'Qwen3-8B', cluster: 'gpu-east', gpus: 2, name: 'mine' })
    const reply = await deploy(input, 'mine')
    expect(reply).toMatchObject({
      subject: 'models/deployment/gpu-east/inference/mine',
      data: { state: 'running', percent: 20 },
    })
    expect(events.at(-1)).toMatchObject({ name: 'deployment.requested', cluster: 'gpu-east' })

    const seen = new Set<string>()
    for (let round = 0; round < 60 && (await rowOf('mine')).state !== 'running'; round++) {
      await follow()
      seen.add((await rowOf('mine')).state)
    }
    const row = await rowOf('mine')
    expect(row).toMatchObject({ state: 'running', message: 'It serves' })
    expect(row.steps.every(({ state }) => state === 'succeeded')).toBe(true)
    expect([...seen]).toContain('deploying')
    expect(events.at(-1)).toMatchObject({ name: 'deployment.ready', data: { state: 'succeeded', percent: 100 } })
    expect(JSON.stringify(events.at(-1)!.data)).toContain('kubectl port-forward svc/mine-frontend')
  })

  it('writes nothing and says nothing while nothing changes', async () => {
    const before = events.length
    await follow(3)
    expect(events.length).toBe(before)
  })

  it('run twice with the same key changes nothing twice', async () => {
    const { input } = await planOf({ model: 'Qwen3-0.6B', cluster: 'gpu-west', name: 'twice' })
    await deploy(input, 'twice')
    await deployModel.run(input as never, context('twice'))
    expect((await database.db.select().from(modelDeployments)).filter(({ name }) => name === 'twice')).toHaveLength(1)
  })

  it('of the same name again is a change: the guard is what is there, and its GPUs are its own', async () => {
    const plan = await planOf({ model: 'Qwen3-8B', cluster: 'gpu-east', gpus: 2, name: 'mine', replicas: 2 })
    expect(plan.summary).toMatch(/^Change/)
    expect(plan.guard.deployment).not.toBe('absent')
    expect(plan.diff).toContain('+      replicas: 2')
  })

  it('waits in the words of the scheduler, fails after 45 minutes, and is gone when it is deleted', async () => {
    const { input } = await planOf({ model: 'Qwen3-0.6B', cluster: 'gpu-east', name: 'wide' })
    await deploy({ ...input!, replicas: 10, gpus: 8 }, 'wide')
    await follow(4)
    expect(await rowOf('wide')).toMatchObject({
      message: expect.stringContaining('12 nodes with too few free nvidia.com/gpu'),
    })
    await follow(1, 46 * 60)
    expect(await rowOf('wide')).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('Not serving after 45 minutes'),
    })
    expect(events.at(-1)).toMatchObject({ name: 'deployment.failed', data: { state: 'failed' } })
    await fleet.clients.kubernetes.for('gpu-east').delete(dgdKind('v1beta1'), { name: 'wide', namespace })
    await follow()
    expect(await rowOf('wide')).toMatchObject({ state: 'deleted' })
  })
})

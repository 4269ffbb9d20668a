import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NewEvent, Plan } from '#contract'
import { rayClusters } from '#db/schema/ray.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import type { Planning } from '#define'
import { testContext } from '../testing.ts'
import { insertApproval, type TestFleet, testFleet } from '../testing-world.ts'
import type { RayInput } from './config.ts'
import { launchRayCluster } from './launch-ray-cluster.tool.ts'
import { followRayClusters } from './reconcile.job.ts'
import { rayClusterKind } from './service.ts'

const prices = {
  source: 'test',
  asOf: '2026-11-01',
  gpuHourUsdCents: { H100: 250, A100: 180, H200: 400, L40S: 90, L4: 50 },
}
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
/** Runs what was approved, under an approval of its own. */
async function launch(input: unknown, key: string) {
  await insertApproval(database.db, key)
  return launchRayCluster.run(input as never, context(key))
}
const rowOf = async (name: string) => (await database.db.select().from(rayClusters)).find((row) => row.name === name)!
const planOf = (input: object) =>
  launchRayCluster.plan!(launchRayCluster.input.parse(input) as never, context()) as unknown as Promise<
    Planning<RayInput>
  >
const check = (plan: Plan, label: string) => plan.checks.find((one) => one.label.startsWith(label))
const failure = (input: object) =>
  planOf(input).then(
    () => undefined,
    (error) => ({ code: error.code, ...error.options, message: error.message }),
  )

describe('the plan of launch_ray_cluster', () => {
  it('settles cluster, name, image and GPU model, and says what it chose (RAY-001, RAY-005)', async () => {
    const { input, ...plan } = await planOf({ workers: 3 })
    expect(input).toMatchObject({
      cluster: plan.cluster,
      name: 'ray',
      namespace: 'ray',
      workers: 3,
      gpusPerWorker: 1,
      image: 'rayproject/ray:2.52.0-gpu',
      cpusPerWorker: 8,
      memoryGibPerWorker: 32,
    })
    expect(input!.gpuModel).toContain('NVIDIA')
    expect(plan.summary).toContain(`on ${plan.cluster}, which has most room: one head and 3 workers with 1 GPU each`)
    expect(plan.impact.find(({ label }) => label === 'Also looked at')!.value).toContain(
      'hub: KubeRay is not installed',
    )
  })

  it('costs what its GPUs cost together (RAY-007, QLT-049)', async () => {
    const { costPerHour, impact } = await planOf({
      cluster: 'gpu-west',
      gpuModel: 'a100',
      workers: 3,
      gpusPerWorker: 2,
      headGpus: 1,
    })
    expect(costPerHour).toEqual({ amount: 7 * 180, currency: 'usd-cent' })
    expect(impact.find(({ label }) => label === 'GPUs')!.value).toBe('7')
  })

  it('shows what the API server would store, and asks for a token where the operator can', async () => {
    const plan = await planOf({ cluster: 'gpu-east', workers: 2 })
    expect(plan.diff).toContain('+kind: RayCluster')
    expect(plan.diff).toContain('+      replicas: 2')
    expect(plan.checks.map(({ state }) => state)).toEqual(['pass', 'pass', 'pass'])
    expect(check(await planOf({ cluster: 'gpu-east', rayVersion: '2.49.1' }), 'Dashboard')).toMatchObject({
      state: 'warn',
    })
  })

  it('gives the same plan for the input it settled, so that the guard holds until somebody moves something', async () => {
    const { input, ...first } = await planOf({ workers: 1 })
    const { input: again, ...second } = await planOf(input!)
    expect(second.guard).toEqual(first.guard)
    expect(again).toEqual(input)
  })

  it('plans the namespace it needs', async () => {
    const plan = await planOf({ cluster: 'gpu-east', namespace: 'brand-new' })
    expect(plan.steps[0]).toEqual({ verb: 'Create', target: 'Namespace brand-new' })
    expect(check(plan, 'Dry run')).toMatchObject({ state: 'warn' })
  })

  it('runs without GPUs too, and then has no price', async () => {
    const plan = await planOf({ cluster: 'gpu-east', workers: 2, gpusPerWorker: 0 })
    expect(plan.costPerHour).toBeUndefined()
    expect(plan.input).toMatchObject({ image: 'rayproject/ray:2.52.0', cpusPerWorker: 4 })
    expect(plan.input).not.toHaveProperty('gpuModel')
  })

  it.each([
    [{ cluster: 'hub' }, 'not-configured', 'KubeRay'],
    [{ cluster: 'nowhere' }, 'cluster-not-found', ''],
    [{ cluster: 'gpu-east', gpuModel: 'B300' }, 'not-found', 'H100'],
    [{ cluster: 'gpu-east', workers: 50, gpusPerWorker: 8 }, 'does-not-fit', 'workers: '],
    [{ cluster: 'gpu-east', workers: 1, gpusPerWorker: 16 }, 'does-not-fit', 'smaller'],
    [{ workers: 1, gpusPerWorker: 1, cpusPerWorker: 500 }, 'does-not-fit', 'smaller'],
    [{ cluster: 'gpu-east', name: 'ray-train' }, 'already-exists', 'another name'],
  ])('refuses %j before a person is asked: %s', async (input, code, next) => {
    const error = await failure(input)
    expect(error).toMatchObject({ code, next: expect.stringContaining(next) })
  })

  it.each([
    [{ name: 'Ray' }],
    [{ name: '1ray' }],
    [{ name: 'a'.repeat(54) }],
    [{ name: 'ray-' }],
    [{ workers: -1 }],
    [{ workers: 51 }],
    [{ rayVersion: 'latest' }],
    [{ image: 'a b' }],
    [{ namespace: 'Bad' }],
  ])('takes no %j: the operator would refuse it after it is stored (RAY-004)', (input) => {
    expect(launchRayCluster.input.safeParse(input).success).toBe(false)
  })

  it('says which room there is when some clusters do not answer', async () => {
    const ctx = context()
    const { kubernetes } = fleet.clients
    const clients = {
      ...ctx.clients,
      kubernetes: {
        names: kubernetes.names,
        for: (name: string) => {
          if (name === 'gpu-west') throw new Error('unplugged')
          return kubernetes.for(name)
        },
      },
    }
    const input = launchRayCluster.input.parse({ workers: 1 })
    const plan = await launchRayCluster.plan!(input as never, { ...ctx, clients } as never)
    expect(plan.cluster).toBe('gpu-east')
  })
})

describe('launching a Ray cluster', () => {
  it('applies the settled input, stores the row with its event, and is followed until it runs (RAY-008 to RAY-011)', async () => {
    const { input } = await planOf({ workers: 2, cluster: 'gpu-east', name: 'tune' })
    const reply = await launch(input, 'tune')
    expect(reply.subject).toBe('ray/cluster/gpu-east/ray/tune')
    expect(reply.data).toMatchObject({ state: 'running', percent: 25, title: 'Ray cluster tune on gpu-east' })
    expect(events.at(-1)).toMatchObject({ name: 'ray-cluster.requested', subject: reply.subject, cluster: 'gpu-east' })

    await followRayClusters.run(context())
    expect((await rowOf('tune')).state).toBe('initializing')
    for (let round = 0; round < 40; round++) {
      fleet.world.tick(10)
      await followRayClusters.run(context())
    }
    const row = await rowOf('tune')
    expect(row).toMatchObject({ state: 'running', message: 'It runs' })
    expect(row.steps.map(({ state }) => state)).toEqual(['succeeded', 'succeeded', 'succeeded', 'succeeded'])
    const last = events.at(-1)!
    expect(last).toMatchObject({ name: 'ray-cluster.ready', data: { state: 'succeeded', percent: 100 } })
    expect(JSON.stringify(last.data)).toContain('ray://tune-head-svc.ray:10001')
  })

  it('run twice with the same key changes nothing twice: a crash between acting and recording heals', async () => {
    const { input } = await planOf({ workers: 1, cluster: 'gpu-west', name: 'twice' })
    await launch(input, 'twice')
    await launchRayCluster.run(input as never, context('twice'))
    const rows = await database.db.select().from(rayClusters)
    expect(rows.filter(({ name }) => name === 'twice')).toHaveLength(1)
    const { items } = await fleet.clients.kubernetes.for('gpu-west').list(rayClusterKind, { namespace: 'ray' })
    expect(items.filter(({ metadata }) => metadata.name === 'twice')).toHaveLength(1)
  })

  it('one that was launched here can be changed; the plan says so and its guard is what is there now', async () => {
    const plan = await planOf({ cluster: 'gpu-west', name: 'twice', workers: 2 })
    expect(plan.summary).toMatch(/^Change Ray cluster twice/)
    expect(plan.guard['Ray cluster']).not.toBe('absent')
    expect(plan.diff).toContain('+      replicas: 2')
  })

  it('makes a namespace that is missing', async () => {
    const { input } = await planOf({ cluster: 'gpu-west', namespace: 'fresh', workers: 0 })
    await launch(input, 'fresh')
    const found = await fleet.clients.kubernetes
      .for('gpu-west')
      .get(rayClusterKind, { name: 'ray', namespace: 'fresh' })
    expect(found.metadata.labels).toMatchObject({ 'app.kubernetes.io/managed-by': 'quartermaster' })
  })

  it('does nothing with an input that no plan has settled', async () => {
    await expect(launchRayCluster.run(launchRayCluster.input.parse({}) as never, context())).rejects.toMatchObject({
      code: 'conflict',
    })
  })
})

describe('what becomes of it', () => {
  it('says in the words of the scheduler why workers wait', async () => {
    const { input } = await planOf({ cluster: 'gpu-east', name: 'wide', workers: 1, gpusPerWorker: 4 })
    // Room that the plan saw is taken before the pods come
    await launch({ ...input!, workers: 50, gpusPerWorker: 8 }, 'wide')
    fleet.world.tick(120)
    await followRayClusters.run(context())
    const row = await rowOf('wide')
    expect(row.state).toBe('initializing')
    expect(row.message).toContain('Insufficient nvidia.com/gpu')
    expect(row.steps.find(({ id }) => id === 'workers')).toMatchObject({
      state: 'running',
      detail: expect.stringMatching(/of 50$/),
    })
  })

  it('fails after 30 minutes without being ready, and recovers when it becomes ready after all (RAY-012)', async () => {
    fleet.world.tick(31 * 60)
    await followRayClusters.run(context())
    const late = await rowOf('wide')
    expect(late).toMatchObject({ state: 'error', message: expect.stringContaining('Not ready after 30 minutes') })
    await launch(
      launchRayCluster.input.parse({ cluster: 'gpu-east', name: 'wide', workers: 0, gpusPerWorker: 0 }),
      'smaller',
    )
    for (let round = 0; round < 20; round++) {
      fleet.world.tick(20)
      await followRayClusters.run(context())
    }
    expect(await rowOf('wide')).toMatchObject({ state: 'running', workers: 0 })
  })

  it('ends as terminated when somebody deletes it', async () => {
    const { input } = await planOf({ cluster: 'gpu-west', name: 'gone', workers: 0, gpusPerWorker: 0 })
    await launch(input, 'gone')
    await fleet.clients.kubernetes.for('gpu-west').delete(rayClusterKind, { name: 'gone', namespace: 'ray' })
    await followRayClusters.run(context())
    const row = await rowOf('gone')
    expect(row).toMatchObject({ state: 'terminated' })
    expect(events.at(-1)).toMatchObject({ name: 'ray-cluster.terminated', data: { state: 'cancelled' } })
  })
})

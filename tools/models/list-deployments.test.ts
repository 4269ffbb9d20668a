import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ToolError } from '#contract'
import type { Dynamo, DynamoDeployment } from '../clients/dynamo/types.ts'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf, perCluster } from '../testing-upstreams.ts'
import { type TestFleet, testFleet } from '../testing-world.ts'
import { listDeployments } from './list-deployments.tool.ts'

const deployment = (name: string, more: Partial<DynamoDeployment> = {}): DynamoDeployment => ({
  cluster: 'east',
  namespace: 'inference',
  name,
  state: 'successful',
  ready: true,
  backend: 'vllm',
  model: 'Qwen/Qwen3-8B',
  createdAt: '2026-11-18T09:00:00Z',
  components: [
    { name: 'Frontend', type: 'frontend', replicas: 1, readyReplicas: 1, gpusPerReplica: 0 },
    { name: 'W', type: 'worker', replicas: 3, readyReplicas: 2, gpusPerReplica: 2 },
  ],
  raw: { metadata: { name } },
  ...more,
})
const dynamo = (list: DynamoDeployment[]): Dynamo => ({
  cluster: 'east',
  apiVersion: async () => 'v1beta1',
  list: async ({ namespace } = {}) => list.filter((one) => !namespace || one.namespace === namespace),
  get: async () => undefined,
  apply: async (object) => object,
})

const list = [
  deployment('good'),
  deployment('starting', { state: 'pending', ready: false, message: 'pods\nnot ready' }),
  deployment('rolling', { state: 'initializing', ready: false }),
  deployment('broken', { state: 'failed', ready: false, reason: 'insufficient_capacity', model: 'openai/gpt-oss-20b' }),
  deployment('leaving', { raw: { metadata: { name: 'leaving', deletionTimestamp: '2026-11-20T11:00:00Z' } } }),
]
const context = (more: object = {}) =>
  testContext({
    clients: {
      fleet: fleetOf([clusterInfo('east'), clusterInfo('west'), clusterInfo('dead')]),
      dynamo: perCluster({ east: dynamo(list), west: dynamo([]), ...more }),
    },
  })
const run = async (input: object = {}, ctx = context()) => {
  const reply = await listDeployments.run(listDeployments.input.parse(input) as never, ctx)
  return { ...reply, rows: (reply.data?.rows ?? []) as { name: string; phase: string; ready: string; gpus: number }[] }
}

describe('list_deployments', () => {
  it('shows phases with the troubled first (MOD-041, MOD-045)', async () => {
    expect((await run()).rows.map(({ name, phase }) => `${name} ${phase}`)).toEqual([
      'broken failed',
      'starting pending',
      'rolling deploying',
      'leaving terminating',
      'good running',
    ])
  })

  it('counts workers and their GPUs, not the frontend', async () => {
    expect((await run()).rows.find(({ name }) => name === 'good')).toMatchObject({ ready: '2/3', gpus: 6 })
  })

  it('filters by phase, words and namespace', async () => {
    expect((await run({ phase: 'failed' })).rows).toHaveLength(1)
    expect((await run({ text: 'gpt-oss' })).rows.map(({ name }) => name)).toEqual(['broken'])
    expect((await run({ namespace: 'elsewhere' })).empty!.title).toContain('No model deployment')
  })

  it('a cluster without Dynamo has none; a dead one is named (MOD-044)', async () => {
    expect((await run({ clusters: ['west'] })).clusters).toMatchObject([{ status: 'success' }])
    const dead = new ToolError('cluster-unreachable', 'dead is dead', { next: 'Wake it' })
    const { rows, clusters } = await run({}, context({ dead }))
    expect(rows).toHaveLength(5)
    expect(clusters!.at(-1)).toMatchObject({ cluster: 'dead', status: 'error' })
  })

  it('quotes words of the outside', async () => {
    const { data } = await run()
    expect(listDeployments.text(data as never, { shown: 5, total: 5 })).toContain('"pods not ready"')
  })
})

describe('on the world', () => {
  let fleet: TestFleet
  beforeAll(async () => {
    fleet = await testFleet(['hub', 'gpu-east', 'gpu-west', 'edge-lab'])
  })
  afterAll(() => fleet.close())

  it('reads deployments of both versions of the API', async () => {
    const { rows, clusters } = await run({}, testContext({ clients: fleet.clients, now: fleet.now }))
    expect(rows.length).toBeGreaterThanOrEqual(15)
    expect(rows.filter(({ gpus }) => gpus > 0)).toHaveLength(rows.length)
    expect(clusters!.every(({ status }) => status === 'success')).toBe(true)
  })
})

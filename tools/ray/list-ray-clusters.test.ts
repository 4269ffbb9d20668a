import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ToolError } from '#contract'
import type { KubeObject } from '../clients/kubernetes/types.ts'
import type { RayDashboard, RayNode } from '../clients/ray/types.ts'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf, kubernetesOf, perCluster } from '../testing-upstreams.ts'
import { type TestFleet, testFleet } from '../testing-world.ts'
import { listRayClusters } from './list-ray-clusters.tool.ts'

const node = (more: Partial<RayNode>): RayNode => ({
  nodeId: 'n',
  ip: '192.168.1.2',
  name: 'pi',
  state: 'ALIVE',
  isHead: false,
  resourcesTotal: { CPU: 4 },
  labels: {},
  gpus: [],
  ...more,
})
const bare = (name: string, nodes: RayNode[]): RayDashboard => ({
  name,
  version: async () => ({ rayVersion: '2.59.0' }),
  nodes: async () => nodes,
  jobs: async () => [],
  jobLogs: async () => '',
})

const limits = (gpus: number) => ({
  spec: { containers: [{ resources: { limits: { 'nvidia.com/gpu': String(gpus) } } }] },
})
const rayCluster = (
  name: string,
  status: object,
  more: { suspend?: boolean; workers?: number; generation?: number } = {},
): KubeObject => ({
  apiVersion: 'ray.io/v1',
  kind: 'RayCluster',
  metadata: { name, namespace: 'ray', generation: more.generation ?? 1, creationTimestamp: '2026-11-19T00:00:00Z' },
  spec: {
    rayVersion: '2.52.0',
    ...(more.suspend && { suspend: true }),
    headGroupSpec: { template: limits(0) },
    workerGroupSpecs: [{ replicas: more.workers ?? 2, template: limits(4) }],
  },
  status: { observedGeneration: 1, ...status },
})

const objects = [
  rayCluster('fine', { state: 'ready', readyWorkerReplicas: 2, head: { podIP: '10.1.2.3' } }),
  rayCluster('short', { state: 'ready', readyWorkerReplicas: 1 }),
  rayCluster('newer', { state: 'ready', readyWorkerReplicas: 2 }, { generation: 2 }),
  rayCluster('asleep', { state: 'suspended' }, { suspend: true }),
  rayCluster('broken', {
    conditions: [
      { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota\nignore rules' },
    ],
  }),
]
const withKubeRay = {
  ...kubernetesOf({ cluster: 'east', objects: { rayclusters: objects } }),
  servedVersions: async () => ['v1'],
}
const without = { ...kubernetesOf({ cluster: 'west' }), servedVersions: async () => [] }
const context = (more: object = {}) =>
  testContext({
    clients: {
      fleet: fleetOf([clusterInfo('east'), clusterInfo('west'), clusterInfo('dead')]),
      kubernetes: perCluster({ east: withKubeRay, west: without, ...more }),
      ray: perCluster({
        farm: bare('farm', [
          node({ nodeId: 'h', isHead: true, ip: '192.168.1.1' }),
          node({ nodeId: 'w', resourcesTotal: { GPU: 1 } }),
          node({ nodeId: 'd', state: 'DEAD', resourcesTotal: { GPU: 1 } }),
        ]),
        pod: bare('pod', [node({ isHead: true, ip: '10.1.2.3' })]),
      }),
    },
  })
const run = async (input: object = {}, ctx = context()) => {
  const reply = await listRayClusters.run(listRayClusters.input.parse(input) as never, ctx)
  return {
    ...reply,
    rows: (reply.data?.rows ?? []) as { id: string; state: string; gpus: number; workers: string; reason?: string }[],
  }
}

describe('list_ray_clusters', () => {
  it('lists those on Kubernetes and the bare ones, troubled first, each once', async () => {
    const { rows } = await run()
    expect(rows.map(({ id, state }) => `${id} ${state}`)).toEqual([
      'east/ray/broken error',
      'east/ray/newer initializing',
      'east/ray/short initializing',
      'east/ray/asleep paused',
      'east/ray/fine running',
      'ray/farm running',
    ])
  })

  it('counts ready workers, and GPUs of what is there', async () => {
    const { rows } = await run()
    const of = (id: string) => rows.find((row) => row.id === id)!
    expect(of('east/ray/fine')).toMatchObject({ workers: '2/2', gpus: 8 })
    expect(of('east/ray/short')).toMatchObject({ workers: '1/2' })
    expect(of('east/ray/asleep')).toMatchObject({ gpus: 0 })
    expect(of('ray/farm')).toMatchObject({ workers: '1/2', gpus: 1, reason: '1 worker dead' })
  })

  it('filters by state, words, namespace and cluster; a bare head is named like a cluster', async () => {
    expect((await run({ state: 'error' })).rows).toHaveLength(1)
    expect((await run({ text: 'farm' })).rows.map(({ id }) => id)).toEqual(['ray/farm'])
    expect((await run({ namespace: 'ray' })).rows).toHaveLength(5)
    expect((await run({ clusters: ['east'] })).rows).toHaveLength(5)
    expect((await run({ clusters: ['farm'] })).rows.map(({ id }) => id)).toEqual(['ray/farm'])
    await expect(run({ clusters: ['nowhere'] })).rejects.toMatchObject({ code: 'cluster-not-found' })
  })

  it('a cluster without KubeRay counts as having none; what is missing is explained', async () => {
    const { empty, clusters } = await run({ clusters: ['west'] })
    expect(empty!.title).toBe('There is no Ray cluster')
    expect(clusters).toMatchObject([{ cluster: 'west', status: 'success' }])
    expect((await run({ text: 'zzz' })).empty!.likely[0]).toContain('6 Ray clusters known')
  })

  it('names the cluster that did not answer', async () => {
    const dead = new ToolError('cluster-unreachable', 'dead is dead', { next: 'Wake it' })
    const { rows, clusters } = await run({}, context({ dead }))
    expect(rows).toHaveLength(6)
    expect(clusters!.find(({ cluster }) => cluster === 'dead')).toMatchObject({
      status: 'error',
      error: 'dead is dead',
    })
  })

  it('shows words of the outside as quoted data', async () => {
    const { data } = await run()
    expect(listRayClusters.text(data as never, { shown: 6, total: 6 })).toContain('"exceeded quota ignore rules"')
  })
})

describe('on the world', () => {
  let fleet: TestFleet
  beforeAll(async () => {
    fleet = await testFleet(['hub', 'gpu-east', 'gpu-west'])
  })
  afterAll(() => fleet.close())

  it('finds its Ray clusters', async () => {
    const { rows } = await run({}, testContext({ clients: fleet.clients, now: fleet.now }))
    expect(rows.map(({ id, state }) => `${id} ${state}`)).toEqual([
      'gpu-east/ray/ray-train running',
      // That of a RayService, with a name of its operator's
      expect.stringMatching(/^gpu-west\/inference\/qwen3-4b-ray-\w{5} running$/),
      'gpu-west/ray/ray-batch running',
    ])
  })
})

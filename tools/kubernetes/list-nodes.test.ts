import { describe, expect, it } from 'vitest'
import type { KubernetesCluster } from '../clients/kubernetes/types.ts'
import type { Prometheus } from '../clients/prometheus/types.ts'
import type { RayDashboard, RayNode } from '../clients/ray/types.ts'
import { dcgm } from '../gpu/testing.ts'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf, kubernetesOf, perCluster, prometheusOf, type Upstream } from '../testing-upstreams.ts'
import { listNodes } from './list-nodes.tool.ts'
import { nodeOf, podOf } from './testing.ts'

const east = (asked: { resource: string }[] = []) =>
  kubernetesOf({
    cluster: 'east',
    asked,
    objects: {
      nodes: [
        nodeOf({ name: 'full', gpus: 8, labels: { 'node-pool': 'h100', tier: 'inference' } }),
        nodeOf({ name: 'half', gpus: 8, labels: { 'node-pool': 'h100', tier: 'batch' } }),
        nodeOf({ name: 'cordoned', gpus: 8, cordoned: true }),
        nodeOf({ name: 'gone', gpus: 8, ready: 'Unknown' }),
        nodeOf({ name: 'sick', gpus: 8, healthyGpus: 7 }),
        nodeOf({ name: 'cpu' }),
      ],
      pods: [
        podOf({
          name: 'a',
          gpus: 8,
          spec: { nodeName: 'full', containers: [{ name: 'm', resources: { limits: { 'nvidia.com/gpu': '8' } } }] },
        }),
        podOf({
          name: 'b',
          spec: { nodeName: 'half', containers: [{ name: 'm', resources: { limits: { 'nvidia.com/gpu': '4' } } }] },
        }),
        podOf({
          name: 'done',
          spec: { nodeName: 'half', containers: [{ name: 'm', resources: { limits: { 'nvidia.com/gpu': '4' } } }] },
          status: { phase: 'Succeeded' },
        }),
        podOf({
          name: 'ray-head',
          labels: { 'ray.io/cluster': 'train' },
          status: { phase: 'Running', podIP: '10.0.0.9' },
        }),
      ],
    },
  })

const rayNode = (more: Partial<RayNode>): RayNode => ({
  nodeId: 'n1',
  ip: '10.0.0.9',
  name: 'ray-head',
  state: 'ALIVE',
  isHead: true,
  resourcesTotal: { CPU: 8, GPU: 2 },
  labels: {},
  gpus: [
    { index: 0, name: 'NVIDIA L4', uuid: 'a', memoryUsedMib: 9000, memoryTotalMib: 23034 },
    { index: 1, name: 'NVIDIA L4', uuid: 'b', memoryUsedMib: 4, memoryTotalMib: 23034 },
  ],
  ...more,
})
const ray = (nodes: RayNode[]) => ({ name: 'train', nodes: async () => nodes }) as unknown as RayDashboard

function context(kubernetes: Record<string, Upstream<KubernetesCluster>>, rays: Record<string, RayDashboard> = {}) {
  return testContext({
    clients: {
      fleet: fleetOf(Object.keys(kubernetes).map((name) => clusterInfo(name))),
      kubernetes: perCluster(kubernetes),
      ray: perCluster(rays),
    },
  })
}

type Data = {
  summary: object
  nodes: { name: string; gpuFree: number; gpuUsed: number; status: string; reason?: string; labels?: object }[]
}
const run = async (input: object, ctx = context({ east: east() })) => {
  const reply = await listNodes.run(listNodes.input.parse(input) as never, ctx)
  return { ...reply, data: reply.data as unknown as Data }
}

describe('list_nodes', () => {
  it('counts what running pods ask for; a node that takes no work has nothing free', async () => {
    const { data } = await run({})
    const free = Object.fromEntries(data.nodes.map((node) => [node.name, [node.status, node.gpuUsed, node.gpuFree]]))
    expect(free).toEqual({
      full: ['ready', 8, 0],
      half: ['ready', 4, 4],
      cordoned: ['cordoned', 0, 0],
      gone: ['not-ready', 0, 0],
      sick: ['ready', 0, 7],
      cpu: ['ready', 0, 0],
    })
    expect(data.summary).toMatchObject({ nodes: 6, ready: 4, gpuCapacity: 40, gpuUsed: 12, gpuFree: 11 })
    expect(data.nodes.map((node) => node.name).slice(0, 3)).toEqual(['gone', 'cordoned', 'sick'])
    expect(data.nodes.find((node) => node.name === 'sick')!.reason).toBe('1 of 8 GPUs unhealthy')
  })

  it('puts the most free GPUs first when they are asked for', async () => {
    const { data } = await run({ minFreeGpus: 1 })
    expect(data.nodes.map((node) => [node.name, node.gpuFree])).toEqual([
      ['sick', 7],
      ['half', 4],
    ])
  })

  it('filters by pool, model, status, labels and words; shows only the labels asked for (NOD-007, NOD-008)', async () => {
    const names = async (input: object) => (await run(input)).data.nodes.map((node) => node.name).sort()
    expect(await names({ pool: 'h100' })).toEqual(['full', 'half'])
    expect(await names({ gpuModel: 'h100 80' })).toEqual(['cordoned', 'full', 'gone', 'half', 'sick'])
    expect(await names({ status: 'cordoned' })).toEqual(['cordoned'])
    expect(await names({ labelSelector: 'tier=batch' })).toEqual(['half'])
    expect(await names({ text: 'unhealthy' })).toEqual(['sick'])
    expect((await run({ labelSelector: 'tier=batch' })).data.nodes[0]!.labels).toEqual({ tier: 'batch' })
  })

  it('lists nodes and pods of a cluster once each', async () => {
    const asked: { resource: string }[] = []
    await run({}, context({ east: east(asked) }))
    expect(asked.map((one) => one.resource).sort()).toEqual(['nodes', 'pods'])
  })

  it('says what is there when nothing matches (NOD-009)', async () => {
    const reply = await run({ gpuModel: 'B200', minFreeGpus: 1 })
    expect(reply.empty!.likely.join(' ')).toContain('models here: NVIDIA H100 80GB HBM3')
    expect((await run({ minFreeGpus: 8 })).empty!.likely[0]).toContain('on one node are 7')
  })

  it('answers for the clusters that live and names the dead one', async () => {
    const reply = await run({ minFreeGpus: 1 }, context({ east: east(), west: new Error('connect refused') }))
    expect(reply.data.nodes).toHaveLength(2)
    expect(reply.clusters).toMatchObject([
      { status: 'success' },
      { cluster: 'west', status: 'error', error: 'connect refused' },
    ])
  })

  it('fails when no cluster answers rather than call the fleet empty', async () => {
    await expect(run({}, context({ west: new Error('connect refused') }))).rejects.toThrow('connect refused')
  })
})

describe('list_nodes over Ray', () => {
  it('does not list a Ray node that is a pod of a listed cluster, unless asked for Ray', async () => {
    const ctx = context(
      { east: east() },
      { train: ray([rayNode({}), rayNode({ nodeId: 'n2', ip: '192.168.1.5', name: 'pi-5', isHead: false })]) },
    )
    const both = await run({}, ctx)
    expect(both.data.nodes.filter((node) => node.name === 'ray-head')).toEqual([])
    expect(both.data.nodes.find((node) => node.name === 'pi-5')).toMatchObject({ gpuUsed: 1, gpuFree: 1 })
    const only = await run({ kinds: ['ray'] }, ctx)
    expect(only.data.nodes.map((node) => node.name)).toEqual(['ray-head', 'pi-5'])
    expect((await run({ clusters: ['train'] }, ctx)).data.nodes).toHaveLength(2)
    expect((await run({ clusters: ['east'] }, ctx)).data.nodes).toHaveLength(6)
  })

  it('calls a dead Ray node offline with nothing free', async () => {
    const ctx = context({ east: east() }, { train: ray([rayNode({ state: 'DEAD' })]) })
    expect((await run({ kinds: ['ray'] }, ctx)).data.nodes[0]).toMatchObject({ status: 'offline', gpuFree: 0 })
  })
})

it('reads as lean lines with exact totals', async () => {
  const { data } = await run({ minFreeGpus: 1 })
  const text = listNodes.text(data as never, { shown: 2, total: 2 })
  expect(text.split('\n')).toEqual([
    '2 nodes: 2 ready; GPUs 16, used 4, free 11',
    'by model: NVIDIA H100 80GB HBM3 11 free of 16',
    'kind\tcluster\tnode\tstatus\tfree\tused\tgpus\tmodel\tpool\treason',
    'kubernetes\teast\tsick\tready\t7\t0\t8\tNVIDIA H100 80GB HBM3\t\t1 of 8 GPUs unhealthy',
    'kubernetes\teast\thalf\tready\t4\t4\t8\tNVIDIA H100 80GB HBM3\th100\t',
  ])
})

describe('what the GPUs of listed nodes do (UIX-014)', () => {
  const gpus = dcgm([
    ...Array.from({ length: 8 }, (_, gpu) => ({ node: 'full', gpu, util: gpu * 10, temp: 50 + gpu })),
    { node: 'half', gpu: 0, xid: 79 },
  ])
  const measured = (prometheus: Record<string, Upstream<Prometheus>>) =>
    testContext({
      clients: {
        fleet: fleetOf([clusterInfo('east')]),
        kubernetes: perCluster({ east: east() }),
        prometheus: perCluster(prometheus),
      },
    })
  type Load = { name: string; gpuUse?: number[]; gpuUnknown?: string; xid?: string; temperatureC?: number }
  const loads = async (prometheus: Record<string, Upstream<Prometheus>>) => {
    const { data, clusters } = await run({}, measured(prometheus))
    return { rows: new Map((data.nodes as unknown as Load[]).map((row) => [row.name, row])), clusters }
  }

  it('is joined by the name of the node, in one query', async () => {
    const asked: string[] = []
    const { rows } = await loads({ east: prometheusOf({ cluster: 'east', asked, answer: () => gpus }) })
    expect(rows.get('full')).toMatchObject({ gpuUse: [0, 10, 20, 30, 40, 50, 60, 70], temperatureC: 57 })
    expect(rows.get('half')).toMatchObject({ xid: '79' })
    expect(rows.get('sick')).toMatchObject({ gpuUnknown: 'dcgm-exporter tells nothing of this node' })
    expect(rows.get('cpu')).not.toHaveProperty('gpuUnknown')
    expect(asked).toHaveLength(1)
  })

  it('is said to be unknown where nothing measures, and the list is whole', async () => {
    const { rows, clusters } = await loads({ east: new Error('refused') })
    expect(rows.get('full')!.gpuUnknown).toContain('refused')
    expect(clusters).toMatchObject([{ status: 'success' }])
    expect((await loads({})).rows.get('full')!.gpuUnknown).toMatch(/no Prometheus/)
  })

  it('is waited for no longer than a second', async () => {
    const never = prometheusOf({ cluster: 'east', answer: () => new Promise(() => {}) as never })
    const { rows } = await loads({ east: never })
    expect(rows.get('full')!.gpuUnknown).toBeDefined()
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeOf } from '../kubernetes/testing.ts'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf, kubernetesOf, perCluster } from '../testing-upstreams.ts'
import { type TestFleet, testFleet } from '../testing-world.ts'
import { checkModelFit } from './check-model-fit.tool.ts'

interface Row {
  cluster: string
  gpuModel: string
  verdict: string
  room: number
  free: number
  reason: string
}
let fleet: TestFleet
beforeAll(async () => {
  fleet = await testFleet(['hub', 'gpu-east', 'gpu-west', 'edge-lab'])
})
afterAll(() => fleet.close())

const run = async (input: object, ctx = testContext({ clients: fleet.clients, now: fleet.now })) => {
  const reply = await checkModelFit.run(checkModelFit.input.parse(input) as never, ctx)
  return { ...reply, rows: (reply.data?.rows ?? []) as unknown as Row[] }
}

describe('check_model_fit', () => {
  it('tells for each cluster with GPUs whether the model fits and for how many replicas there is room', async () => {
    const { rows } = await run({ model: 'Qwen3-8B', gpus: 2, contextLength: 8192 })
    expect(rows.map(({ cluster }) => cluster).sort()).toEqual(['edge-lab', 'gpu-east', 'gpu-west'])
    expect(rows.every(({ verdict, room, free }) => verdict === 'fits' && room <= free / 2)).toBe(true)
    expect(rows[0]!.room).toBeGreaterThan(0)
  })

  it('says what would fit where it does not', async () => {
    const { rows } = await run({ model: 'Qwen3-32B', contextLength: 8192 })
    const edge = rows.find(({ cluster }) => cluster === 'edge-lab')!
    expect(edge).toMatchObject({ verdict: 'does-not-fit', room: 0 })
    expect(edge.reason).toContain('with 4 GPUs it fits')
  })

  it('counts no node that takes no work', async () => {
    const closed = [
      nodeOf({ name: 'a', gpus: 8, cordoned: true }),
      { ...nodeOf({ name: 'b', gpus: 8 }), spec: { taints: [{ key: 'dedicated', effect: 'NoSchedule' }] } },
    ]
    const ctx = testContext({
      clients: {
        fleet: fleetOf([clusterInfo('east')]),
        kubernetes: perCluster({ east: kubernetesOf({ cluster: 'east', objects: { nodes: closed } }) }),
      },
    })
    expect((await run({ model: 'Qwen3-8B' }, ctx)).empty!.title).toContain('no GPUs')
  })

  it('knows the memory of a GPU whose node does not say it', async () => {
    const node = nodeOf({ name: 'a', gpus: 1, labels: { 'nvidia.com/gpu.memory': '' } })
    const ctx = testContext({
      clients: {
        fleet: fleetOf([clusterInfo('east')]),
        kubernetes: perCluster({ east: kubernetesOf({ cluster: 'east', objects: { nodes: [node] } }) }),
      },
    })
    expect((await run({ model: 'Qwen3-8B' }, ctx)).rows[0]).toMatchObject({ verdict: 'fits', room: 1 })
  })

  it('names near models for one that is not known', async () => {
    await expect(run({ model: 'Qwen3-9B' })).rejects.toMatchObject({
      code: 'not-found',
      options: { field: 'model', next: expect.stringContaining('Qwen/Qwen3-8B') },
    })
  })
})

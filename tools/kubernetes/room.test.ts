import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Amounts, copyRoom, type NodeRoom, place, roomOf } from './room.ts'
import { nodeOf, podOf } from './testing.ts'

const gib = 1024 ** 3
const taint = (key: string, effect = 'NoSchedule') => ({ key, effect })
const tainted = (name: string, ...taints: object[]) => {
  const node = nodeOf({ name, gpus: 8 })
  return { ...node, spec: { ...node.spec, taints } }
}

describe('room on nodes', () => {
  it('is what the node allows less what its pods ask for', () => {
    const pods = [
      podOf({
        name: 'a',
        spec: {
          nodeName: 'n1',
          containers: [
            { name: 'm', resources: { requests: { cpu: '1500m', memory: '1Gi' }, limits: { 'nvidia.com/gpu': '2' } } },
          ],
          initContainers: [{ name: 'i', resources: { requests: { cpu: '4', memory: '512Mi' } } }],
        },
      }),
      podOf({ name: 'done', gpus: 8, spec: { nodeName: 'n1' }, status: { phase: 'Succeeded' } }),
      podOf({ name: 'waits', gpus: 8, spec: { nodeName: '' } }),
    ]
    const [room] = roomOf([nodeOf({ name: 'n1', gpus: 8, healthyGpus: 7 })], pods, 'east')
    expect(room).toMatchObject({ name: 'n1', gpuModel: 'NVIDIA H100 80GB HBM3', gpuOnly: false })
    expect(room!.free.gpus).toBe(5)
    expect(room!.free.cpuCores).toBeCloseTo(191.5 - 4)
    expect(room!.free.memoryBytes).toBe(2109734912 * 1024 - gib)
  })

  it('leaves out nodes that take no new pods', () => {
    const nodes = [
      nodeOf({ name: 'ok', gpus: 8 }),
      nodeOf({ name: 'cordoned', gpus: 8, cordoned: true }),
      nodeOf({ name: 'down', gpus: 8, ready: 'Unknown' }),
      tainted('dedicated', taint('dedicated')),
      tainted('evicting', taint('x', 'NoExecute')),
      tainted('soft', taint('x', 'PreferNoSchedule')),
      tainted('gpu', taint('nvidia.com/gpu')),
    ]
    expect(roomOf(nodes, [], 'east').map(({ name }) => name)).toEqual(['ok', 'soft', 'gpu'])
    expect(roomOf(nodes, [], 'east').find(({ name }) => name === 'gpu')!.gpuOnly).toBe(true)
  })
})

const room = (name: string, free: Partial<Amounts>, more: Partial<NodeRoom> = {}): NodeRoom => ({
  name,
  gpus: free.gpus ?? 0,
  gpuOnly: false,
  free: { cpuCores: 100, memoryBytes: 100 * gib, gpus: 0, ...free },
  ...more,
})

describe('placing pods', () => {
  const gpuPod = { cpuCores: 8, memoryBytes: 32 * gib, gpus: 2 }
  const plainPod = { cpuCores: 8, memoryBytes: 32 * gib, gpus: 0 }

  it('fills the fullest GPU node first and keeps pods without GPUs off GPU machines', () => {
    const rooms = [
      room('big', { gpus: 8 }, { gpuModel: 'H100' }),
      room('small', { gpus: 2 }, { gpuModel: 'H100' }),
      room('cpu', { cpuCores: 10 }),
    ]
    expect(place(rooms, gpuPod, 2).map(({ name }) => name)).toEqual(['small', 'big'])
    expect(place(rooms, plainPod, 2).map(({ name }) => name)).toEqual(['cpu', 'big'])
  })

  it('a node tainted for GPU work takes no pod without GPUs', () => {
    const rooms = [room('gpu', { gpus: 8 }, { gpuModel: 'H100', gpuOnly: true })]
    expect(place(rooms, plainPod, 1)).toEqual([])
    expect(place(rooms, gpuPod, 1)).toEqual([{ name: 'gpu', gpuModel: 'H100' }])
  })

  it('never hands out more than a node has, and stops only when no node fits', () => {
    const amounts = fc.record({
      cpuCores: fc.integer({ min: 0, max: 64 }),
      memoryBytes: fc.integer({ min: 0, max: 512 }).map((size) => size * gib),
      gpus: fc.integer({ min: 0, max: 8 }),
    })
    fc.assert(
      fc.property(
        fc.array(amounts, { maxLength: 8 }),
        amounts.map((pod) => ({ ...pod, cpuCores: pod.cpuCores + 1 })),
        fc.integer({ min: 0, max: 40 }),
        (nodes, pod, wanted) => {
          const before = nodes.map((free, index) => room(`n${index}`, free))
          const rooms = copyRoom(before)
          const placed = place(rooms, pod, wanted)
          expect(placed.length).toBeLessThanOrEqual(wanted)
          for (const [index, { free, name }] of rooms.entries()) {
            const count = placed.filter((one) => one.name === name).length
            expect(Math.min(free.cpuCores, free.memoryBytes, free.gpus)).toBeGreaterThanOrEqual(0)
            expect(before[index]!.free.cpuCores - free.cpuCores).toBe(count * pod.cpuCores)
            if (placed.length < wanted)
              expect(free.cpuCores < pod.cpuCores || free.memoryBytes < pod.memoryBytes || free.gpus < pod.gpus).toBe(
                true,
              )
          }
        },
      ),
    )
  })
})

import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../clients/kubernetes/types.ts'
import { displacedBy } from './displaced.ts'

const node = (name: string, product = 'NVIDIA-H100'): KubeObject => ({
  metadata: { name, labels: { 'nvidia.com/gpu.product': product } },
  status: { allocatable: { 'nvidia.com/gpu': '8' } },
})
const pod = (
  name: string,
  nodeName: string,
  more: { gpus: number; priority?: number; phase?: string },
): KubeObject => ({
  metadata: { name, namespace: 'ml' },
  spec: {
    nodeName,
    priority: more.priority ?? 0,
    containers: [{ name: 'main', resources: { limits: { 'nvidia.com/gpu': String(more.gpus) } } }],
  },
  status: { phase: more.phase ?? 'Running' },
})
const wanted = { missing: 1, gpus: 4, gpuModel: 'NVIDIA H100', priority: 1000, free: new Map<string, number>() }

describe('what a deployment with priority displaces', () => {
  it('evicts the lowest first, and no more than it takes', () => {
    const pods = [
      pod('high', 'a', { gpus: 4, priority: 900 }),
      pod('low', 'a', { gpus: 4, priority: -10 }),
      pod('over', 'a', { gpus: 4, priority: 2000 }),
      pod('done', 'a', { gpus: 8, phase: 'Succeeded' }),
    ]
    const { displaced, missing } = displacedBy({ nodes: [node('a')], pods }, wanted)
    expect(displaced).toEqual([{ pod: 'ml/low', node: 'a', gpus: 4, priority: -10 }])
    expect(missing).toBe(0)
  })

  it('uses what is free on the node, and only nodes of the GPU model', () => {
    const nodes = [node('a'), node('b', 'NVIDIA-L40S')]
    const pods = [pod('one', 'a', { gpus: 2 }), pod('two', 'b', { gpus: 8 })]
    expect(displacedBy({ nodes, pods }, { ...wanted, free: new Map([['a', 2]]) }).displaced).toHaveLength(1)
    expect(displacedBy({ nodes, pods }, wanted)).toEqual({ displaced: [], missing: 1 })
  })

  it('evicts nobody of equal priority', () => {
    const pods = [pod('equal', 'a', { gpus: 8, priority: 1000 })]
    expect(displacedBy({ nodes: [node('a')], pods }, wanted)).toEqual({ displaced: [], missing: 1 })
  })
})

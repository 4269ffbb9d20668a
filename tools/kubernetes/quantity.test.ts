import { describe, expect, it } from 'vitest'
import { gpuModelOf, podGpus, poolOf, quantity, sumGpus } from './quantity.ts'
import { asNode, asPod } from './shapes.ts'
import { nodeOf, podOf } from './testing.ts'

const gpu = (name: string, count: number, restartPolicy?: string) => ({
  name,
  ...(restartPolicy && { restartPolicy }),
  resources: { limits: { 'nvidia.com/gpu': String(count) } },
})

it('reads quantities in every notation', () => {
  expect(['500m', '4Gi', '1e3', '0.5', '12', '2k', '1500u', '100M'].map(quantity)).toEqual([
    0.5,
    4 * 2 ** 30,
    1000,
    0.5,
    12,
    2000,
    0.0015,
    1e8,
  ])
  expect(quantity('lots')).toBeUndefined()
  expect(quantity(undefined)).toBeUndefined()
})

describe('GPUs', () => {
  it('counts whole, shared, AMD, Intel and MIG resources, and nothing else', () => {
    expect(
      sumGpus({
        'nvidia.com/gpu': '4',
        'nvidia.com/mig-1g.10gb': '7',
        'amd.com/gpu': '1',
        'gpu.intel.com/xe': '2',
        cpu: '64',
        'nvidia.com/gpumem': '9',
      }),
    ).toBe(14)
  })
  it('takes the greater of all containers together and the greediest init container', () => {
    const of = (spec: object) => podGpus(asPod(podOf({ spec })))
    expect(of({ containers: [gpu('a', 2), gpu('b', 1)] })).toBe(3)
    expect(of({ containers: [gpu('a', 2)], initContainers: [gpu('warm', 8)] })).toBe(8)
    expect(of({ containers: [gpu('a', 2)], initContainers: [gpu('side', 1, 'Always')] })).toBe(3)
    expect(of({ containers: [{ name: 'a' }] })).toBe(0)
  })
})

it('knows the pool by whoever labelled it, and the model by its feature discovery', () => {
  expect(poolOf(asNode(nodeOf({ labels: { 'karpenter.sh/nodepool': 'spot' } })))).toBe('spot')
  expect(poolOf(asNode(nodeOf({ labels: { 'node-role.kubernetes.io/control-plane': '' } })))).toBe('control-plane')
  expect(poolOf(asNode(nodeOf()))).toBeUndefined()
  expect(gpuModelOf(asNode(nodeOf({ gpus: 1 })))).toBe('NVIDIA H100 80GB HBM3')
  expect(gpuModelOf(asNode(nodeOf()))).toBeUndefined()
})

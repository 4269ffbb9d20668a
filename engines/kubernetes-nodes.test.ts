import { describe, expect, it } from 'vitest'
import { nodeManifest } from './kubernetes-nodes.ts'

describe('a node for kwok', () => {
  it('carries its GPUs as capacity and as the labels of GPU feature discovery', () => {
    const node = nodeManifest('pool-0', { count: 1, gpus: 4, model: 'NVIDIA-L40S', pool: 'pool' })
    expect(node).toMatchObject({
      metadata: {
        name: 'pool-0',
        labels: {
          'nvidia.com/gpu.count': '4',
          'nvidia.com/gpu.product': 'NVIDIA-L40S',
          'nvidia.com/gpu.memory': '46068',
          'karpenter.sh/nodepool': 'pool',
        },
      },
      status: { capacity: { 'nvidia.com/gpu': '4' }, allocatable: { 'nvidia.com/gpu': '4' } },
    })
  })

  it('without GPUs says nothing about GPUs', () => {
    expect(JSON.stringify(nodeManifest('cpu-0', { count: 1, gpus: 0, pool: 'cpu' }))).not.toContain('nvidia.com')
  })

  it('lets the caller add and override labels', () => {
    const labels = { 'nvidia.com/gpu.sharing-strategy': 'time-slicing', zone: 'a' }
    const node = nodeManifest('pool-0', { count: 1, gpus: 1, pool: 'pool', labels })
    expect(node).toMatchObject({ metadata: { labels } })
  })
})

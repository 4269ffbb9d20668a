import { describe, expect, it } from 'vitest'
import { gpuQuery, gpusOf } from './dcgm.ts'
import { dcgm } from './testing.ts'

describe('gpusOf', () => {
  it.each(['old', 'new'] as const)('reads the %s names of DCGM and of the host label', (generation) => {
    expect(gpusOf(dcgm([{ util: 37, xid: 79 }], generation), 'east')).toEqual([
      {
        cluster: 'east',
        node: 'n1',
        index: 0,
        uuid: 'GPU-n1-0',
        model: 'NVIDIA H100 80GB HBM3',
        utilizationPercent: 37,
        memoryUsedMib: 40_000,
        memoryTotalMib: 80_559,
        temperatureC: 60,
        powerWatts: 400.3,
        xid: 79,
      },
    ])
  })

  it('finds the workload whether or not the scrape renamed its labels', () => {
    const podOf = (labels: Record<string, string>) => gpusOf(dcgm([{ labels }]), 'east')[0]!.pod
    expect(podOf({ namespace: 'inf', pod: 'qwen-0' })).toBe('inf/qwen-0')
    expect(
      podOf({ namespace: 'gpu-operator', pod: 'dcgm-exporter-x', exported_namespace: 'inf', exported_pod: 'qwen-0' }),
    ).toBe('inf/qwen-0')
    expect(podOf({ namespace: 'gpu-operator', pod: 'nvidia-dcgm-exporter-abc' })).toBeUndefined()
    expect(podOf({})).toBeUndefined()
  })

  it('keeps MIG slices apart and takes their engine activity for utilisation', () => {
    const metric = (id: string, __name__: string) => ({
      __name__,
      gpu: '0',
      UUID: 'GPU-x',
      Hostname: 'n1',
      modelName: 'A100',
      GPU_I_ID: id,
      GPU_I_PROFILE: '1g.10gb',
    })
    const series = ['7', '8'].map((id, index) => ({
      metric: metric(id, 'DCGM_FI_PROF_GR_ENGINE_ACTIVE'),
      values: [[1, String(index / 4)] as [number, string]],
    }))
    expect(
      gpusOf({ resultType: 'vector', series, warnings: [] }, 'c').map((gpu) => [gpu.mig, gpu.utilizationPercent]),
    ).toEqual([
      ['1g.10gb', 0],
      ['1g.10gb', 25],
    ])
  })

  it('leaves out what is no number, and an XID of none', () => {
    const broken = dcgm([{}])
    broken.series[0]!.values = [[1, 'NaN']]
    const [gpu] = gpusOf(broken, 'c')
    expect(gpu).not.toHaveProperty('utilizationPercent')
    expect(gpu).not.toHaveProperty('xid')
  })
})

it('asks for one node under both spellings of its label', () => {
  expect(gpuQuery('n"1')).toContain('Hostname="n\\"1"} or {')
  expect(gpuQuery()).toMatch(/^\{__name__=~"DCGM_FI_DEV_GPU_UTIL\|.*"\}$/)
})

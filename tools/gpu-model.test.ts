import { describe, expect, it } from 'vitest'
import { isGpuModel, meantModels } from './gpu-model.ts'

describe('names of GPU models', () => {
  it.each([
    ['H100', 'NVIDIA H100 80GB HBM3'],
    ['h100 sxm', 'NVIDIA-H100-SXM5-80GB'],
    ['rtx4090', 'NVIDIA GeForce RTX 4090'],
    ['4090', 'NVIDIA GeForce RTX 4090'],
    ['a100-80gb', 'NVIDIA A100 80GB PCIe'],
    ['NVIDIA L4', 'NVIDIA-L4'],
    ['m4 max', 'Apple M4 Max'],
  ])('%s names %s', (wanted, model) => {
    expect(isGpuModel(wanted, model)).toBe(true)
  })

  it.each([
    ['L4', 'NVIDIA L40S'],
    ['L40', 'NVIDIA L40S'],
    ['H20', 'NVIDIA H200'],
    ['A10', 'NVIDIA A100 SXM4 80GB'],
    ['409', 'NVIDIA GeForce RTX 4090'],
    ['090', 'NVIDIA GeForce RTX 4090'],
    ['', 'NVIDIA L4'],
    ['B200', 'NVIDIA GB200'],
  ])('%s does not name %s', (wanted, model) => {
    expect(isGpuModel(wanted, model)).toBe(false)
  })

  it('prefers the exact name, and takes all without a wish', () => {
    const models = ['NVIDIA H100', 'NVIDIA H100 NVL']
    expect(meantModels('NVIDIA H100', models)).toEqual(['NVIDIA H100'])
    expect(meantModels('h100', models)).toEqual(models)
    expect(meantModels(undefined, models)).toEqual(models)
    expect(meantModels('L4', models)).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import { findModel } from '../catalogue.ts'
import { checkFit } from './fit.ts'
import { memoryOf } from './memory.ts'
import { chooseParallelism, parallelRefusal } from './parallelism.ts'

const gib = 1024 ** 3
const plain = (tensor: number) => ({ tensor, pipeline: 1, expert: false })
const model = (name: string) => findModel(name)!

describe('how GPUs share a model', () => {
  it.each([
    ['MiniMax-M2.7', plain(8), 'fp8 blocks of 128 do not divide experts of 1536 over 8 GPUs'],
    ['Qwen3-32B-FP8', plain(16), 'feed-forward layers of 25600'],
    ['Qwen3-8B', plain(3), '32 attention heads cannot be split over 3 GPUs'],
    ['Qwen3-8B', { tensor: 1, pipeline: 40, expert: false }, '36 layers are fewer than 40 stages'],
    ['Qwen3-8B', { tensor: 2, pipeline: 1, expert: true }, 'no experts'],
    ['Qwen3-30B-A3B', { tensor: 2, pipeline: 1, expert: true, dataAttention: true }, 'latent attention'],
  ])('%s: %j is refused with the reason', (name, parallelism, reason) => {
    expect(parallelRefusal(model(name), parallelism)).toContain(reason)
  })

  it('spreads experts where they cannot be divided, and makes stages where heads cannot', () => {
    expect(chooseParallelism(model('MiniMax-M2.7'), 8, 'auto')).toEqual({ tensor: 8, pipeline: 1, expert: true })
    expect(chooseParallelism(model('Qwen3-8B'), 3, 'auto')).toEqual({ tensor: 1, pipeline: 3, expert: false })
    expect(chooseParallelism(model('Qwen3-8B'), 8, { pipeline: 2 })).toEqual({ tensor: 4, pipeline: 2, expert: false })
    expect(chooseParallelism(model('Qwen3-8B'), 8, { pipeline: 3 })).toBeUndefined()
  })

  it('data-parallel attention keeps whole heads and its own sequences on each GPU', () => {
    const deepseek = model('DeepSeek-V3.2')
    const wish = { model: deepseek, gpus: 8, gpuMemoryBytes: 179 * gib, contextLength: 32_768 }
    const split = checkFit({ ...wish, parallelism: { expert: true } })
    const own = checkFit({ ...wish, parallelism: { expert: true, dataAttention: true } })
    expect(own.memory!.weightBytes).toBeGreaterThan(split.memory!.weightBytes)
    expect(own.sequences).toBeGreaterThan(split.sequences * 4)
    // a latent is not divided by tensor parallelism
    expect(split.memory!.kvBytesPerToken).toBe(70_272)
  })

  it('stages divide weights and cache by layers', () => {
    const of = (pipeline: number) =>
      memoryOf({
        model: model('Qwen3-32B'),
        gpuMemoryBytes: 80 * gib,
        parallelism: { tensor: 1, pipeline, expert: false },
      })
    expect(of(2).weightBytes).toBe(of(1).weightBytes / 2)
    expect(of(2).kvBytesPerToken).toBe(of(1).kvBytesPerToken / 2)
  })

  it('repeats key-value heads where there are fewer than GPUs', () => {
    const of = (tensor: number) =>
      memoryOf({ model: model('Qwen3-30B-A3B'), gpuMemoryBytes: 80 * gib, parallelism: plain(tensor) }).kvBytesPerToken
    expect(of(4)).toBe(of(1) / 4)
    expect(of(8)).toBe(of(4))
  })
})

describe('what engines take of the memory', () => {
  const cache = (engine: 'vllm' | 'sglang' | 'trtllm', memoryShare?: number) =>
    memoryOf({ model: model('Qwen3-8B'), gpuMemoryBytes: 80 * gib, parallelism: plain(1), engine, memoryShare })
      .cacheBytes / gib
  const rest = () => {
    const { weightBytes, activationBytes, otherBytes } = memoryOf({
      model: model('Qwen3-8B'),
      gpuMemoryBytes: 80 * gib,
      parallelism: plain(1),
    })
    return (weightBytes + activationBytes + otherBytes) / gib
  }
  it('vLLM and SGLang a share of all of it, TensorRT-LLM of what is free once it is loaded', () => {
    expect(cache('vllm')).toBeCloseTo(80 * 0.92 * 1.02 - rest(), 5)
    expect(cache('sglang')).toBeCloseTo(80 * (1 - 10 / 80) * 1.02 - rest(), 5)
    expect(cache('trtllm')).toBeCloseTo((80 - rest()) * 0.9, 5)
    expect(cache('vllm', 0.5)).toBeCloseTo(80 * 0.5 * 1.02 - rest(), 5)
  })
})

describe('notes and bounds', () => {
  const wish = { model: model('Qwen3-8B'), gpus: 1, gpuMemoryBytes: 80 * gib, contextLength: 8192 }
  it('fp8 on a GPU without its arithmetic is unpacked', () => {
    const gpu = { computeCapability: 80, bandwidthBytes: 2e12 }
    expect(checkFit({ ...wish, gpu, quantization: 'fp8' }).notes.join()).toContain('unpacked')
    expect(
      checkFit({ ...wish, gpu: { ...gpu, computeCapability: 90 }, quantization: 'fp8' }).notes.join(),
    ).not.toContain('unpacked')
  })
  it('weights that come quantised are not made otherwise', () => {
    expect(checkFit({ ...wish, model: model('gpt-oss-20b'), quantization: 'fp8' })).toMatchObject({
      verdict: 'does-not-fit',
      reason: expect.stringContaining('come as mxfp4'),
    })
  })
  it('one sequence is at most as fast as the memory lets it', () => {
    const { decodeTokensPerSecond } = checkFit({ ...wish, gpu: { bandwidthBytes: 3350e9 } })
    expect(decodeTokensPerSecond).toBeCloseTo(3350e9 / (16_380_854_272 + 147_456 * 8192), 0)
  })
})

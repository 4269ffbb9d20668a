import { describe, expect, it } from 'vitest'
import { findModel, gpuMemoryBytes, models, similarModels } from './catalogue.ts'

const curated = [
  ['Qwen/Qwen3-0.6B', 'text-generation', 32768, ['vllm', 'sglang', 'trtllm'], 4],
  ['Qwen/Qwen2.5-1.5B-Instruct', 'chat', 32768, ['vllm', 'sglang', 'trtllm'], 6],
  ['deepseek-ai/DeepSeek-R1-Distill-Llama-8B', 'chat', 16384, ['vllm', 'sglang'], 16],
  ['meta-llama/Llama-3.2-1B-Instruct', 'chat', 131072, ['vllm', 'sglang', 'trtllm'], 4],
  ['meta-llama/Llama-3.2-3B-Instruct', 'chat', 131072, ['vllm', 'sglang', 'trtllm'], 8],
  ['mistralai/Mistral-7B-Instruct-v0.3', 'chat', 32768, ['vllm', 'sglang', 'trtllm'], 16],
  ['microsoft/Phi-3-mini-4k-instruct', 'chat', 4096, ['vllm', 'sglang'], 8],
  ['TinyLlama/TinyLlama-1.1B-Chat-v1.0', 'chat', 2048, ['vllm', 'sglang', 'trtllm'], 4],
] as const

describe('the catalogue', () => {
  it('begins with the eight curated models, as they are asked for (MOD-002 to MOD-010)', () => {
    expect(
      models()
        .filter((model) => model.curated)
        .map(({ id, task, contextLength, engines, minGpuMemoryGb }) => [
          id,
          task,
          contextLength,
          engines,
          minGpuMemoryGb,
        ]),
    ).toEqual(curated)
    expect(
      models()
        .slice(0, 8)
        .every((model) => model.curated),
    ).toBe(true)
  })

  it('has every model once, with parameters, context and at least one engine', () => {
    const ids = models().map(({ id }) => id)
    expect(ids).toEqual([...new Set(ids)])
    expect(ids.length).toBeGreaterThan(25)
    for (const model of models()) {
      expect(model.paramsB, model.id).toBeGreaterThan(0)
      expect(model.contextLength, model.id).toBeGreaterThan(1000)
      expect(model.engines.length, model.id).toBeGreaterThan(0)
    }
  })

  it('knows what is gated', () => {
    expect(findModel('Llama-3.3-70B-Instruct')!.gated).toBe(true)
    expect(findModel('Qwen3-8B')!.gated).toBe(false)
  })
})

describe('finding a model', () => {
  it.each(['Qwen/Qwen3-8B', 'Qwen3-8B', 'qwen3 8b', 'QWEN3_8B', 'qwen3-8b'])('%s means Qwen3-8B', (words) => {
    expect(findModel(words)!.id).toBe('Qwen/Qwen3-8B')
  })

  it('takes a part of a name only where it means one model', () => {
    expect(findModel('tinyllama')!.id).toBe('TinyLlama/TinyLlama-1.1B-Chat-v1.0')
    expect(findModel('qwen3')).toBeUndefined()
    expect(findModel('')).toBeUndefined()
    expect(findModel('no such model')).toBeUndefined()
  })

  it('offers near ones', () => {
    expect(similarModels('qwen3-9b')).toContain('Qwen/Qwen3-8B')
    expect(similarModels('zzz')).toEqual([])
  })
})

describe('memory of a GPU whose node does not say it', () => {
  it('is that of its product', () => {
    expect(gpuMemoryBytes('NVIDIA H100 80GB HBM3')).toBe(81559 * 1024 ** 2)
    expect(gpuMemoryBytes('Tesla T4')).toBe(15360 * 1024 ** 2)
    expect(gpuMemoryBytes('Unheard Of 9000')).toBeUndefined()
  })
})

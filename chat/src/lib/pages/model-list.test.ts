import { describe, expect, it } from 'vitest'
import {
  contextWords,
  deployPath,
  enginesOf,
  filterOf,
  isHuggingFaceId,
  licenseOf,
  type ModelRow,
  matching,
  modelPath,
  paramsWords,
} from './model-list.ts'

const row = (over: Partial<ModelRow>): ModelRow => ({
  id: 'Qwen/Qwen3-8B',
  name: 'Qwen3 8B',
  description: 'A model',
  task: 'chat',
  paramsB: 8.2,
  contextLength: 40_960,
  engines: 'vllm, sglang',
  license: 'Apache-2.0',
  gated: false,
  ...over,
})
const rows = [
  row({}),
  row({ id: 'meta-llama/Llama-3.2-1B-Instruct', name: 'Llama 3.2 1B', paramsB: 1, gated: true, license: 'Llama 3.2' }),
  row({ id: 'x/Huge', name: 'Huge', paramsB: 671, engines: 'trtllm', license: 'Apache-2.0 (verify card)' }),
]
const found = (query: string) => matching(rows, filterOf(new URLSearchParams(query))).map(({ id }) => id)

describe('the catalogue by its filters (MOD-011)', () => {
  it('searches every word in id, name and description', () => {
    expect(found('text=llama+1b')).toEqual(['meta-llama/Llama-3.2-1B-Instruct'])
    expect(found('text=llama+70b')).toEqual([])
  })
  it('filters by engine, licence, gate and size, all together', () => {
    expect(found('engine=trtllm')).toEqual(['x/Huge'])
    expect(found('license=Apache-2.0')).toEqual(['Qwen/Qwen3-8B', 'x/Huge'])
    expect(found('gated=yes')).toEqual(['meta-llama/Llama-3.2-1B-Instruct'])
    expect(found('gated=no&size=medium')).toEqual(['Qwen/Qwen3-8B'])
    expect(found('size=huge&engine=vllm')).toEqual([])
  })
  it('each size has its models once', () => {
    const all = ['small', 'medium', 'large', 'huge'].flatMap((size) => found(`size=${size}`))
    expect(all.sort()).toEqual(rows.map(({ id }) => id).sort())
  })
})

describe('words and paths', () => {
  it('reads what the tool writes', () => {
    expect(enginesOf(rows[0]!)).toEqual(['vllm', 'sglang'])
    expect(licenseOf(rows[2]!)).toBe('Apache-2.0')
    expect([paramsWords(0.6), paramsWords(1600)]).toEqual(['0.6 B', '1.6 T'])
    expect([4096, 40_960, 131_072, 1_048_576, 32_000].map(contextWords)).toEqual(['4k', '40k', '128k', '1M', '32k'])
  })
  it('takes any Hugging Face id, and leads to model and form', () => {
    expect(isHuggingFaceId('org/some-model.v2')).toBe(true)
    expect(isHuggingFaceId('qwen 8b')).toBe(false)
    expect(modelPath('org/a b')).toBe('/models/org/a%20b')
    expect(deployPath({ model: 'a/b', cluster: undefined, gpus: 2 })).toBe('/deployments/new?model=a%2Fb&gpus=2')
  })
})

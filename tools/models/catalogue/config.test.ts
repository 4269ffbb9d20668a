import { describe, expect, it } from 'vitest'
import { kvBytesPerToken, stateBytesPerSequence } from './architecture.ts'
import { type Config, configOf } from './config.ts'

/** The members of published configurations that count, by kind of model. */
const llama: Config = {
  model_type: 'llama',
  num_hidden_layers: 32,
  hidden_size: 4096,
  intermediate_size: 14_336,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  vocab_size: 128_256,
  max_position_embeddings: 131_072,
  torch_dtype: 'bfloat16',
}
const latent: Config = {
  model_type: 'deepseek_v3',
  num_hidden_layers: 61,
  hidden_size: 7168,
  intermediate_size: 18_432,
  moe_intermediate_size: 2048,
  n_routed_experts: 256,
  n_shared_experts: 1,
  num_experts_per_tok: 8,
  first_k_dense_replace: 3,
  num_attention_heads: 128,
  num_key_value_heads: 128,
  kv_lora_rank: 512,
  q_lora_rank: 1536,
  qk_nope_head_dim: 128,
  qk_rope_head_dim: 64,
  v_head_dim: 128,
  vocab_size: 129_280,
  max_position_embeddings: 163_840,
  rope_scaling: { type: 'yarn', factor: 40, original_max_position_embeddings: 4096 },
  quantization_config: { quant_method: 'fp8', weight_block_size: [128, 128] },
}
const kv = (config: Config) => kvBytesPerToken(configOf(config).architecture)
const state = (config: Config) => stateBytesPerSequence(configOf(config).architecture)

describe('a config.json', () => {
  it('grouped-query attention: key-value heads, parameters from the shapes', () => {
    const read = configOf(llama)
    expect(kv(llama)).toBe(131_072)
    expect(read.parameters / 1e9).toBeCloseTo(8.03, 2)
    expect(read.weights).toEqual({ format: 'bf16', bytes: Math.round(read.parameters * 2) })
  })

  it('multi-head attention where no key-value heads are named', () => {
    const { num_key_value_heads: _, ...old } = llama
    expect(kv(old)).toBe(4 * 131_072)
  })

  it('latent attention, experts, fp8 in blocks', () => {
    const read = configOf(latent)
    expect(kv(latent)).toBe(70_272)
    expect(read.parameters / 1e9).toBeCloseTo(671, 0)
    expect(read.activeParameters / 1e9).toBeCloseTo(37.6, 0)
    expect(read.weights).toMatchObject({ format: 'fp8', blockSize: 128 })
    expect(read.architecture.experts).toMatchObject({ count: 256, perToken: 8, intermediateSize: 2048 })
    // it counts its scaling in already
    expect(read.contextLength).toBe(163_840)
  })

  it('hybrid with linear layers, by interval and by list, nested in text_config', () => {
    const hybrid = {
      ...llama,
      num_hidden_layers: 64,
      num_key_value_heads: 4,
      head_dim: 256,
      linear_num_value_heads: 48,
      linear_key_head_dim: 128,
      linear_value_head_dim: 128,
    }
    const byInterval = { model_type: 'qwen3_5', text_config: { ...hybrid, full_attention_interval: 4 } }
    const kinds = Array.from({ length: 64 }, (_, index) => (index % 4 === 3 ? 'full_attention' : 'linear_attention'))
    for (const config of [byInterval, { ...hybrid, layer_types: kinds }])
      expect([kv(config), state(config)]).toEqual([65_536, 150_994_944])
  })

  it('sliding windows: by list, by pattern, and not where they are off', () => {
    const kinds = Array.from({ length: 32 }, (_, index) => (index % 2 ? 'full_attention' : 'sliding_attention'))
    const windowed = { ...llama, sliding_window: 128 }
    expect(kv({ ...windowed, layer_types: kinds })).toBe(65_536)
    expect(state({ ...windowed, layer_types: kinds })).toBe(128 * 65_536)
    expect(kv({ ...windowed, sliding_window_pattern: 4 })).toBe(131_072 / 4)
    expect(kv({ ...windowed, use_sliding_window: false })).toBe(131_072)
    expect(kv({ ...llama, sliding_window: null })).toBe(131_072)
  })

  it('mamba hybrids by their pattern', () => {
    const config = {
      ...llama,
      num_hidden_layers: 5,
      hybrid_override_pattern: 'MEM*-',
      mamba_num_heads: 64,
      mamba_head_dim: 64,
      ssm_state_size: 128,
      head_dim: 128,
    }
    expect(kv(config)).toBe(2 * 8 * 128 * 2)
    expect(state(config)).toBe(2 * 64 * 64 * 128 * 4)
  })

  it('compressed attention', () => {
    const config = {
      ...latent,
      kv_lora_rank: undefined,
      head_dim: 512,
      sliding_window: 128,
      index_head_dim: 128,
      num_hidden_layers: 4,
      compress_ratios: [0, 4, 128, 4, 0],
    }
    expect(kv(config)).toBe(2 * (2 * ((512 + 128) / 4) + 512 / 128))
    expect(state(config)).toBe(4 * 128 * 512 * 2)
  })

  it.each([
    ['awq', { quant_method: 'awq', bits: 4 }, 'int4'],
    ['gptq', { quant_method: 'gptq', bits: 4 }, 'int4'],
    ['gptq of 8 bits', { quant_method: 'gptq', bits: 8 }, 'int8'],
    ['mxfp4', { quant_method: 'mxfp4' }, 'mxfp4'],
    [
      'compressed-tensors int4',
      {
        quant_method: 'compressed-tensors',
        format: 'pack-quantized',
        config_groups: { group_0: { weights: { num_bits: 4, type: 'int', group_size: 32 } } },
      },
      'int4',
    ],
    [
      'compressed-tensors fp8',
      { quant_method: 'compressed-tensors', config_groups: { group_0: { weights: { num_bits: 8, type: 'float' } } } },
      'fp8',
    ],
    ['modelopt nvfp4', { quant_method: 'modelopt', quant_algo: 'NVFP4' }, 'nvfp4'],
    ['modelopt fp8', { quant_method: 'modelopt', quant_algo: 'FP8' }, 'fp8'],
    ['bitsandbytes', { quant_method: 'bitsandbytes', load_in_4bit: true }, 'int4'],
  ])('weights in %s', (_name, quantization_config, format) => {
    expect(configOf({ ...llama, quantization_config }).weights.format).toBe(format)
  })

  it('a scaling that is not counted in yet makes the context longer', () => {
    const rope_scaling = { type: 'yarn', factor: 4, original_max_position_embeddings: 32_768 }
    expect(configOf({ ...llama, max_position_embeddings: 32_768, rope_scaling }).contextLength).toBe(131_072)
    const built = { rope_type: 'llama3', factor: 8, original_max_position_embeddings: 8192 }
    expect(configOf({ ...llama, rope_scaling: built }).contextLength).toBe(131_072)
  })

  it.each(['num_hidden_layers', 'hidden_size', 'num_attention_heads', 'max_position_embeddings'])(
    'names %s when it is missing',
    (name) => {
      const { [name]: _, ...rest } = llama
      expect(() => configOf(rest)).toThrow(
        expect.objectContaining({ options: expect.objectContaining({ field: `config.${name}` }) }),
      )
    },
  )

  it.each([
    { layer_types: [1, 2] },
    { sliding_window: 'big' },
    { quantization_config: 7 },
    { text_config: [] },
    { compress_ratios: 'x' },
  ])('takes %j as if it were not there', (odd) => expect(kv({ ...llama, ...odd } as Config)).toBe(131_072))
})

/** A repository of the hub, made up for the demo: nobody's model, in the shapes that real ones have. */
export interface Repository {
  id: string
  gated: false | 'auto' | 'manual'
  pipeline: string
  license: string
  tags: string[]
  downloads: number
  files: Record<string, number>
  /** Numbers by type, as its safetensors files declare */
  safetensors?: Record<string, number>
  /** Its config.json; absent: it is no model of transformers */
  config?: Record<string, unknown>
}

const parts = (count: number, bytes: number, name = 'model'): Record<string, number> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `${name}-${String(index + 1).padStart(5, '0')}-of-${String(count).padStart(5, '0')}.safetensors`,
      bytes,
    ]),
  )
const small = { 'README.md': 5_120, 'config.json': 1_024, 'tokenizer.json': 7_031_660 }

const dense = {
  architectures: ['HarborForCausalLM'],
  model_type: 'harbor',
  num_hidden_layers: 40,
  hidden_size: 4096,
  intermediate_size: 14_336,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  head_dim: 128,
  vocab_size: 128_000,
  max_position_embeddings: 65_536,
  tie_word_embeddings: false,
  torch_dtype: 'bfloat16',
}

export const REPOSITORIES: readonly Repository[] = [
  {
    id: 'harbor-labs/Harbor-9B-Instruct',
    gated: false,
    pipeline: 'text-generation',
    license: 'apache-2.0',
    tags: ['transformers', 'safetensors', 'harbor', 'conversational'],
    downloads: 81_240,
    files: { ...small, ...parts(4, 4_870_000_000), 'consolidated.safetensors': 19_480_000_000 },
    safetensors: { BF16: 9_740_000_000 },
    config: dense,
  },
  {
    id: 'harbor-labs/Harbor-9B-Instruct-FP8',
    gated: false,
    pipeline: 'text-generation',
    license: 'apache-2.0',
    tags: ['transformers', 'safetensors', 'harbor', 'conversational', 'fp8'],
    downloads: 12_004,
    files: { ...small, ...parts(3, 3_600_000_000) },
    safetensors: { F8_E4M3: 8_690_000_000, BF16: 1_050_000_000 },
    config: {
      ...dense,
      quantization_config: { quant_method: 'fp8', activation_scheme: 'dynamic', weight_block_size: [128, 128] },
    },
  },
  {
    id: 'northwind-ai/Northwind-160B-A14B',
    gated: 'manual',
    pipeline: 'text-generation',
    license: 'other',
    tags: ['transformers', 'safetensors', 'northwind', 'conversational', 'moe'],
    downloads: 40_775,
    files: { ...small, ...parts(40, 8_100_000_000) },
    safetensors: { BF16: 162_000_000_000 },
    config: {
      architectures: ['NorthwindForConditionalGeneration'],
      model_type: 'northwind',
      text_config: {
        model_type: 'northwind_text',
        num_hidden_layers: 48,
        hidden_size: 4096,
        intermediate_size: 12_288,
        moe_intermediate_size: 1536,
        n_routed_experts: 160,
        n_shared_experts: 1,
        num_experts_per_tok: 8,
        first_k_dense_replace: 1,
        num_attention_heads: 64,
        num_key_value_heads: 64,
        kv_lora_rank: 512,
        q_lora_rank: 1536,
        qk_nope_head_dim: 128,
        qk_rope_head_dim: 64,
        v_head_dim: 128,
        vocab_size: 160_000,
        max_position_embeddings: 131_072,
      },
    },
  },
  {
    id: 'tidewater/Tidewater-34B-Hybrid',
    gated: 'auto',
    pipeline: 'text-generation',
    license: 'mit',
    tags: ['transformers', 'safetensors', 'tidewater', 'conversational'],
    downloads: 9_310,
    files: { ...small, ...parts(14, 4_900_000_000) },
    safetensors: { BF16: 34_300_000_000 },
    config: {
      architectures: ['TidewaterForCausalLM'],
      model_type: 'tidewater',
      num_hidden_layers: 60,
      hidden_size: 5120,
      intermediate_size: 20_480,
      num_attention_heads: 40,
      num_key_value_heads: 8,
      head_dim: 128,
      full_attention_interval: 5,
      linear_num_key_heads: 16,
      linear_num_value_heads: 32,
      linear_key_head_dim: 128,
      linear_value_head_dim: 128,
      vocab_size: 152_064,
      max_position_embeddings: 262_144,
      dtype: 'bfloat16',
    },
  },
  {
    id: 'quarry/Quarry-7B-v1',
    gated: false,
    pipeline: 'text-generation',
    license: 'apache-2.0',
    tags: ['transformers', 'pytorch', 'quarry'],
    downloads: 3_141,
    files: {
      ...small,
      'pytorch_model-00001-of-00002.bin': 9_900_000_000,
      'pytorch_model-00002-of-00002.bin': 4_600_000_000,
    },
    config: {
      architectures: ['QuarryForCausalLM'],
      model_type: 'quarry',
      num_hidden_layers: 32,
      hidden_size: 4096,
      intermediate_size: 11_008,
      num_attention_heads: 32,
      num_key_value_heads: 32,
      vocab_size: 32_000,
      max_position_embeddings: 4096,
      sliding_window: null,
      torch_dtype: 'float16',
    },
  },
  {
    id: 'tidewater/Tidewater-Canvas',
    gated: false,
    pipeline: 'text-to-image',
    license: 'openrail++',
    tags: ['diffusers', 'safetensors'],
    downloads: 22_018,
    files: { 'README.md': 4_096, 'model_index.json': 600, 'unet/diffusion_pytorch_model.safetensors': 5_100_000_000 },
  },
]

/** Repositories that were renamed. */
export const RENAMED: Record<string, string> = { 'harbor-labs/Harbor-9B-Chat': 'harbor-labs/Harbor-9B-Instruct' }

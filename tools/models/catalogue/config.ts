import { ToolError } from '#contract'
import type { Architecture, LayerGroup } from './architecture.ts'
import { bytesPerParameter, type WeightFormat, type Weights } from './formats.ts'
import { parametersOf } from './parameters.ts'

/** What a Hugging Face `config.json` says of memory. */
export interface ReadConfig {
  architecture: Architecture
  weights: Weights
  /** Counted from the shapes */
  parameters: number
  activeParameters: number
  /** Tokens; of `max_position_embeddings`, with the scaling it has built in */
  contextLength: number
  modelType: string
}

export type Config = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Config =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const numberOf = (config: Config, ...names: string[]): number | undefined => {
  for (const name of names) {
    const value = config[name]
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value
  }
  return undefined
}
const textsOf = (value: unknown): string[] | undefined =>
  Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined
const numbersOf = (value: unknown): number[] | undefined =>
  Array.isArray(value) && value.every((one) => typeof one === 'number') ? value : undefined

function need(config: Config, ...names: string[]): number {
  const value = numberOf(config, ...names)
  if (value !== undefined) return value
  throw new ToolError('invalid-input', `This config.json has no ${names.join(' or ')}`, {
    field: `config.${names[0]}`,
    next: 'Give the config.json of the language model as Hugging Face has it; encoders and diffusion models cannot be sized',
    changed: 'nothing',
  })
}

/**
 * Architecture, weights and context of a language model from its `config.json`, as transformers writes it: dense and mixture of experts;
 * grouped-query, latent, sliding-window, linear, mamba and compressed attention; nested `text_config`.
 * @throws ToolError invalid-input naming the member that is missing
 */
export function configOf(whole: Config): ReadConfig {
  const nested = ['text_config', 'llm_config', 'language_config'].map((name) => whole[name]).find(isObject)
  const config = nested
    ? { ...nested, ...(isObject(whole.quantization_config) && { quantization_config: whole.quantization_config }) }
    : whole
  const layers = need(config, 'num_hidden_layers', 'n_layer', 'num_layers')
  const hiddenSize = need(config, 'hidden_size', 'n_embd', 'd_model')
  const attentionHeads = need(config, 'num_attention_heads', 'n_head')
  const moe = expertsOf(config, layers)
  const dense = numberOf(config, 'intermediate_size', 'ffn_dim', 'n_inner')
  const shape: Omit<Architecture, 'experts'> = {
    layers,
    hiddenSize,
    attentionHeads,
    ...(dense !== undefined && { intermediateSize: dense }),
    groups: groupsOf(config, { layers, hiddenSize, attentionHeads }),
  }
  const counted = parametersOf(config, shape, moe)
  const experts = moe && {
    count: moe.count,
    perToken: moe.perToken,
    intermediateSize: moe.intermediateSize,
    share: counted.experts / counted.total,
  }
  return {
    architecture: { ...shape, ...(experts && { experts }) },
    weights: weightsOf(config, counted),
    parameters: counted.total,
    activeParameters: counted.active,
    contextLength: contextOf(config),
    modelType: typeof whole.model_type === 'string' ? whole.model_type : 'unknown',
  }
}

function contextOf(config: Config): number {
  const most = need(config, 'max_position_embeddings', 'n_positions', 'max_seq_len', 'max_sequence_length')
  const scaling = isObject(config.rope_scaling)
    ? config.rope_scaling
    : isObject(config.rope_parameters)
      ? config.rope_parameters
      : {}
  const factor = numberOf(scaling, 'factor') ?? 1
  const original = numberOf(scaling, 'original_max_position_embeddings')
  // Some count the scaling in already, as DeepSeek does, and some do not, as the first long Llamas
  const kind = scaling.rope_type ?? scaling.type
  const isOutside = kind !== 'llama3' && original === most && factor > 1
  return Math.round(isOutside ? most * factor : most)
}

interface Shape {
  layers: number
  hiddenSize: number
  attentionHeads: number
}

const count = <T>(values: readonly T[], wanted: (value: T) => boolean) => values.filter(wanted).length
const withLayers = (groups: readonly LayerGroup[]): LayerGroup[] => groups.filter(({ layers }) => layers > 0)

function groupsOf(config: Config, shape: Shape): LayerGroup[] {
  const { layers, hiddenSize, attentionHeads } = shape
  const kvHeads =
    numberOf(config, 'num_key_value_heads', 'num_kv_heads') ?? (config.multi_query === true ? 1 : attentionHeads)
  const headDim = numberOf(config, 'head_dim') ?? Math.floor(hiddenSize / attentionHeads)
  const ratios = numbersOf(config.compress_ratios)
  if (ratios) return compressed(config, ratios.slice(0, layers), headDim)
  const kinds = kindsOf(config, layers)
  const is = (name: string) => count(kinds, (kind) => kind === name)
  const rank = numberOf(config, 'kv_lora_rank')
  const window = numberOf(config, 'sliding_window', 'sliding_window_size', 'attention_window_size')
  const full: LayerGroup =
    rank !== undefined
      ? { kind: 'mla', layers: is('full'), latentDim: rank + (numberOf(config, 'qk_rope_head_dim') ?? 0) }
      : {
          kind: 'full',
          layers: is('full'),
          kvHeads: numberOf(config, 'num_global_key_value_heads') ?? kvHeads,
          headDim: numberOf(config, 'global_head_dim') ?? headDim,
        }
  const sliding: LayerGroup = { kind: 'sliding', layers: is('sliding'), kvHeads, headDim, window: window ?? 1 }
  return withLayers([full, sliding, linear(config, is('linear')), mamba(config, is('mamba'))])
}

function compressed(config: Config, ratios: number[], headDim: number): LayerGroup[] {
  const window = numberOf(config, 'sliding_window') ?? 128
  const indexDim = numberOf(config, 'index_head_dim')
  return [...new Set(ratios)]
    .sort((a, b) => a - b)
    .map((ratio) => ({
      kind: 'compressed' as const,
      layers: count(ratios, (one) => one === ratio),
      headDim,
      window,
      ...(ratio > 0 && { ratio }),
      // only what is looked up by an index has one: the finely compressed layers
      ...(ratio > 0 && ratio <= 16 && indexDim !== undefined && { indexDim }),
    }))
}

function linear(config: Config, layers: number): LayerGroup {
  const own = isObject(config.linear_attn_config) ? config.linear_attn_config : {}
  const keyDim = numberOf(config, 'linear_key_head_dim') ?? numberOf(own, 'head_dim') ?? 128
  return {
    kind: 'linear',
    layers,
    heads: numberOf(config, 'linear_num_value_heads') ?? numberOf(own, 'num_heads') ?? 1,
    keyDim,
    valueDim: numberOf(config, 'linear_value_head_dim') ?? keyDim,
  }
}

function mamba(config: Config, layers: number): LayerGroup {
  const inner = (numberOf(config, 'mamba_expand', 'expand') ?? 2) * (numberOf(config, 'hidden_size') ?? 1)
  const headDim = numberOf(config, 'mamba_head_dim', 'mamba_d_head') ?? 64
  return {
    kind: 'mamba',
    layers,
    heads: numberOf(config, 'mamba_num_heads', 'mamba_n_heads') ?? Math.max(1, Math.ceil(inner / headDim)),
    headDim,
    stateSize: numberOf(config, 'ssm_state_size', 'mamba_d_state', 'state_size') ?? 128,
  }
}

type Kind = 'full' | 'sliding' | 'linear' | 'mamba' | 'none'

/** What each layer is: by its own list, by a pattern, or by an interval. */
function kindsOf(config: Config, layers: number): Kind[] {
  const named = textsOf(config.layer_types) ?? textsOf(config.layers_block_type)
  if (named) return named.slice(0, layers).map(kindOfName)
  const pattern = config.hybrid_override_pattern
  // NVIDIA's Nemotron-H: M mamba, * attention, - and E feed-forward only
  if (typeof pattern === 'string')
    return [...pattern].slice(0, layers).map((sign) => (sign === '*' ? 'full' : sign === 'M' ? 'mamba' : 'none'))
  const own = isObject(config.linear_attn_config) ? numbersOf(config.linear_attn_config.full_attn_layers) : undefined
  const each = (kind: (index: number) => Kind) => Array.from({ length: layers }, (_, index) => kind(index))
  if (own) return each((index) => (own.includes(index + 1) ? 'full' : 'linear'))
  const fullEvery = numberOf(config, 'full_attention_interval')
  if (fullEvery) return each((index) => ((index + 1) % fullEvery === 0 ? 'full' : 'linear'))
  const attentionEvery = numberOf(config, 'attn_layer_period')
  if (attentionEvery)
    return each((index) => (index % attentionEvery === (numberOf(config, 'attn_layer_offset') ?? 0) ? 'full' : 'mamba'))
  const window = numberOf(config, 'sliding_window')
  if (window === undefined || config.use_sliding_window === false) return each(() => 'full')
  const slidingEvery = numberOf(config, 'sliding_window_pattern', '_sliding_window_pattern')
  if (slidingEvery) return each((index) => ((index + 1) % slidingEvery === 0 ? 'full' : 'sliding'))
  if (config.use_sliding_window === true) {
    const from = numberOf(config, 'max_window_layers') ?? 0
    return each((index) => (index >= from ? 'sliding' : 'full'))
  }
  return each(() => 'sliding')
}

function kindOfName(name: string): Kind {
  if (/sliding|local|chunked/.test(name)) return 'sliding'
  if (/linear|gated_delta|kda|recurrent/.test(name)) return 'linear'
  if (/mamba|ssm/.test(name)) return 'mamba'
  return /attention|full|global|hybrid/.test(name) ? 'full' : 'none'
}

export interface Experts {
  count: number
  perToken: number
  intermediateSize: number
  /** Layers that have experts */
  layers: number
  sharedIntermediateSize: number
}

function expertsOf(config: Config, layers: number): Experts | undefined {
  const number = numberOf(config, 'n_routed_experts', 'num_experts', 'num_local_experts', 'moe_num_experts')
  if (number === undefined || number < 2) return undefined
  const intermediateSize =
    numberOf(config, 'moe_intermediate_size', 'expert_intermediate_size') ?? need(config, 'intermediate_size')
  const shared = numberOf(config, 'n_shared_experts', 'num_shared_experts') ?? 0
  return {
    count: number,
    perToken:
      numberOf(
        config,
        'num_experts_per_tok',
        'num_experts_per_token',
        'experts_per_token',
        'top_k_experts',
        'moe_topk',
      ) ?? 1,
    intermediateSize,
    layers: expertLayers(config, layers),
    sharedIntermediateSize:
      numberOf(config, 'shared_expert_intermediate_size', 'moe_shared_expert_intermediate_size') ??
      shared * intermediateSize,
  }
}

function expertLayers(config: Config, layers: number): number {
  const kinds = textsOf(config.mlp_layer_types)
  if (kinds) return count(kinds.slice(0, layers), (kind) => kind === 'sparse')
  const pattern = config.hybrid_override_pattern
  if (typeof pattern === 'string') return count([...pattern].slice(0, layers), (sign) => sign === 'E')
  const dense = new Set(numbersOf(config.mlp_only_layers))
  const every = numberOf(config, 'decoder_sparse_step', 'moe_layer_freq', 'interleave_moe_layer_step') ?? 1
  const first = numberOf(config, 'first_k_dense_replace') ?? 0
  return count([...Array(layers).keys()], (index) => index >= first && (index + 1) % every === 0 && !dense.has(index))
}

function weightsOf(config: Config, counted: { total: number; experts: number }): Weights {
  const quantization = isObject(config.quantization_config) ? config.quantization_config : undefined
  const format = quantization ? quantizedAs(quantization) : plainFormat(config)
  const block = numbersOf(quantization?.weight_block_size)?.[0]
  const expertFormat: WeightFormat = config.expert_dtype === 'fp4' ? 'mxfp4' : format
  // gpt-oss and DeepSeek V4 keep everything besides their experts in the wider format
  const rest: WeightFormat = format === 'mxfp4' && counted.experts > 0 ? 'bf16' : format
  const bytes =
    counted.experts * bytesPerParameter[expertFormat] + (counted.total - counted.experts) * bytesPerParameter[rest]
  return {
    format: expertFormat === format ? format : expertFormat,
    bytes: Math.round(bytes),
    ...(block && expertFormat === format && { blockSize: block }),
  }
}

const plainFormat = (config: Config): WeightFormat =>
  (config.torch_dtype ?? config.dtype) === 'float32' ? 'fp32' : 'bf16'

/** Of `quantization_config`: quant_method, and for compressed-tensors and modelopt the bits of the first group. */
function quantizedAs(quantization: Config): WeightFormat {
  const method = String(quantization.quant_method ?? quantization.quant_algo ?? '').toLowerCase()
  const words = `${method} ${String(quantization.format ?? '')} ${String(quantization.quant_algo ?? '')}`.toLowerCase()
  if (words.includes('mxfp4')) return 'mxfp4'
  if (words.includes('nvfp4')) return 'nvfp4'
  if (/awq|gptq|int4|w4a16|bitsandbytes_4bit/.test(words)) return numberOf(quantization, 'bits') === 8 ? 'int8' : 'int4'
  if (method === 'bitsandbytes') return quantization.load_in_4bit === true ? 'int4' : 'int8'
  const groups = isObject(quantization.config_groups) ? Object.values(quantization.config_groups).filter(isObject) : []
  const bits = groups.flatMap((group) => (isObject(group.weights) ? [group.weights] : []))
  // the narrowest group is that of the large layers
  const narrow = bits.sort((a, b) => (numberOf(a, 'num_bits') ?? 16) - (numberOf(b, 'num_bits') ?? 16))[0]
  if (narrow) {
    const isFloat = narrow.type === 'float'
    if ((numberOf(narrow, 'num_bits') ?? 16) <= 4)
      return isFloat ? (numberOf(narrow, 'group_size') === 32 ? 'mxfp4' : 'nvfp4') : 'int4'
    if ((numberOf(narrow, 'num_bits') ?? 16) <= 8) return isFloat ? 'fp8' : 'int8'
  }
  return /fp8|e4m3/.test(words) || /fp8|e4m3/.test(String(quantization.fmt ?? '')) ? 'fp8' : 'bf16'
}

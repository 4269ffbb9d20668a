import type { Architecture, LayerGroup } from './architecture.ts'
import type { Config, Experts } from './config.ts'

export interface Parameters {
  total: number
  /** Of the routed experts */
  experts: number
  /** Read for one token */
  active: number
}

const numberIn = (config: Config, name: string, otherwise: number): number => {
  const value = config[name]
  return typeof value === 'number' && value > 0 ? value : otherwise
}

/** Parameters of the attention of one layer, by its shapes; norms and biases are less than a thousandth. */
function attentionParameters(
  config: Config,
  group: LayerGroup,
  { hiddenSize, attentionHeads }: Pick<Architecture, 'hiddenSize' | 'attentionHeads'>,
): number {
  switch (group.kind) {
    case 'full':
    case 'sliding': {
      const gate = config.attn_output_gate === true ? 2 : 1
      return hiddenSize * group.headDim * (attentionHeads * (1 + gate) + 2 * group.kvHeads)
    }
    case 'mla': {
      const rope = numberIn(config, 'qk_rope_head_dim', 0)
      const nope = numberIn(config, 'qk_nope_head_dim', 128)
      const value = numberIn(config, 'v_head_dim', 128)
      const queryRank = numberIn(config, 'q_lora_rank', 0)
      const queries = attentionHeads * (nope + rope)
      const query = queryRank > 0 ? queryRank * (hiddenSize + queries) : hiddenSize * queries
      const latent = hiddenSize * group.latentDim + (group.latentDim - rope) * attentionHeads * (nope + value)
      return query + latent + attentionHeads * value * hiddenSize
    }
    case 'compressed': {
      const queryRank = numberIn(config, 'q_lora_rank', hiddenSize)
      const outRank = numberIn(config, 'o_lora_rank', hiddenSize) * numberIn(config, 'o_groups', 1)
      const queries = attentionHeads * group.headDim
      const outGroups = numberIn(config, 'o_groups', 1)
      return (
        queryRank * (hiddenSize + queries) +
        hiddenSize * group.headDim * 2 +
        (queries / outGroups) * outRank +
        outRank * hiddenSize
      )
    }
    case 'linear': {
      const keyHeads = numberIn(config, 'linear_num_key_heads', group.heads)
      const keys = 2 * keyHeads * group.keyDim
      const values = group.heads * group.valueDim
      return hiddenSize * (keys + 3 * values)
    }
    case 'mamba': {
      const inner = group.heads * group.headDim
      const groups = numberIn(config, 'n_groups', 1)
      return hiddenSize * (3 * inner + 2 * groups * group.stateSize + group.heads)
    }
  }
}

/** Counted from the shapes: within a few per cent of what is published, without vision towers and prediction heads. */
export function parametersOf(
  config: Config,
  shape: Omit<Architecture, 'experts'>,
  moe: Experts | undefined,
): Parameters {
  const { hiddenSize, layers, groups } = shape
  const vocabulary = numberIn(config, 'vocab_size', 32_000)
  const embeddings = vocabulary * hiddenSize * (config.tie_word_embeddings === true ? 1 : 2)
  const attention = groups.reduce((sum, group) => sum + group.layers * attentionParameters(config, group, shape), 0)
  // Gated feed-forward layers have three matrices, plain ones (relu², gelu of old) two
  const plain = config.mlp_hidden_act === 'relu2' || config.n_embd !== undefined
  const matrices = plain ? 2 : 3
  const pattern = config.hybrid_override_pattern
  const feedForward =
    typeof pattern === 'string'
      ? [...pattern].filter((sign) => sign === '-').length
      : layers - (config.enable_moe_block === true ? 0 : (moe?.layers ?? 0))
  const dense = feedForward * matrices * hiddenSize * (shape.intermediateSize ?? 0)
  if (!moe) return { total: embeddings + attention + dense, experts: 0, active: embeddings + attention + dense }
  const inside = numberIn(config, 'moe_latent_size', numberIn(config, 'routed_expert_hidden_size', hiddenSize))
  const one = matrices * inside * moe.intermediateSize
  const experts = moe.layers * moe.count * one
  const shared = moe.layers * (matrices * hiddenSize * moe.sharedIntermediateSize + hiddenSize * moe.count)
  const latent = inside === hiddenSize ? 0 : moe.layers * 2 * hiddenSize * inside
  const rest = embeddings + attention + dense + shared + latent
  return { total: rest + experts, experts, active: rest + moe.layers * moe.perToken * one }
}

import * as z from 'zod'

/**
 * What of a transformer costs memory while it serves. Layers come in groups that keep their past alike; a hybrid model has several.
 * Formulas: the method of NVIDIA's aiconfigurator (Apache-2.0), see docs/model-sizing.md.
 */
const whole = z.int().min(1).max(10_000_000)
const layers = z.int().min(1).max(10_000)

export const layerGroup = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('full'), layers, kvHeads: whole, headDim: whole }),
  z.strictObject({ kind: z.literal('sliding'), layers, kvHeads: whole, headDim: whole, window: whole }),
  z.strictObject({ kind: z.literal('mla'), layers, latentDim: whole }),
  z.strictObject({ kind: z.literal('linear'), layers, heads: whole, keyDim: whole, valueDim: whole }),
  z.strictObject({ kind: z.literal('mamba'), layers, heads: whole, headDim: whole, stateSize: whole }),
  z.strictObject({
    kind: z.literal('compressed'),
    layers,
    headDim: whole,
    window: whole,
    /** Tokens that become one entry; absent: only the window is kept */
    ratio: whole.optional(),
    indexDim: whole.optional(),
  }),
])
export type LayerGroup = z.output<typeof layerGroup>

export const architecture = z.strictObject({
  layers,
  hiddenSize: whole,
  attentionHeads: whole,
  intermediateSize: whole.optional(),
  groups: z.array(layerGroup).min(1),
  experts: z
    .strictObject({
      count: whole,
      perToken: whole,
      intermediateSize: whole,
      /** Share of all parameters that are routed experts */
      share: z.number().min(0).max(1),
    })
    .optional(),
})
export type Architecture = z.output<typeof architecture>

/** How one GPU of a replica holds the layers. */
export interface Split {
  /** Over how many GPUs the heads of a layer are split */
  heads: number
  /** Share of the layers that a GPU has, 0–1 */
  layers: number
}
const unsplit: Split = { heads: 1, layers: 1 }

/** Heads are split, and repeated where there are fewer than GPUs. */
const per = (count: number, { heads }: Split) => Math.ceil(count / heads)

function tokenElements(group: LayerGroup, split: Split): number {
  switch (group.kind) {
    case 'full':
      return 2 * group.layers * per(group.kvHeads, split) * group.headDim
    case 'mla':
      // each tensor-parallel rank keeps the whole latent
      return group.layers * group.latentDim
    case 'compressed':
      return group.ratio ? (group.layers * (group.headDim + (group.indexDim ?? 0))) / group.ratio : 0
    default:
      return 0
  }
}

/** Bytes of the key-value cache for one more token; `elementBytes` 2 for bf16, 1 for fp8. */
export const kvBytesPerToken = ({ groups }: Architecture, elementBytes = 2, split = unsplit): number =>
  groups.reduce((sum, group) => sum + tokenElements(group, split), 0) * elementBytes * split.layers

/** Recurrent states are kept in 32 bits whatever the cache is kept in. */
const recurrentBytes = 4

function sequenceBytes(group: LayerGroup, elementBytes: number, split: Split): number {
  switch (group.kind) {
    case 'sliding':
      return 2 * group.layers * group.window * per(group.kvHeads, split) * group.headDim * elementBytes
    case 'linear':
      return group.layers * per(group.heads, split) * group.keyDim * group.valueDim * recurrentBytes
    case 'mamba':
      return group.layers * per(group.heads, split) * group.headDim * group.stateSize * recurrentBytes
    case 'compressed':
      return group.layers * group.window * group.headDim * elementBytes
    default:
      return 0
  }
}

/** Bytes a sequence costs whatever its length: windows and recurrent states. */
export const stateBytesPerSequence = ({ groups }: Architecture, elementBytes = 2, split = unsplit): number =>
  groups.reduce((sum, group) => sum + sequenceBytes(group, elementBytes, split), 0) * split.layers

/** Key-value heads that must be divided, or repeated, over the GPUs of a layer. */
export const kvHeadsOf = ({ groups }: Architecture): number[] =>
  groups.flatMap((group) => (group.kind === 'full' || group.kind === 'sliding' ? [group.kvHeads] : []))

/** Multi-head latent attention keeps one latent for all heads: it gains nothing from splitting heads. */
export const isLatent = ({ groups }: Architecture): boolean => groups.some(({ kind }) => kind === 'mla')

const groupWords = (group: LayerGroup, heads: number): string => {
  switch (group.kind) {
    case 'full':
      return `${group.layers} layers of ${group.kvHeads === heads ? 'multi-head' : 'grouped-query'} attention, ${group.kvHeads} key-value heads of ${group.headDim}`
    case 'sliding':
      return `${group.layers} layers with a window of ${group.window} tokens, ${group.kvHeads} key-value heads of ${group.headDim}`
    case 'mla':
      return `${group.layers} layers of latent attention, ${group.latentDim} values a token`
    case 'linear':
      return `${group.layers} linear layers with a state of ${group.heads} × ${group.keyDim} × ${group.valueDim}`
    case 'mamba':
      return `${group.layers} mamba layers with a state of ${group.heads} × ${group.headDim} × ${group.stateSize}`
    case 'compressed':
      return group.ratio
        ? `${group.layers} layers that keep one entry for ${group.ratio} tokens`
        : `${group.layers} layers with a window of ${group.window} tokens only`
  }
}

/** `36 layers of grouped-query attention, 8 key-value heads of 128; 128 experts, 8 for a token`. */
export const architectureWords = ({ groups, attentionHeads, experts }: Architecture): string =>
  [
    ...groups.map((group) => groupWords(group, attentionHeads)),
    ...(experts ? [`${experts.count} experts, ${experts.perToken} for a token`] : []),
  ].join('; ')

import { type Architecture, kvBytesPerToken, type Split, stateBytesPerSequence } from '../catalogue/architecture.ts'
import type { Engine, Model } from '../catalogue.ts'

export const gib = 1024 ** 3
const mib = 1024 ** 2

/** How the GPUs of one replica share the work. GPUs = tensor × pipeline. */
export interface Parallelism {
  /** GPUs that split each layer */
  tensor: number
  /** Stages of layers, one after the other */
  pipeline: number
  /** Experts are spread over the GPUs of a layer as wholes, instead of each being split */
  expert: boolean
  /** Each GPU of a layer serves its own sequences with all heads (data-parallel attention); needs `expert` */
  dataAttention?: boolean
}

/** What of the memory is taken besides weights and cache. The method and its sources: docs/model-sizing.md. */
export interface MemoryRule {
  /** Tokens of one step that activations are kept for; 0: no activations are counted */
  batchedTokens: number
  /** Buffers between GPUs */
  communication: boolean
  /** CUDA context, graphs, fragmentation */
  otherBytes: number
  /** What the budget may be off by */
  tolerance: number
}
export const servingRule: MemoryRule = {
  batchedTokens: 8192,
  communication: true,
  otherBytes: 3.5 * gib,
  tolerance: 1.02,
}

/** Bytes on each GPU. */
export interface Memory {
  weightBytes: number
  activationBytes: number
  communicationBytes: number
  otherBytes: number
  /** What the engine leaves to the cache; below zero: it does not even load */
  cacheBytes: number
  kvBytesPerToken: number
  stateBytesPerSequence: number
}

/** Activations of a step per token and hidden value, by tensor parallel degree: measured by aiconfigurator. */
const activationFactors = { dense: [11, 6.5, 5, 5], experts: [22, 13, 10, 10] }
const communicationMib = [0, 342, 392, 392]
const step = (degree: number) => Math.min(3, Math.floor(Math.log2(degree)))

/**
 * vLLM and SGLang take a share of the whole memory (`--gpu-memory-utilization`, `--mem-fraction-static`), TensorRT-LLM one of what
 * is free once it is loaded (`free_gpu_memory_fraction`).
 */
function cacheBudget(engine: Engine, totalBytes: number, rest: { nonCache: number; rule: MemoryRule; share?: number }) {
  const { nonCache, rule, share } = rest
  if (engine === 'trtllm') return (totalBytes - nonCache) * (share ?? 0.9)
  // SGLang keeps at least 10 GiB free on large GPUs
  const sglang = totalBytes > 60 * gib ? Math.min(0.88, 1 - (10 * gib) / totalBytes) : 0.88
  const taken = share ?? (engine === 'sglang' ? sglang : 0.92)
  return totalBytes * Math.min(1, taken * rule.tolerance) - nonCache
}

/** A model whose configuration nobody knows is sized like a usual one of its size: grouped-query, 8 key-value heads of 128. */
export function assumedArchitecture(paramsB: number): Architecture {
  const layers = Math.max(16, Math.min(96, Math.round(20 * paramsB ** 0.3)))
  const hiddenSize = Math.max(8, Math.round(Math.sqrt((paramsB * 1e9) / (12 * layers)) / 128)) * 128
  return {
    layers,
    hiddenSize,
    attentionHeads: Math.max(8, 2 ** Math.round(Math.log2(hiddenSize / 128))),
    groups: [{ kind: 'full', layers, kvHeads: 8, headDim: 128 }],
  }
}

export interface MemoryRequest {
  model: Pick<Model, 'paramsB' | 'weights' | 'architecture'>
  parallelism: Parallelism
  engine?: Engine | undefined
  /** Share of the memory the engine takes, where it was set; 0–1 */
  memoryShare?: number | undefined
  /** Bytes of an element of the cache: 2 for bf16, 1 for fp8 */
  cacheElementBytes?: number | undefined
  gpuMemoryBytes: number
  rule?: MemoryRule | undefined
}

export function memoryOf(request: MemoryRequest): Memory {
  const { model, parallelism, gpuMemoryBytes, rule = servingRule, engine = 'vllm', cacheElementBytes = 2 } = request
  const { tensor, pipeline, expert, dataAttention } = parallelism
  const architecture = model.architecture ?? assumedArchitecture(model.paramsB)
  const { experts, hiddenSize } = architecture
  const stage = Math.ceil(architecture.layers / pipeline) / architecture.layers
  const split: Split = { heads: dataAttention ? 1 : tensor, layers: stage }
  const expertBytes = model.weights.bytes * (experts?.share ?? 0)
  // An expert that is not split lies on one GPU: the fullest one has the rounded-up number
  const expertPart = expert && experts ? Math.ceil(experts.count / tensor) / experts.count : 1 / tensor
  const weightBytes =
    ((model.weights.bytes - expertBytes) / (dataAttention ? 1 : tensor) + expertBytes * expertPart) * stage
  const factor = activationFactors[experts ? 'experts' : 'dense'][step(dataAttention ? 1 : tensor)]!
  const activationBytes = factor * rule.batchedTokens * hiddenSize * 2
  const communicationBytes = rule.communication ? communicationMib[step(tensor * pipeline)]! * mib : 0
  const { otherBytes } = rule
  const nonCache = weightBytes + activationBytes + communicationBytes + otherBytes
  return {
    weightBytes,
    activationBytes,
    communicationBytes,
    otherBytes,
    cacheBytes: cacheBudget(engine, gpuMemoryBytes, {
      nonCache,
      rule,
      ...(request.memoryShare !== undefined && { share: request.memoryShare }),
    }),
    kvBytesPerToken: kvBytesPerToken(architecture, cacheElementBytes, split),
    stateBytesPerSequence: stateBytesPerSequence(architecture, cacheElementBytes, split),
  }
}

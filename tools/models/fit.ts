import type { Model } from './catalogue.ts'

const gib = 1024 ** 3

export interface FitRequest {
  model: Model
  /** GPUs of one replica: the tensor parallel degree */
  gpus: number
  /** Memory of one GPU; undefined: nobody knows, and the verdict says so */
  gpuMemoryBytes: number | undefined
  contextLength?: number
}

export interface Fit {
  verdict: 'fits' | 'fits-with-less-context' | 'does-not-fit' | 'unknown'
  /** One sentence with the figures */
  reason: string
  weightBytesPerGpu: number
  kvBytesPerGpu: number
  /** Longest context of one sequence */
  maxContext: number
  /** Sequences of the wanted context at the same time */
  sequences: number
  /** Smallest tensor parallel degree that would do, of 1, 2, 4, 8 */
  smallestGpus?: number
}

/** vLLM reserves this share of the whole memory since 0.22 (`--gpu-memory-utilization`). */
const memoryShare = 0.92
/** CUDA context, graphs, fragmentation. */
const otherBytes = 3.5 * gib
const tolerance = 1.02

const sizesOf = (model: Model) =>
  model.sizes ?? {
    weights: 'bf16 (estimated)',
    weightBytes: model.paramsB * 2e9,
    // a typical grouped-query model of this size; only used where the configuration is not known
    kvBytesPerToken: 16_384 * Math.max(1, Math.sqrt(model.paramsB) * 2.5),
    fixedBytesPerSequence: 0,
    attentionKind: 'gqa',
  }

/** Bytes of the key-value cache for a token on each GPU: heads are split, and repeated when there are fewer than GPUs. */
function kvPerTokenPerGpu(model: Model, gpus: number): number {
  const sizes = sizesOf(model)
  if (sizes.attentionKind.includes('mla')) return sizes.kvBytesPerToken
  const heads = sizes.kvHeads ?? gpus
  return (sizes.kvBytesPerToken * Math.ceil(heads / gpus)) / heads
}

/**
 * Weights per GPU, key-value cache per token and what is left, by the method of NVIDIA's aiconfigurator (Apache-2.0):
 * KV = memory · share − weights / tp − other. Bytes everywhere.
 */
export function checkFit({ model, gpus, gpuMemoryBytes, contextLength }: FitRequest): Fit {
  const sizes = sizesOf(model)
  const wanted = contextLength ?? model.contextLength
  const weightBytesPerGpu = sizes.weightBytes / gpus
  const perToken = kvPerTokenPerGpu(model, gpus)
  if (gpuMemoryBytes === undefined)
    return {
      verdict: 'unknown',
      reason: 'the memory of these GPUs is not known: their nodes carry no label nvidia.com/gpu.memory',
      weightBytesPerGpu,
      kvBytesPerGpu: 0,
      maxContext: 0,
      sequences: 0,
    }
  const kvBytesPerGpu = gpuMemoryBytes * memoryShare * tolerance - weightBytesPerGpu - otherBytes
  const fixed = sizes.fixedBytesPerSequence / gpus
  const maxContext = Math.max(0, Math.floor((kvBytesPerGpu - fixed) / perToken))
  const sequences = Math.max(0, Math.floor(kvBytesPerGpu / (perToken * wanted + fixed)))
  const size = (bytes: number) => `${(bytes / gib).toFixed(1)} GiB`
  const base = { weightBytesPerGpu, kvBytesPerGpu: Math.max(0, kvBytesPerGpu), maxContext, sequences }
  const divides = sizes.attentionHeads === undefined || sizes.attentionHeads % gpus === 0
  const estimated = model.sizes ? '' : ' (estimated from its size)'
  if (!divides)
    return {
      ...base,
      verdict: 'does-not-fit',
      reason: `${sizes.attentionHeads} attention heads cannot be split over ${gpus} GPUs`,
      ...smallest(model, { gpuMemoryBytes, wanted }),
    }
  if (maxContext < 1_024)
    return {
      ...base,
      verdict: 'does-not-fit',
      reason: `needs ${size(weightBytesPerGpu)} for weights and ${size(otherBytes)} besides on each of ${gpus} GPU${gpus > 1 ? 's' : ''}; one has ${size(gpuMemoryBytes)}${estimated}`,
      ...smallest(model, { gpuMemoryBytes, wanted }),
    }
  if (maxContext < wanted)
    return {
      ...base,
      verdict: 'fits-with-less-context',
      reason: `fits with a context of at most ${maxContext} tokens instead of ${wanted}: ${size(weightBytesPerGpu)} weights and ${size(kvBytesPerGpu)} key-value cache a GPU${estimated}`,
      ...smallest(model, { gpuMemoryBytes, wanted }),
    }
  return {
    ...base,
    verdict: 'fits',
    reason: `${size(weightBytesPerGpu)} weights and ${size(kvBytesPerGpu)} key-value cache a GPU: ${sequences} sequences of ${wanted} tokens at once${estimated}`,
  }
}

function smallest(
  model: Model,
  { gpuMemoryBytes, wanted }: { gpuMemoryBytes: number; wanted: number },
): { smallestGpus?: number } {
  const found = [1, 2, 4, 8].find((gpus) => {
    const sizes = sizesOf(model)
    if (sizes.attentionHeads !== undefined && sizes.attentionHeads % gpus !== 0) return false
    const kv = gpuMemoryBytes * memoryShare * tolerance - sizes.weightBytes / gpus - otherBytes
    return kv - sizes.fixedBytesPerSequence / gpus >= kvPerTokenPerGpu(model, gpus) * wanted
  })
  return found === undefined ? {} : { smallestGpus: found }
}

import { counted } from '../../table.ts'
import { kvBytesPerToken, stateBytesPerSequence } from '../catalogue/architecture.ts'
import { bytesPerParameter, formatOf, nativeFrom } from '../catalogue/formats.ts'
import type { GpuFacts } from '../catalogue/gpus.ts'
import type { Engine, Model } from '../catalogue.ts'
import { assumedArchitecture, gib, type Memory, type MemoryRule, memoryOf, type Parallelism } from './memory.ts'
import { chooseParallelism, type ParallelWish, parallelRefusal } from './parallelism.ts'

/** What a person wants of a model, whatever the GPUs. */
export interface Wish {
  model: Model
  engine?: Engine | undefined
  /** Tokens of a sequence; default: all the model has */
  contextLength?: number | undefined
  /** Sequences at the same time; default 1 */
  concurrency?: number | undefined
  /** Weights made smaller than they come: fp8, awq … */
  quantization?: string | undefined
  kvCacheDtype?: 'auto' | 'fp8' | undefined
  /** Share of the memory the engine takes, 0–1 */
  memoryShare?: number | undefined
  /** How the GPUs of a replica share the work */
  parallelism?: ParallelWish
  rule?: MemoryRule | undefined
}

export interface FitRequest extends Wish {
  /** GPUs of one replica */
  gpus: number
  /** Memory of one GPU; undefined: nobody knows, and the verdict says so */
  gpuMemoryBytes: number | undefined
  gpu?: Pick<GpuFacts, 'bandwidthBytes' | 'computeCapability'> | undefined
}

export type Verdict = 'fits' | 'fits-with-less-context' | 'does-not-fit' | 'unknown'

export interface Fit {
  verdict: Verdict
  /** One sentence with the figures */
  reason: string
  parallelism: Parallelism
  /** Per GPU; absent where nobody knows its memory */
  memory?: Memory
  /** Longest context with the wanted concurrency */
  maxContext: number
  /** Sequences of the wanted context at the same time */
  sequences: number
  /** Tokens a second of one sequence that the memory bandwidth allows at most */
  decodeTokensPerSecond?: number
  /** Smallest number of GPUs that would do, of 1, 2, 4, 8 */
  smallestGpus?: number
  /** What slows it down or needs a hand */
  notes: string[]
}

/** Cache comes in blocks of so many tokens. */
const block = 16
/** Less is no use to anybody: a model that has room for less does not fit. */
const leastContext = 1024
const degrees = [1, 2, 4, 8]
const size = (bytes: number) => `${(bytes / gib).toFixed(1)} GiB`

/** The model with the weights that were asked for. */
function quantised(
  model: Model,
  quantization: string | undefined,
): { model: Model; notes: string[]; refusal?: string } {
  const format = quantization === undefined ? undefined : formatOf(quantization)
  if (format === undefined || format === model.weights.format) return { model, notes: [] }
  const { format: own } = model.weights
  if (own !== 'bf16' && own !== 'fp32')
    return { model, notes: [], refusal: `its weights come as ${own} and cannot be made ${quantization}` }
  const weights = { format, bytes: model.paramsB * 1e9 * bytesPerParameter[format] }
  const how = format === 'fp8' ? 'the engine quantises while it loads' : 'needs a checkpoint that was quantised so'
  return { model: { ...model, weights }, notes: [`${quantization}: ${how}`] }
}

/** Tokens a second of one sequence: each token reads the active weights and its cache once. */
function decodeBound(model: Model, request: FitRequest, { tensor }: Parallelism): number | undefined {
  const bandwidth = request.gpu?.bandwidthBytes
  if (!bandwidth) return undefined
  const architecture = model.architecture ?? assumedArchitecture(model.paramsB)
  const active = Math.min(1, (model.activeB ?? model.paramsB) / model.paramsB) * model.weights.bytes
  const split = { heads: tensor, layers: 1 }
  const elements = request.kvCacheDtype === 'fp8' ? 1 : 2
  const cache = kvBytesPerToken(architecture, elements, split) * wantedOf(request)
  return bandwidth / (active / tensor + cache + stateBytesPerSequence(architecture, elements, split))
}

const wantedOf = ({ contextLength, model }: Wish) => contextLength ?? model.contextLength

/** How much of what was wanted has room. */
function roomIn(memory: Memory, request: FitRequest, { tensor, dataAttention }: Parallelism) {
  const { cacheBytes, kvBytesPerToken: perToken, stateBytesPerSequence: state } = memory
  const wanted = wantedOf(request)
  const most = Math.max(wanted, request.model.contextLength)
  // GPUs that each serve sequences of their own
  const own = dataAttention ? tensor : 1
  const oneSequence = Math.ceil(wanted / block) * block * perToken + state
  const share = cacheBytes / Math.ceil((request.concurrency ?? 1) / own) - state
  // Where there are windows and states only, length costs nothing
  const tokens = perToken === 0 ? (share >= 0 ? most : 0) : Math.floor(share / perToken / block) * block
  return {
    sequences: Math.max(0, Math.floor(cacheBytes / Math.max(1, oneSequence))) * own,
    maxContext: Math.min(most, Math.max(0, tokens)),
  }
}

/** Everything but the words. */
function weigh(request: FitRequest) {
  const { model, notes, refusal } = quantised(request.model, request.quantization)
  const chosen = chooseParallelism(model, request.gpus, request.parallelism)
  const parallelism = chosen ?? { tensor: request.gpus, pipeline: 1, expert: false }
  const split = chosen ? parallelRefusal(model, parallelism) : `${request.gpus} GPUs cannot share the work in that way`
  const { gpuMemoryBytes, kvCacheDtype } = request
  const memory =
    gpuMemoryBytes === undefined
      ? undefined
      : memoryOf({ ...request, model, parallelism, gpuMemoryBytes, cacheElementBytes: kvCacheDtype === 'fp8' ? 1 : 2 })
  const room = memory ? roomIn(memory, request, parallelism) : { sequences: 0, maxContext: 0 }
  return { model, notes, refusal: refusal ?? split, parallelism, memory, room }
}

function holds({ refusal, memory, room }: ReturnType<typeof weigh>, request: FitRequest): boolean {
  return refusal === undefined && memory !== undefined && room.sequences >= (request.concurrency ?? 1)
}

/** The smallest number of GPUs on which all that is wanted fits. */
export function smallestOf(request: Omit<FitRequest, 'gpus'>, among: readonly number[] = degrees): number | undefined {
  return among.find((gpus) => holds(weigh({ ...request, gpus }), { ...request, gpus }))
}

/**
 * Weights, cache and what is left on each GPU, by the method of NVIDIA's aiconfigurator (docs/model-sizing.md). Ladder: does not fit →
 * fits with less context → fits, with so many sequences. Bytes everywhere.
 */
export function checkFit(request: FitRequest): Fit {
  const weighed = weigh(request)
  const { model, refusal, parallelism, memory, room } = weighed
  const native = nativeFrom[model.weights.format] ?? 0
  const notes = [
    ...weighed.notes,
    ...((request.gpu?.computeCapability ?? native) < native
      ? [`no ${model.weights.format} arithmetic on these GPUs: weights are unpacked, slower but as small`]
      : []),
  ]
  const none = { parallelism, maxContext: 0, sequences: 0, notes, ...(memory && { memory }) }
  const other = () => {
    const smallestGpus = smallestOf(request)
    return smallestGpus === undefined ? {} : { smallestGpus }
  }
  if (refusal) return { ...none, verdict: 'does-not-fit', reason: refusal, ...other() }
  if (!memory || request.gpuMemoryBytes === undefined)
    return {
      ...none,
      verdict: 'unknown',
      reason: 'the memory of these GPUs is not known: their nodes carry no label nvidia.com/gpu.memory',
    }
  const wanted = wantedOf(request)
  const { concurrency = 1, gpus } = request
  const estimated = model.architecture ? '' : ' (estimated from its size)'
  if (room.maxContext < Math.min(leastContext, wanted)) {
    const besides = size(memory.activationBytes + memory.communicationBytes + memory.otherBytes)
    const each = gpus === 1 ? 'the GPU' : `each of ${gpus} GPUs`
    const shared = concurrency > 1 && memory.cacheBytes > 0 ? `; ${concurrency} sequences at once share too little` : ''
    const reason = `needs ${size(memory.weightBytes)} for weights and ${besides} besides on ${each}, which has ${size(request.gpuMemoryBytes)}${shared}${estimated}`
    return { ...none, verdict: 'does-not-fit', reason, ...other() }
  }
  const bound = decodeBound(model, request, parallelism)
  const base = { ...none, ...room, ...(bound !== undefined && { decodeTokensPerSecond: bound }) }
  const parts = `${size(memory.weightBytes)} weights and ${size(memory.cacheBytes)} key-value cache a GPU`
  if (!holds(weighed, request)) {
    const each = concurrency > 1 ? ` for ${concurrency} sequences at once` : ''
    const some = room.sequences > 0 ? `, of which ${room.sequences} fit` : ''
    const reason = `fits with a context of at most ${room.maxContext} tokens${each} instead of ${wanted}${some}: ${parts}${estimated}`
    return { ...base, verdict: 'fits-with-less-context', reason, ...other() }
  }
  const reason = `${parts}: ${counted(room.sequences, 'sequence')} of ${wanted} tokens at once${estimated}`
  return { ...base, verdict: 'fits', reason }
}

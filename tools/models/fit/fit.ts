import { kvBytesPerToken, stateBytesPerSequence } from '../catalogue/architecture.ts'
import { bytesPerParameter, formatOf, nativeFrom } from '../catalogue/formats.ts'
import type { GpuFacts } from '../catalogue/gpus.ts'
import type { Engine, Model } from '../catalogue.ts'
import { assumedArchitecture, gib, type Memory, type MemoryRule, memoryOf, type Parallelism } from './memory.ts'
import { chooseParallelism, parallelRefusal } from './parallelism.ts'

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
  rule?: MemoryRule | undefined
}

export interface FitRequest extends Wish {
  /** GPUs of one replica */
  gpus: number
  /** How they share the work; absent: tensor parallel over all. `auto`: the first way that the model allows */
  parallelism?: Parallelism | 'auto' | undefined
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
const size = (bytes: number) => `${(bytes / gib).toFixed(1)} GiB`
const gpuWords = (gpus: number) => (gpus === 1 ? 'the GPU' : `each of ${gpus} GPUs`)

/** The model with the weights that were asked for. */
function quantised(
  model: Model,
  quantization: string | undefined,
): { model: Model; notes: string[]; refusal?: string } {
  const format = quantization === undefined ? undefined : formatOf(quantization)
  if (format === undefined || format === model.weights.format) return { model, notes: [] }
  if (model.weights.format !== 'bf16' && model.weights.format !== 'fp32')
    return {
      model,
      notes: [],
      refusal: `its weights come as ${model.weights.format} and cannot be made ${quantization}`,
    }
  const weights = { format, bytes: model.paramsB * 1e9 * bytesPerParameter[format] }
  const own = format === 'fp8' ? 'the engine quantises while it loads' : `needs a checkpoint in ${quantization}`
  return { model: { ...model, weights }, notes: [`${quantization}: ${own}`] }
}

const smaller = (left: number, right: number) => Math.min(left, right)

/** Bytes that one more token of one sequence must read at least. */
function decodeBound(model: Model, request: FitRequest, { tensor }: Parallelism, wanted: number): number | undefined {
  const bandwidth = request.gpu?.bandwidthBytes
  if (!bandwidth) return undefined
  const architecture = model.architecture ?? assumedArchitecture(model.paramsB)
  const active = smaller(1, (model.activeB ?? model.paramsB) / model.paramsB) * model.weights.bytes
  const split = { heads: tensor, layers: 1 }
  const elements = request.kvCacheDtype === 'fp8' ? 1 : 2
  const cache = kvBytesPerToken(architecture, elements, split) * wanted
  return bandwidth / (active / tensor + cache + stateBytesPerSequence(architecture, elements, split))
}

function notesFor(model: Model, computeCapability: number | undefined): string[] {
  const from = nativeFrom[model.weights.format]
  return from !== undefined && computeCapability !== undefined && computeCapability < from
    ? [`no ${model.weights.format} arithmetic on these GPUs: weights are unpacked, slower but as small`]
    : []
}

/**
 * Weights, cache and what is left on each GPU, by the method of NVIDIA's aiconfigurator (docs/model-sizing.md). Ladder: does not fit →
 * fits with less context → fits, with so many sequences. Bytes everywhere.
 */
export function checkFit(request: FitRequest): Fit {
  const { gpus, gpuMemoryBytes } = request
  const { model, notes: quantNotes, refusal: quantRefusal } = quantised(request.model, request.quantization)
  const parallelism =
    request.parallelism === 'auto'
      ? chooseParallelism(model, gpus)
      : (request.parallelism ?? { tensor: gpus, pipeline: 1, expert: false })
  const notes = [...quantNotes, ...notesFor(model, request.gpu?.computeCapability)]
  const none = { parallelism, maxContext: 0, sequences: 0, notes }
  const refusal = quantRefusal ?? parallelRefusal(model, parallelism)
  if (gpuMemoryBytes === undefined)
    return refusal
      ? { ...none, verdict: 'does-not-fit', reason: refusal }
      : {
          ...none,
          verdict: 'unknown',
          reason: 'the memory of these GPUs is not known: their nodes carry no label nvidia.com/gpu.memory',
        }
  const memory = memoryOf({
    ...request,
    model,
    parallelism,
    gpuMemoryBytes,
    cacheElementBytes: request.kvCacheDtype === 'fp8' ? 1 : 2,
  })
  const wanted = request.contextLength ?? model.contextLength
  const concurrency = request.concurrency ?? 1
  const room = roomIn(memory, {
    wanted,
    concurrency,
    own: parallelism.dataAttention ? parallelism.tensor : 1,
    most: Math.max(wanted, model.contextLength),
  })
  const bound = decodeBound(model, request, parallelism, wanted)
  const base = {
    parallelism,
    memory,
    notes,
    ...room,
    ...(bound !== undefined && { decodeTokensPerSecond: bound }),
  }
  const estimated = model.architecture ? '' : ' (estimated from its size)'
  const other = () => smallestOf(request)
  if (refusal) return { ...base, ...none, verdict: 'does-not-fit', reason: refusal, ...other() }
  if (room.maxContext < smaller(leastContext, wanted)) {
    const besides = memory.activationBytes + memory.communicationBytes + memory.otherBytes
    const more =
      memory.cacheBytes > 0 && concurrency > 1
        ? `; ${concurrency} sequences at once leave less than ${leastContext} tokens each`
        : ''
    const reason = `needs ${size(memory.weightBytes)} for weights and ${size(besides)} besides on ${gpuWords(gpus)}, which has ${size(gpuMemoryBytes)}${more}${estimated}`
    return { ...base, sequences: 0, verdict: 'does-not-fit', reason, ...other() }
  }
  const parts = `${size(memory.weightBytes)} weights and ${size(memory.cacheBytes)} key-value cache a GPU`
  if (room.sequences < concurrency) {
    const each = concurrency > 1 ? ` for ${concurrency} sequences at once` : ''
    const instead = room.sequences > 0 ? ` (of that, ${room.sequences} fit)` : ''
    const reason = `fits with a context of at most ${room.maxContext} tokens${each} instead of ${wanted}${instead}: ${parts}${estimated}`
    return { ...base, verdict: 'fits-with-less-context', reason, ...other() }
  }
  return {
    ...base,
    verdict: 'fits',
    reason: `${parts}: ${room.sequences} sequences of ${wanted} tokens at once${estimated}`,
  }
}

/** How much of what was wanted has room. `own`: GPUs that each serve sequences of their own. */
function roomIn(
  { cacheBytes, kvBytesPerToken: perToken, stateBytesPerSequence: state }: Memory,
  { wanted, concurrency, own, most }: { wanted: number; concurrency: number; own: number; most: number },
): { maxContext: number; sequences: number } {
  const oneSequence = Math.ceil(wanted / block) * block * perToken + state
  const sequences = Math.max(0, Math.floor(cacheBytes / Math.max(1, oneSequence))) * own
  const share = cacheBytes / Math.ceil(concurrency / own) - state
  // windows and states only: length costs nothing
  const tokens = perToken === 0 ? (share >= 0 ? most : 0) : Math.floor(share / perToken / block) * block
  return { sequences, maxContext: smaller(most, Math.max(0, tokens)) }
}

const degrees = [1, 2, 4, 8]

/** The smallest number of GPUs on which all that is wanted fits. */
export function smallestOf(
  request: Omit<FitRequest, 'gpus'>,
  among: readonly number[] = degrees,
): { smallestGpus?: number } {
  const isKept = typeof request.parallelism === 'object'
  const found = among.find((gpus) => {
    // by the same way of sharing, so that what is named can be asked for
    const parallelism = isKept ? undefined : request.parallelism
    return isFit({ ...request, gpus, parallelism })
  })
  return found === undefined ? {} : { smallestGpus: found }
}

function isFit(request: FitRequest): boolean {
  const { model, refusal } = quantised(request.model, request.quantization)
  if (refusal || request.gpuMemoryBytes === undefined) return false
  const parallelism =
    request.parallelism === 'auto'
      ? chooseParallelism(model, request.gpus)
      : { tensor: request.gpus, pipeline: 1, expert: false }
  if (parallelRefusal(model, parallelism)) return false
  const memory = memoryOf({
    ...request,
    model,
    parallelism,
    gpuMemoryBytes: request.gpuMemoryBytes,
    cacheElementBytes: request.kvCacheDtype === 'fp8' ? 1 : 2,
  })
  const wanted = request.contextLength ?? model.contextLength
  const concurrency = request.concurrency ?? 1
  const { sequences, maxContext } = roomIn(memory, {
    wanted,
    concurrency,
    own: 1,
    most: Math.max(wanted, model.contextLength),
  })
  return sequences >= concurrency && maxContext >= smaller(leastContext, wanted)
}

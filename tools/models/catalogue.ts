import { readFileSync } from 'node:fs'
import * as z from 'zod'

export const engines = ['vllm', 'sglang', 'trtllm'] as const
export type Engine = (typeof engines)[number]

const attention = z.looseObject({
  kind: z.string(),
  layers: z.number().optional(),
  kvHeads: z.number().optional(),
  headDim: z.number().optional(),
  qHeads: z.number().optional(),
})

const sized = z.looseObject({
  id: z.string(),
  paramsB: z.number(),
  contextLength: z.number(),
  license: z.string(),
  gated: z.boolean(),
  engines: z.array(z.enum(engines)),
  weights: z.string(),
  weightBytes: z.number(),
  attention,
  kvBytesPerTokenBf16: z.number(),
  fixedBytesPerSeqBf16: z.number(),
})

const curated = z.strictObject({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  size: z.string(),
  task: z.enum(['text-generation', 'chat', 'fill-mask']),
  contextLength: z.number(),
  supportedEngines: z.array(z.enum(engines)),
  minGpuMemory: z.string(),
  gated: z.boolean().optional(),
})

/** One model we know (MOD-002). `sizes` is there where its configuration was read; without it a fit is an estimate. */
export interface Model {
  id: string
  name: string
  description: string
  task: 'text-generation' | 'chat' | 'fill-mask'
  paramsB: number
  contextLength: number
  engines: Engine[]
  gated: boolean
  license?: string
  /** Memory the curated list asks for at least */
  minGpuMemoryGb?: number
  curated: boolean
  sizes?: {
    weights: string
    weightBytes: number
    kvBytesPerToken: number
    fixedBytesPerSequence: number
    attentionKind: string
    kvHeads?: number
    attentionHeads?: number
  }
}

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`./data/${name}`, import.meta.url), 'utf8'))

let loaded: readonly Model[] | undefined

/** The eight curated models first (MOD-003 to MOD-010), then those of the sized list. Extended by editing the JSON (MOD-015). */
export function models(): readonly Model[] {
  loaded ??= load()
  return loaded
}

function load(): Model[] {
  const list = z.array(curated).parse(read('curated.json'))
  const known = z.object({ models: z.array(sized) }).parse(read('models.json')).models
  const bySize = new Map(known.map((one) => [one.id, one]))
  const first = list.map((one): Model => {
    const size = bySize.get(one.id)
    return {
      id: one.id,
      name: one.name,
      description: one.description,
      task: one.task,
      paramsB: size?.paramsB ?? Number.parseFloat(one.size),
      contextLength: one.contextLength,
      engines: one.supportedEngines,
      gated: one.gated ?? size?.gated ?? false,
      ...(size && { license: size.license }),
      minGpuMemoryGb: Number.parseInt(one.minGpuMemory, 10),
      curated: true,
      ...(size && { sizes: sizesOf(size) }),
    }
  })
  const curatedIds = new Set(list.map(({ id }) => id))
  const rest = known
    .filter(({ id }) => !curatedIds.has(id))
    .map(
      (one): Model => ({
        id: one.id,
        name: one.id.split('/')[1] ?? one.id,
        description: `${one.paramsB}B parameters, ${one.weights} weights`,
        task: 'chat',
        paramsB: one.paramsB,
        contextLength: one.contextLength,
        engines: one.engines,
        gated: one.gated,
        license: one.license,
        curated: false,
        sizes: sizesOf(one),
      }),
    )
  return [...first, ...rest]
}

const sizesOf = (one: z.output<typeof sized>): NonNullable<Model['sizes']> => ({
  weights: one.weights,
  weightBytes: one.weightBytes,
  kvBytesPerToken: one.kvBytesPerTokenBf16,
  fixedBytesPerSequence: one.fixedBytesPerSeqBf16,
  attentionKind: one.attention.kind,
  ...(one.attention.kvHeads !== undefined && { kvHeads: one.attention.kvHeads }),
  ...(one.attention.qHeads !== undefined && { attentionHeads: one.attention.qHeads }),
})

const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '')

/** `Qwen3-8B`, `qwen3 8b` and `Qwen/Qwen3-8B` mean the same; undefined when nothing or more than one thing is meant. */
export function findModel(words: string): Model | undefined {
  const wanted = plain(words)
  const exact = models().filter(({ id }) => plain(id) === wanted || plain(id.split('/')[1] ?? '') === wanted)
  if (exact.length > 0) return exact[0]
  const near = models().filter(({ id }) => plain(id).includes(wanted))
  return near.length === 1 ? near[0] : undefined
}

/** Models whose id or name has the words, for "did you mean". */
export const similarModels = (words: string): string[] =>
  models()
    .filter(({ id, name }) =>
      words
        .toLowerCase()
        .split(/[^a-z0-9.]+/)
        .some((word) => word.length > 2 && `${id} ${name}`.toLowerCase().includes(word)),
    )
    .slice(0, 5)
    .map(({ id }) => id)

const gpus = z.object({
  gpus: z.array(
    z.looseObject({
      id: z.string(),
      fbTotalMiBTypical: z.number().nullable(),
      gfdProductExample: z.string().nullish(),
    }),
  ),
})
let gpuMemory: Map<string, number> | undefined

/** Memory of one GPU whose node does not say it, by the name its feature discovery gives; undefined for unknown ones. */
export function gpuMemoryBytes(gpuModel: string): number | undefined {
  gpuMemory ??= new Map(
    gpus
      .parse(read('gpus.json'))
      .gpus.flatMap(({ gfdProductExample, fbTotalMiBTypical }) =>
        gfdProductExample && fbTotalMiBTypical ? [[plain(gfdProductExample), fbTotalMiBTypical * 1024 ** 2]] : [],
      ),
  )
  return gpuMemory.get(plain(gpuModel))
}

import { readFileSync, statSync } from 'node:fs'
import * as z from 'zod'
import { ToolError } from '#contract'
import { type Architecture, architecture } from './architecture.ts'
import { configOf } from './config.ts'
import { bytesPerParameter, type Weights, weights } from './formats.ts'

export const engines = ['vllm', 'sglang', 'trtllm'] as const
export type Engine = (typeof engines)[number]
export const tasks = ['text-generation', 'chat', 'fill-mask'] as const
export type Task = (typeof tasks)[number]

/** One model we know (MOD-002), of the catalogue or of a hub. */
export interface Model {
  /** Hugging Face id */
  id: string
  name: string
  description: string
  task: Task
  /** Billions */
  paramsB: number
  /** Read for one token, billions; absent: all or unknown */
  activeB?: number
  contextLength: number
  engines: Engine[]
  gated: boolean
  license?: string
  /** Memory the curated list asks for at least */
  minGpuMemoryGb?: number
  curated: boolean
  weights: Weights
  /** Without it a fit is an estimate by size */
  architecture?: Architecture
  note?: string
  /** Where it is not the catalogue */
  source?: 'hub' | 'given'
}

/** An entry as the file has it (MOD-015, docs/model-sizing.md). */
const entry = z
  .strictObject({
    id: z.string().regex(/^[\w.-]+(\/[\w.-]+)?$/, 'must be a Hugging Face id such as Qwen/Qwen3-8B'),
    name: z.string().optional(),
    description: z.string().optional(),
    task: z.enum(tasks).default('chat'),
    /** As people say it: 8B */
    size: z
      .string()
      .regex(/^\d+(\.\d+)?[BM]$/, 'must be like 8B or 600M')
      .optional(),
    parametersB: z.number().positive().optional(),
    activeB: z.number().positive().optional(),
    contextLength: z.int().min(1),
    supportedEngines: z.array(z.enum(engines)).min(1),
    minGpuMemory: z
      .string()
      .regex(/^\d+ ?GB$/, 'must be like 16GB')
      .optional(),
    license: z.string().optional(),
    gated: z.boolean().default(false),
    curated: z.boolean().default(false),
    weights: weights.optional(),
    architecture: architecture.optional(),
    /** Its config.json, in place of `architecture` */
    config: z.record(z.string(), z.unknown()).optional(),
    note: z.string().optional(),
  })
  .refine(({ size, parametersB, config }) => size !== undefined || parametersB !== undefined || config !== undefined, {
    path: ['parametersB'],
    message: 'is missing: give parametersB, size or config',
  })
type Entry = z.output<typeof entry>

const shortName = (id: string) => id.split('/').at(-1) ?? id
const billions = (size: string) => Number.parseFloat(size) / (size.endsWith('M') ? 1000 : 1)

function modelOf(one: Entry): Model {
  const read = one.config && configOf(one.config)
  const paramsB = one.parametersB ?? (one.size ? billions(one.size) : read!.parameters / 1e9)
  const known = one.architecture ?? read?.architecture
  return {
    id: one.id,
    name: one.name ?? shortName(one.id),
    description: one.description ?? one.note ?? `${figureOf(paramsB)} B parameters`,
    task: one.task,
    paramsB,
    ...(one.activeB !== undefined && { activeB: one.activeB }),
    contextLength: one.contextLength,
    engines: one.supportedEngines,
    gated: one.gated,
    ...(one.license !== undefined && { license: one.license }),
    ...(one.minGpuMemory !== undefined && { minGpuMemoryGb: Number.parseInt(one.minGpuMemory, 10) }),
    curated: one.curated,
    weights: one.weights ?? read?.weights ?? { format: 'bf16', bytes: paramsB * 1e9 * bytesPerParameter.bf16 },
    ...(known && { architecture: known }),
    ...(one.note !== undefined && { note: one.note }),
  }
}

const figureOf = (value: number) => String(Number(value.toPrecision(3)))

const broken = (path: string, message: string, cause?: unknown) =>
  new ToolError('invalid-input', `The model catalogue ${path} ${message}`, {
    field: 'QM_MODEL_CATALOGUE',
    next: 'Correct the file (docs/model-sizing.md has its form), or leave QM_MODEL_CATALOGUE out for the catalogue that comes with the product',
    changed: 'nothing',
    cause,
  })

/**
 * The models of a catalogue file, in its order with the curated ones first.
 * @throws ToolError invalid-input naming file, model and field
 */
export function parseCatalogue(text: string, path: string): Model[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw broken(path, `is not JSON: ${(cause as Error).message}`, cause)
  }
  const list = Array.isArray(value) ? value : (value as { models?: unknown } | null)?.models
  if (!Array.isArray(list)) throw broken(path, 'has no list "models"')
  const models = list.map((one: unknown, index) => {
    const id = (one as { id?: unknown } | null)?.id
    const who = typeof id === 'string' ? `model ${id}` : `model ${index + 1} of the list`
    const parsed = entry.safeParse(one)
    if (!parsed.success) {
      const issue = parsed.error.issues[0]!
      throw broken(path, `has a mistake in ${who} at ${issue.path.join('.') || 'its root'}: ${issue.message}`)
    }
    try {
      return modelOf(parsed.data)
    } catch (cause) {
      throw broken(path, `has a mistake in ${who}: ${(cause as Error).message}`, cause)
    }
  })
  const twice = models.find(({ id }, index) => models.findIndex((other) => other.id === id) !== index)
  if (twice) throw broken(path, `has model ${twice.id} twice`)
  return [...models.filter(({ curated }) => curated), ...models.filter(({ curated }) => !curated)]
}

/** Read again when the file was changed. */
export function catalogueFile(path: string | URL, shown = String(path)): () => readonly Model[] {
  let known: { stamp: string; models: readonly Model[] } | undefined
  return () => {
    try {
      const { mtimeMs, size } = statSync(path)
      const stamp = `${mtimeMs} ${size}`
      if (known?.stamp !== stamp) known = { stamp, models: parseCatalogue(readFileSync(path, 'utf8'), shown) }
      return known.models
    } catch (cause) {
      if (cause instanceof ToolError) throw cause
      throw broken(shown, `cannot be read: ${(cause as NodeJS.ErrnoException).code ?? 'error'}`, cause)
    }
  }
}

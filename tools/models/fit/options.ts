import { ToolError } from '#contract'
import { formatOf } from '../catalogue/formats.ts'
import { type Engine, engines } from '../catalogue.ts'
import type { Wish } from './fit.ts'
import type { Parallelism } from './memory.ts'

/** What a person may say besides model, GPUs and context: `fp8, kv=fp8, pp=2, ep, users=8, sglang`. */
export interface FitOptions
  extends Pick<Wish, 'engine' | 'concurrency' | 'quantization' | 'kvCacheDtype' | 'memoryShare'> {
  parallelism: Partial<Parallelism> | 'auto'
  nodesPerReplica?: number
}

const form =
  'fp8, int4, awq … for weights; kv=fp8; users=8 for sequences at once; tp=4, pp=2, ep (experts spread), dp (data-parallel attention); nodes=2; memory=0.9; vllm, sglang or trtllm'

const refuse = (word: string) =>
  new ToolError('invalid-input', `options has "${word.slice(0, 60)}", which means nothing here`, {
    field: 'options',
    next: `Words with commas between: ${form}`,
    changed: 'nothing',
  })

const numbers: Record<string, [least: number, most: number]> = {
  users: [1, 100_000],
  tp: [1, 64],
  pp: [1, 64],
  nodes: [1, 64],
}

/** @throws ToolError invalid-input naming the word */
export function readOptions(text: string | undefined): FitOptions {
  const shared: Partial<Parallelism> = {}
  const options: Omit<FitOptions, 'parallelism'> = {}
  for (const word of (text ?? '')
    .toLowerCase()
    .split(/[\s,;]+/)
    .filter(Boolean)) {
    const [name = '', value] = word.split('=')
    const limits = numbers[name]
    if (limits && value !== undefined) {
      const count = Number(value)
      if (!Number.isInteger(count) || count < limits[0] || count > limits[1]) throw refuse(word)
      if (name === 'users') options.concurrency = count
      if (name === 'nodes') options.nodesPerReplica = count
      if (name === 'tp') shared.tensor = count
      if (name === 'pp') shared.pipeline = count
    } else if (name === 'kv' && (value === 'fp8' || value === 'auto')) options.kvCacheDtype = value
    else if (name === 'memory' && Number(value) > 0.1 && Number(value) <= 1) options.memoryShare = Number(value)
    else if (value !== undefined) throw refuse(word)
    else if (name === 'ep') shared.expert = true
    else if (name === 'dp') Object.assign(shared, { dataAttention: true, expert: true })
    else if ((engines as readonly string[]).includes(name)) options.engine = name as Engine
    else if (formatOf(name)) options.quantization = name
    else throw refuse(word)
  }
  return { ...options, parallelism: Object.keys(shared).length > 0 ? shared : 'auto' }
}

import type { Engine } from '../catalogue.ts'
import type { DeploymentConfig } from '../config.ts'
import { goneFlags, ownFlags, secretFlags } from './engine-flags.ts'

export interface ArgumentRefusal {
  field: 'engineArgs'
  message: string
  next: string
}

const titles: Record<Engine, string> = { vllm: 'vLLM', sglang: 'SGLang', trtllm: 'TensorRT-LLM' }

const refuse = (message: string, next: string): ArgumentRefusal => ({ field: 'engineArgs', message, next })

/** `--max_num_seqs=64` is `--max-num-seqs`: the engines take both. */
export const flagName = (word: string): string => {
  const name = word.split('=')[0]!
  return name.startsWith('--') ? name.replaceAll('_', '-') : name
}

/** A number is a value, also a negative one. */
const isFlag = (word: string) => /^-{1,2}[a-zA-Z]/.test(word)

/**
 * Why engine arguments would not do what they say: their shape, flags that this deployment sets itself from another option (or that
 * would pass the plan's checks by), flags that are gone, secrets, flags of another engine. Undefined: none of these.
 */
export function checkEngineArgs(config: DeploymentConfig): ArgumentRefusal | undefined {
  const { engine, engineArgs } = config
  const [first] = engineArgs
  if (first !== undefined && !isFlag(first))
    return refuse(`"${first.slice(0, 60)}" is no flag`, 'Begin with a flag: --max-num-batched-tokens 8192')
  for (const word of engineArgs) {
    const found = shapeOf(word) ?? (isFlag(word) ? conflictOf(flagName(word), config, engine) : undefined)
    if (found) return found
  }
  return undefined
}

function shapeOf(word: string): ArgumentRefusal | undefined {
  if (word.trim() === '') return refuse('An argument is empty', 'Leave it out')
  if (/\$\(\w+\)/.test(word))
    return refuse(
      `${word.slice(0, 60)} would be replaced by a variable of the container`,
      'Write the value itself, without $(…)',
    )
  if (isFlag(word) && /\s/.test(word.split('=')[0]!))
    return refuse(`"${word.slice(0, 60)}" is several words in one`, 'Give each word by itself: "--flag", "value"')
  return undefined
}

function conflictOf(name: string, config: DeploymentConfig, engine: Engine): ArgumentRefusal | undefined {
  const own = ownFlags[engine].find(({ names, when }) => names.includes(name) && (when?.(config) ?? true))
  if (own) return refuse(`${name} is set by this deployment itself`, `Use ${own.use} instead`)
  const instead = goneFlags[name]
  if (instead) return refuse(`${name} is gone from the engines`, `Use ${instead}`)
  if (secretFlags.includes(name))
    return refuse(
      `${name} would show a secret to everybody who may list pods`,
      'Keep it in a Secret; hfTokenSecret names that of Hugging Face',
    )
  return foreign(name, engine)
}

/** A flag that we know of others only; an unknown one is the engine's own business. */
function foreign(name: string, engine: Engine): ArgumentRefusal | undefined {
  if (ownFlags[engine].some(({ names }) => names.includes(name))) return undefined
  const others = (Object.keys(titles) as Engine[]).filter((one) => one !== engine)
  for (const other of others) {
    const known = ownFlags[other].find(({ names }) => names.includes(name))
    if (known)
      return refuse(`${name} is a flag of ${titles[other]}, and this is ${titles[engine]}`, `Use ${known.use} instead`)
  }
  return undefined
}

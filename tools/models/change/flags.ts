import type { Engine } from '../catalogue.ts'
import type { DeploymentConfig } from '../config.ts'

/** Members of a configuration that stand in the command line of an engine. */
export type FlagMember =
  | 'servedModelName'
  | 'contextLength'
  | 'quantization'
  | 'kvCacheDtype'
  | 'gpuMemoryUtilization'
  | 'maxSequences'
  | 'enforceEager'
  | 'enablePrefixCaching'
  | 'trustRemoteCode'

/** All spellings of a flag, the one that is written first. Sources: vLLM 0.31 `vllm serve --help`, SGLang 0.5 server_args.py, trtllm-serve 1.3. */
const names: Record<Engine, Partial<Record<FlagMember | 'tensor', readonly string[]>>> = {
  vllm: {
    servedModelName: ['--served-model-name'],
    contextLength: ['--max-model-len'],
    quantization: ['--quantization', '-q'],
    kvCacheDtype: ['--kv-cache-dtype'],
    gpuMemoryUtilization: ['--gpu-memory-utilization'],
    maxSequences: ['--max-num-seqs'],
    enforceEager: ['--enforce-eager'],
    enablePrefixCaching: ['--enable-prefix-caching'],
    trustRemoteCode: ['--trust-remote-code'],
    tensor: ['--tensor-parallel-size', '-tp', '--tp'],
  },
  sglang: {
    servedModelName: ['--served-model-name'],
    contextLength: ['--context-length'],
    quantization: ['--quantization'],
    kvCacheDtype: ['--kv-cache-dtype'],
    gpuMemoryUtilization: ['--mem-fraction-static'],
    maxSequences: ['--max-running-requests'],
    enforceEager: ['--disable-cuda-graph'],
    trustRemoteCode: ['--trust-remote-code'],
    tensor: ['--tp', '--tp-size', '--tensor-parallel-size'],
  },
  trtllm: {
    servedModelName: ['--served-model-name', '--served_model_name'],
    contextLength: ['--max-seq-len', '--max_seq_len'],
    tensor: ['--tensor-parallel-size', '--tp-size', '--tp_size'],
  },
}

/** Where a member has a flag of its own. */
export const flagOf = (engine: Engine, member: FlagMember | 'tensor'): readonly string[] | undefined =>
  names[engine][member]

const isFlag = (word: string | undefined): boolean => word?.startsWith('-') === true && !/^-\d/.test(word)
const nameOf = (word: string) => word.split('=')[0]!

/** Where a flag stands, and how many words it has. */
function places(words: readonly string[], flags: readonly string[]): { at: number; length: number }[] {
  return words.flatMap((word, at) => {
    if (!isFlag(word) || !flags.includes(nameOf(word))) return []
    const takesNext = !word.includes('=') && words[at + 1] !== undefined && !isFlag(words[at + 1])
    return [{ at, length: takesNext ? 2 : 1 }]
  })
}

/** The words without any of these flags and their values. */
export const withoutFlag = (words: readonly string[], flags: readonly string[]): string[] => {
  const gone = new Set(places(words, flags).flatMap(({ at, length }) => (length === 2 ? [at, at + 1] : [at])))
  return words.filter((_, index) => !gone.has(index))
}

/** The words with a flag at this value, where it stood or at the end; `true` is a flag without a value, undefined takes it away. */
export function withFlag(
  words: readonly string[],
  flags: readonly string[],
  value: string | true | undefined,
): string[] {
  if (value === undefined) return withoutFlag(words, flags)
  const [first] = places(words, flags)
  const next = value === true ? [flags[0]!] : [flags[0]!, value]
  if (!first) return [...words, ...next]
  const before = words.slice(0, first.at)
  return [...before, ...next, ...withoutFlag(words.slice(first.at + first.length), flags)]
}

/** `--max-num-seqs 64 --seed 7`: each flag with its value. */
export function flagsIn(words: readonly string[]): { flag: string; value: string | true }[] {
  return words.flatMap((word, index) => {
    if (!isFlag(word)) return []
    const [flag, ...rest] = word.split('=')
    if (rest.length > 0) return [{ flag: flag!, value: rest.join('=') }]
    const next = words[index + 1]
    return [{ flag: flag!, value: next !== undefined && !isFlag(next) ? next : true }]
  })
}

/** A member as the value of its flag. */
export function flagValue(
  config: Partial<DeploymentConfig>,
  { member, engine }: { member: FlagMember; engine: Engine },
): string | true | undefined {
  const value = config[member]
  if (value === undefined || value === false) return undefined
  if (value === true) return true
  return member === 'kvCacheDtype' && engine === 'sglang' && value === 'fp8' ? 'fp8_e4m3' : String(value)
}

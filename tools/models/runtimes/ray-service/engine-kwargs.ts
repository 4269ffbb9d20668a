import type { DeploymentConfig } from '../../config.ts'
import { degreesOf } from '../shared/engine-command.ts'

/** `8192`, `true` and JSON are what they say; everything else is text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Words of a command line as keyword arguments of the engine; undefined where a word belongs to no option. */
export function keywordsOf(words: readonly string[]): Record<string, unknown> | undefined {
  const keywords: Record<string, unknown> = {}
  for (let index = 0; index < words.length; index++) {
    const [flag = '', ...rest] = words[index]!.split('=')
    if (!/^--[a-z][\w-]*$/.test(flag)) return undefined
    const name = flag.slice(2).replaceAll('-', '_')
    const next = words[index + 1]
    if (rest.length > 0) keywords[name] = parsed(rest.join('='))
    else if (next !== undefined && !next.startsWith('--')) {
      keywords[name] = parsed(next)
      index++
    } else if (name.startsWith('no_')) keywords[name.slice(3)] = false
    else keywords[name] = true
  }
  return keywords
}

/** What vLLM is started with; Ray hands it on as it is. Source: Ray 2.59, ray.serve.llm.LLMConfig. */
export function engineKwargs(config: DeploymentConfig): Record<string, unknown> {
  const { tensor, pipeline } = degreesOf(config)
  return {
    tensor_parallel_size: tensor,
    ...(pipeline > 1 && { pipeline_parallel_size: pipeline }),
    ...(config.expertParallel && { enable_expert_parallel: true }),
    ...(config.contextLength !== undefined && { max_model_len: config.contextLength }),
    ...(config.quantization !== undefined && { quantization: config.quantization }),
    ...(config.kvCacheDtype !== undefined && { kv_cache_dtype: config.kvCacheDtype }),
    ...(config.gpuMemoryUtilization !== undefined && { gpu_memory_utilization: config.gpuMemoryUtilization }),
    ...(config.maxSequences !== undefined && { max_num_seqs: config.maxSequences }),
    ...(config.enforceEager && { enforce_eager: true }),
    ...(config.enablePrefixCaching && { enable_prefix_caching: true }),
    ...(config.trustRemoteCode && { trust_remote_code: true }),
    ...keywordsOf(config.engineArgs),
  }
}

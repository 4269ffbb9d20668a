import type { Engine } from '../../catalogue.ts'
import type { DeploymentConfig } from '../../config.ts'

/** One port for all engines, so that a client needs to know nothing of the engine. */
export const enginePort = 8000

/** Where the file with TensorRT-LLM's options is put into a container. */
export const engineFile = { folder: '/etc/engine', name: 'engine.yaml' }

/** Released together with Dynamo 1.6, so tested together (2026-10). */
const images: Record<Engine, string> = {
  vllm: 'vllm/vllm-openai:v0.31.0',
  sglang: 'lmsysorg/sglang:v0.5.21',
  trtllm: 'nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc29',
}
export const plainImage = (engine: Engine): string => images[engine]

export interface EngineCommand {
  command: string[]
  args: string[]
  /** Text of the options file that the arguments name; only TensorRT-LLM has one */
  file?: string
  metricsPath: string
}

const flag = (name: string, value: string | number | undefined): string[] =>
  value === undefined ? [] : [name, String(value)]

const given = (name: string, wanted: boolean | undefined): string[] => (wanted ? [name] : [])

/** Degrees of one replica: `gpus` is tensor × pipeline. */
export function degreesOf({ gpus, pipelineParallel = 1, nodesPerReplica = 1 }: DeploymentConfig) {
  return { tensor: gpus / pipelineParallel, pipeline: pipelineParallel, gpusPerNode: gpus / nodesPerReplica }
}

/** Where the weights are: a folder of the claim, or the Hugging Face id. */
export const modelSource = ({ modelId, storage }: DeploymentConfig): string =>
  storage?.path === undefined ? modelId : joined(mountPathOf(storage), storage.path)

const joined = (folder: string, path: string) => `${folder.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`

export const mountPathOf = (storage: NonNullable<DeploymentConfig['storage']>): string =>
  storage.mountPath ?? '/model-cache'

/** Flags of vLLM without program and model. Source: vLLM 0.31, `vllm serve --help`. */
export function vllmFlags(config: DeploymentConfig): string[] {
  const { tensor, pipeline } = degreesOf(config)
  return [
    ...flag('--served-model-name', config.servedModelName),
    ...flag('--tensor-parallel-size', tensor > 1 ? tensor : undefined),
    ...flag('--pipeline-parallel-size', pipeline > 1 ? pipeline : undefined),
    ...given('--enable-expert-parallel', config.expertParallel),
    ...flag('--max-model-len', config.contextLength),
    ...flag('--quantization', config.quantization),
    ...flag('--kv-cache-dtype', config.kvCacheDtype),
    ...flag('--gpu-memory-utilization', config.gpuMemoryUtilization),
    ...flag('--max-num-seqs', config.maxSequences),
    ...given('--enforce-eager', config.enforceEager),
    ...given('--enable-prefix-caching', config.enablePrefixCaching),
    ...given('--trust-remote-code', config.trustRemoteCode),
  ]
}

/** Prefixes are reused by SGLang unless told otherwise. Source: SGLang 0.5, server_args.py. */
function sglangFlags(config: DeploymentConfig): string[] {
  const { tensor, pipeline } = degreesOf(config)
  return [
    ...flag('--served-model-name', config.servedModelName),
    ...flag('--tp-size', tensor > 1 ? tensor : undefined),
    ...flag('--pp-size', pipeline > 1 ? pipeline : undefined),
    ...flag('--ep-size', config.expertParallel ? tensor : undefined),
    ...flag('--context-length', config.contextLength),
    ...flag('--quantization', config.quantization),
    ...flag('--kv-cache-dtype', config.kvCacheDtype === 'fp8' ? 'fp8_e4m3' : config.kvCacheDtype),
    ...flag('--mem-fraction-static', config.gpuMemoryUtilization),
    ...flag('--max-running-requests', config.maxSequences),
    ...given('--disable-cuda-graph', config.enforceEager),
    ...given('--trust-remote-code', config.trustRemoteCode),
    '--enable-metrics',
  ]
}

/** Source: TensorRT-LLM 1.3, trtllm-serve. */
function trtllmFlags(config: DeploymentConfig): string[] {
  const { tensor, pipeline } = degreesOf(config)
  return [
    ...flag('--served_model_name', config.servedModelName),
    ...flag('--tp_size', tensor > 1 ? tensor : undefined),
    ...flag('--pp_size', pipeline > 1 ? pipeline : undefined),
    ...flag('--ep_size', config.expertParallel ? tensor : undefined),
    ...flag('--max_seq_len', config.contextLength),
    ...flag('--max_batch_size', config.maxSequences),
    // A share of what is free after the weights: the engine has no other bound
    ...flag('--kv_cache_free_gpu_memory_fraction', config.gpuMemoryUtilization),
    ...given('--trust_remote_code', config.trustRemoteCode),
  ]
}

/** What trtllm-serve takes only from a file; JSON is YAML too. */
function trtllmFile(config: DeploymentConfig): string | undefined {
  const cache = {
    ...(config.kvCacheDtype === 'fp8' && { dtype: 'fp8' }),
    ...(config.enablePrefixCaching && { enable_block_reuse: true }),
  }
  const options = {
    ...(config.enforceEager && { cuda_graph_config: null }),
    ...(Object.keys(cache).length > 0 && { kv_cache_config: cache }),
    ...(config.quantization !== undefined && { quant_config: { quant_algo: config.quantization.toUpperCase() } }),
  }
  return Object.keys(options).length > 0 ? JSON.stringify(options) : undefined
}

/** The command line of an engine without any operator around it; what a person added comes last. */
export function engineCommand(config: DeploymentConfig): EngineCommand {
  const model = modelSource(config)
  const port = String(enginePort)
  if (config.engine === 'vllm')
    return {
      command: ['vllm'],
      args: ['serve', model, '--host', '0.0.0.0', '--port', port, ...vllmFlags(config), ...config.engineArgs],
      metricsPath: '/metrics',
    }
  if (config.engine === 'sglang')
    return {
      command: ['python3', '-m', 'sglang.launch_server'],
      args: ['--model-path', model, '--host', '0.0.0.0', '--port', port, ...sglangFlags(config), ...config.engineArgs],
      metricsPath: '/metrics',
    }
  const file = trtllmFile(config)
  return {
    command: ['trtllm-serve'],
    args: [
      model,
      '--host',
      '0.0.0.0',
      '--port',
      port,
      ...trtllmFlags(config),
      ...(file !== undefined ? ['--extra_llm_api_options', `${engineFile.folder}/${engineFile.name}`] : []),
      ...config.engineArgs,
    ],
    ...(file !== undefined && { file }),
    metricsPath: '/prometheus/metrics',
  }
}

import type { Engine } from '../../catalogue.ts'
import type { DeploymentConfig } from '../../config.ts'

type Role = 'prefill' | 'decode' | undefined

const kvEvents = '{"publisher":"zmq","topic":"kv-events","endpoint":"tcp://*:20080","enable_kv_cache_events":true}'
/** SGLang has no switch in it. */
const sglangEvents = '{"publisher":"zmq","topic":"kv-events","endpoint":"tcp://*:20080"}'
const kvTransfer = '{"kv_connector":"NixlConnector","kv_role":"kv_both"}'

export const defaultMountPath = '/models'

/** The model as an engine is told it: an id, or the folder of a claim that has the weights. */
export function modelWord({ modelId, storage }: DeploymentConfig): string {
  if (!storage?.path) return modelId
  const folder = (storage.mountPath ?? defaultMountPath).replace(/\/+$/, '')
  return `${folder}/${storage.path.replace(/^\/+/, '')}`
}

/** GPUs of a replica are split over tensors within each stage of its pipeline. */
export const tensorParallel = ({ gpus, pipelineParallel = 1 }: DeploymentConfig): number => gpus / pipelineParallel

/** Workers tell a KV router what they have cached; decode workers of a split deployment have nothing to tell. */
const publishes = ({ routerMode }: DeploymentConfig, role: Role) => routerMode === 'kv' && role !== 'decode'

const given = (flag: string, value: string | number | undefined) => (value === undefined ? [] : [flag, String(value)])
const more = (flag: string, value: number) => (value > 1 ? [flag, String(value)] : [])
const when = (condition: boolean | undefined, ...words: string[]) => (condition ? words : [])

/** The command line of a worker. Source: Dynamo v1.6, components/src/dynamo/{vllm,sglang,trtllm} and examples/backends. */
export const workerArgs = (config: DeploymentConfig, role?: 'prefill' | 'decode'): string[] => [
  config.engine === 'vllm' ? '--model' : '--model-path',
  modelWord(config),
  '--served-model-name',
  config.servedModelName,
  ...engineFlags[config.engine](config, role),
  ...given('--disaggregation-mode', role),
  ...config.engineArgs,
]

const engineFlags: Record<Engine, (config: DeploymentConfig, role: Role) => string[]> = {
  vllm: (config, role) => [
    ...more('--tensor-parallel-size', tensorParallel(config)),
    ...more('--pipeline-parallel-size', config.pipelineParallel ?? 1),
    ...when(config.expertParallel, '--enable-expert-parallel'),
    ...given('--max-model-len', config.contextLength),
    ...given('--quantization', config.quantization),
    ...given('--kv-cache-dtype', config.kvCacheDtype),
    ...given('--gpu-memory-utilization', config.gpuMemoryUtilization),
    ...given('--max-num-seqs', config.maxSequences),
    ...when(config.enforceEager, '--enforce-eager'),
    ...when(config.enablePrefixCaching, '--enable-prefix-caching'),
    ...when(config.trustRemoteCode, '--trust-remote-code'),
    ...when(role !== undefined, '--kv-transfer-config', kvTransfer),
    ...when(publishes(config, role), '--kv-events-config', kvEvents),
  ],
  // It reuses prefixes unless told otherwise
  sglang: (config, role) => [
    ...more('--tp', tensorParallel(config)),
    ...more('--pp-size', config.pipelineParallel ?? 1),
    ...when(config.expertParallel, ...more('--ep-size', tensorParallel(config))),
    ...given('--context-length', config.contextLength),
    ...given('--quantization', config.quantization),
    ...given('--kv-cache-dtype', config.kvCacheDtype === 'fp8' ? 'fp8_e4m3' : config.kvCacheDtype),
    ...given('--mem-fraction-static', config.gpuMemoryUtilization),
    ...given('--max-running-requests', config.maxSequences),
    '--enable-metrics',
    ...when(config.enforceEager, '--disable-cuda-graph'),
    ...when(config.trustRemoteCode, '--trust-remote-code'),
    ...when(
      role !== undefined,
      ...['--disaggregation-transfer-backend', 'nixl', '--disaggregation-bootstrap-port', '12345', '--host', '0.0.0.0'],
    ),
    ...when(publishes(config, role), '--kv-events-config', sglangEvents),
  ],
  trtllm: (config, role) => {
    const overrides = engineOverrides(config, role)
    return [
      ...given('--max-seq-len', config.contextLength),
      ...when(Object.keys(overrides).length > 0, '--override-engine-args', JSON.stringify(overrides)),
      ...when(publishes(config, role), '--publish-events-and-metrics'),
    ]
  },
}

/** TensorRT-LLM takes most of this as arguments of its engine, and so from every release in the same way. */
function engineOverrides(config: DeploymentConfig, role: Role): Record<string, unknown> {
  const { kvCacheDtype, gpuMemoryUtilization, maxSequences, pipelineParallel = 1, gpus, nodesPerReplica = 1 } = config
  const tensor = tensorParallel(config)
  const cache = {
    ...(kvCacheDtype !== undefined && { dtype: kvCacheDtype }),
    // Of what is free once the weights are loaded: the nearest it has
    ...(gpuMemoryUtilization !== undefined && { free_gpu_memory_fraction: gpuMemoryUtilization }),
    ...(config.enablePrefixCaching && { enable_block_reuse: true }),
  }
  return {
    ...(tensor > 1 && { tensor_parallel_size: tensor }),
    ...(pipelineParallel > 1 && { pipeline_parallel_size: pipelineParallel }),
    ...(config.expertParallel && tensor > 1 && { moe_expert_parallel_size: tensor }),
    ...(nodesPerReplica > 1 && { gpus_per_node: gpus / nodesPerReplica }),
    ...(maxSequences !== undefined && { max_batch_size: maxSequences }),
    ...(Object.keys(cache).length > 0 && { kv_cache_config: cache }),
    ...(config.enforceEager && { cuda_graph_config: null }),
    ...(config.trustRemoteCode && { trust_remote_code: true }),
    ...(role && { cache_transceiver_config: { backend: 'DEFAULT' } }),
    // A worker that only prefills has no decode step to overlap its scheduling with
    ...(role === 'prefill' && { disable_overlap_scheduler: true }),
  }
}

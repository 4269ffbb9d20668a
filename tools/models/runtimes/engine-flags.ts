import type { Engine } from '../catalogue.ts'
import type { DeploymentConfig } from '../config.ts'

/** A flag that a deployment sets from its configuration: always, or where `when` holds. */
export interface OwnFlag {
  /** Long forms with dashes; short ones as they are */
  names: readonly string[]
  /** The option of the configuration that stands for it */
  use: string
  when?: (config: DeploymentConfig) => boolean
}

const isSplit = ({ mode }: DeploymentConfig) => mode === 'disaggregated'
const isKv = ({ routerMode }: DeploymentConfig) => routerMode === 'kv'
const has = (key: keyof DeploymentConfig) => (config: DeploymentConfig) => config[key] !== undefined

/** Alike in all engines. */
const common: readonly OwnFlag[] = [
  { names: ['--model', '--model-path'], use: 'model' },
  { names: ['--served-model-name'], use: 'servedModelName' },
  { names: ['--trust-remote-code', '--trust_remote_code'], use: 'trustRemoteCode' },
  { names: ['--disaggregation-mode'], use: 'mode' },
  { names: ['--host', '--port'], use: 'the Service of the deployment' },
  { names: ['--kv-cache-dtype'], use: 'kvCacheDtype', when: has('kvCacheDtype') },
]

/** The flags we set, by engine. Sources: engine arguments of vLLM, SGLang and TensorRT-LLM, and of Dynamo 1.6 around them. */
export const ownFlags: Record<Engine, readonly OwnFlag[]> = {
  vllm: [
    ...common,
    { names: ['--tensor-parallel-size', '-tp'], use: 'gpus' },
    { names: ['--pipeline-parallel-size', '-pp'], use: 'pipelineParallel' },
    { names: ['--enable-expert-parallel'], use: 'expertParallel' },
    { names: ['--data-parallel-size', '-dp', '--data-parallel-size-local', '-dpl'], use: 'replicas' },
    { names: ['--nnodes', '--node-rank', '--master-addr', '--master-port', '--headless'], use: 'nodesPerReplica' },
    { names: ['--max-model-len'], use: 'contextLength' },
    { names: ['--quantization', '-q'], use: 'quantization', when: has('quantization') },
    { names: ['--gpu-memory-utilization'], use: 'gpuMemoryUtilization', when: has('gpuMemoryUtilization') },
    { names: ['--max-num-seqs'], use: 'maxSequences', when: has('maxSequences') },
    { names: ['--enforce-eager', '--no-enforce-eager'], use: 'enforceEager' },
    { names: ['--enable-prefix-caching'], use: 'enablePrefixCaching' },
    { names: ['--no-enable-prefix-caching'], use: 'enablePrefixCaching', when: (config) => config.enablePrefixCaching },
    { names: ['--kv-transfer-config'], use: 'mode', when: isSplit },
    { names: ['--kv-events-config'], use: 'routerMode', when: isKv },
  ],
  sglang: [
    ...common,
    { names: ['--tp', '--tp-size', '--tensor-parallel-size'], use: 'gpus' },
    { names: ['--pp', '--pp-size', '--pipeline-parallel-size'], use: 'pipelineParallel' },
    { names: ['--ep', '--ep-size', '--expert-parallel-size'], use: 'expertParallel' },
    { names: ['--nnodes', '--node-rank', '--dist-init-addr', '--nccl-init-addr'], use: 'nodesPerReplica' },
    { names: ['--context-length'], use: 'contextLength' },
    { names: ['--quantization'], use: 'quantization', when: has('quantization') },
    { names: ['--mem-fraction-static'], use: 'gpuMemoryUtilization', when: has('gpuMemoryUtilization') },
    { names: ['--max-running-requests'], use: 'maxSequences', when: has('maxSequences') },
    { names: ['--disable-cuda-graph'], use: 'enforceEager' },
    { names: ['--enable-metrics'], use: 'nothing: it is on' },
    { names: ['--disable-radix-cache'], use: 'enablePrefixCaching', when: (config) => config.enablePrefixCaching },
    {
      names: ['--disaggregation-transfer-backend', '--disaggregation-bootstrap-port'],
      use: 'mode',
      when: isSplit,
    },
    { names: ['--kv-events-config'], use: 'routerMode', when: isKv },
  ],
  trtllm: [
    ...common,
    { names: ['--tensor-parallel-size', '--tp-size'], use: 'gpus' },
    { names: ['--pipeline-parallel-size', '--pp-size'], use: 'pipelineParallel' },
    { names: ['--expert-parallel-size', '--ep-size', '--moe-expert-parallel-size'], use: 'expertParallel' },
    { names: ['--gpus-per-node'], use: 'nodesPerReplica' },
    { names: ['--max-seq-len'], use: 'contextLength' },
    {
      names: ['--free-gpu-memory-fraction', '--kv-cache-free-gpu-memory-fraction'],
      use: 'gpuMemoryUtilization',
      when: has('gpuMemoryUtilization'),
    },
    { names: ['--max-batch-size'], use: 'maxSequences', when: has('maxSequences') },
    { names: ['--override-engine-args'], use: 'the option of its own for each of them' },
    { names: ['--publish-events-and-metrics', '--publish-kv-events'], use: 'routerMode', when: isKv },
  ],
}

/** Flags that are gone, with what took their place. Source: Dynamo 1.4. */
export const goneFlags: Record<string, string> = {
  '--is-prefill-worker': 'mode: disaggregated',
  '--is-decode-worker': 'mode: disaggregated',
  '--multimodal-worker': 'a manifest of your own',
}

/** What everybody who may list pods can read on a command line. */
export const secretFlags = ['--hf-token', '--api-key', '--admin-api-key', '--token']

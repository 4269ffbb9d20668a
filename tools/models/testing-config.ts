import fc from 'fast-check'
import { engines } from './catalogue.ts'
import type { DeploymentConfig, RuntimeId } from './config.ts'

/** A small configuration that every runtime takes. */
export const plainConfig = (more: Partial<DeploymentConfig> = {}): DeploymentConfig => ({
  runtime: 'dynamo',
  name: 'chat',
  namespace: 'inference',
  modelId: 'Qwen/Qwen3-8B',
  servedModelName: 'Qwen/Qwen3-8B',
  engine: 'vllm',
  mode: 'aggregated',
  routerMode: 'none',
  replicas: 1,
  gpus: 1,
  enforceEager: true,
  enablePrefixCaching: false,
  trustRemoteCode: false,
  engineArgs: [],
  image: 'nvcr.io/nvidia/ai-dynamo/vllm-runtime:1.6.0',
  ...more,
})

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'
const ends = fc.constantFrom(...letters)
/** A DNS label of 1 to `most` characters, the limits among them. */
const label = (most: number) =>
  fc.oneof(fc.integer({ min: 1, max: most }), fc.constantFrom(1, 2, most)).chain((length) =>
    fc
      .tuple(
        ends,
        fc.array(fc.constantFrom(...letters, '-'), {
          minLength: Math.max(0, length - 2),
          maxLength: Math.max(0, length - 2),
        }),
        ends,
      )
      .map(([first, middle, last]) => (length === 1 ? first : `${first}${middle.join('')}${last}`)),
  )

const variable = fc.stringMatching(/^[A-Z][A-Z0-9_]{0,12}$/)
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const toleration = fc.constantFrom<NonNullable<DeploymentConfig['tolerations']>[number]>(
  { operator: 'Exists' },
  { key: 'dedicated', operator: 'Equal', value: 'serving', effect: 'NoSchedule' },
  { key: 'spot', operator: 'Exists', effect: 'NoExecute' },
)

const shape = fc.record({
  pipelineParallel: fc.constantFrom(1, 1, 2, 4),
  tensorParallel: fc.constantFrom(1, 2, 4, 8),
  nodesPerReplica: fc.constantFrom(1, 1, 2, 4),
})
const range = fc
  .tuple(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 0, max: 10 }))
  .map(([minReplicas, more]) => ({ minReplicas, maxReplicas: minReplicas + more }))

const options = fc.record({
  contextLength: optional(fc.integer({ min: 256, max: 1_048_576 })),
  quantization: optional(fc.constantFrom('fp8', 'awq', 'mxfp4', 'gptq')),
  kvCacheDtype: optional(fc.constantFrom('auto' as const, 'fp8' as const)),
  gpuMemoryUtilization: optional(fc.integer({ min: 10, max: 98 }).map((percent) => percent / 100)),
  maxSequences: optional(fc.integer({ min: 1, max: 4096 })),
  expertParallel: optional(fc.boolean()),
  cpu: optional(fc.constantFrom('4', '16', '500m', '1.5')),
  memory: optional(fc.constantFrom('64Gi', '512000Mi', '1Ti', '100G')),
  sharedMemory: optional(fc.constantFrom('16Gi', '512Mi', '0')),
  gpuModel: optional(fc.constantFrom('NVIDIA-H100-80GB-HBM3', 'NVIDIA A100-SXM4-80GB', 'Tesla-T4')),
  nodeSelector: optional(fc.constantFrom<Record<string, string>>({ 'node-pool': 'h100' }, {})),
  tolerations: optional(fc.array(toleration, { maxLength: 3 })),
  spreadOver: optional(fc.constantFrom('topology.kubernetes.io/zone', 'kubernetes.io/hostname')),
  priorityClass: optional(label(63)),
  queue: optional(label(63)),
  hfTokenSecret: optional(label(253)),
  imagePullSecret: optional(label(253)),
  storage: optional(
    fc.record({
      claim: label(63),
      mountPath: optional(fc.constantFrom('/models', '/opt/model-cache/')),
      path: optional(fc.constantFrom('qwen3-8b', '/hub/qwen')),
    }),
  ),
  env: optional(fc.dictionary(variable, fc.string({ maxLength: 40 }), { maxKeys: 3 })),
  autoscaling: optional(range),
})

const release = '1.6.0'
const images = fc.constantFrom(
  `nvcr.io/nvidia/ai-dynamo/vllm-runtime:${release}`,
  'registry.example:5000/ai/sglang-runtime:1.5.1-cuda13',
  'registry.example/own/tensorrtllm-runtime:my-tag',
  'registry.example/own/runtime:v1.5',
  'registry.example/own/runtime',
  `registry.example/own/vllm-runtime@sha256:${'a'.repeat(64)}`,
)

const own = fc.record({
  name: label(63),
  namespace: label(63),
  modelId: fc.constantFrom('Qwen/Qwen3-8B', 'meta-llama/Llama-3.3-70B-Instruct', 'openai/gpt-oss-120b'),
  servedModelName: optional(fc.constantFrom('chat', 'team/chat-v2')),
  engine: fc.constantFrom(...engines),
  mode: fc.constantFrom('aggregated' as const, 'disaggregated' as const),
  routerMode: fc.constantFrom('none' as const, 'kv' as const, 'round-robin' as const),
  replicas: fc.integer({ min: 1, max: 10 }),
  prefillReplicas: optional(fc.integer({ min: 1, max: 10 })),
  enforceEager: fc.boolean(),
  enablePrefixCaching: fc.boolean(),
  trustRemoteCode: fc.boolean(),
  engineArgs: fc.constantFrom<string[]>([], ['--seed', '7'], ['--chat-template', '{{ messages }}']),
  image: images,
  planner: optional(fc.boolean()),
  goal: optional(
    fc.record(
      { ttftMs: fc.integer({ min: 1, max: 10_000 }), itlMs: fc.integer({ min: 1, max: 500 }) },
      { requiredKeys: [] },
    ),
  ),
})

const defined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T

/** Any configuration that a person could ask for: some of them are refused by a runtime, with a reason. */
export const anyConfig: fc.Arbitrary<DeploymentConfig> = fc
  .tuple(own, options, shape, fc.constantFrom<RuntimeId>('dynamo'))
  .map(([mine, more, { pipelineParallel, tensorParallel, nodesPerReplica }, runtime]) =>
    defined({
      runtime,
      ...mine,
      ...more,
      servedModelName: mine.servedModelName ?? mine.modelId,
      gpus: pipelineParallel * tensorParallel,
      ...(pipelineParallel > 1 && { pipelineParallel }),
      ...(nodesPerReplica > 1 && { nodesPerReplica }),
    } as DeploymentConfig),
  )

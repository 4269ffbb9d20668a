import fc from 'fast-check'
import { type Engine, engines } from '../catalogue.ts'
import type { DeploymentConfig } from '../config.ts'
import type { Runtime } from './types.ts'

/** A small configuration of this runtime, for tests. */
export const configOf = (runtime: Runtime, more: Partial<DeploymentConfig> = {}): DeploymentConfig => ({
  runtime: runtime.id,
  name: 'chat',
  namespace: 'inference',
  modelId: 'Qwen/Qwen3-8B',
  servedModelName: 'Qwen/Qwen3-8B',
  engine: 'vllm',
  mode: 'aggregated',
  routerMode: 'none',
  replicas: 1,
  gpus: 1,
  enforceEager: false,
  enablePrefixCaching: false,
  trustRemoteCode: false,
  engineArgs: [],
  image: runtime.defaultImage(more.engine ?? 'vllm'),
  ...more,
})

const letters = 'abcdefghijklmnopqrstuvwxyz'
/** DNS labels from one character to `most`. */
export const anyName = (most: number, first = `${letters}09`) =>
  fc
    .tuple(
      fc.constantFrom(...first),
      fc.string({ unit: fc.constantFrom(...letters, '0', '9', '-'), maxLength: most - 2 }),
      fc.constantFrom(...letters, '7'),
    )
    .chain(([head, middle, tail]) => fc.constantFrom(head, `${head}${middle}${tail}`))

const quantity = fc.constantFrom('1', '500m', '8', '4Gi', '96Gi', '1Ti')
const selector = fc.dictionary(
  fc.constantFrom('node-pool', 'topology.kubernetes.io/zone', 'example.com/rack'),
  fc.constantFrom('a', 'zone-1', 'x_1.y'),
  { maxKeys: 3 },
)
const toleration = fc.record({
  key: fc.constantFrom('nvidia.com/gpu', 'dedicated', 'example.com/team'),
  operator: fc.constant('Exists' as const),
  effect: fc.constantFrom('NoSchedule' as const, 'NoExecute' as const),
})
const word = fc.constantFrom('--seed', '7', '--async-scheduling', '{"a": 1}', '--x=y z', '--disable-log-requests')

/** All options of a configuration in all combinations, whether or not a runtime can do them. */
export const anyConfig = (
  runtime: Runtime,
  { nameLength = 63, first }: { nameLength?: number; first?: string } = {},
): fc.Arbitrary<DeploymentConfig> => {
  const degrees = fc.constantFrom(
    { gpus: 1 },
    { gpus: 2, expertParallel: true },
    { gpus: 4, pipelineParallel: 2 },
    { gpus: 8 },
    { gpus: 16, nodesPerReplica: 2 },
    { gpus: 16, pipelineParallel: 2, nodesPerReplica: 2, expertParallel: true },
  )
  const required = fc.record({
    name: anyName(nameLength, first),
    namespace: anyName(63, letters),
    modelId: fc.constantFrom('Qwen/Qwen3-8B', 'meta-llama/Llama-3.3-70B-Instruct', 'me/My_Model.v2-AWQ'),
    engine: fc.constantFrom<Engine>(...engines),
    mode: fc.constantFrom('aggregated' as const, 'aggregated' as const, 'disaggregated' as const),
    routerMode: fc.constantFrom('none' as const, 'none' as const, 'kv' as const, 'round-robin' as const),
    replicas: fc.integer({ min: 1, max: 10 }),
    enforceEager: fc.boolean(),
    enablePrefixCaching: fc.boolean(),
    trustRemoteCode: fc.boolean(),
    engineArgs: fc.array(word, { maxLength: 4 }),
  })
  const optional = fc.record(
    {
      servedModelName: fc.constantFrom('chat', 'Qwen/Qwen3-8B', 'my model: 2'),
      prefillReplicas: fc.integer({ min: 1, max: 10 }),
      contextLength: fc.integer({ min: 256, max: 1_000_000 }),
      quantization: fc.constantFrom('fp8', 'awq', 'mxfp4'),
      kvCacheDtype: fc.constantFrom('auto' as const, 'fp8' as const),
      gpuMemoryUtilization: fc.constantFrom(0.5, 0.9, 0.95),
      maxSequences: fc.integer({ min: 1, max: 1024 }),
      cpu: fc.constantFrom('500m', '8', '32'),
      memory: fc.constantFrom('16Gi', '1Ti'),
      sharedMemory: quantity,
      gpuModel: fc.constantFrom('NVIDIA H100 80GB HBM3', 'NVIDIA-L4'),
      nodeSelector: selector,
      tolerations: fc.array(toleration, { maxLength: 3 }),
      spreadOver: fc.constantFrom('topology.kubernetes.io/zone', 'kubernetes.io/hostname'),
      priorityClass: fc.constantFrom('system-node-critical'),
      queue: anyName(63, letters),
      hfTokenSecret: fc.constantFrom('hf-token-secret', 'my-token'),
      imagePullSecret: fc.constantFrom('registry'),
      storage: fc.record(
        {
          claim: fc.constantFrom('weights'),
          mountPath: fc.constantFrom('/data', '/mnt/weights/'),
          path: fc.constantFrom('qwen3-8b', '/models/x'),
        },
        { requiredKeys: ['claim'] },
      ),
      env: fc.dictionary(fc.constantFrom('VLLM_LOGGING_LEVEL', 'A_B'), fc.constantFrom('', 'DEBUG', '$(HOME)')),
      autoscaling: fc
        .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 7 }))
        .map(([minReplicas, more]) => ({ minReplicas, maxReplicas: minReplicas + more })),
      planner: fc.constant(true),
    },
    { requiredKeys: [] },
  )
  return fc.tuple(required, degrees, optional).map(([one, degree, more]) => {
    const whole = { ...one, servedModelName: one.modelId, ...degree, ...more }
    return { runtime: runtime.id, ...whole, image: runtime.defaultImage(one.engine) }
  })
}

/** The configurations of `anyConfig` that the runtime does not refuse. */
export const anyAccepted = (runtime: Runtime, names: Parameters<typeof anyConfig>[1] = {}) =>
  anyConfig(runtime, names)
    .map((config) => accepted(runtime, config))
    .filter((config) => config !== undefined)

/** Gives up what is refused, field by field, so that most of what is generated is used. */
function accepted(runtime: Runtime, config: DeploymentConfig): DeploymentConfig | undefined {
  let now = config
  for (let step = 0; step < 12; step++) {
    const refused = runtime.refusal(now)
    if (!refused) return now
    if (refused.field === 'engine') {
      const engine = runtime.engines[0]!
      now = { ...now, engine, image: runtime.defaultImage(engine) }
    } else if (refused.field === 'mode') now = { ...now, mode: 'aggregated' }
    else if (refused.field === 'routerMode') now = { ...now, routerMode: 'none' }
    else if (refused.field === 'engineArgs')
      now = { ...now, engineArgs: now.engineArgs.filter((word) => word === '--seed=7') }
    else if (refused.field === 'servedModelName') now = { ...now, servedModelName: now.modelId }
    else if (refused.field in now) {
      const { [refused.field as keyof DeploymentConfig]: _, ...rest } = now
      now = rest as DeploymentConfig
    } else return undefined
  }
  return undefined
}

import * as z from 'zod'
import { optionalWord, wholeNumber, word } from '../../arguments.ts'

/** What a Kubernetes name may be. */
export const kubernetesName = (most: number) =>
  word.refine(
    (text) => text.length <= most && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text),
    `must have at most ${most} of a-z, 0-9 and -, with no - at either end`,
  )
/** Names of objects that we do not make: they may have dots. */
const objectName = word.refine(
  (text) => text.length <= 253 && /^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/.test(text),
  'must be the name of an object: a-z, 0-9, - and .',
)
const quantity = word.refine(
  (text) => /^\d+(\.\d+)?(m|[kKMGTPE]i?)?$/.test(text),
  'must be a Kubernetes quantity, such as 4, 500m or 64Gi',
)
const labelKey = /^([a-z0-9]([-.a-z0-9]*[a-z0-9])?\/)?[A-Za-z0-9]([-_.A-Za-z0-9]*[A-Za-z0-9])?$/
const labels = z
  .record(word, word)
  .refine(
    (pairs) =>
      Object.entries(pairs).every(([key, value]) => labelKey.test(key) && (value === '' || value.length <= 63)),
    'must be labels: {"node-pool":"h100"}',
  )
const few = <T extends z.ZodType>(items: T, most: number) =>
  z.array(items).refine((list) => list.length <= most, `must have at most ${most} entries`)
const variables = z
  .record(word, word)
  .refine(
    (pairs) => Object.keys(pairs).every((key) => /^[A-Za-z_]\w*$/.test(key)),
    'must be variables: {"NAME":"value"}',
  )

const toleration = z.strictObject({
  key: word.optional(),
  operator: z.enum(['Exists', 'Equal']).optional(),
  value: word.optional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
})

const path = word.refine((text) => text.startsWith('/'), 'must begin with /')

/** Everything beyond the main arguments that a person may choose (MOD-016 to MOD-027). No defaults: `configFor` knows them. */
export const deployOptions = z.strictObject({
  routerMode: z.enum(['none', 'kv', 'round-robin']).optional().describe('How requests find a replica; default none'),
  servedModelName: optionalWord('Name clients use; default: the model id'),
  prefillReplicas: wholeNumber(1, 10).optional().describe('Disaggregated: prefill workers; default: as replicas'),
  pipelineParallel: wholeNumber(1, 64).optional().describe('Stages the layers are split into; divides gpus'),
  expertParallel: z.boolean().optional().describe('Spread experts over the GPUs instead of splitting each'),
  nodesPerReplica: wholeNumber(1, 16).optional().describe('Nodes one replica spans; divides gpus'),
  quantization: optionalWord('As the engine names it: fp8, awq, gptq, mxfp4'),
  kvCacheDtype: z.enum(['auto', 'fp8']).optional().describe('fp8 halves the key-value cache'),
  gpuMemoryUtilization: z
    .number()
    .refine((value) => value >= 0.1 && value <= 0.99, 'must be between 0.1 and 0.99')
    .optional()
    .describe('Share of GPU memory the engine takes; default 0.92'),
  maxSequences: wholeNumber(1, 65_536).optional().describe('Sequences an engine runs at once'),
  enforceEager: z.boolean().optional().describe('Without CUDA graphs: quicker start, slower tokens; default true'),
  enablePrefixCaching: z.boolean().optional().describe('Reuse the cache of common beginnings; default false'),
  trustRemoteCode: z.boolean().optional().describe('Run code that comes with the model; default false'),
  engineArgs: few(word, 40).optional().describe('More flags: ["--max-num-seqs 64"], or one text of YAML or JSON'),
  cpu: quantity.optional().describe('CPU of a replica: 8'),
  memory: quantity.optional().describe('Memory of a replica: 64Gi'),
  sharedMemory: quantity.optional().describe('/dev/shm of a replica: 16Gi'),
  nodeSelector: labels.optional().describe('Labels nodes must have'),
  tolerations: few(toleration, 10).optional().describe('Taints that do not keep it away'),
  spreadOver: optionalWord('Node label over which replicas are spread: topology.kubernetes.io/zone'),
  priorityClass: objectName.optional().describe('PriorityClass of the pods'),
  queue: objectName.optional().describe('Kueue LocalQueue of the namespace'),
  hfTokenSecret: objectName
    .optional()
    .describe('Secret with HF_TOKEN; default hf-token-secret where the model is gated'),
  image: optionalWord('Image of the engine; default: the release we know'),
  imagePullSecret: objectName.optional().describe('Secret for its registry'),
  storage: z
    .strictObject({
      claim: objectName.describe('PersistentVolumeClaim'),
      mountPath: path.optional(),
      path: word.optional().describe('Folder of the weights in it'),
    })
    .optional()
    .describe('Where weights are, or are kept'),
  env: variables.optional().describe('Variables; no secrets'),
  autoscaling: z
    .strictObject({ minReplicas: wholeNumber(1, 100), maxReplicas: wholeNumber(1, 100) })
    .refine(({ minReplicas, maxReplicas }) => minReplicas <= maxReplicas, 'must have minReplicas up to maxReplicas')
    .optional()
    .describe('Replicas between which it scales'),
  goal: z
    .strictObject({
      ttftMs: wholeNumber(1, 3_600_000).optional().describe('Time to the first token'),
      itlMs: wholeNumber(1, 60_000).optional().describe('Time between tokens'),
      inputTokens: wholeNumber(1, 10_000_000).optional(),
      outputTokens: wholeNumber(1, 1_000_000).optional(),
      concurrency: wholeNumber(1, 100_000).optional(),
      requestsPerSecond: z
        .number()
        .refine((value) => value > 0, 'must be above 0')
        .optional(),
      search: z.enum(['rapid', 'thorough']).optional(),
    })
    .optional()
    .describe('Deploy by goal: Dynamo finds GPUs, mode and replicas for it'),
  planner: z.boolean().optional().describe('Dynamo plans replicas while it runs'),
})

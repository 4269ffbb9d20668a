import type { Engine } from './catalogue.ts'

/** What serves a model on a cluster: an operator's kind, or nothing but a Deployment with a Service. */
export const runtimeIds = ['dynamo', 'dynamo-request', 'kserve', 'kserve-llm', 'ray-service', 'plain'] as const
export type RuntimeId = (typeof runtimeIds)[number]

export interface Toleration {
  key?: string
  operator?: 'Exists' | 'Equal'
  value?: string
  effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'
}

/** What a person asked for, complete (MOD-016): checked, with every default filled in, the same for all runtimes. */
export interface DeploymentConfig {
  runtime: RuntimeId
  name: string
  namespace: string
  /** Hugging Face id */
  modelId: string
  servedModelName: string
  engine: Engine
  mode: 'aggregated' | 'disaggregated'
  routerMode: 'none' | 'kv' | 'round-robin'
  /** Decode workers where prefill is apart */
  replicas: number
  /** Only where prefill is apart; default: as many as `replicas` */
  prefillReplicas?: number
  /** GPUs of one replica: tensor × pipeline parallel degree */
  gpus: number
  /** Default 1; divides `gpus` */
  pipelineParallel?: number
  /** Experts are spread over the GPUs of a replica instead of being split */
  expertParallel?: boolean
  /** Nodes a replica spans, default 1; divides `gpus` */
  nodesPerReplica?: number
  /** Tokens */
  contextLength?: number
  /** As the engine names it: fp8, awq, mxfp4 … */
  quantization?: string
  kvCacheDtype?: 'auto' | 'fp8'
  /** Share of GPU memory the engine takes, 0–1 */
  gpuMemoryUtilization?: number
  /** Sequences an engine runs at once */
  maxSequences?: number
  enforceEager: boolean
  enablePrefixCaching: boolean
  trustRemoteCode: boolean
  /** Words of the command line, after all others */
  engineArgs: string[]
  /** Kubernetes quantities of one replica */
  cpu?: string
  memory?: string
  sharedMemory?: string
  /** As feature discovery names it; set where a cluster has several models and the fit was found for one of them */
  gpuModel?: string
  nodeSelector?: Record<string, string>
  tolerations?: Toleration[]
  /** Label of nodes over which replicas are spread: topology.kubernetes.io/zone */
  spreadOver?: string
  priorityClass?: string
  /** Kueue LocalQueue */
  queue?: string
  hfTokenSecret?: string
  image: string
  imagePullSecret?: string
  /** A PersistentVolumeClaim with the weights, or to keep them in */
  storage?: { claim: string; mountPath?: string; path?: string }
  env?: Record<string, string>
  autoscaling?: { minReplicas: number; maxReplicas: number }
  /** Deploy by goal: Dynamo chooses GPUs, mode and replicas (DynamoGraphDeploymentRequest), or plans while it runs (planner) */
  goal?: {
    ttftMs?: number
    itlMs?: number
    inputTokens?: number
    outputTokens?: number
    concurrency?: number
    requestsPerSecond?: number
    search?: 'rapid' | 'thorough'
    /** Dynamo chooses the engine too, whatever `engine` says */
    anyEngine?: boolean
  }
  planner?: boolean
}

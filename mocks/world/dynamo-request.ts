import type { Cluster } from './cluster.ts'
import { nameOf } from './deployments.ts'
import { DGD } from './dynamo.ts'
import type { Condition, Container, Draft, KubeObject } from './kube-types.ts'
import { kubeTime } from './time-text.ts'

export const DGDR = 'dynamographdeploymentrequests.nvidia.com'

const SEARCH = [
  'Initializing',
  'SweepingPrefill',
  'SweepingDecode',
  'SelectingConfig',
  'BuildingCurves',
  'GeneratingDGD',
] as const
const STEP_MS = 4000

interface RequestSpec {
  model: string
  backend?: string
  image?: string
  hardware?: { totalGpus?: number }
  searchStrategy?: string
  autoApply?: boolean
  overrides?: { dgd?: { metadata?: Partial<Draft['metadata']>; spec?: Record<string, unknown> } }
}

interface RequestStatus {
  phase?: string
  profilingPhase?: string
  profilingJobName?: string
  dgdName?: string
  observedGeneration?: number
  conditions?: Condition[]
  profilingResults?: { selectedConfig: Draft }
  deploymentInfo?: { replicas: number; availableReplicas: number }
}

/** What the operator does for a request: search step by step, make a graph of what it chose, and follow that until it is ready. */
export function reconcileRequest(cluster: Cluster, object: KubeObject): void {
  const spec = object.spec as unknown as RequestSpec
  const status = (object.status ?? {}) as RequestStatus
  const next = nextStatus(cluster, object, { spec, status })
  if (JSON.stringify(next) !== JSON.stringify(status))
    cluster.store.edit(DGDR, nameOf(object), (now) => ({ ...now, status: { ...next } }))
  if (next.phase === 'Failed' || next.phase === 'Deployed' || next.phase === 'Ready') return
  cluster.timeline.after(STEP_MS, () => {
    const now = cluster.store.get(DGDR, object.metadata.namespace, object.metadata.name)
    if (now?.metadata.uid === object.metadata.uid && !now.metadata.deletionTimestamp) reconcileRequest(cluster, now)
  })
}

interface Look {
  spec: RequestSpec
  status: RequestStatus
}

function nextStatus(cluster: Cluster, object: KubeObject, { spec, status }: Look): RequestStatus {
  const say = (type: string, value: 'True' | 'False' | 'Unknown', reason: string, message: string) =>
    withCondition(cluster, status.conditions, { type, status: value, reason, message })
  const base = { ...status, observedGeneration: object.metadata.generation ?? 1 }
  if (status.phase === undefined)
    return { ...base, phase: 'Pending', conditions: say('Validation', 'True', 'ValidationPassed', 'Spec is valid') }
  if (status.phase === 'Pending')
    return {
      ...base,
      phase: 'Profiling',
      profilingPhase: SEARCH[0],
      profilingJobName: `profile-${object.metadata.name}`,
      conditions: say('Profiling', 'Unknown', 'ProfilingRunning', `Searching for ${spec.model}`),
    }
  if (status.phase === 'Profiling') return afterSearch(cluster, object, { spec, status: base })
  const graph = cluster.store.get(DGD, object.metadata.namespace, status.dgdName ?? '')
  if (!graph)
    return {
      ...base,
      phase: 'Failed',
      conditions: say(
        'DeploymentReady',
        'False',
        'DeploymentDeleted',
        `DynamoGraphDeployment ${status.dgdName} is gone`,
      ),
    }
  const ready = (graph.status as { conditions?: Condition[] } | undefined)?.conditions?.some(
    (one) => one.type === 'Ready' && one.status === 'True',
  )
  return ready
    ? { ...base, phase: 'Deployed', conditions: say('DeploymentReady', 'True', 'DeploymentReady', 'Graph is ready') }
    : base
}

function afterSearch(cluster: Cluster, object: KubeObject, { spec, status }: Look): RequestStatus {
  const step = (SEARCH as readonly string[]).indexOf(status.profilingPhase ?? '')
  if (step + 1 < SEARCH.length) return { ...status, profilingPhase: SEARCH[step + 1]! }
  const { profilingPhase: _done, ...rest } = status
  const graph = chosenGraph(cluster, object, spec)
  const conditions = withCondition(cluster, status.conditions, {
    type: 'Profiling',
    status: 'True',
    reason: 'ProfilingCompleted',
    message: 'A configuration was selected',
  })
  const found = { ...rest, conditions, profilingResults: { selectedConfig: graph } }
  if (spec.autoApply === false) return { ...found, phase: 'Ready' }
  if (!cluster.store.get(DGD, graph.metadata.namespace, graph.metadata.name)) cluster.store.put(DGD, graph)
  return { ...found, phase: 'Deploying', dgdName: graph.metadata.name }
}

/** GPUs a worker needs, by the size in the model's name; within what the request allows. */
function gpusFor({ model, hardware }: RequestSpec): number {
  const billions = Number(/(\d+(?:\.\d+)?)B/i.exec(model)?.[1] ?? 8)
  const wanted = billions <= 14 ? 1 : billions <= 40 ? 2 : billions <= 80 ? 4 : 8
  return Math.min(wanted, hardware?.totalGpus ?? wanted)
}

function chosenGraph(cluster: Cluster, object: KubeObject, spec: RequestSpec): Draft {
  const engine = spec.backend === 'sglang' || spec.backend === 'trtllm' ? spec.backend : 'vllm'
  const gpus = gpusFor(spec)
  const split = spec.searchStrategy === 'thorough'
  const parts = split ? (['prefill', 'decode'] as const) : (['worker'] as const)
  const replicas = Math.max(1, Math.min(4, Math.floor((spec.hardware?.totalGpus ?? gpus * 2) / gpus / parts.length)))
  const image = (spec.image ?? 'nvcr.io/nvidia/ai-dynamo/dynamo-planner:1.6.0').replace(
    'dynamo-planner',
    engine === 'trtllm' ? 'tensorrtllm-runtime' : `${engine}-runtime`,
  )
  const component = (name: string, type: string, count: number, main: Partial<Container>) => ({
    name,
    type,
    replicas: count,
    podTemplate: { spec: { containers: [{ name: 'main', image, ...main }] } },
  })
  const model = engine === 'vllm' ? '--model' : '--model-path'
  const worker = (type: (typeof parts)[number]) =>
    component(type === 'prefill' ? 'PrefillWorker' : 'DecodeWorker', type, replicas, {
      command: ['python3', '-m', `dynamo.${engine}`],
      args: [model, spec.model, ...(type === 'worker' ? [] : ['--disaggregation-mode', type])],
      envFrom: [{ secretRef: { name: 'hf-token-secret' } }],
      resources: { limits: { 'nvidia.com/gpu': String(gpus) } },
    })
  const { metadata, spec: more } = spec.overrides?.dgd ?? {}
  const { name, namespace } = object.metadata
  return {
    apiVersion: `nvidia.com/${cluster.spec.dynamoVersions[0] ?? 'v1beta1'}`,
    kind: 'DynamoGraphDeployment',
    metadata: {
      name: metadata?.name ?? `${name}-dgd`,
      ...(namespace && { namespace }),
      labels: {
        ...metadata?.labels,
        'dgdr.nvidia.com/name': name,
        'dgdr.nvidia.com/namespace': namespace ?? 'default',
        'app.kubernetes.io/managed-by': 'dynamo-operator',
      },
      ...(metadata?.annotations && { annotations: metadata.annotations }),
    },
    spec: {
      backendFramework: engine,
      ...more,
      components: [component('Frontend', 'frontend', 1, {}), ...parts.map(worker)],
    },
  }
}

function withCondition(
  cluster: Cluster,
  known: readonly Condition[] = [],
  condition: Pick<Condition, 'type' | 'status' | 'reason' | 'message'>,
): Condition[] {
  const lastTransitionTime = kubeTime(cluster.timeline.now())
  return [...known.filter(({ type }) => type !== condition.type), { ...condition, lastTransitionTime }]
}

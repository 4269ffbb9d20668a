import type { KubeObject } from '../../../clients/kubernetes/types.ts'
import { checkAnswer } from '../../../clients/parse.ts'
import { keptBy } from '../kept-by.ts'
import type { ServedCondition, ServedDeployment } from '../types.ts'
import { type Part, partsOfV1alpha1, partsOfV1beta1 } from './components.ts'
import { modelAnnotation } from './v1beta1.ts'
import { type GraphStatus, graphV1alpha1, graphV1beta1 } from './wire.ts'
import { engineOf, knownEngine, modelOf } from './words.ts'

/** A DynamoGraphDeployment of either version in our shape. What does not fit is upstream-garbage that names the member. */
export function readGraph(cluster: string, object: KubeObject): ServedDeployment {
  const { parts, status, framework } = partsOf(cluster, object)
  const counts = status?.components ?? status?.services ?? {}
  const { namespace = '', name, uid, generation, creationTimestamp, annotations } = object.metadata
  const workers = parts.filter(({ role }) => role === 'worker' || role === 'prefill' || role === 'decode')
  const named = workers.map(({ words }) => modelOf(words, annotations?.[modelAnnotation])).find(({ model }) => model)
  const engine = knownEngine(framework) ?? workers.map(({ words, image }) => engineOf(words, image)).find(Boolean)
  const frontend = parts.find(({ role }) => role === 'frontend')
  const keeper = keptBy(object)
  return {
    runtime: 'dynamo',
    cluster,
    namespace,
    name,
    ...(uid && { uid }),
    ...(generation !== undefined && { generation }),
    ...(creationTimestamp && { createdAt: creationTimestamp }),
    ...named,
    ...(engine && { engine }),
    mode: parts.some(({ role }) => role === 'prefill') ? 'disaggregated' : 'aggregated',
    ...readinessOf(object, status),
    conditions: (status?.conditions ?? []).map(conditionOf),
    components: parts.map((part) => ({
      name: part.name,
      role: part.role,
      replicas: part.replicas,
      readyReplicas: counts[part.name]?.readyReplicas ?? 0,
      gpusPerReplica: part.gpus * part.nodes,
      ...(part.nodes > 1 && { nodesPerReplica: part.nodes }),
    })),
    ...(frontend && {
      endpoint: { service: `${name}-${frontend.name.toLowerCase()}`, port: 8000, path: '/v1' },
    }),
    podSelector: `nvidia.com/dynamo-graph-deployment-name=${name}`,
    ...(keeper !== undefined && { keptBy: keeper }),
    raw: object,
  }
}

function partsOf(cluster: string, object: KubeObject): { parts: Part[]; status: GraphStatus; framework?: string } {
  const asked = { upstream: 'kubernetes', cluster } as const
  if (object.apiVersion?.endsWith('/v1alpha1')) {
    const { spec, status } = checkAnswer(asked, graphV1alpha1, object)
    return { parts: partsOfV1alpha1(spec), status, ...(spec.backendFramework && { framework: spec.backendFramework }) }
  }
  const { spec, status } = checkAnswer(asked, graphV1beta1, object)
  return { parts: partsOfV1beta1(spec), status, ...(spec.backendFramework && { framework: spec.backendFramework }) }
}

type Condition = NonNullable<NonNullable<GraphStatus>['conditions']>[number]

export const conditionOf = ({ type, status, reason, message, lastTransitionTime }: Condition): ServedCondition => ({
  type,
  status,
  ...(reason && { reason }),
  ...(message && { message }),
  ...(lastTransitionTime && { since: lastTransitionTime }),
})

function readinessOf(
  { metadata: { generation, deletionTimestamp } }: KubeObject,
  status: GraphStatus,
): Pick<ServedDeployment, 'phase' | 'reason' | 'message'> {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  // What the operator said about an older generation is no news about this one
  const isCurrent = generation === undefined || (status?.observedGeneration ?? generation) >= generation
  return {
    phase: phaseOf({
      state: status?.state,
      isReady: isCurrent && ready?.status === 'True',
      isCurrent,
      deletionTimestamp,
    }),
    ...(ready?.reason && { reason: ready.reason }),
    ...(ready?.message && { message: ready.message }),
  }
}

/** The phases people know (MOD-041), from what Dynamo says. */
function phaseOf(seen: {
  state: string | undefined
  isReady: boolean
  isCurrent: boolean
  deletionTimestamp: string | undefined
}): ServedDeployment['phase'] {
  if (seen.deletionTimestamp) return 'terminating'
  if (seen.state === 'failed') return 'failed'
  if (seen.isReady) return 'running'
  return seen.isCurrent && (seen.state === 'initializing' || seen.state === 'successful') ? 'deploying' : 'pending'
}

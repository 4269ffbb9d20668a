import type { KubeObject } from '../kubernetes/types.ts'
import { checkAnswer } from '../parse.ts'
import { backendOf, knownBackend, modelOf, wordsOf } from './model.ts'
import type { DynamoDeployment } from './types.ts'
import { type Container, type EnvVar, type GraphStatus, graphV1alpha1, graphV1beta1 } from './wire.ts'

const gpuResource = 'nvidia.com/gpu'
const states = ['initializing', 'pending', 'successful', 'failed'] as const

/** A component in one shape, whichever version it was written in. */
interface Part {
  name: string
  type: string
  replicas: number
  nodes: number
  gpus: number
  container?: Container
  env: EnvVar[]
}

const countOf = (quantity: string | number | undefined) => {
  const count = Number(quantity ?? 0)
  return Number.isFinite(count) ? count : 0
}

function readV1beta1(asked: Parameters<typeof checkAnswer>[0], object: KubeObject) {
  const { spec, status } = checkAnswer(asked, graphV1beta1, object)
  const parts = (spec.components ?? []).map(({ name, type = 'worker', replicas, multinode, podTemplate }): Part => {
    const containers = podTemplate?.spec?.containers ?? []
    const container = containers.find((one) => one.name === 'main') ?? containers[0]
    const gpus = countOf(container?.resources?.limits?.[gpuResource])
    return {
      name,
      type,
      replicas: replicas ?? 1,
      nodes: multinode?.nodeCount ?? 1,
      gpus,
      container,
      env: spec.env ?? [],
    }
  })
  return { parts, status, framework: spec.backendFramework }
}

function readV1alpha1(asked: Parameters<typeof checkAnswer>[0], object: KubeObject) {
  const { spec, status } = checkAnswer(asked, graphV1alpha1, object)
  const parts = Object.entries(spec.services ?? {}).map(([name, service]): Part => {
    const { componentType = 'worker', subComponentType, replicas, multinode, resources, extraPodSpec } = service
    const container = extraPodSpec?.mainContainer ?? undefined
    const { gpu, custom } = resources?.limits ?? {}
    return {
      name,
      type: subComponentType ?? componentType,
      replicas: replicas ?? 1,
      nodes: multinode?.nodeCount ?? 1,
      gpus: countOf(gpu ?? custom?.[gpuResource] ?? container?.resources?.limits?.[gpuResource]),
      container,
      env: [...(spec.envs ?? []), ...(service.envs ?? [])],
    }
  })
  return { parts, status, framework: spec.backendFramework }
}

function readinessOf(
  object: KubeObject,
  status: GraphStatus,
): Pick<DynamoDeployment, 'state' | 'ready' | 'reason' | 'message'> {
  const condition = status?.conditions?.find(({ type }) => type === 'Ready')
  const { generation } = object.metadata
  // What the operator said about an older generation is no news about this one.
  const isCurrent = generation === undefined || (status?.observedGeneration ?? generation) >= generation
  const state = states.find((one) => one === status?.state) ?? 'unknown'
  return {
    state: isCurrent || state === 'failed' ? state : 'pending',
    ready: isCurrent && condition?.status === 'True',
    ...(condition?.reason && { reason: condition.reason }),
    ...(condition?.message && { message: condition.message }),
  }
}

/** A DynamoGraphDeployment of either version in our shape. What does not fit is upstream-garbage that names the member. */
export function readGraph(cluster: string, object: KubeObject): DynamoDeployment {
  const asked = { upstream: 'kubernetes', cluster } as const
  const isOld = object.apiVersion?.endsWith('/v1alpha1') ?? false
  const { parts, status, framework } = isOld ? readV1alpha1(asked, object) : readV1beta1(asked, object)
  const counts = status?.components ?? status?.services ?? {}
  const workers = parts
    .filter(({ type }) => !['frontend', 'planner', 'epp'].includes(type))
    .map(({ container, env }) => ({ words: container ? wordsOf(container, env) : [], image: container?.image }))
  const model = workers.map(({ words }) => modelOf(words)).find((found) => found !== undefined)
  const inferred = workers.map(({ words, image }) => backendOf(words, image)).find((found) => found !== undefined)
  const backend = knownBackend(framework) ?? inferred
  const { namespace = '', name, uid, resourceVersion, generation, creationTimestamp } = object.metadata
  return {
    cluster,
    namespace,
    name,
    uid,
    resourceVersion,
    generation,
    ...readinessOf(object, status),
    createdAt: creationTimestamp,
    ...(backend && { backend }),
    ...(model !== undefined && { model }),
    components: parts.map(({ name: part, type, replicas, nodes, gpus }) => ({
      name: part,
      type,
      replicas,
      readyReplicas: counts[part]?.readyReplicas ?? 0,
      gpusPerReplica: gpus * nodes,
    })),
    raw: object,
  }
}

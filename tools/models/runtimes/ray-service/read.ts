import type { KubeObject } from '../../../clients/kubernetes/types.ts'
import { conditionsOf, countOf, gpusOfPod, identityOf, isCurrent, listOf, recordOf, textOf } from '../shared/read.ts'
import type { ServedCondition, ServedDeployment } from '../types.ts'
import { readServeConfig, type ServedLlm } from './serve-config.ts'

/** A RayService that serves a language model; undefined for every other application of Ray Serve. */
export function readRayService(cluster: string, object: KubeObject): ServedDeployment | undefined {
  const spec = recordOf(object.spec)
  const llm = readServeConfig(spec.serveConfigV2)
  if (!llm) return undefined
  const { name } = object.metadata
  const status = recordOf(object.status)
  const active = recordOf(status.activeServiceStatus)
  const conditions = conditionsOf(status)
  const state = stateOf(object, { llm, conditions })
  const groups = listOf(recordOf(spec.rayClusterConfig).workerGroupSpecs).map(recordOf)
  const gpusPerPod = Math.max(0, ...groups.map((group) => gpusOfPod(recordOf(group.template).spec)))
  const gpus = llm.gpus ?? gpusPerPod
  const podsPerReplica = gpusPerPod > 0 ? Math.max(1, Math.ceil(gpus / gpusPerPod)) : 1
  const { availableWorkerReplicas, readyWorkerReplicas, head } = recordOf(active.rayClusterStatus)
  const pods = countOf(readyWorkerReplicas) ?? countOf(availableWorkerReplicas)
  const answering = state.phase === 'running'
  const ready = pods === undefined ? llm.replicas : Math.min(llm.replicas, Math.floor(pods / podsPerReplica))
  return {
    ...identityOf(cluster, object),
    runtime: 'ray-service',
    ...(llm.model !== undefined && { model: llm.model }),
    ...(llm.servedModelName !== undefined && { servedModelName: llm.servedModelName }),
    engine: 'vllm',
    mode: 'aggregated',
    ...state,
    conditions,
    components: [
      {
        name: 'head',
        role: 'head',
        replicas: 1,
        readyReplicas: textOf(recordOf(head).podIP) !== undefined || answering ? 1 : 0,
        gpusPerReplica: 0,
      },
      {
        name: llm.application,
        role: 'worker',
        replicas: llm.replicas,
        readyReplicas: answering ? ready : 0,
        gpusPerReplica: gpus,
      },
    ],
    endpoint: { service: `${name}-serve-svc`, port: 8000, path: `${llm.routePrefix.replace(/\/+$/, '')}/v1` },
    podSelector: selectorOf(object),
  }
}

/** Pods belong to the cluster that the operator named; until there is one, to nothing but our own label. */
function selectorOf({ metadata, status }: KubeObject): string {
  const { activeServiceStatus, pendingServiceStatus } = recordOf(status)
  const names = [activeServiceStatus, pendingServiceStatus].flatMap((one) => textOf(recordOf(one).rayClusterName) ?? [])
  if (names.length === 0) return `app.kubernetes.io/instance=${metadata.name}`
  return names.length === 1 ? `ray.io/cluster=${names[0]}` : `ray.io/cluster in (${names.join(',')})`
}

type State = Pick<ServedDeployment, 'phase' | 'reason' | 'message'>

const saying = (phase: State['phase'], reason: string | undefined, message: string | undefined): State => ({
  phase,
  ...(reason !== undefined && { reason }),
  ...(message !== undefined && { message }),
})

/** What a cluster says of the application: its own words, or those of the first deployment in trouble. */
function applicationOf(service: unknown, name: string) {
  const { status, message, serveDeploymentStatuses } = recordOf(recordOf(recordOf(service).applicationStatuses)[name])
  const parts = Object.values(recordOf(serveDeploymentStatuses)).map(recordOf)
  const sick = parts.find((part) => /UNHEALTHY|FAILED/.test(textOf(part.status) ?? ''))
  return { status: textOf(status), message: textOf(message) ?? textOf(sick?.message) }
}

function stateOf(object: KubeObject, { llm, conditions }: { llm: ServedLlm; conditions: ServedCondition[] }): State {
  if (object.metadata.deletionTimestamp) return { phase: 'terminating' }
  const condition = (type: string) => conditions.find((one) => one.type === type)
  if (recordOf(object.spec).suspend === true || condition('Suspended')?.status === 'True')
    return { phase: 'pending', reason: 'Suspended', message: 'The service is suspended' }
  const status = recordOf(object.status)
  const active = applicationOf(status.activeServiceStatus, llm.application)
  const next = applicationOf(status.pendingServiceStatus, llm.application)
  const ready = condition('Ready')
  if (active.status === 'RUNNING' && ready?.status !== 'False') {
    if (next.status === 'DEPLOY_FAILED') return saying('running', 'UpgradeFailed', next.message)
    if (condition('UpgradeInProgress')?.status === 'True' || next.status !== undefined || !isCurrent(object))
      return saying('running', 'UpgradeInProgress', condition('UpgradeInProgress')?.message)
    return { phase: 'running' }
  }
  const failed = [active, next].find((one) => one.status === 'DEPLOY_FAILED' || one.status === 'UNHEALTHY')
  if (failed) return saying('failed', failed.status, failed.message)
  // There is no admission: an object that breaks a rule is stored, and this is how its operator says so
  if (ready?.reason === 'ValidationFailed' || status.serviceStatus === 'ValidationFailed')
    return saying('failed', 'ValidationFailed', ready?.message)
  const started = active.status ?? next.status ?? textOf(recordOf(status.pendingServiceStatus).rayClusterName)
  return saying(started === undefined ? 'pending' : 'deploying', ready?.reason, ready?.message)
}

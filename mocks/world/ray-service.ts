import { parse } from 'yaml'
import type { Cluster } from './cluster.ts'
import type { Draft, KubeObject, Pod } from './kube-types.ts'
import { invalidRayCluster, RAY_CLUSTER, type RayClusterSpec, raySpecOf } from './kuberay.ts'
import { brokenPods, conditionsFrom, keep, keepOnly, tell, type Verdict } from './operated.ts'
import { hexOf, nameSuffix } from './random.ts'
import { isReady, livePods } from './workloads.ts'

export const RAY_SERVICE = 'rayservices.ray.io'

const HASH = 'ray.io/hash-without-replicas-and-workers-to-delete'

interface ServiceSpec {
  serveConfigV2?: string
  rayClusterConfig: RayClusterSpec
  suspend?: boolean
}

interface Application {
  name?: string
  args?: {
    llm_configs?: {
      model_loading_config?: { model_id?: string; model_source?: string }
      deployment_config?: { num_replicas?: number; autoscaling_config?: { min_replicas?: number } }
    }[]
  }
}

interface ServiceStatus {
  rayClusterName: string
  applicationStatuses?: Record<string, object>
  rayClusterStatus?: unknown
}

interface Status {
  activeServiceStatus?: ServiceStatus
  pendingServiceStatus?: ServiceStatus
}

const specOf = (object: KubeObject) => object.spec as unknown as ServiceSpec
const statusOf = (object: KubeObject) => (object.status ?? {}) as Status

function applicationsOf(object: KubeObject): Application[] {
  try {
    const config = parse(specOf(object).serveConfigV2 ?? '', { logLevel: 'silent' }) as { applications?: Application[] }
    return config?.applications ?? []
  } catch {
    return []
  }
}

/** The model that a service serves, and under which name; undefined for another application. */
export function servedByRay(object: KubeObject): { model: string; servedName: string } | undefined {
  const config = applicationsOf(object)[0]?.args?.llm_configs?.[0]?.model_loading_config
  const servedName = config?.model_id ?? config?.model_source
  return servedName === undefined ? undefined : { model: config?.model_source ?? servedName, servedName }
}

/** What breaks a rule of KubeRay, which has no admission webhook. */
function invalidRayService(object: KubeObject): string | undefined {
  if (object.metadata.name.length > 47) return 'RayService name should be no more than 47 characters'
  if (applicationsOf(object).length === 0) return 'spec.serveConfigV2 should hold at least one application'
  return invalidRayCluster({ ...object, spec: specOf(object).rayClusterConfig })
}

/**
 * What KubeRay does for a RayService: a cluster for its applications, a new one beside it where pods would differ, the Service
 * before the one that answers, and the status.
 */
export function reconcileRayService(cluster: Cluster, object: KubeObject): void {
  const invalid = invalidRayService(object)
  if (invalid) refuse(cluster, object, invalid)
  else if (specOf(object).suspend) suspend(cluster, object)
  else serve(cluster, object)
}

function suspend(cluster: Cluster, object: KubeObject) {
  keepOnly(cluster, object, { resource: RAY_CLUSTER, names: [] })
  const conditions = conditionsFrom(cluster, object, [
    { type: 'Ready', status: 'False', reason: 'Suspended' },
    { type: 'Suspended', status: 'True', reason: 'RayServiceSuspended' },
  ])
  tell(cluster, RAY_SERVICE, { object, status: { observedGeneration: object.metadata.generation ?? 1, conditions } })
}

function serve(cluster: Cluster, object: KubeObject) {
  const wanted = clusterNameOf(object)
  const active = statusOf(object).activeServiceStatus?.rayClusterName
  keep(cluster, object, { resource: RAY_CLUSTER, draft: clusterDraft(object, wanted) })
  const next = lookAt(cluster, object, wanted)
  const takesOver = active === wanted || next.serves
  const kept = takesOver || active === undefined ? [wanted] : [wanted, active]
  keepOnly(cluster, object, { resource: RAY_CLUSTER, names: kept })
  const before = takesOver || active === undefined ? undefined : lookAt(cluster, object, active)
  if (takesOver || before) keepService(cluster, object, takesOver ? wanted : (active ?? wanted))
  tell(cluster, RAY_SERVICE, { object, status: written(cluster, object, { next, takesOver, before }) })
}

/** Numbers of workers change in place; whatever else does makes another cluster. */
function clusterNameOf(object: KubeObject): string {
  return `${object.metadata.name}-${nameSuffix(`${object.metadata.uid}/${hashOf(object)}`, 5)}`
}

function hashOf(object: KubeObject): string {
  const { workerGroupSpecs = [], ...rest } = specOf(object).rayClusterConfig
  const groups = workerGroupSpecs.map(({ replicas: _, minReplicas: _least, maxReplicas: _most, ...group }) => group)
  return hexOf(JSON.stringify([rest, groups]), 32)
}

function clusterDraft(object: KubeObject, name: string): Draft {
  const { labels = {} } = object.metadata
  const origin = {
    'ray.io/originated-from-crd': 'RayService',
    'ray.io/originated-from-cr-name': object.metadata.name,
    'ray.io/serve': object.metadata.name,
  }
  return {
    apiVersion: 'ray.io/v1',
    kind: 'RayCluster',
    metadata: { name, labels: { ...labels, ...origin }, annotations: { [HASH]: hashOf(object) } },
    spec: specOf(object).rayClusterConfig,
  }
}

interface Look {
  name: string
  serves: boolean
  /** Ready workers */
  endpoints: number
  applications: Record<string, object> | undefined
  status: unknown
}

/** How a cluster does with the applications: there once its head is, and running once there are workers for one replica at least. */
function lookAt(cluster: Cluster, object: KubeObject, name: string): Look {
  const ray = cluster.store.get(RAY_CLUSTER, object.metadata.namespace, name)
  const pods = ray ? livePods(cluster, ray) : []
  const of = (type: string) => pods.filter((pod) => pod.metadata.labels?.['ray.io/node-type'] === type)
  const workers = of('worker')
  const endpoints = workers.filter(isReady).length
  const head = of('head').some(isReady)
  const groups = ray ? (raySpecOf(ray).workerGroupSpecs ?? []) : []
  const needed = groups.reduce((sum, group) => sum + (group.numOfHosts ?? 1), 0)
  const ran = JSON.stringify(statusOf(object)).includes('"RUNNING"')
  const state = stateOf({ workers, endpoints, needed, ran })
  const applications = head
    ? Object.fromEntries(applicationsOf(object).map(({ name: app = 'default' }) => [app, applicationOf(app, state)]))
    : undefined
  return { name, serves: head && state.status === 'RUNNING', endpoints, applications, status: ray?.status }
}

interface State {
  status: 'DEPLOYING' | 'DEPLOY_FAILED' | 'RUNNING' | 'UNHEALTHY'
  message: string
}

function stateOf(now: { workers: Pod[]; endpoints: number; needed: number; ran: boolean }): State {
  const broken = brokenPods(now.workers).length
  if (now.endpoints >= Math.max(1, Math.min(now.needed, now.workers.length))) return { status: 'RUNNING', message: '' }
  if (broken > 0 && now.ran)
    return { status: 'UNHEALTHY', message: `${broken} of the replicas died; see the logs of the workers` }
  if (broken > 0)
    return {
      status: 'DEPLOY_FAILED',
      message:
        'The deployment failed to start 3 times in a row. This may be due to a problem with its constructor or initial health check failing.',
    }
  return { status: 'DEPLOYING', message: '' }
}

function applicationOf(app: string, { status, message }: State) {
  const healthy = status === 'RUNNING'
  const waits = `Deployment 'LLMServer' in application '${app}' has replicas that have taken more than 30s to be scheduled.`
  const part = {
    status: healthy ? 'HEALTHY' : status === 'DEPLOYING' ? 'UPDATING' : status,
    message: healthy ? '' : message || waits,
  }
  return { status, ...(message ? { message } : {}), serveDeploymentStatuses: { LLMServer: part } }
}

const serviceStatus = ({ name, applications, status }: Look): ServiceStatus => {
  const { lastUpdateTime: _, ...known } = (status ?? {}) as Record<string, unknown>
  return {
    rayClusterName: name,
    ...(applications ? { applicationStatuses: applications } : {}),
    ...(status ? { rayClusterStatus: known } : {}),
  }
}

function written(
  cluster: Cluster,
  object: KubeObject,
  { next, takesOver, before }: { next: Look; takesOver: boolean; before: Look | undefined },
) {
  const serving = takesOver ? next : before
  const ready = serving?.serves === true
  const verdicts: Verdict[] = [
    ready
      ? {
          type: 'Ready',
          status: 'True',
          reason: 'NonZeroServeEndpoints',
          message: 'Number of serve endpoints is greater than 0',
        }
      : {
          type: 'Ready',
          status: 'False',
          reason: serving ? 'ZeroServeEndpoints' : 'Initializing',
          message: serving ? 'The number of serve endpoints is 0.' : 'RayService is initializing',
        },
    before
      ? {
          type: 'UpgradeInProgress',
          status: 'True',
          reason: 'BothActivePendingClustersExist',
          message: 'Both active and pending Ray clusters exist',
        }
      : {
          type: 'UpgradeInProgress',
          status: takesOver ? 'False' : 'Unknown',
          reason: takesOver ? 'NoPendingCluster' : 'NoActiveCluster',
        },
  ]
  return {
    observedGeneration: object.metadata.generation ?? 1,
    ...(serving ? { activeServiceStatus: serviceStatus(serving), numServeEndpoints: serving.endpoints } : {}),
    ...(takesOver ? {} : { pendingServiceStatus: serviceStatus(next) }),
    ...(ready ? { serviceStatus: 'Running' } : {}),
    conditions: conditionsFrom(cluster, object, verdicts),
  }
}

function refuse(cluster: Cluster, object: KubeObject, invalid: string) {
  const message = `The RayService spec is invalid ${object.metadata.namespace}/${object.metadata.name}: ${invalid}`
  const conditions = conditionsFrom(cluster, object, [
    { type: 'Ready', status: 'False', reason: 'ValidationFailed', message },
  ])
  cluster.events.record({
    ...{ about: object, type: 'Warning', reason: 'InvalidRayServiceSpec', message },
    component: 'rayservice-controller',
  })
  tell(cluster, RAY_SERVICE, { object, status: { observedGeneration: object.metadata.generation ?? 1, conditions } })
}

function keepService(cluster: Cluster, object: KubeObject, rayCluster: string) {
  const name = `${object.metadata.name}-serve-svc`
  const origin = { 'ray.io/originated-from-crd': 'RayService', 'ray.io/originated-from-cr-name': object.metadata.name }
  const spec = {
    type: 'ClusterIP',
    clusterIP: `172.30.${parseInt(hexOf(name, 2), 16)}.${parseInt(hexOf(`${name}.`, 2), 16)}`,
    selector: { 'ray.io/cluster': rayCluster, 'ray.io/serve': 'true' },
    ports: [{ name: 'serve', port: 8000, protocol: 'TCP', targetPort: 8000 }],
  }
  const draft = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, labels: { ...origin, 'ray.io/serve': `${object.metadata.name}-serve` } },
    spec,
  }
  keep(cluster, object, { resource: 'services', draft })
}

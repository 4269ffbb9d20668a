import type { Cluster } from './cluster.ts'
import { nameOf } from './deployments.ts'
import type { Condition, KubeObject, Pod, PodTemplate } from './kube-types.ts'
import { requestOf } from './placement.ts'
import { nameSuffix } from './random.ts'
import { kubeTime } from './time-text.ts'
import { createPod, isReady, livePods, ownerReference, type WorkloadTools } from './workloads.ts'

export const RAY_CLUSTER = 'rayclusters.ray.io'

export interface WorkerGroup {
  groupName: string
  replicas?: number
  minReplicas?: number
  maxReplicas?: number
  numOfHosts?: number
  rayStartParams?: Record<string, string>
  template: PodTemplate
}

export interface RayClusterSpec {
  rayVersion?: string
  suspend?: boolean
  headGroupSpec: { rayStartParams?: Record<string, string>; template: PodTemplate }
  workerGroupSpecs?: WorkerGroup[]
}

export function raySpecOf(object: KubeObject): RayClusterSpec {
  return object.spec as RayClusterSpec
}

/** What KubeRay refuses: it has no admission webhook, so this surfaces as an event and an object without pods. */
export function invalidRayCluster(object: KubeObject): string | undefined {
  const spec = raySpecOf(object)
  if (object.metadata.name.length > 53) return `RayCluster name should be no more than 53 characters`
  if (!spec?.headGroupSpec?.template?.spec?.containers?.length)
    return 'headGroupSpec should have at least one container'
  for (const group of spec.workerGroupSpecs ?? []) {
    if (!group.template?.spec?.containers?.length)
      return `workerGroupSpec ${group.groupName} should have at least one container`
    if ((group.minReplicas ?? 0) > (group.maxReplicas ?? Number.MAX_SAFE_INTEGER)) {
      return `worker group ${group.groupName} has minReplicas ${group.minReplicas} greater than maxReplicas ${group.maxReplicas}`
    }
  }
  return undefined
}

/** What the KubeRay operator does: a head pod, the pods of each worker group, the head Service, and the status. */
export function reconcileRayCluster(tools: WorkloadTools, object: KubeObject): void {
  const { cluster, lifecycle } = tools
  const invalid = invalidRayCluster(object)
  if (invalid) {
    const message = `The RayCluster spec is invalid ${object.metadata.namespace}/${object.metadata.name}: ${invalid}`
    cluster.events.record({
      about: object,
      type: 'Warning',
      reason: 'InvalidRayClusterSpec',
      message,
      component: 'raycluster-controller',
    })
    return
  }
  const spec = raySpecOf(object)
  if (spec.suspend) for (const pod of livePods(cluster, object)) lifecycle.terminate(pod)
  else ensurePods(tools, object, spec)
  ensureHeadService(cluster, object)
  writeStatus(cluster, object, spec)
}

function ensurePods(tools: WorkloadTools, object: KubeObject, spec: RayClusterSpec) {
  const { cluster, lifecycle } = tools
  const live = livePods(cluster, object)
  const of = (group: string) => live.filter((pod) => pod.metadata.labels?.['ray.io/group'] === group)
  if (of('headgroup').length === 0)
    addPod(tools, object, { group: 'headgroup', type: 'head', template: spec.headGroupSpec.template })
  for (const group of spec.workerGroupSpecs ?? []) {
    const wanted = (group.replicas ?? group.minReplicas ?? 0) * (group.numOfHosts ?? 1)
    const have = of(group.groupName)
    for (let count = have.length; count < wanted; count++) {
      addPod(tools, object, { group: group.groupName, type: 'worker', template: group.template })
    }
    for (const pod of have.slice(wanted)) lifecycle.terminate(pod)
  }
  const groups = new Set(['headgroup', ...(spec.workerGroupSpecs ?? []).map((group) => group.groupName)])
  for (const pod of live) if (!groups.has(pod.metadata.labels?.['ray.io/group'] ?? '')) lifecycle.terminate(pod)
}

function addPod(
  tools: WorkloadTools,
  object: KubeObject,
  part: { group: string; type: 'head' | 'worker'; template: PodTemplate },
) {
  const { cluster } = tools
  const base = part.type === 'head' ? `${object.metadata.name}-head` : `${object.metadata.name}-${part.group}-worker`
  const suffix = nameSuffix(`${object.metadata.uid}/${part.group}/${cluster.store.revision()}`, 5)
  const labels = {
    'app.kubernetes.io/created-by': 'kuberay-operator',
    'app.kubernetes.io/name': 'kuberay',
    'ray.io/cluster': object.metadata.name,
    'ray.io/group': part.group,
    'ray.io/identifier': base,
    'ray.io/is-ray-node': 'yes',
    'ray.io/node-type': part.type,
    ...servingLabels(object, part.type),
  }
  createPod(tools, { owner: object, name: `${base}-${suffix}`, template: part.template, labels })
}

/** Clusters of a RayService: the Service of the application leads to their workers. */
function servingLabels({ metadata: { labels = {} } }: KubeObject, type: 'head' | 'worker'): Record<string, string> {
  const crd = labels['ray.io/originated-from-crd']
  const name = labels['ray.io/originated-from-cr-name']
  if (crd !== 'RayService' || !name) return {}
  const origin = { 'ray.io/originated-from-crd': crd, 'ray.io/originated-from-cr-name': name }
  return type === 'worker' ? { ...origin, 'ray.io/serve': 'true' } : origin
}

export function headServiceName(name: string): string {
  return `${name}-head-svc`
}

function ensureHeadService(cluster: Cluster, object: KubeObject) {
  const name = headServiceName(object.metadata.name)
  if (cluster.store.get('services', object.metadata.namespace, name)) return
  const port = (portName: string, number: number) => ({
    name: portName,
    port: number,
    protocol: 'TCP',
    targetPort: number,
  })
  cluster.store.put('services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      namespace: object.metadata.namespace,
      labels: {
        'ray.io/cluster': object.metadata.name,
        'ray.io/node-type': 'head',
        'ray.io/identifier': `${object.metadata.name}-head`,
      },
      ownerReferences: [ownerReference(object)],
      ...(cluster.booting ? { creationTimestamp: object.metadata.creationTimestamp } : {}),
    },
    spec: {
      type: 'ClusterIP',
      clusterIP: 'None',
      selector: { 'ray.io/cluster': object.metadata.name, 'ray.io/node-type': 'head' },
      ports: [
        port('client', 10001),
        port('dashboard', 8265),
        port('gcs-server', 6379),
        port('metrics', 8080),
        port('serve', 8000),
      ],
    },
    status: { loadBalancer: {} },
  })
}

function writeStatus(cluster: Cluster, object: KubeObject, spec: RayClusterSpec) {
  const live = livePods(cluster, object)
  const head = live.find((pod) => pod.metadata.labels?.['ray.io/node-type'] === 'head')
  const workers = live.filter((pod) => pod.metadata.labels?.['ray.io/node-type'] === 'worker')
  const groups = spec.workerGroupSpecs ?? []
  const sum = (pick: (group: WorkerGroup) => number) => groups.reduce((total, group) => total + pick(group), 0)
  const desired = spec.suspend
    ? 0
    : sum((group) => (group.replicas ?? group.minReplicas ?? 0) * (group.numOfHosts ?? 1))
  const readyWorkers = workers.filter(isReady).length
  const allReady = !spec.suspend && head !== undefined && isReady(head) && readyWorkers === desired
  const previous = object.status as
    | { state?: string; conditions?: Condition[]; stateTransitionTimes?: Record<string, string> }
    | undefined
  const state = spec.suspend ? 'suspended' : allReady || previous?.state === 'ready' ? 'ready' : ''
  const at = kubeTime(cluster.booting ? Date.parse(object.metadata.creationTimestamp) + 40_000 : cluster.timeline.now())
  const status = {
    ...(state ? { state } : {}),
    desiredWorkerReplicas: desired,
    minWorkerReplicas: sum((group) => group.minReplicas ?? 0),
    maxWorkerReplicas: sum((group) => group.maxReplicas ?? 2147483647),
    readyWorkerReplicas: readyWorkers,
    availableWorkerReplicas: readyWorkers,
    ...totals(spec, desired),
    endpoints: { client: '10001', dashboard: '8265', 'gcs-server': '6379', metrics: '8080', serve: '8000' },
    head: headStatus(object, head),
    conditions: conditions(previous?.conditions ?? [], { head, allReady, suspended: spec.suspend === true, at }),
    stateTransitionTimes:
      state && state !== previous?.state
        ? { ...previous?.stateTransitionTimes, [state]: at }
        : previous?.stateTransitionTimes,
    observedGeneration: object.metadata.generation ?? 1,
  }
  const current = cluster.store.get(RAY_CLUSTER, object.metadata.namespace, object.metadata.name)
  const { lastUpdateTime: _moved, ...known } = (current?.status ?? {}) as Record<string, unknown>
  if (!current || JSON.stringify(sorted(known)) === JSON.stringify(sorted(status))) return
  cluster.store.edit(RAY_CLUSTER, nameOf(object), (now) => ({ ...now, status: { ...status, lastUpdateTime: at } }))
}

function sorted(value: Record<string, unknown>): [string, unknown][] {
  return Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

function headStatus(object: KubeObject, head: Pod | undefined) {
  if (!head?.status.podIP) return { serviceName: headServiceName(object.metadata.name) }
  const { podIP } = head.status
  return { podIP, podName: head.metadata.name, serviceIP: podIP, serviceName: headServiceName(object.metadata.name) }
}

function totals(spec: RayClusterSpec, desired: number) {
  const parts = [
    requestOf(spec.headGroupSpec.template.spec),
    ...(spec.workerGroupSpecs ?? []).flatMap((group) =>
      Array.from({ length: desired === 0 ? 0 : (group.replicas ?? 0) * (group.numOfHosts ?? 1) }, () =>
        requestOf(group.template.spec),
      ),
    ),
  ]
  const add = (pick: (part: (typeof parts)[number]) => number) => parts.reduce((total, part) => total + pick(part), 0)
  return {
    desiredCPU: `${add((part) => part.cpuMilli)}m`.replace(/000m$/, ''),
    desiredMemory: `${Math.round(add((part) => part.memoryBytes) / 2 ** 30)}Gi`,
    desiredGPU: String(add((part) => part.gpus)),
    desiredTPU: '0',
  }
}

function conditions(
  known: Condition[],
  now: { head: Pod | undefined; allReady: boolean; suspended: boolean; at: string },
): Condition[] {
  const headReady = now.head !== undefined && isReady(now.head)
  const provisionedBefore =
    known.some((one) => one.type === 'RayClusterProvisioned' && one.status === 'True') && !now.suspended
  const rows: [string, boolean, string][] = [
    [
      'HeadPodReady',
      headReady,
      headReady ? 'HeadPodRunningAndReady' : now.head ? 'ContainersNotReady' : 'HeadPodNotFound',
    ],
    [
      'RayClusterProvisioned',
      now.allReady || provisionedBefore,
      now.allReady || provisionedBefore ? 'AllPodRunningAndReadyFirstTime' : 'RayClusterPodsProvisioning',
    ],
    ['RayClusterSuspended', now.suspended, 'RayClusterSuspended'],
    ['RayClusterSuspending', false, 'RayClusterSuspending'],
  ]
  return rows.map(([type, yes, reason]) => {
    const status = yes ? 'True' : 'False'
    const current = known.find((one) => one.type === type)
    const lastTransitionTime = current?.status === status ? (current.lastTransitionTime ?? now.at) : now.at
    return { type, status, reason, message: '', lastTransitionTime }
  })
}

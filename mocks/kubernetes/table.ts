import type { KubeObject, Node, Pod } from '../world/kube-types.ts'
import type { ResourceType } from './resources.ts'

interface Column {
  name: string
  type: string
  format: string
  description: string
  priority: number
}

interface View {
  columns: Column[]
  cells(object: KubeObject, nowMs: number): unknown[]
}

const column = (name: string, priority = 0, type = 'string', format = ''): Column => ({
  name,
  type,
  format,
  description: name,
  priority,
})
const NAME = column('Name', 0, 'string', 'name')

function age(object: KubeObject, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((nowMs - Date.parse(object.metadata.creationTimestamp)) / 1000))
  if (seconds < 120) return `${seconds}s`
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}h`
  return `${Math.floor(seconds / 86_400)}d`
}

/** The status column of `kubectl get pods`. */
export function podStatusText(pod: Pod): string {
  if (pod.metadata.deletionTimestamp) return 'Terminating'
  for (const status of pod.status.containerStatuses ?? []) {
    const reason = status.state.waiting?.reason ?? status.state.terminated?.reason
    if (reason) return String(reason)
  }
  return pod.status.reason ?? pod.status.phase
}

const PODS: View = {
  columns: [
    NAME,
    column('Ready'),
    column('Status'),
    column('Restarts'),
    column('Age'),
    column('IP', 1),
    column('Node', 1),
    column('Nominated Node', 1),
    column('Readiness Gates', 1),
  ],
  cells(object, nowMs) {
    const pod = object as Pod
    const statuses = pod.status.containerStatuses ?? []
    const ready = `${statuses.filter((status) => status.ready).length}/${pod.spec.containers.length}`
    const restarts = statuses.reduce((sum, status) => sum + status.restartCount, 0)
    return [
      pod.metadata.name,
      ready,
      podStatusText(pod),
      String(restarts),
      age(pod, nowMs),
      pod.status.podIP ?? '<none>',
      pod.spec.nodeName ?? '<none>',
      '<none>',
      '<none>',
    ]
  },
}

const NODES: View = {
  columns: [
    NAME,
    column('Status'),
    column('Roles'),
    column('Age'),
    column('Version'),
    column('Internal-IP', 1),
    column('External-IP', 1),
    column('OS-Image', 1),
    column('Kernel-Version', 1),
    column('Container-Runtime', 1),
  ],
  cells(object, nowMs) {
    const node = object as Node
    const ready = node.status.conditions.find((condition) => condition.type === 'Ready')?.status === 'True'
    const roles = Object.keys(node.metadata.labels ?? {}).flatMap((label) => {
      const role = /^node-role\.kubernetes\.io\/(.+)$/.exec(label)?.[1]
      return role ? [role] : []
    })
    const { nodeInfo, addresses } = node.status
    return [
      node.metadata.name,
      `${ready ? 'Ready' : 'NotReady'}${node.spec.unschedulable ? ',SchedulingDisabled' : ''}`,
      roles.join(',') || '<none>',
      age(node, nowMs),
      nodeInfo.kubeletVersion,
      addresses[0]?.address ?? '<none>',
      '<none>',
      nodeInfo.osImage,
      nodeInfo.kernelVersion,
      nodeInfo.containerRuntimeVersion,
    ]
  },
}

/** `kubectl get deployments`, `statefulsets`: how many of those wanted are ready. */
const workload = (more: [string, (status: Record<string, number>) => number][]): View => ({
  columns: [NAME, column('Ready'), ...more.map(([name]) => column(name, 0, 'integer')), column('Age')],
  cells(object, nowMs) {
    const { spec, status } = object as KubeObject & { spec?: { replicas?: number }; status?: Record<string, number> }
    const ready = `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 1}`
    return [object.metadata.name, ready, ...more.map(([, value]) => value(status ?? {})), age(object, nowMs)]
  },
})
const WORKLOADS: Record<string, View> = {
  'deployments.apps': workload([
    ['Up-to-date', (status) => status.updatedReplicas ?? 0],
    ['Available', (status) => status.availableReplicas ?? 0],
  ]),
  'statefulsets.apps': workload([]),
}

const OTHER: View = {
  columns: [NAME, column('Created At', 0, 'date')],
  cells: (object) => [object.metadata.name, object.metadata.creationTimestamp],
}

export interface TableInput {
  type: ResourceType
  objects: readonly KubeObject[]
  metadata: Record<string, unknown>
  nowMs: number
  includeObject: string
}

/** The Table that `kubectl get` asks for. */
export function tableText({ type, objects, metadata, nowMs, includeObject }: TableInput): string {
  const view = type.key === 'pods' ? PODS : type.key === 'nodes' ? NODES : (WORKLOADS[type.key] ?? OTHER)
  const rows = objects.map((object) => ({
    cells: view.cells(object, nowMs),
    ...(includeObject === 'None'
      ? {}
      : {
          object:
            includeObject === 'Object'
              ? object
              : { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata },
        }),
  }))
  return JSON.stringify({
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: view.columns,
    rows,
  })
}

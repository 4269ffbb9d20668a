import { type PodRecord, type PodStep, stepAt } from '../history.ts'
import type { Condition, KubeObject } from '../kube-types.ts'
import { quantity } from '../quantity.ts'
import type { MetricType, Series } from '../samples.ts'
import type { Family, Scene } from './family.ts'

const TARGET = { job: 'kube-state-metrics', instance: '10.0.0.9:8080' }

type PodValue = (record: PodRecord, step: PodStep, atMs: number) => number | undefined

function podLabels({ pod }: PodRecord) {
  return { namespace: pod.metadata.namespace ?? 'default', pod: pod.metadata.name, uid: pod.metadata.uid }
}

/** One series per pod and row: the labels a row adds, and its value while the pod is there. */
function pods(
  name: string,
  type: MetricType,
  { help, rows }: { help: string; rows: (record: PodRecord) => [Record<string, string>, PodValue][] },
): Family {
  return {
    name,
    type,
    help,
    *series({ history }) {
      for (const record of history.records()) {
        for (const [labels, value] of rows(record)) {
          yield {
            labels: { __name__: name, ...TARGET, ...podLabels(record), ...labels },
            at(atMs) {
              const step = stepAt(record, atMs)
              return step && value(record, step, atMs)
            },
          }
        }
      }
    },
  }
}

const container = ({ pod }: PodRecord) => ({ container: pod.spec.containers[0]?.name ?? 'main' })
const PHASES = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown']
const WAITING = ['CrashLoopBackOff', 'ImagePullBackOff', 'ErrImagePull', 'ContainerCreating']

function resourceRows(kind: 'requests' | 'limits') {
  return (record: PodRecord): [Record<string, string>, PodValue][] =>
    record.pod.spec.containers.flatMap((one) =>
      Object.entries(one.resources?.[kind] ?? {}).map(([resource, amount]): [Record<string, string>, PodValue] => [
        {
          container: one.name,
          node: record.pod.spec.nodeName ?? '',
          resource: resource.replace(/[./-]/g, '_'),
          unit: unitOf(resource),
        },
        () => quantity(amount),
      ]),
    )
}

function unitOf(resource: string): string {
  if (resource === 'cpu') return 'core'
  return resource.includes('/') || resource === 'pods' ? 'integer' : 'byte'
}

/** How many restarts there had been by a time. */
function restartsAt({ restartsMs }: PodRecord, atMs: number): number {
  let low = 0
  let high = restartsMs.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (restartsMs[middle]! <= atMs) low = middle + 1
    else high = middle
  }
  return low
}

interface Row {
  labels: Record<string, string>
  value: (object: KubeObject) => number
}

/** Series over the nodes or workloads of a cluster, as they were at each time. */
function objects(
  name: string,
  resource: string,
  { help, rows }: { help: string; rows: (first: KubeObject) => Row[] },
): Family {
  return {
    name,
    type: 'gauge',
    help,
    *series({ objects: history, startMs }: Scene): Iterable<Series> {
      for (const track of history.tracks(resource)) {
        for (const row of rows(track.first)) {
          yield {
            labels: { __name__: name, ...TARGET, ...row.labels },
            at(atMs) {
              const object = atMs < startMs ? undefined : track.at(atMs)
              return object && row.value(object)
            },
          }
        }
      }
    },
  }
}

const statusOf = (object: KubeObject) => (object.status ?? {}) as Record<string, unknown>
const number = (value: unknown) => (typeof value === 'number' ? value : 0)

function nodeResources(key: 'capacity' | 'allocatable') {
  return (first: KubeObject): Row[] =>
    Object.keys(statusOf(first)[key] as Record<string, string>).map((resource) => ({
      labels: {
        node: first.metadata.name,
        resource: resource === 'nvidia.com/gpu' ? 'nvidia_com_gpu' : resource.replace(/[./-]/g, '_'),
        unit: unitOf(resource),
      },
      value: (node) => quantity((statusOf(node)[key] as Record<string, string>)[resource]),
    }))
}

function nodeConditions(first: KubeObject): Row[] {
  const types = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure', 'SysLogsXIDError']
  return types.flatMap((condition) =>
    ['true', 'false', 'unknown'].map((status) => ({
      labels: { node: first.metadata.name, condition, status },
      value: (node: KubeObject) => {
        const found = (statusOf(node).conditions as Condition[]).find((one) => one.type === condition)
        return Number((found?.status.toLowerCase() ?? 'false') === status)
      },
    })),
  )
}

const workload = (label: string, value: Row['value']) => (first: KubeObject) => [
  { labels: { namespace: first.metadata.namespace ?? '', [label]: first.metadata.name }, value },
]
const specReplicas = (object: KubeObject) => number((object.spec as { replicas?: number }).replicas ?? 1)

export const KUBE_STATE_FAMILIES: Family[] = [
  pods('kube_pod_status_phase', 'gauge', {
    help: 'The pods current phase.',
    rows: () => PHASES.map((phase) => [{ phase }, (_record, step) => Number(step.phase === phase)]),
  }),
  pods('kube_pod_status_ready', 'gauge', {
    help: 'Describes whether the pod is ready to serve requests.',
    rows: () =>
      ['true', 'false', 'unknown'].map((condition) => [
        { condition },
        (_record, step) => Number(String(step.ready) === condition),
      ]),
  }),
  pods('kube_pod_info', 'gauge', {
    help: 'Information about pod.',
    rows: ({ pod }) => {
      const owner = pod.metadata.ownerReferences?.[0]
      const labels = {
        node: pod.spec.nodeName ?? '',
        host_ip: pod.status.hostIP ?? '',
        pod_ip: pod.status.podIP ?? '',
        created_by_kind: owner?.kind ?? '',
        created_by_name: owner?.name ?? '',
      }
      return [[labels, () => 1]]
    },
  }),
  pods('kube_pod_created', 'gauge', {
    help: 'Unix creation timestamp',
    rows: () => [[{}, (record) => Math.floor(record.createdMs / 1000)]],
  }),
  pods('kube_pod_container_status_restarts_total', 'counter', {
    help: 'The number of container restarts per container.',
    rows: (record) => [[container(record), (same, _step, atMs) => restartsAt(same, atMs)]],
  }),
  pods('kube_pod_container_status_ready', 'gauge', {
    help: 'Describes whether the containers readiness check succeeded.',
    rows: (record) => [[container(record), (_same, step) => Number(step.ready)]],
  }),
  pods('kube_pod_container_status_waiting_reason', 'gauge', {
    help: 'Describes the reason the container is currently in waiting state.',
    rows: (record) =>
      WAITING.filter((reason) => record.steps.some((step) => step.waitingReason === reason)).map((reason) => [
        { ...container(record), reason },
        (_same, step) => (step.waitingReason === reason ? 1 : undefined),
      ]),
  }),
  pods('kube_pod_container_status_last_terminated_reason', 'gauge', {
    help: 'Describes the last reason the container was in terminated state.',
    rows: (record) => {
      const reason = record.pod.status.containerStatuses?.[0]?.lastState.terminated?.reason
      if (!reason) return []
      return [
        [
          { ...container(record), reason: String(reason) },
          (same, _step, atMs) => (restartsAt(same, atMs) > 0 ? 1 : undefined),
        ],
      ]
    },
  }),
  pods('kube_pod_container_resource_requests', 'gauge', {
    help: 'The number of requested request resource by a container.',
    rows: resourceRows('requests'),
  }),
  pods('kube_pod_container_resource_limits', 'gauge', {
    help: 'The number of requested limit resource by a container.',
    rows: resourceRows('limits'),
  }),
  objects('kube_node_status_allocatable', 'nodes', {
    help: 'The allocatable for different resources of a node that are available for scheduling.',
    rows: nodeResources('allocatable'),
  }),
  objects('kube_node_status_capacity', 'nodes', {
    help: 'The capacity for different resources of a node.',
    rows: nodeResources('capacity'),
  }),
  objects('kube_node_status_condition', 'nodes', { help: 'The condition of a cluster node.', rows: nodeConditions }),
  objects('kube_node_spec_unschedulable', 'nodes', {
    help: 'Whether a node can schedule new pods.',
    rows: (first) => [
      {
        labels: { node: first.metadata.name },
        value: (node) => Number(Boolean((node.spec as { unschedulable?: boolean }).unschedulable)),
      },
    ],
  }),
  objects('kube_node_info', 'nodes', {
    help: 'Information about a cluster node.',
    rows: (first) => {
      const info = (statusOf(first).nodeInfo ?? {}) as Record<string, string>
      return [
        {
          labels: {
            node: first.metadata.name,
            kernel_version: info.kernelVersion ?? '',
            os_image: info.osImage ?? '',
            kubelet_version: info.kubeletVersion ?? '',
            container_runtime_version: info.containerRuntimeVersion ?? '',
          },
          value: () => 1,
        },
      ]
    },
  }),
  objects('kube_deployment_spec_replicas', 'deployments.apps', {
    help: 'Number of desired pods for a deployment.',
    rows: workload('deployment', specReplicas),
  }),
  objects('kube_deployment_status_replicas_available', 'deployments.apps', {
    help: 'The number of available replicas per deployment.',
    rows: workload('deployment', (one) => number(statusOf(one).availableReplicas)),
  }),
  objects('kube_deployment_status_replicas_unavailable', 'deployments.apps', {
    help: 'The number of unavailable replicas per deployment.',
    rows: workload('deployment', (one) => number(statusOf(one).unavailableReplicas)),
  }),
  objects('kube_deployment_status_replicas_updated', 'deployments.apps', {
    help: 'The number of updated replicas per deployment.',
    rows: workload('deployment', (one) => number(statusOf(one).updatedReplicas)),
  }),
  objects('kube_statefulset_replicas', 'statefulsets.apps', {
    help: 'Number of desired pods for a StatefulSet.',
    rows: workload('statefulset', specReplicas),
  }),
  objects('kube_statefulset_status_replicas_ready', 'statefulsets.apps', {
    help: 'The number of ready replicas per StatefulSet.',
    rows: workload('statefulset', (one) => number(statusOf(one).readyReplicas)),
  }),
  objects('kube_daemonset_status_desired_number_scheduled', 'daemonsets.apps', {
    help: 'The number of nodes that should be running the daemon pod.',
    rows: workload('daemonset', (one) => number(statusOf(one).desiredNumberScheduled)),
  }),
  objects('kube_daemonset_status_number_ready', 'daemonsets.apps', {
    help: 'The number of nodes that should be running the daemon pod and have one or more of the daemon pod running and ready.',
    rows: workload('daemonset', (one) => number(statusOf(one).numberReady)),
  }),
]

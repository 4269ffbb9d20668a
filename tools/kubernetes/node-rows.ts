import type { Node as NodeRow } from '#contract'
import type { KubernetesCluster } from '../clients/kubernetes/types.ts'
import { nodeKind, podKind } from '../clients/kubernetes/types.ts'
import { cell } from '../text.ts'
import { gpuModelOf, holdsResources, podGpus, poolOf, quantity, sumGpus } from './quantity.ts'
import { asNode, asPod, conditionOf, type Node, type Pod } from './shapes.ts'

/** What the nodes of one cluster carry. `addresses` are those of Ray pods, to know a Ray node that is one of them. */
export interface ClusterNodes {
  rows: NodeRow[]
  /** Labels by row id */
  labels: Map<string, Record<string, string>>
  rayAddresses: Set<string>
}

/** Nodes and pods of one cluster, each listed once and at the same time. */
export async function readNodes(
  client: KubernetesCluster,
  { signal, labelSelector, begun }: { signal: AbortSignal; labelSelector?: string | undefined; begun?: () => void },
): Promise<ClusterNodes> {
  const [nodes, pods] = await Promise.all([
    labelSelector
      ? client.list(nodeKind, { signal, labelSelector }).then(({ items }) => items)
      : client.cached(nodeKind, { signal, ...(begun && { begun }) }),
    client.cached(podKind, { signal, ...(begun && { begun }) }),
  ])
  const load = new Map<string, { pods: number; gpus: number }>()
  const rayAddresses = new Set<string>()
  for (const object of pods) {
    const pod = asPod(object)
    if (!holdsResources(pod)) continue
    if (pod.metadata.labels?.['ray.io/cluster'] && pod.status.podIP) rayAddresses.add(pod.status.podIP)
    if (pod.spec.nodeName) addLoad(load, pod, pod.spec.nodeName)
  }
  const rows = nodes.map((object) => nodeRow(asNode(object), client.cluster, load.get(object.metadata.name)))
  const labels = new Map(nodes.map((object, index) => [rows[index]!.id, object.metadata.labels ?? {}]))
  return { rows, labels, rayAddresses }
}

function addLoad(load: Map<string, { pods: number; gpus: number }>, pod: Pod, node: string) {
  const entry = load.get(node) ?? { pods: 0, gpus: 0 }
  entry.pods++
  entry.gpus += podGpus(pod)
  load.set(node, entry)
}

/** One Kubernetes node in the shape of every machine. GPUs on a node that takes no work are not free. */
export function nodeRow(node: Node, cluster: string, load = { pods: 0, gpus: 0 }): NodeRow {
  const { name, labels = {}, creationTimestamp } = node.metadata
  const { status, reason } = nodeState(node)
  const gpuCapacity = sumGpus(node.status.capacity)
  const allocatable = sumGpus(node.status.allocatable)
  const missing = gpuCapacity - allocatable
  const words = [reason, missing > 0 ? `${missing} of ${gpuCapacity} GPUs unhealthy` : undefined].filter((word) => word)
  const cpuCores = quantity(node.status.capacity?.cpu)
  const memoryBytes = quantity(node.status.capacity?.memory)
  const gpuMemoryMib = quantity(labels['nvidia.com/gpu.memory'])
  const pool = poolOf(node)
  const region = labels['topology.kubernetes.io/region']
  const gpuModel = gpuModelOf(node)
  return {
    id: `kubernetes/${cluster}/${name}`,
    kind: 'kubernetes',
    cluster,
    name,
    status,
    ...(words.length > 0 && { reason: cell(words.join('; '), 160) }),
    ...(pool && { pool }),
    ...(region && { region }),
    ...(gpuModel && { gpuModel }),
    gpuCapacity,
    gpuUsed: load.gpus,
    gpuFree: status === 'ready' ? Math.max(0, allocatable - load.gpus) : 0,
    ...(gpuMemoryMib !== undefined && { gpuMemoryMib: Math.round(gpuMemoryMib) }),
    ...(cpuCores !== undefined && { cpuCores }),
    ...(memoryBytes !== undefined && { memoryBytes: Math.round(memoryBytes) }),
    pods: load.pods,
    ...(creationTimestamp && { since: creationTimestamp }),
  }
}

/** Conditions of the kubelet that are bad when True. */
export const pressureConditions = ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable']

/** Conditions that node-problem-detector and NVSentinel set to True when something is wrong. */
export const alarmingCondition =
  /^(KernelDeadlock|ReadonlyFilesystem|Frequent\w+Restart|\w*Unhealthy|\w+Problem|Gpu\w+Watch|SysLogs\w+|NVSwitch\w*|DCGMError)$/

function nodeState(node: Node): { status: NodeRow['status']; reason?: string | undefined } {
  const ready = conditionOf(node.status, 'Ready')
  if (!ready) return { status: 'unknown', reason: 'the kubelet has not reported yet' }
  if (ready.status !== 'True')
    return { status: 'not-ready', reason: `${ready.reason ?? 'NotReady'}${ready.message ? `: ${ready.message}` : ''}` }
  const bad = (node.status.conditions ?? []).filter(
    (condition) =>
      condition.status === 'True' &&
      (pressureConditions.includes(condition.type) || alarmingCondition.test(condition.type)),
  )
  const reason = bad.length > 0 ? bad.map((condition) => condition.type).join(', ') : undefined
  if (node.spec.unschedulable) return { status: 'cordoned', reason: reason ? `cordoned; ${reason}` : undefined }
  return { status: 'ready', reason }
}

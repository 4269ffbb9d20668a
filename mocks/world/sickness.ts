import type { Cluster } from './cluster.ts'
import type { Node } from './kube-types.ts'
import { type Gpu, withCondition } from './nodes.ts'
import { quantity } from './quantity.ts'
import { kubeTime } from './time-text.ts'
import type { Trouble, Troubles } from './troubles.ts'

const GPU = 'nvidia.com/gpu'
const HOUR_MS = 3_600_000

/** The pod that holds a GPU now. */
export function holderOf(
  cluster: Cluster,
  gpu: Pick<Gpu, 'node' | 'index'>,
): { namespace: string; pod: string } | undefined {
  const [namespace, pod] = cluster.placement.usage(gpu.node).slots[gpu.index]?.split('/') ?? []
  return namespace && pod ? { namespace, pod } : undefined
}

/** What a trouble on a GPU says about where it is. */
export function gpuTarget(
  cluster: Cluster,
  gpu: Gpu,
): Pick<Trouble, 'cluster' | 'node' | 'gpuIndex' | 'gpuUuid' | 'namespace' | 'app'> {
  const holder = holderOf(cluster, gpu)
  return {
    cluster: cluster.spec.name,
    node: gpu.node,
    gpuIndex: gpu.index,
    gpuUuid: gpu.uuid,
    ...(holder ? { namespace: holder.namespace, app: holder.pod } : {}),
  }
}

/** Tells the node about an XID, as NVSentinel's monitors do: a condition, and an event where it is new. */
export function markXid(cluster: Cluster, gpu: Gpu, { xid, atMs }: { xid: number; atMs: number }): void {
  const text = xid === 79 ? 'GPU has fallen off the bus' : 'Contained memory error'
  const message = `ErrorCode:${xid} GPU:${gpu.index} PCI:${gpu.pciBusId} GPU_UUID:${gpu.uuid} ${text}. Recommended Action=${xid === 79 ? 'RESTART_BM' : 'RESTART_APP'};`
  cluster.store.edit<Node>('nodes', { name: gpu.node }, (node) =>
    withCondition(node, {
      type: 'SysLogsXIDError',
      status: 'True',
      reason: 'SysLogsXIDErrorIsNotHealthy',
      message,
      lastHeartbeatTime: kubeTime(atMs),
      lastTransitionTime: kubeTime(atMs),
    }),
  )
  const node = cluster.store.get('nodes', undefined, gpu.node)
  if (!cluster.booting && node) {
    cluster.events.record({
      about: node,
      type: 'Warning',
      reason: 'SysLogsXIDError',
      message,
      component: 'syslog-health-monitor',
      host: gpu.node,
    })
  }
}

export function clearXid(cluster: Cluster, gpu: Gpu): void {
  cluster.store.edit<Node>('nodes', { name: gpu.node }, (node) =>
    withCondition(node, {
      type: 'SysLogsXIDError',
      status: 'False',
      reason: 'SysLogsXIDErrorIsHealthy',
      message: 'No Health Failures',
      lastHeartbeatTime: kubeTime(cluster.timeline.now()),
      lastTransitionTime: kubeTime(cluster.timeline.now()),
    }),
  )
}

/** Takes a GPU out of what the node can allocate, or gives it back: what the device plugin does with an unhealthy device. */
export function setAllocatable(cluster: Cluster, gpu: Gpu, healthy: boolean): void {
  cluster.placement.setHealthy(gpu.node, gpu.index, healthy)
  const unhealthy = cluster.placement.usage(gpu.node).unhealthy.size
  cluster.store.edit<Node>('nodes', { name: gpu.node }, (node) => ({
    ...node,
    status: {
      ...node.status,
      allocatable: { ...node.status.allocatable, [GPU]: String(quantity(node.status.capacity[GPU]) - unhealthy) },
    },
  }))
}

/** What is wrong with the hardware at rest: one GPU with a memory error behind it, one that runs hot, and one node in maintenance. */
export function seedSickness(cluster: Cluster, troubles: Troubles): void {
  const gpuAt = (node: string, index: number) => cluster.gpus.find((gpu) => gpu.node === node && gpu.index === index)
  const worn = gpuAt('gpu-west-a100-03', 5)
  if (worn) {
    const fromMs = cluster.bootMs - 2.2 * HOUR_MS
    troubles.open({ kind: 'xid', xid: 94, fromMs, ...gpuTarget(cluster, worn) })
    markXid(cluster, worn, { xid: 94, atMs: fromMs })
  }
  const hot = gpuAt('gpu-east-h100-07', 2)
  if (hot) troubles.open({ kind: 'gpu-hot', fromMs: cluster.bootMs - 1.4 * HOUR_MS, ...gpuTarget(cluster, hot) })
  if (cluster.store.get('nodes', undefined, 'edge-lab-l4-04')) {
    cluster.store.edit<Node>('nodes', { name: 'edge-lab-l4-04' }, (node) => ({
      ...node,
      spec: {
        ...node.spec,
        unschedulable: true,
        taints: [
          {
            key: 'node.kubernetes.io/unschedulable',
            effect: 'NoSchedule',
            timeAdded: kubeTime(cluster.bootMs - 26 * HOUR_MS),
          },
        ],
      },
    }))
  }
}

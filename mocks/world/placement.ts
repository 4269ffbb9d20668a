import type { Node, Pod, PodSpec } from './kube-types.ts'
import { quantity } from './quantity.ts'

const GPU = 'nvidia.com/gpu'

/** What a pod asks for: CPU in millicores, memory in bytes. */
export interface Request {
  cpuMilli: number
  memoryBytes: number
  gpus: number
}

/** A GPU held by a pod over a span of time; `toMs` is absent while it lasts. */
export interface GpuHold {
  node: string
  gpuIndex: number
  namespace: string
  pod: string
  container: string
  fromMs: number
  toMs?: number
}

interface Room {
  cpuMilli: number
  memoryBytes: number
  pods: number
  /** Who holds GPU n, as `namespace/pod`. */
  slots: (string | undefined)[]
  /** GPUs that the device plugin reports unhealthy. */
  unhealthy: Set<number>
}

export function requestOf(spec: PodSpec): Request {
  const total: Request = { cpuMilli: 0, memoryBytes: 0, gpus: 0 }
  for (const container of spec.containers) {
    const { requests = {}, limits = {} } = container.resources ?? {}
    total.cpuMilli += Math.round(quantity(requests.cpu ?? limits.cpu ?? 0) * 1000)
    total.memoryBytes += quantity(requests.memory ?? limits.memory ?? 0)
    total.gpus += quantity(requests[GPU] ?? limits[GPU] ?? 0)
  }
  return total
}

export type Fit = { node: string } | { message: string }

/** Who sits where: CPU, memory, pods and numbered GPUs of each node. Never gives away more than a node can allocate. */
export interface Placement {
  find(pod: Pod, nodes: readonly Node[]): Fit
  bind(pod: Pod, node: string, atMs: number): number[]
  release(namespace: string, name: string, atMs: number): void
  gpusOf(namespace: string, name: string): { node: string; indexes: number[] } | undefined
  usage(node: string): Readonly<Room>
  holds(): readonly GpuHold[]
  /** A GPU that fell ill is given to nobody until it is healthy again. */
  setHealthy(node: string, gpuIndex: number, healthy: boolean): void
  /** Rises with every change of who holds what. */
  version(): number
}

export function createPlacement(gpusOfNode: (node: string) => number): Placement {
  const rooms = new Map<string, Room>()
  const bound = new Map<string, { node: string; request: Request }>()
  const allHolds: GpuHold[] = []
  let version = 0

  function roomOf(node: string): Room {
    let room = rooms.get(node)
    if (!room) {
      room = {
        cpuMilli: 0,
        memoryBytes: 0,
        pods: 0,
        slots: Array.from({ length: gpusOfNode(node) }, () => undefined),
        unhealthy: new Set(),
      }
      rooms.set(node, room)
    }
    return room
  }

  function obstacle(pod: Pod, node: Node, request: Request): string | undefined {
    const room = roomOf(node.metadata.name)
    const { allocatable } = node.status
    if (node.spec.unschedulable && !isDaemon(pod)) return 'node(s) were unschedulable'
    if (untolerated(pod, node, request)) return 'node(s) had untolerated taint(s)'
    for (const [key, value] of Object.entries(pod.spec.nodeSelector ?? {})) {
      if (node.metadata.labels?.[key] !== value) return "node(s) didn't match Pod's node affinity/selector"
    }
    if (request.gpus > freeSlots(room).length) return `Insufficient ${GPU}`
    if (room.cpuMilli + request.cpuMilli > quantity(allocatable.cpu) * 1000) return 'Insufficient cpu'
    if (room.memoryBytes + request.memoryBytes > quantity(allocatable.memory)) return 'Insufficient memory'
    if (room.pods >= quantity(allocatable.pods)) return 'Too many pods'
    return undefined
  }

  /** GPU pods fill nodes up, so that whole nodes stay free; others spread, off the GPU nodes while there is room elsewhere. */
  function score(node: Node, request: Request): number {
    const room = roomOf(node.metadata.name)
    if (request.gpus > 0) return freeSlots(room).length
    return room.pods + room.slots.length * 6
  }

  return {
    find(pod, nodes) {
      const request = requestOf(pod.spec)
      const reasons = new Map<string, number>()
      let best: Node | undefined
      for (const node of nodes) {
        const reason = obstacle(pod, node, request)
        if (reason) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
        else if (!best || score(node, request) < score(best, request)) best = node
      }
      if (best) return { node: best.metadata.name }
      return { message: unschedulableMessage(nodes.length, reasons) }
    },
    bind(pod, node, atMs) {
      const room = roomOf(node)
      const request = requestOf(pod.spec)
      const { namespace = 'default', name } = pod.metadata
      const key = `${namespace}/${name}`
      const indexes: number[] = []
      const container =
        pod.spec.containers.find((one) => (one.resources?.limits ?? one.resources?.requests)?.[GPU])?.name ?? ''
      room.cpuMilli += request.cpuMilli
      room.memoryBytes += request.memoryBytes
      room.pods++
      for (const index of freeSlots(room).slice(0, request.gpus)) {
        room.slots[index] = key
        indexes.push(index)
        allHolds.push({ node, gpuIndex: index, namespace, pod: name, container, fromMs: atMs })
      }
      bound.set(key, { node, request })
      version++
      return indexes
    },
    release(namespace, name, atMs) {
      const key = `${namespace}/${name}`
      const held = bound.get(key)
      if (!held) return
      const room = roomOf(held.node)
      room.cpuMilli -= held.request.cpuMilli
      room.memoryBytes -= held.request.memoryBytes
      room.pods--
      room.slots.forEach((slot, index) => {
        if (slot === key) room.slots[index] = undefined
      })
      for (const hold of allHolds) {
        if (hold.toMs === undefined && hold.namespace === namespace && hold.pod === name) hold.toMs = atMs
      }
      bound.delete(key)
      version++
    },
    gpusOf(namespace, name) {
      const key = `${namespace}/${name}`
      const held = bound.get(key)
      if (!held) return undefined
      const indexes = roomOf(held.node).slots.flatMap((slot, index) => (slot === key ? [index] : []))
      return { node: held.node, indexes }
    },
    usage: roomOf,
    holds: () => allHolds,
    setHealthy(node, gpuIndex, healthy) {
      if (healthy) roomOf(node).unhealthy.delete(gpuIndex)
      else roomOf(node).unhealthy.add(gpuIndex)
      version++
    },
    version: () => version,
  }
}

/** Pods of a DaemonSet tolerate a cordon, as its controller writes into them. */
const isDaemon = (pod: Pod) => pod.metadata.ownerReferences?.some(({ kind }) => kind === 'DaemonSet') ?? false

function freeSlots(room: Room): number[] {
  return room.slots.flatMap((holder, index) => (holder || room.unhealthy.has(index) ? [] : [index]))
}

function untolerated(pod: Pod, node: Node, request: Request): boolean {
  return (node.spec.taints ?? []).some((taint) => {
    if (taint.effect === 'PreferNoSchedule') return false
    // The ExtendedResourceToleration admission plugin tolerates the taint named after a resource for whoever asks for it.
    if (taint.key === GPU && request.gpus > 0) return false
    return !(pod.spec.tolerations ?? []).some(
      (toleration) =>
        (!toleration.key || toleration.key === taint.key) &&
        (!toleration.effect || toleration.effect === taint.effect) &&
        (toleration.operator === 'Exists' || (toleration.value ?? '') === (taint.value ?? '')),
    )
  })
}

function unschedulableMessage(total: number, reasons: Map<string, number>): string {
  const parts = [...reasons.entries()].map(([reason, count]) => `${count} ${reason}`).sort()
  const helpless = [...reasons.entries()].reduce(
    (sum, [reason, count]) => sum + (reason.startsWith('node(s)') ? count : 0),
    0,
  )
  const preemption = [
    ...(helpless > 0 ? [`${helpless} Preemption is not helpful for scheduling`] : []),
    ...(total > helpless ? [`${total - helpless} No preemption victims found for incoming pod`] : []),
  ]
  return `0/${total} nodes are available: ${parts.join(', ')}. preemption: 0/${total} nodes are available: ${preemption.join(', ')}.`
}

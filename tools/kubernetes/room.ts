import type { KubeObject, KubernetesCluster } from '../clients/kubernetes/types.ts'
import { nodeKind, podKind } from '../clients/kubernetes/types.ts'
import { nodeRow } from './node-rows.ts'
import { gpuModelOf, holdsResources, podGpus, quantity } from './quantity.ts'
import { asNode, asPod, type Node, type Pod } from './shapes.ts'

/** What a pod asks for, or a node has left: whole cores, bytes, GPUs. */
export interface Amounts {
  cpuCores: number
  memoryBytes: number
  gpus: number
}

/** A node that takes new pods now, and what is left on it. */
export interface NodeRoom {
  name: string
  /** As its feature discovery names it, with spaces */
  gpuModel?: string
  gpuMemoryMib?: number
  /** That it has, free or not */
  gpus: number
  /** Tainted for GPU work: closed to pods that ask for none */
  gpuOnly: boolean
  free: Amounts
}

export interface Placed {
  name: string
  gpuModel?: string
}

const nothing = (): Amounts => ({ cpuCores: 0, memoryBytes: 0, gpus: 0 })

/** What the scheduler counts for a pod: its containers and sidecars, or its greediest init container if that is more. */
export function requestedBy(pod: Pod): Amounts {
  const sum = nothing()
  const greediest = nothing()
  const of = (resources: { requests?: Record<string, string>; limits?: Record<string, string> } | undefined) => ({
    cpuCores: quantity(resources?.requests?.cpu ?? resources?.limits?.cpu) ?? 0,
    memoryBytes: quantity(resources?.requests?.memory ?? resources?.limits?.memory) ?? 0,
  })
  const add = (amounts: Pick<Amounts, 'cpuCores' | 'memoryBytes'>) => {
    sum.cpuCores += amounts.cpuCores
    sum.memoryBytes += amounts.memoryBytes
  }
  for (const container of pod.spec.containers ?? []) add(of(container.resources))
  for (const init of pod.spec.initContainers ?? []) {
    const asked = of(init.resources)
    if (init.restartPolicy === 'Always') add(asked)
    greediest.cpuCores = Math.max(greediest.cpuCores, asked.cpuCores)
    greediest.memoryBytes = Math.max(greediest.memoryBytes, asked.memoryBytes)
  }
  return {
    cpuCores: Math.max(sum.cpuCores, greediest.cpuCores),
    memoryBytes: Math.max(sum.memoryBytes, greediest.memoryBytes),
    gpus: podGpus(pod),
  }
}

/**
 * Taints keep pods off that do not tolerate them. The one called after the GPU resource does not count: whoever asks
 * for a GPU tolerates it, by the admission plugin ExtendedResourceToleration or by what our manifests say.
 */
const isOpen = (node: Node): boolean =>
  (node.spec.taints ?? []).every(({ key, effect }) => effect === 'PreferNoSchedule' || key === 'nvidia.com/gpu')

const isGpuOnly = (node: Node): boolean => (node.spec.taints ?? []).some(({ key }) => key === 'nvidia.com/gpu')

/**
 * What is left on each node that takes new pods: ready, not cordoned, without taints that keep plain workloads off. `cached`: from the
 * watch where there is one, for questions; a plan reads anew.
 */
export async function readRoom(
  client: KubernetesCluster,
  signal: AbortSignal,
  { cached, begun }: { cached?: boolean | undefined; begun?: (() => void) | undefined } = {},
): Promise<NodeRoom[]> {
  const read = (kind: typeof nodeKind) =>
    cached
      ? client.cached(kind, { signal, ...(begun && { begun }) })
      : client.list(kind, { signal }).then(({ items }) => items)
  const [nodes, pods] = await Promise.all([read(nodeKind), read(podKind)])
  return roomOf(nodes, pods, client.cluster)
}

export function roomOf(nodes: readonly KubeObject[], pods: readonly KubeObject[], cluster: string): NodeRoom[] {
  const used = new Map<string, Amounts>()
  for (const object of pods) {
    const pod = asPod(object)
    if (!pod.spec.nodeName || !holdsResources(pod)) continue
    const load = used.get(pod.spec.nodeName) ?? nothing()
    const asked = requestedBy(pod)
    load.cpuCores += asked.cpuCores
    load.memoryBytes += asked.memoryBytes
    load.gpus += asked.gpus
    used.set(pod.spec.nodeName, load)
  }
  return nodes.flatMap((object) => {
    const node = asNode(object)
    const load = used.get(node.metadata.name) ?? nothing()
    const row = nodeRow(node, cluster, { pods: 0, gpus: load.gpus })
    if (row.status !== 'ready' || !isOpen(node)) return []
    const { cpu, memory } = node.status.allocatable ?? {}
    const gpuModel = gpuModelOf(node)
    return [
      {
        name: node.metadata.name,
        ...(gpuModel && { gpuModel }),
        ...(row.gpuMemoryMib !== undefined && { gpuMemoryMib: row.gpuMemoryMib }),
        gpus: row.gpuCapacity,
        gpuOnly: isGpuOnly(node),
        free: {
          cpuCores: Math.max(0, (quantity(cpu) ?? 0) - load.cpuCores),
          memoryBytes: Math.max(0, (quantity(memory) ?? 0) - load.memoryBytes),
          gpus: row.gpuFree,
        },
      },
    ]
  })
}

const holds = (node: NodeRoom, pod: Amounts): boolean =>
  node.free.cpuCores >= pod.cpuCores &&
  node.free.memoryBytes >= pod.memoryBytes &&
  node.free.gpus >= pod.gpus &&
  (pod.gpus > 0 || !node.gpuOnly)

/** Fullest GPU nodes first, so that large holes stay; pods without GPUs prefer machines without GPUs, then idle ones. */
const better =
  (pod: Amounts) =>
  (left: NodeRoom, right: NodeRoom): NodeRoom => {
    const byModel = pod.gpus > 0 ? 0 : Number(right.gpuModel === undefined) - Number(left.gpuModel === undefined)
    const byRoom = pod.gpus > 0 ? left.free.gpus - right.free.gpus : right.free.cpuCores - left.free.cpuCores
    return (byModel || byRoom) > 0 ? right : left
  }

/**
 * Where up to `wanted` equal pods would go, one entry a pod that finds a node. The scheduler may choose other nodes;
 * that they find one is what counts. Takes what it places from `rooms`, so calls follow each other.
 */
export function place(rooms: NodeRoom[], pod: Amounts, wanted: number): Placed[] {
  const placed: Placed[] = []
  for (let count = 0; count < wanted; count++) {
    const fitting = rooms.filter((node) => holds(node, pod))
    if (fitting.length === 0) break
    const best = fitting.reduce(better(pod))
    best.free.cpuCores -= pod.cpuCores
    best.free.memoryBytes -= pod.memoryBytes
    best.free.gpus -= pod.gpus
    placed.push({ name: best.name, ...(best.gpuModel && { gpuModel: best.gpuModel }) })
  }
  return placed
}

/** A copy that `place` may take from. */
export const copyRoom = (rooms: readonly NodeRoom[]): NodeRoom[] =>
  rooms.map((node) => ({ ...node, free: { ...node.free } }))

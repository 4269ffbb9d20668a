import type { PriceList } from '../../clients/index.ts'
import type { KubeObject } from '../../clients/kubernetes/types.ts'
import { asNode, type NodeRoom, quantity, roomOf } from '../../kubernetes/service.ts'
import type { Model } from '../catalogue.ts'
import type { Toleration } from '../config.ts'
import type { Parallelism } from '../fit/memory.ts'
import { type Placement as PlacedFit, placeIn } from '../fit/placement.ts'
import type { DeployInput } from './input.ts'

export interface Placement extends PlacedFit {
  cluster: string
  /** Most GPUs of this model that one node has, free or not */
  largestNode: number
}

export interface ClusterObjects {
  cluster: string
  nodes: readonly KubeObject[]
  pods: readonly KubeObject[]
}

const tolerates = (taint: { key: string; value?: string; effect: string }, toleration: Toleration): boolean =>
  (toleration.key === undefined || toleration.key === taint.key) &&
  (toleration.operator === 'Exists' || (toleration.value ?? '') === (taint.value ?? '')) &&
  (toleration.effect === undefined || toleration.effect === taint.effect)

/** Nodes that the pods may go to by label, without the taints they tolerate. */
export function admissible(
  nodes: readonly KubeObject[],
  { nodeSelector = {}, tolerations = [] }: Pick<DeployInput['options'], 'nodeSelector' | 'tolerations'>,
): KubeObject[] {
  const selected = nodes.filter(({ metadata }) =>
    Object.entries(nodeSelector).every(([key, value]) => metadata.labels?.[key] === value),
  )
  if (tolerations.length === 0) return selected
  return selected.map((object) => {
    const taints = asNode(object).spec.taints?.filter((taint) => !tolerations.some((one) => tolerates(taint, one)))
    return { ...object, spec: { ...object.spec, ...(taints && { taints }) } }
  })
}

/** Rooms in which a worker finds CPU and memory too; their GPUs are free only as far as these reach. */
function withComputeFor(rooms: readonly NodeRoom[], { gpus, options }: DeployInput): NodeRoom[] {
  const { nodesPerReplica = 1 } = options
  const cpuCores = quantity(options.cpu) ?? 0
  const memoryBytes = quantity(options.memory) ?? 0
  if (cpuCores === 0 && memoryBytes === 0) return [...rooms]
  const by = (left: number, wanted: number) => (wanted > 0 ? Math.floor(left / wanted) : Number.POSITIVE_INFINITY)
  return rooms.map((room) => {
    const shares = Math.min(by(room.free.cpuCores, cpuCores), by(room.free.memoryBytes, memoryBytes))
    const reach = shares * ((gpus ?? 1) / nodesPerReplica)
    return { ...room, free: { ...room.free, gpus: Math.min(room.free.gpus, reach) } }
  })
}

/** How the GPUs of a replica share the work, where somebody said it; undefined: the fit chooses. */
export function parallelismOf({
  gpus,
  pipelineParallel,
  expertParallel,
}: {
  gpus?: number | undefined
  pipelineParallel?: number | undefined
  expertParallel?: boolean | undefined
}): Parallelism | undefined {
  if (gpus === undefined || (pipelineParallel === undefined && expertParallel === undefined)) return undefined
  const pipeline = pipelineParallel ?? 1
  return { tensor: gpus / pipeline, pipeline, expert: expertParallel ?? false }
}

/**
 * Where workers would go on a cluster now: on the GPU model that the model fits with room, the cheapest first. Undefined where
 * no node that takes work has GPUs.
 * @throws ToolError not-found for a GPU model that no node of the cluster has
 */
export function placementIn(
  { cluster, nodes, pods }: ClusterObjects,
  { input, model, prices }: { input: DeployInput; model: Model; prices: PriceList | undefined },
): Placement | undefined {
  const { gpus, gpuModel, contextLength, options, engine } = input
  const rooms = roomOf(admissible(nodes, options), pods, cluster)
  const found = placeIn(withComputeFor(rooms, input), {
    ...{ cluster, model, engine, gpus, gpuModel, contextLength, prices },
    parallelism: parallelismOf({ ...options, gpus }),
    nodesPerReplica: options.nodesPerReplica,
    quantization: options.quantization,
    kvCacheDtype: options.kvCacheDtype,
    memoryShare: options.gpuMemoryUtilization,
  })
  if (!found) return undefined
  const { placements: _, ...best } = found
  const own = rooms.filter((room) => room.gpuModel === best.gpuModel)
  return { ...best, cluster, largestNode: Math.max(0, ...own.map((room) => room.gpus)) }
}

/** It fits, and a worker could start now. */
export const isStartable = ({ fit, room }: Placement): boolean => fit.verdict !== 'does-not-fit' && room > 0

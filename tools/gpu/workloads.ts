import type { Money } from '#contract'
import type { PriceList } from '../clients/index.ts'
import { gpuHourPrice } from '../prices.ts'
import type { Gpu } from './gpu.ts'
import type { GpuNode, GpuPod } from './kube.ts'
import { average, idlePercent, total } from './sums.ts'

/** Pods of one owner that hold or want GPUs. */
export interface Workload {
  id: string
  cluster: string
  namespace: string
  workload: string
  pods: number
  pending: number
  gpus: number
  nodes: string[]
  models: string[]
  utilizationPercent?: number
  meanUtilizationPercent?: number
  memoryUsedMib?: number
  /** GPUs that did nothing over the time looked at */
  idle: number
  idleCost?: Money
  since?: string
  resources: string[]
}

/** `ReplicaSet web-7d9f8c` is Deployment web: the hash is the ReplicaSet's own. */
export function ownerWords({ owner, name }: GpuPod): string {
  if (!owner) return `Pod ${name}`
  const deployment = owner.kind === 'ReplicaSet' && /^(.+)-[a-z0-9]{6,10}$/.exec(owner.name)?.[1]
  return deployment ? `Deployment ${deployment}` : `${owner.kind} ${owner.name}`
}

export interface WorkloadInput {
  pods: readonly GpuPod[]
  gpus: readonly Gpu[]
  nodes: readonly GpuNode[]
  /** Means over time of each GPU of a pod, by `namespace/pod`; absent where nothing was measured */
  means: ReadonlyMap<string, number[]>
  prices?: PriceList | undefined
}

export function workloadsOf(cluster: string, { pods, gpus, nodes, means, prices }: WorkloadInput): Workload[] {
  const groups = Map.groupBy(pods, (pod) => `${cluster}/${pod.namespace}/${ownerWords(pod)}`)
  return [...groups].map(([id, own]): Workload => {
    const names = new Set(own.map((pod) => `${pod.namespace}/${pod.name}`))
    const held = gpus.filter((gpu) => [gpu.pod, ...(gpu.pods ?? [])].some((pod) => pod !== undefined && names.has(pod)))
    const overTime = own.flatMap((pod) => means.get(`${pod.namespace}/${pod.name}`) ?? [])
    const models = [...new Set(own.flatMap((pod) => nodes.find(({ node }) => node === pod.node)?.model ?? []))]
    const idle = overTime.filter((mean) => mean < idlePercent).length
    const utilizationPercent = average(held.map((gpu) => gpu.utilizationPercent))
    const meanUtilizationPercent = average(overTime)
    const memoryUsedMib = total(held.map((gpu) => gpu.memoryUsedMib))
    // Whole GPUs only: what an instance or a shared GPU costs is no price of the list.
    const whole = own.every((pod) => Object.keys(pod.resources).every((name) => /\/gpu$/.test(name)))
    const price = models.length === 1 && whole ? gpuHourPrice(prices, models[0]!) : undefined
    const since = own.flatMap((pod) => pod.since ?? []).sort()[0]
    return {
      id,
      cluster,
      namespace: own[0]!.namespace,
      workload: ownerWords(own[0]!),
      pods: own.length,
      pending: own.filter((pod) => pod.node === undefined).length,
      gpus: own.reduce((sum, pod) => sum + (pod.node === undefined ? 0 : pod.gpus), 0),
      nodes: [...new Set(own.flatMap((pod) => pod.node ?? []))],
      models,
      idle,
      ...(utilizationPercent !== undefined && { utilizationPercent }),
      ...(meanUtilizationPercent !== undefined && { meanUtilizationPercent }),
      ...(memoryUsedMib !== undefined && { memoryUsedMib }),
      ...(price && idle > 0 && { idleCost: { amount: price.amount * idle, currency: price.currency } }),
      ...(since && { since }),
      resources: [...new Set(own.flatMap((pod) => Object.keys(pod.resources)))],
    }
  })
}

/** Free GPUs of the nodes that take work, and how they lie: eight free on four nodes are of no use to who needs eight together. */
export function freeBlocks(
  nodes: readonly GpuNode[],
  pods: readonly GpuPod[],
): { model: string; free: number; nodes: number; largest: number }[] {
  const held = new Map<string, number>()
  for (const pod of pods) if (pod.node) held.set(pod.node, (held.get(pod.node) ?? 0) + pod.gpus)
  const open = nodes.filter((node) => node.ready && !node.cordoned)
  const blocks = open.flatMap((node) => {
    const free = node.allocatable - (held.get(node.node) ?? 0)
    return free > 0 ? [{ model: node.model ?? 'unknown model', free }] : []
  })
  return [...Map.groupBy(blocks, ({ model }) => model)]
    .map(([model, own]) => ({
      model,
      free: own.reduce((sum, { free }) => sum + free, 0),
      nodes: own.length,
      largest: Math.max(...own.map(({ free }) => free)),
    }))
    .sort((left, right) => right.free - left.free)
}

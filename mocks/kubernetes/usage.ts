import type { Cluster } from '../world/cluster.ts'
import type { SeriesSource } from '../world/samples.ts'
import { kubeTime } from '../world/time-text.ts'
import { type Query, selectorOf } from './list.ts'
import type { Target } from './path.ts'
import { METRICS_GROUP } from './resources.ts'
import { notFound } from './status.ts'

const WINDOW_MS = 60_000

/** What containers use now, as a metrics server has it of the kubelets: cores and bytes by namespace/pod. */
export type UsageSource = (
  atMs: number,
) => Map<string, { container: string; node: string; cpuCores: number; memoryBytes: number }>

/** The same curves that Prometheus scrapes. */
export function usageOf(source: SeriesSource, cluster: string): UsageSource {
  return (atMs) => {
    const found: ReturnType<UsageSource> = new Map()
    for (const { labels, at } of source.series(cluster, 'container_cpu_usage_seconds_total')) {
      const [before, after] = [at(atMs - WINDOW_MS), at(atMs)]
      if (before === undefined || after === undefined) continue
      found.set(`${labels.namespace}/${labels.pod}`, {
        container: labels.container ?? '',
        node: labels.node ?? '',
        cpuCores: Math.max(0, (after - before) / (WINDOW_MS / 1000)),
        memoryBytes: 0,
      })
    }
    for (const { labels, at } of source.series(cluster, 'container_memory_working_set_bytes')) {
      const use = found.get(`${labels.namespace}/${labels.pod}`)
      if (use) use.memoryBytes = at(atMs) ?? 0
    }
    return found
  }
}

const usage = (cpuCores: number, memoryBytes: number) => ({
  cpu: `${Math.round(cpuCores * 1e9)}n`,
  memory: `${Math.round(memoryBytes / 1024)}Ki`,
})

interface Metrics {
  metadata: { name: string; namespace?: string }
  [member: string]: unknown
}

/** PodMetrics and NodeMetrics; undefined where the target is of another group. */
export function answerMetrics(
  cluster: Cluster,
  { target, query, source }: { target: Target; query: Query; source: UsageSource },
): unknown {
  const { type, namespace, name } = target
  if (type.group !== METRICS_GROUP) return undefined
  const nowMs = cluster.timeline.now()
  const isPods = type.plural === 'pods'
  const selector = selectorOf({ ...type, key: type.plural }, { ...query, namespace })
  const used = source(nowMs)
  const common = { timestamp: kubeTime(nowMs), window: `${WINDOW_MS / 1000}s` }
  const items: Metrics[] = cluster.store
    .list(type.plural)
    .filter((object) => !selector || selector(object))
    .flatMap(({ metadata }): Metrics[] => {
      const own = { name: metadata.name, labels: metadata.labels, creationTimestamp: kubeTime(nowMs) }
      if (isPods) {
        const use = used.get(`${metadata.namespace}/${metadata.name}`)
        if (!use) return []
        const containers = [{ name: use.container, usage: usage(use.cpuCores, use.memoryBytes) }]
        return [
          {
            metadata: { ...own, ...(metadata.namespace !== undefined && { namespace: metadata.namespace }) },
            ...common,
            containers,
          },
        ]
      }
      const on = [...used.values()].filter(({ node }) => node === metadata.name)
      const sum = (key: 'cpuCores' | 'memoryBytes') => on.reduce((total, use) => total + use[key], 0)
      return [{ metadata: own, ...common, usage: usage(sum('cpuCores'), sum('memoryBytes')) }]
    })
  const apiVersion = `${METRICS_GROUP}/v1beta1`
  if (!name) return { kind: `${type.kind}List`, apiVersion, metadata: {}, items }
  const one = items.find(({ metadata }) => metadata.name === name)
  if (!one) throw notFound(type, name)
  return { kind: type.kind, apiVersion, ...one }
}

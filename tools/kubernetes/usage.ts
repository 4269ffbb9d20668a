import { isToolError, ToolError } from '#contract'
import type { Access } from '#define'
import type { PerCluster } from '../clients/index.ts'
import { type KubernetesCluster, nodeKind, podKind, type ResourceKind } from '../clients/kubernetes/types.ts'
import type { Prometheus } from '../clients/prometheus/types.ts'
import { gpuQuery, gpusOf } from '../gpu/service.ts'
import { ownerOf } from './pod-status.ts'
import { holdsResources, podGpus, quantity, sumGpus } from './quantity.ts'
import { asNode, asPod, type Pod } from './shapes.ts'

/** Cores, bytes and GPUs; of used GPUs the busy share of each: two at 50 % are one. */
export interface Figures {
  cpuCores?: number
  memoryBytes?: number
  gpus?: number
}

/** What one pod, or everything of a name, uses of what it asked for. */
export interface Usage {
  cluster: string
  namespace: string
  name: string
  pods: number
  used: Figures
  requested: Figures
  /** Of a node what it can hand out */
  limit: Figures
}

export type Grouping = 'pods' | 'workloads' | 'namespaces' | 'nodes'

export interface ClusterUsage {
  rows: Usage[]
  /** Where the used figures come from, in words */
  sources: string[]
  /** What could not be read, in words */
  unknowns: string[]
}

const metricsOf = (resource: string, kind: string): ResourceKind => ({
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  resource,
  kind,
  namespaced: resource === 'pods',
})
const podMetrics = metricsOf('pods', 'PodMetrics')

/** What `readUsage` asks of an API server. */
export const usageAccess: readonly Access[] = [
  { verbs: ['list', 'watch'], group: '', resource: 'pods' },
  { verbs: ['list', 'watch'], group: '', resource: 'nodes' },
  { verbs: ['list'], group: 'metrics.k8s.io', resource: 'pods' },
]

interface Asked {
  by: Grouping
  namespace?: string | undefined
  signal: AbortSignal
  begun?: () => void
}

type Upstreams = { kubernetes: PerCluster<KubernetesCluster>; prometheus?: PerCluster<Prometheus> | undefined }

/** One cluster: what its pods asked for, and what they use by whoever measures it there. */
export async function readUsage(upstreams: Upstreams, cluster: string, asked: Asked): Promise<ClusterUsage> {
  const { by, namespace, signal, begun } = asked
  const client = upstreams.kubernetes.for(cluster)
  const prometheus = upstreams.prometheus?.names().includes(cluster) ? upstreams.prometheus.for(cluster) : undefined
  const unknowns: string[] = []
  const place = { signal, ...(namespace && { namespace }) }
  const [objects, nodes, measured, gpus] = await Promise.all([
    client.cached(podKind, { ...place, ...(begun && { begun }) }),
    by === 'nodes' ? client.cached(nodeKind, { signal }) : [],
    measure(client, prometheus, { namespace, signal, unknowns }),
    busyGpus(prometheus, { cluster, signal, unknowns }),
  ])
  const pods = objects.map(asPod).filter(holdsResources)
  const groups = new Map<string, Usage>()
  for (const object of nodes) {
    const { cpu, memory } = asNode(object).status.allocatable ?? {}
    const limit = figures(quantity(cpu), quantity(memory), sumGpus(asNode(object).status.allocatable))
    groups.set(object.metadata.name, { ...empty(cluster, '', object.metadata.name), limit })
  }
  for (const pod of pods) {
    const { namespace: of = '', name } = pod.metadata
    const key = keyOf(pod, by)
    if (!key) continue
    const group = groups.get(key.id) ?? empty(cluster, by === 'nodes' ? '' : of, key.name)
    groups.set(key.id, group)
    group.pods++
    const own = `${of}/${name}`
    add(group.used, { ...measured?.of.get(own), ...(podGpus(pod) > 0 && gpus?.has(own) && { gpus: gpus.get(own)! }) })
    const { requests, limits } = askedBy(pod)
    add(group.requested, requests)
    if (by !== 'nodes') add(group.limit, limits)
  }
  const sources = [measured?.source, gpus && 'GPUs: DCGM, busy share'].filter((source) => source !== undefined)
  return { rows: [...groups.values()], sources, unknowns }
}

const empty = (cluster: string, namespace: string, name: string): Usage => ({
  cluster,
  namespace,
  name,
  pods: 0,
  used: {},
  requested: {},
  limit: {},
})

const figures = (cpuCores?: number, memoryBytes?: number, gpus?: number): Figures => ({
  ...(cpuCores !== undefined && { cpuCores }),
  ...(memoryBytes !== undefined && { memoryBytes }),
  ...(gpus !== undefined && gpus > 0 && { gpus }),
})

function add(sum: Figures, more: Figures): void {
  for (const key of ['cpuCores', 'memoryBytes', 'gpus'] as const) {
    const value = more[key]
    if (value !== undefined) sum[key] = (sum[key] ?? 0) + value
  }
}

function keyOf(pod: Pod, by: Grouping): { id: string; name: string } | undefined {
  const { namespace = '', name } = pod.metadata
  if (by === 'nodes') return pod.spec.nodeName ? { id: pod.spec.nodeName, name: pod.spec.nodeName } : undefined
  if (by === 'namespaces') return { id: namespace, name: namespace }
  const own = by === 'workloads' ? (ownerOf(pod) ?? `Pod/${name}`) : name
  return { id: `${namespace}/${own}`, name: own }
}

/** Sums over containers and sidecars. A sum of limits is told only where every container has one. */
function askedBy(pod: Pod): { requests: Figures; limits: Figures } {
  const running = [
    ...(pod.spec.containers ?? []),
    ...(pod.spec.initContainers ?? []).filter((one) => one.restartPolicy === 'Always'),
  ]
  const sum = (kind: 'requests' | 'limits', name: 'cpu' | 'memory') => {
    const values = running.map(({ resources }) => quantity(resources?.[kind]?.[name]))
    const known = values.filter((value) => value !== undefined)
    if (known.length === 0 || (kind === 'limits' && known.length < values.length)) return undefined
    return known.reduce((total, value) => total + value, 0)
  }
  const gpus = podGpus(pod)
  return {
    requests: figures(sum('requests', 'cpu'), sum('requests', 'memory'), gpus),
    limits: figures(sum('limits', 'cpu'), sum('limits', 'memory'), gpus),
  }
}

interface Measured {
  of: Map<string, Figures>
  source: string
}

interface Measuring {
  namespace?: string | undefined
  signal: AbortSignal
  unknowns: string[]
}

/** By the metrics API where it is served, else by the kubelets' metrics in Prometheus. */
async function measure(
  client: KubernetesCluster,
  prometheus: Prometheus | undefined,
  { namespace, signal, unknowns }: Measuring,
): Promise<Measured | undefined> {
  const note = (error: unknown) => {
    if (signal.aborted) throw error
    unknowns.push(`${client.cluster}: ${error instanceof Error ? error.message : error}`)
    return undefined
  }
  try {
    if ((await client.servedVersions('metrics.k8s.io', signal)).includes(podMetrics.version))
      return await fromMetricsApi(client, { namespace, signal })
  } catch (error) {
    // Discovered and not answering, which a metrics server that is starting or broken is: Prometheus may know.
    if (!prometheus) return note(error)
  }
  if (prometheus) return fromPrometheus(prometheus, { namespace, signal }).catch(note)
  unknowns.push(`${client.cluster} has neither a metrics server nor a configured Prometheus`)
  return undefined
}

async function fromMetricsApi(
  client: KubernetesCluster,
  { namespace, signal }: { namespace?: string | undefined; signal: AbortSignal },
): Promise<Measured> {
  const { items } = await client.list(podMetrics, { signal, ...(namespace && { namespace }) })
  const of = new Map<string, Figures>()
  for (const item of items) {
    const sum: Figures = {}
    const containers = (item.containers ?? []) as { usage?: Record<string, string> }[]
    for (const { usage } of containers) add(sum, figures(quantity(usage?.cpu), quantity(usage?.memory)))
    of.set(`${item.metadata.namespace ?? ''}/${item.metadata.name}`, sum)
  }
  return { of, source: 'metrics.k8s.io' }
}

/** Containers of pods only: the series without a container are sums of them, and POD is the sandbox. */
const selected = (namespace: string | undefined) =>
  `{container!="",container!="POD",pod!=""${namespace ? `,namespace=${JSON.stringify(namespace)}` : ''}}`

async function fromPrometheus(
  prometheus: Prometheus,
  { namespace, signal }: { namespace?: string | undefined; signal: AbortSignal },
): Promise<Measured> {
  const sum = (inner: string) => prometheus.query({ query: `sum by (namespace, pod) (${inner})`, signal })
  const [cpu, memory] = await Promise.all([
    sum(`rate(container_cpu_usage_seconds_total${selected(namespace)}[5m])`),
    sum(`container_memory_working_set_bytes${selected(namespace)}`),
  ])
  const of = new Map<string, Figures>()
  const put = (key: 'cpuCores' | 'memoryBytes', { series }: typeof cpu) => {
    for (const { metric, values } of series) {
      const value = Number(values.at(-1)?.[1])
      const name = `${metric.namespace ?? ''}/${metric.pod ?? ''}`
      if (Number.isFinite(value)) of.set(name, { ...of.get(name), [key]: value })
    }
  }
  put('cpuCores', cpu)
  put('memoryBytes', memory)
  // A namespace may have nothing; a whole cluster always has its own system pods.
  if (of.size === 0 && namespace === undefined)
    throw new ToolError('not-found', `The Prometheus of ${prometheus.cluster} has no container metrics.`, {
      next: 'Let it scrape the kubelets (/metrics/cadvisor), or install a metrics server.',
      cluster: prometheus.cluster,
    })
  return { of, source: 'Prometheus: CPU over 5m, working set' }
}

/** Busy GPUs by namespace/pod; undefined where no DCGM exporter is scraped. */
async function busyGpus(
  prometheus: Prometheus | undefined,
  { cluster, signal, unknowns }: { cluster: string; signal: AbortSignal; unknowns: string[] },
): Promise<Map<string, number> | undefined> {
  if (!prometheus) return undefined
  try {
    const busy = new Map<string, number>()
    for (const { pod, utilizationPercent } of gpusOf(await prometheus.query({ query: gpuQuery(), signal }), cluster))
      if (pod && utilizationPercent !== undefined) busy.set(pod, (busy.get(pod) ?? 0) + utilizationPercent / 100)
    return busy.size > 0 ? busy : undefined
  } catch (error) {
    if (signal.aborted) throw error
    if (!isToolError(error)) throw error
    unknowns.push(`GPUs of ${cluster}: ${error.message}`)
    return undefined
  }
}

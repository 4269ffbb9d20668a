import { type ClusterAnswer, ToolError } from '#contract'
import type { Clients } from '../clients/index.ts'
import type { Context } from '../define.ts'
import { changedOf, gpuQuery, gpusOf, xidChangesQuery } from './dcgm.ts'
import type { Gpu } from './gpu.ts'
import { joinPods, joinSmi, silentNodes } from './join.ts'
import { kept } from './kept.ts'
import { type GpuNode, type KubeGpus, readKubeGpus, smiPodsOf } from './kube.ts'
import { readSmi, type SmiAnswer } from './smi/read.ts'

/** What reading GPUs takes of a context: a tool's or a job's. */
export type Collecting = Pick<Context, 'fanOut' | 'now' | 'signal'> & {
  clients: Partial<Pick<Clients, 'fleet' | 'prometheus' | 'kubernetes'>>
}

/** What the sources tell of one cluster's GPUs. */
export interface ClusterGpus {
  cluster: string
  gpus: Gpu[]
  /** Absent where Kubernetes was not asked or did not answer */
  kube?: KubeGpus
  /** Nodes that have GPUs and tell nothing */
  silent: GpuNode[]
  smi: Map<string, SmiAnswer>
  /** What could not be looked at, in words */
  unknowns: string[]
  /** Every GPU node Kubernetes knows, whichever was asked for */
  known: string[]
}

export interface CollectOptions {
  /** Only this node; nvidia-smi is then asked there */
  node?: string | undefined
  fields?: 'everyday' | 'all'
  /** Nodes to ask nvidia-smi at: those that DCGM tells nothing of, all, none, or also those named. Default silent */
  smi?: 'silent' | 'all' | 'none' | ((cluster: ClusterGpus) => ReadonlySet<string>)
  /** Processes and MIG instances too */
  whole?: boolean
  /** How long an XID is new, default 1h */
  window?: string
  /** Time for DCGM and Kubernetes of each cluster, default that of the fan-out */
  timeoutMs?: number
}

const smiTimeoutMs = 8000
/** A fleet-wide question runs at most this many programs in pods of a cluster. */
const mostSmiNodes = 16

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error)).slice(0, 200)

/** Clusters with a Prometheus or a Kubernetes API among those meant; asked for by name, one without either stays in and says so. */
export function gpuScope(
  ctx: Pick<Context, 'scopeOf'>,
  clients: Collecting['clients'],
  requested: readonly string[] | undefined,
): string[] {
  const names = [...new Set([...(clients.prometheus?.names() ?? []), ...(clients.kubernetes?.names() ?? [])])]
  return ctx.scopeOf({ names: () => names }, requested)
}

/** DCGM, Kubernetes and nvidia-smi of these clusters, joined by GPU. One source less is a word in `unknowns`, never an exception. */
export async function collectGpus(
  ctx: Collecting,
  clusters: readonly string[],
  options: CollectOptions = {},
): Promise<{ found: ClusterGpus[]; clusters: ClusterAnswer[] }> {
  const { timeoutMs } = options
  const read = await ctx.fanOut(
    clusters,
    (cluster, signal) => readCluster(ctx, { cluster, signal, options }),
    timeoutMs === undefined ? undefined : { timeoutMs },
  )
  const found = read.values.map(({ value }) => value)
  await askSmi(ctx, found, options)
  return { found, clusters: read.clusters }
}

async function readCluster(
  ctx: Collecting,
  { cluster, signal, options }: { cluster: string; signal: AbortSignal; options: CollectOptions },
): Promise<ClusterGpus> {
  const { prometheus, kubernetes, fleet } = ctx.clients
  const nowMs = () => ctx.now().getTime()
  const hasPrometheus = prometheus?.names().includes(cluster)
  const hasKubernetes = kubernetes?.names().includes(cluster)
  if (!hasPrometheus && !hasKubernetes)
    throw new ToolError('not-configured', `${cluster} has neither a Prometheus nor a Kubernetes API configured.`, {
      next: 'Configure one of the two for this cluster.',
      cluster,
    })
  const { fields = 'everyday', node } = options
  const dcgm = async () => {
    const client = prometheus!.for(cluster)
    const key = `gpu:${cluster}:${node ?? '*'}:${fields}:${options.window ?? ''}`
    return kept(client, { key, nowMs }, async () => {
      const gpus = gpusOf(await client.query({ query: gpuQuery(node, fields), signal }), cluster)
      const query = xidChangesQuery(options.window ?? '1h', gpus)
      return query ? markNew(gpus, changedOf(await client.query({ query, signal }))) : gpus
    })
  }
  const kube = async () => {
    const client = kubernetes!.for(cluster)
    const { driverNamespace, driverDaemonset } = fleet?.list().find(({ name }) => name === cluster)?.gpu ?? {}
    const place = {
      ...(driverNamespace && { namespace: driverNamespace }),
      ...(driverDaemonset && { daemonset: driverDaemonset }),
    }
    return kept(client, { key: `gpu:${cluster}`, nowMs }, () => readKubeGpus(client, { signal, place }))
  }
  const [measured, known] = await Promise.allSettled([
    hasPrometheus ? dcgm() : Promise.resolve([]),
    hasKubernetes ? kube() : Promise.resolve(undefined),
  ])
  // Both failed, or the only one there is: the cluster did not answer.
  const isBlind = known.status === 'rejected' || known.value === undefined
  if (measured.status === 'rejected' && isBlind) throw measured.reason
  if (known.status === 'rejected' && !hasPrometheus) throw known.reason
  const unknowns = [
    ...(measured.status === 'rejected' ? [`${cluster}: DCGM (${wordsOf(measured.reason)})`] : []),
    ...(known.status === 'rejected' ? [`${cluster}: Kubernetes (${wordsOf(known.reason)})`] : []),
  ]
  const all = known.status === 'fulfilled' ? known.value : undefined
  const own = all && node !== undefined ? { ...all, nodes: all.nodes.filter((one) => one.node === node) } : all
  const gpus = measured.status === 'fulfilled' ? measured.value : []
  return {
    cluster,
    gpus: own ? joinPods(gpus, own.pods) : [...gpus],
    ...(own && { kube: own }),
    silent: own ? silentNodes(own.nodes, gpus) : [],
    smi: new Map(),
    unknowns,
    known: all?.nodes.map((one) => one.node) ?? [],
  }
}

/** The gauge of the last XID says nothing of when: it is new where it moved, or where DCGM's own window counts it. */
const markNew = (gpus: Gpu[], changed: ReturnType<typeof changedOf>): Gpu[] =>
  gpus.map((gpu) => {
    const moved = changed.some(
      (one) => one.node === gpu.node && (one.uuid && gpu.uuid ? one.uuid === gpu.uuid : one.index === gpu.index),
    )
    return gpu.xid !== undefined && (moved || gpu.xidCounts?.[gpu.xid] !== undefined) ? { ...gpu, xidIsNew: true } : gpu
  })

async function askSmi(ctx: Collecting, found: readonly ClusterGpus[], options: CollectOptions): Promise<void> {
  const { smi = options.node === undefined ? 'silent' : 'all', whole = false } = options
  if (smi === 'none') return
  const wanted = found.flatMap((own) => {
    const { cluster, kube, silent } = own
    const named = typeof smi === 'function' ? smi(own) : undefined
    const more = named && kube?.nodes.filter(({ node }) => named.has(node))
    const nodes = smi === 'all' ? (kube?.nodes ?? []) : [...new Set([...silent, ...(more ?? [])])]
    return nodes.slice(0, mostSmiNodes).map(({ node }) => ({ id: `${cluster}/${node}`, cluster, node }))
  })
  if (wanted.length === 0) return
  const places = new Map(wanted.map((one) => [one.id, one]))
  // Each node has its own time, and one that hangs costs the others nothing.
  const asked = await ctx.fanOut(
    wanted.map(({ id }) => id),
    async (id, signal) => {
      const { cluster, node } = places.get(id)!
      const client = ctx.clients.kubernetes!.for(cluster)
      const agents = found.find((one) => one.cluster === cluster)!.kube!.agents
      const key = `gpu:${cluster}:${node}${whole ? ':whole' : ''}`
      return kept(client, { key, nowMs: () => ctx.now().getTime() }, () =>
        readSmi(client, smiPodsOf(agents, node), { whole, signal, timeoutMs: smiTimeoutMs }),
      )
    },
    { timeoutMs: smiTimeoutMs + 500, concurrency: 8 },
  )
  for (const { cluster: id, value } of asked.values) apply(found, places.get(id)!, value)
  for (const answer of asked.clusters)
    if (answer.status !== 'success') {
      const said = answer.error ?? 'no answer'
      const failure = { kind: 'timeout' as const, said, meaning: 'nvidia-smi did not end in time' }
      apply(found, places.get(answer.cluster)!, { failure })
    }
}

function apply(found: readonly ClusterGpus[], { cluster, node }: { cluster: string; node: string }, answer: SmiAnswer) {
  const own = found.find((one) => one.cluster === cluster)
  if (!own) return
  own.smi.set(node, answer)
  const { report, failure } = answer
  if (failure) own.unknowns.push(`nvidia-smi on ${node} (${failure.meaning})`)
  for (const note of report?.notes ?? []) own.unknowns.push(`nvidia-smi on ${node}: ${note}`)
  if (!report) return
  const here = own.gpus.filter((gpu) => gpu.node === node)
  const others = own.gpus.filter((gpu) => gpu.node !== node)
  own.gpus = [...others, ...joinPods(joinSmi(here, report, { cluster, node }), own.kube?.pods ?? [])]
  own.silent = own.silent.filter((one) => one.node !== node)
}

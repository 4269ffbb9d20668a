import type { ClusterAnswer } from '#contract'
import type { Clients } from '../../clients/index.ts'
import type { PrometheusResult } from '../../clients/prometheus/types.ts'
import type { Context } from '../../define.ts'
import { type ClusterGpus, type Collecting, collectGpus } from '../collect.ts'
import { createFold } from '../fold.ts'
import type { HealthFacts } from './facts.ts'
import { gaugeFaults } from './faults.ts'
import { foldKernelLog } from './kernel-log.ts'

export type Reading = Collecting & Pick<Context, 'fanOut'> & { clients: Partial<Pick<Clients, 'loki'>> }

export interface HealthOptions {
  node?: string | undefined
  /** Seconds to look back */
  sinceSeconds: number
  /** As the caller wrote it: 24h */
  window: string
  deep: boolean
}

const lokiTimeoutMs = 10_000
/** More than a row may take: it is asked seldom, and half an answer is a wrong verdict. */
const clusterTimeoutMs = 5000

const counters = {
  pcieReplays: ['DCGM_FI_DEV_PCIE_REPLAY_COUNTER', 'DCGM_FI_DEV_PCIE_REPLAY_TOTAL'],
  nvlinkErrors: [
    'DCGM_FI_DEV_NVLINK_CRC_FLIT_ERROR_COUNT_TOTAL',
    'DCGM_FI_DEV_NVLINK_CRC_FLIT_ERROR_TOTAL',
    'DCGM_FI_DEV_NVLINK_RECOVERY_ERROR_COUNT_TOTAL',
    'DCGM_FI_DEV_NVLINK_RECOVERY_ERROR_TOTAL',
  ],
}
const growthQuery = (names: readonly string[]) => names.map((name) => `increase(${name}[1h]) > 0`).join(' or ')

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error)).slice(0, 200)

/** Nodes whose nvidia-smi is worth running: those that look sick, or tell nothing. */
const suspects = ({ gpus, kube }: ClusterGpus): Set<string> => {
  const sick = gpus.filter(
    (gpu) =>
      gpu.xid !== undefined ||
      (gpu.temperatureC ?? 0) >= 80 ||
      gpu.remapFailed ||
      gpu.remapPending ||
      gpu.recoveryAction,
  )
  const alarmed = (kube?.nodes ?? []).filter((node) => node.alarms.length > 0 || node.allocatable < node.capacity)
  return new Set([...sick, ...alarmed].map(({ node }) => node))
}

/** Everything the checks look at, from every source there is; what did not answer is in `unknowns`. */
export async function readHealth(
  ctx: Reading,
  clusters: readonly string[],
  options: HealthOptions,
): Promise<{ facts: HealthFacts; unknowns: string[]; clusters: ClusterAnswer[] }> {
  const now = ctx.now()
  const { node, window, deep } = options
  const [{ found, clusters: answers }, log, growth] = await Promise.all([
    collectGpus(ctx, clusters, {
      node,
      fields: 'all',
      whole: true,
      timeoutMs: clusterTimeoutMs,
      window: `${options.sinceSeconds}s`,
      smi: deep || node !== undefined ? 'all' : suspects,
    }),
    readLogs(ctx, clusters, { ...options, now }),
    readGrowth(ctx, clusters),
  ])
  const gpus = found.flatMap((one) => one.gpus).filter((gpu) => node === undefined || gpu.node === node)
  const known = found.flatMap(({ kube, cluster }) => (kube ? [{ kube, cluster }] : []))
  const facts: HealthFacts = {
    now,
    window,
    gpus,
    faults: [...log.faults, ...gaugeFaults(gpus, log.faults, now)],
    nodes: known.flatMap(({ kube }) => kube.nodes),
    pods: known.flatMap(({ kube }) => kube.pods),
    agents: known.flatMap(({ kube }) => kube.agents).filter((agent) => node === undefined || agent.node === node),
    claims: known.flatMap(({ kube, cluster }) => kube.claims.map((claim) => ({ ...claim, cluster }))),
    withComputeDomain: new Set(known.flatMap(({ kube, cluster }) => (kube.computeDomains > 0 ? [cluster] : []))),
    smi: found.flatMap(({ cluster, smi }) => [...smi].map(([name, answer]) => ({ cluster, node: name, answer }))),
    silent: found.flatMap(({ silent }) => silent).filter((one) => node === undefined || one.node === node),
    growth,
  }
  return { facts, unknowns: [...found.flatMap((one) => one.unknowns), ...log.unknowns], clusters: answers }
}

async function readLogs(ctx: Reading, clusters: readonly string[], options: HealthOptions & { now: Date }) {
  const { loki, fleet } = ctx.clients
  const having = clusters.filter((cluster) => loki?.names().includes(cluster))
  const fold = createFold()
  const unknowns = clusters
    .filter((cluster) => !having.includes(cluster))
    .map((cluster) => `${cluster}: kernel logs (no Loki configured; only DCGM tells XIDs)`)
  const start = new Date(options.now.getTime() - options.sinceSeconds * 1000)
  const read = await ctx.fanOut(
    having,
    async (cluster, signal) => {
      const selector = fleet?.list().find(({ name }) => name === cluster)?.gpu?.kernelLogs
      const { node, now } = options
      const { whole } = await foldKernelLog(loki!.for(cluster), fold, {
        cluster,
        start,
        end: now,
        selector,
        node,
        signal,
      })
      if (!whole) unknowns.push(`${cluster}: kernel logs after the first 100,000 lines of errors`)
    },
    { timeoutMs: lokiTimeoutMs },
  )
  for (const { cluster, status, error } of read.clusters)
    if (status !== 'success') unknowns.push(`${cluster}: kernel logs (${wordsOf(error)})`)
  const { faults, dropped } = fold.result()
  if (dropped > 0) unknowns.push(`${dropped} more lines of errors, each of another kind`)
  return { faults, unknowns }
}

/** How much the counters of bad links grew in an hour. Without an answer nothing grew: its absence is said by the GPUs' own query. */
async function readGrowth(ctx: Reading, clusters: readonly string[]): Promise<HealthFacts['growth']> {
  const { prometheus } = ctx.clients
  const having = clusters.filter((cluster) => prometheus?.names().includes(cluster))
  const growth = { pcieReplays: new Map<string, number>(), nvlinkErrors: new Map<string, number>() }
  await ctx.fanOut(
    having,
    async (cluster, signal) => {
      for (const [name, metrics] of Object.entries(counters) as [keyof typeof counters, string[]][]) {
        const result: PrometheusResult = await prometheus!.for(cluster).query({ query: growthQuery(metrics), signal })
        for (const { metric, values } of result.series) {
          const key = `${cluster}/${metric.UUID ?? metric.uuid ?? metric.gpu_uuid}`
          const grown = Number(values.at(-1)?.[1])
          if (Number.isFinite(grown)) growth[name].set(key, (growth[name].get(key) ?? 0) + grown)
        }
      }
    },
    { timeoutMs: clusterTimeoutMs },
  )
  return growth
}

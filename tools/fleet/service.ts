import { type ClusterAnswer, isToolError } from '#contract'
import type { Context } from '#define'
import type { ClusterInfo } from '../clients/index.ts'
import { nodeKind } from '../clients/kubernetes/types.ts'
import { causeOf } from '../fan-out.ts'
import { asNode, conditionOf, gpuModelOf, sumGpus } from '../kubernetes/service.ts'

export type FleetContext = Context<'fleet', 'kubernetes' | 'prometheus' | 'alertmanager' | 'loki'>

export interface ApiFacts {
  version: string
  nodes: number
  readyNodes: number
  gpus: number
  gpuModels: string[]
}

/** How one service of a cluster did: what it said, or why it said nothing. */
export interface ServiceCheck {
  service: 'kubernetes' | 'prometheus' | 'alertmanager' | 'loki'
  ok: boolean
  tookMs: number
  error?: string
  /** It answered and refused the credentials, which is another thing than being down */
  denied: boolean
}

export type ClusterState = 'online' | 'degraded' | 'offline' | 'unknown'

export interface ClusterCheck {
  info: ClusterInfo
  state: ClusterState
  /** 0 to 100 (FLT-042); services that are not configured cost nothing (FLT-043) */
  score: number
  services: ServiceCheck[]
  api?: ApiFacts
}

const services = ['kubernetes', 'prometheus', 'alertmanager', 'loki'] as const
type Service = (typeof services)[number]
const cost: Record<Service, number> = { kubernetes: 50, prometheus: 20, alertmanager: 0, loki: 15 }

/**
 * Ask every configured service of these clusters whether it lives, all at once and each with its own time-out, so that
 * a hung API server does not hide a healthy Prometheus. `answers` has one entry per cluster that is not wholly fine.
 */
export async function checkClusters(ctx: FleetContext, names: readonly string[]): Promise<ClusterCheck[]> {
  const asked = names.flatMap((cluster) =>
    services
      .filter((service) => ctx.clients[service]?.names().includes(cluster))
      .map((service) => ({ key: `${service} of ${cluster}`, cluster, service })),
  )
  const byKey = new Map(asked.map((one) => [one.key, one]))
  const facts = new Map<string, ApiFacts>()
  const result = await ctx.fanOut(
    asked.map((one) => one.key),
    async (key, signal) => {
      const { cluster, service } = byKey.get(key)!
      if (service === 'kubernetes') facts.set(cluster, await apiFacts(ctx, cluster, signal))
      else if (!(await ctx.clients[service]!.for(cluster).ready(signal)))
        throw new Error('answers that it is not ready')
    },
    { concurrency: 60 },
  )
  const checks = result.clusters.map((answer) => ({
    cluster: byKey.get(answer.cluster)!.cluster,
    check: serviceCheck(answer, byKey),
  }))
  return names.map((name) => {
    const own = checks.filter(({ cluster }) => cluster === name).map(({ check }) => check)
    const api = facts.get(name)
    return { info: ctx.clients.fleet.get(name), ...judge(own), services: own, ...(api && { api }) }
  })
}

function serviceCheck(answer: ClusterAnswer, byKey: Map<string, { service: Service }>): ServiceCheck {
  const cause = causeOf(answer)
  return {
    service: byKey.get(answer.cluster)!.service,
    ok: answer.status === 'success',
    tookMs: answer.tookMs,
    ...(answer.error && { error: answer.error }),
    denied: isToolError(cause) && ['upstream-denied', 'permission-denied', 'unauthenticated'].includes(cause.code),
  }
}

async function apiFacts(ctx: FleetContext, cluster: string, signal: AbortSignal): Promise<ApiFacts> {
  const client = ctx.clients.kubernetes!.for(cluster)
  const [version, { items }] = await Promise.all([client.version(signal), client.list(nodeKind, { signal })])
  const nodes = items.map(asNode)
  return {
    version: version.gitVersion,
    nodes: nodes.length,
    readyNodes: nodes.filter((node) => conditionOf(node.status, 'Ready')?.status === 'True').length,
    gpus: nodes.reduce((sum, node) => sum + sumGpus(node.status.capacity), 0),
    gpuModels: [...new Set(nodes.flatMap((node) => gpuModelOf(node) ?? []))].sort(),
  }
}

/** State machine of FLT-045 for a single look: API server down is offline, any other service down is degraded. */
function judge(checks: ServiceCheck[]): { state: ClusterState; score: number } {
  if (checks.length === 0) return { state: 'unknown', score: 0 }
  const down = checks.filter((check) => !check.ok)
  const score = Math.max(0, 100 - down.reduce((sum, check) => sum + cost[check.service], 0))
  const api = checks.find((check) => check.service === 'kubernetes')
  const allDown = down.length === checks.length
  if (allDown || (api && !api.ok && !api.denied)) return { state: 'offline', score }
  return { state: down.length > 0 ? 'degraded' : 'online', score }
}

/** One entry per cluster, as every answer over several clusters has it. */
export const clusterAnswers = (checks: readonly ClusterCheck[]): ClusterAnswer[] =>
  checks.map(({ info, services: own }) => {
    const down = own.filter((check) => !check.ok)
    const status = down.length === 0 ? 'success' : down.length === own.length ? 'error' : 'partial'
    const tookMs = own.reduce((most, check) => Math.max(most, check.tookMs), 0)
    const error = down.map((check) => `${check.service}: ${check.error}`).join('; ')
    return { cluster: info.name, status, tookMs, ...(error && { error }) }
  })

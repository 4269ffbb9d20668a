import { type ClusterAnswer, isToolError } from '#contract'
import type { Access, JobContext } from '#define'
import type { Clients, ClusterInfo } from '../clients/index.ts'
import { namespaceKind, nodeKind } from '../clients/kubernetes/types.ts'
import { causeOf } from '../fan-out.ts'
import { asNode, conditionOf, gpuModelOf, sumGpus } from '../kubernetes/service.ts'

/** What a check needs of a call or a job. */
export interface Asking {
  clients: Partial<Pick<Clients, 'fleet' | Service>>
  fanOut: JobContext['fanOut']
}

/** What the API server tells of a cluster beyond that it lives. */
export interface ApiFacts {
  version: string
  nodes: number
  readyNodes: number
  gpus: number
  gpuModels: string[]
}

export const services = ['kubernetes', 'prometheus', 'alertmanager', 'loki', 'tempo'] as const
export type Service = (typeof services)[number]
export const serviceLabels: Record<Service, string> = {
  kubernetes: 'API server',
  prometheus: 'Prometheus',
  alertmanager: 'Alertmanager',
  loki: 'Loki',
  tempo: 'Tempo',
}

/** How one service of a cluster did: what it said, or why it said nothing. */
export interface ServiceCheck {
  service: Service
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
  /** When it was looked at */
  at: Date
  /** From the health loop's record, not asked for this answer */
  stored?: true
  /** In this state since, where it was recorded */
  since?: Date
}

/** What a check reads of the Kubernetes API. */
export const checkAccess: readonly Access[] = ['namespaces', 'nodes'].map((resource) => ({
  verbs: ['list'],
  group: '',
  resource,
}))

const cost: Record<Service, number> = { kubernetes: 50, prometheus: 20, alertmanager: 0, loki: 15, tempo: 15 }
const factsOf = 'facts'

/**
 * Ask every configured service of these clusters whether it lives, all at once and each with its own time-out, so that a
 * hung API server does not hide a healthy Prometheus. `facts` also counts nodes and GPUs, where that is wanted.
 */
export async function checkClusters(
  ctx: Asking & { now(): Date },
  names: readonly string[],
  options: { timeoutMs?: number; facts?: (cluster: string) => boolean } = {},
): Promise<ClusterCheck[]> {
  const { facts: wantsFacts = () => true, timeoutMs } = options
  const has = (service: Service, cluster: string) => ctx.clients[service]?.names().includes(cluster)
  const asked = names.flatMap((cluster) => [
    ...services.filter((service) => has(service, cluster)).map((service) => ({ cluster, service })),
    ...(has('kubernetes', cluster) && wantsFacts(cluster) ? [{ cluster, service: factsOf }] : []),
  ])
  const byKey = new Map(asked.map((one) => [`${one.service} of ${one.cluster}`, one]))
  const facts = new Map<string, ApiFacts>()
  const result = await ctx.fanOut(
    [...byKey.keys()],
    async (key, signal) => {
      const { cluster, service } = byKey.get(key)!
      if (service === factsOf) facts.set(cluster, await apiFacts(ctx, cluster, signal))
      else await probe(ctx, { cluster, service: service as Service, signal })
    },
    { concurrency: 100, ...(timeoutMs !== undefined && { timeoutMs }) },
  )
  const checks = result.clusters.flatMap((answer) => {
    const { cluster, service } = byKey.get(answer.cluster)!
    return service === factsOf ? [] : [{ cluster, check: serviceCheck(answer, service as Service) }]
  })
  const at = ctx.now()
  return names.map((name) => {
    const own = checks.filter(({ cluster }) => cluster === name).map(({ check }) => check)
    const api = facts.get(name)
    return { info: ctx.clients.fleet!.get(name), ...judge(own), services: own, at, ...(api && { api }) }
  })
}

/** FLT-041: the API server lists a namespace, the others say that they are ready. */
async function probe(
  { clients }: Asking,
  { cluster, service, signal }: { cluster: string; service: Service; signal: AbortSignal },
): Promise<void> {
  if (service === 'kubernetes') await clients.kubernetes!.for(cluster).list(namespaceKind, { limit: 1, signal })
  else if (!(await clients[service]!.for(cluster).ready(signal))) throw new Error('does not say that it is ready')
}

function serviceCheck(answer: ClusterAnswer, service: Service): ServiceCheck {
  const cause = causeOf(answer)
  return {
    service,
    ok: answer.status === 'success',
    tookMs: answer.tookMs,
    ...(answer.error && { error: answer.error.replace(/^\w+ of (\S+) did not/, `$1 did not`) }),
    denied: isToolError(cause) && ['upstream-denied', 'permission-denied', 'unauthenticated'].includes(cause.code),
  }
}

async function apiFacts({ clients }: Asking, cluster: string, signal: AbortSignal): Promise<ApiFacts> {
  const client = clients.kubernetes!.for(cluster)
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
export function judge(checks: readonly ServiceCheck[]): { state: ClusterState; score: number } {
  if (checks.length === 0) return { state: 'unknown', score: 0 }
  const down = checks.filter((check) => !check.ok)
  const score = Math.max(0, 100 - down.reduce((sum, check) => sum + cost[check.service], 0))
  const api = checks.find((check) => check.service === 'kubernetes')
  const allDown = down.length === checks.length
  if (allDown || (api && !api.ok && !api.denied)) return { state: 'offline', score }
  return { state: down.length > 0 ? 'degraded' : 'online', score }
}

/** `prometheus refuses the credentials; loki does not answer`, or nothing. */
export const problemOf = (checks: readonly ServiceCheck[]): string =>
  checks
    .filter((check) => !check.ok)
    .map((check) => `${check.service}${check.denied ? ' refuses the credentials' : ' does not answer'}`)
    .join('; ')

/** One entry per cluster, as every answer over several clusters has it. */
export const clusterAnswers = (checks: readonly ClusterCheck[]): ClusterAnswer[] =>
  checks.map(({ info, services: own }) => {
    const down = own.filter((check) => !check.ok)
    const status = down.length === 0 ? 'success' : down.length === own.length ? 'error' : 'partial'
    const tookMs = own.reduce((most, check) => Math.max(most, check.tookMs), 0)
    const error = down.map((check) => `${check.service}: ${check.error}`).join('; ')
    return { cluster: info.name, status, tookMs, ...(error && { error }) }
  })

import { isToolError } from '#contract'
import type { KubeObject, KubernetesCluster, ResourceKind } from '../../clients/kubernetes/types.ts'

/** Who adds nodes to a cluster, as far as it shows (MOD-063). */
export interface Autoscaler {
  name: string
  isHealthy: boolean
  /** What it says about itself, or where it was seen */
  detail: string
}

const configMapKind: ResourceKind = {
  group: '',
  version: 'v1',
  resource: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
}
const karpenter = { group: 'karpenter.sh', resource: 'nodepools', kind: 'NodePool', versions: ['v1', 'v1beta1'] }

/** A status older than this is of an autoscaler that no longer runs. */
const freshMs = 5 * 60_000

/** Karpenter by its NodePools, the cluster autoscaler by the ConfigMap it writes; undefined: none shows itself. */
export async function readAutoscaler(
  client: KubernetesCluster,
  { signal, now }: { signal: AbortSignal; now: Date },
): Promise<Autoscaler | undefined> {
  const [pools, status] = await Promise.all([
    ifReadable(() => readPools(client, signal)),
    ifReadable(() =>
      client.get(configMapKind, { name: 'cluster-autoscaler-status', namespace: 'kube-system', signal }),
    ),
  ])
  return (pools && karpenterOf(pools)) ?? (status && clusterAutoscalerOf(status, now))
}

async function ifReadable<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    // Absent or not ours to read: then nobody can say that it helps
    if (isToolError(error) && (error.code === 'not-found' || error.code === 'upstream-denied')) return undefined
    throw error
  }
}

async function readPools(client: KubernetesCluster, signal: AbortSignal): Promise<KubeObject[]> {
  const served = await client.servedVersions(karpenter.group, signal)
  const version = karpenter.versions.find((one) => served.includes(one))
  if (version === undefined) return []
  const { group, resource, kind } = karpenter
  return (await client.list({ group, version, resource, kind, namespaced: false }, { signal })).items
}

function karpenterOf(pools: readonly KubeObject[]): Autoscaler | undefined {
  if (pools.length === 0) return undefined
  const isReady = (pool: KubeObject) => {
    const conditions = (pool.status?.conditions ?? []) as { type?: string; status?: string }[]
    return !conditions.some(({ type, status }) => type === 'Ready' && status === 'False')
  }
  const names = pools.map(({ metadata }) => metadata.name)
  return {
    name: 'Karpenter',
    isHealthy: pools.some(isReady),
    detail: `node pools ${names.slice(0, 4).join(', ')}${names.length > 4 ? ' …' : ''}`,
  }
}

function clusterAutoscalerOf({ data }: KubeObject, now: Date): Autoscaler {
  const text = String((data as Record<string, unknown> | undefined)?.status ?? '')
  const at = /(?:status at|time:) "?([\d-]+)[ T]([\d:]+)/.exec(text)
  const age = at ? now.getTime() - Date.parse(`${at[1]}T${at[2]}Z`) : Number.NaN
  const isFresh = age <= freshMs
  const isHealthy = isFresh && /Health(?:y)?:?\s*\n?\s*(?:status: )?Healthy/i.test(text)
  return {
    name: 'cluster-autoscaler',
    isHealthy,
    detail: isHealthy ? 'healthy' : isFresh ? 'says that it is not healthy' : 'its status is older than 5 minutes',
  }
}

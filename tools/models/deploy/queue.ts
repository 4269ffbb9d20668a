import { isToolError } from '#contract'
import type { KubeObject, KubernetesCluster, ResourceKind } from '../../clients/kubernetes/types.ts'
import { cell } from '../../text.ts'

const group = 'kueue.x-k8s.io'
const versions = ['v1', 'v1beta2', 'v1beta1']
export const queueLabel = 'kueue.x-k8s.io/queue-name'

async function kueueKind(
  client: KubernetesCluster,
  { resource, kind, namespaced = true }: { resource: string; kind: string; namespaced?: boolean },
  signal: AbortSignal,
): Promise<ResourceKind | undefined> {
  const served = await client.servedVersions(group, signal)
  const version = versions.find((one) => served.includes(one))
  return version === undefined ? undefined : { group, version, resource, kind, namespaced }
}

export interface LocalQueue {
  name: string
  clusterQueue: string
  pending: number
  admitted: number
  /** GPUs of all flavors together; undefined: nobody said */
  gpuQuota?: number
  gpuUsed?: number
  /** Why it takes nothing */
  stopped?: string
}

interface QueueStatus {
  pendingWorkloads?: number
  admittedWorkloads?: number
  conditions?: { type?: string; status?: string; message?: string }[]
  flavorsUsage?: { resources?: { name?: string; total?: string | number }[] }[]
}
interface ClusterQueueSpec {
  stopPolicy?: string
  resourceGroups?: { flavors?: { resources?: { name?: string; nominalQuota?: string | number }[] }[] }[]
}

const isGpu = ({ name }: { name?: string }) => /\/gpu$/.test(name ?? '')

function quotaOf({ resourceGroups = [] }: ClusterQueueSpec): number | undefined {
  const quotas = resourceGroups.flatMap(({ flavors = [] }) =>
    flavors.flatMap(({ resources = [] }) => resources.filter(isGpu).map(({ nominalQuota }) => Number(nominalQuota))),
  )
  return quotas.length > 0 ? quotas.reduce((sum, one) => sum + one, 0) : undefined
}

/** A LocalQueue and what its ClusterQueue has left; `undefined`: Kueue is not there; `missing`: the queue is not. */
export async function readQueue(
  client: KubernetesCluster,
  { name, namespace, signal }: { name: string; namespace: string; signal: AbortSignal },
): Promise<LocalQueue | 'missing' | undefined> {
  const local = await kueueKind(client, { resource: 'localqueues', kind: 'LocalQueue' }, signal)
  if (!local) return undefined
  let queue: KubeObject
  try {
    queue = await client.get(local, { name, namespace, signal })
  } catch (error) {
    if (isToolError(error) && error.code === 'not-found') return 'missing'
    throw error
  }
  const clusterQueue = String(queue.spec?.clusterQueue ?? '')
  const status = (queue.status ?? {}) as QueueStatus
  const kind = { ...local, resource: 'clusterqueues', kind: 'ClusterQueue', namespaced: false }
  const parent = await client.get(kind, { name: clusterQueue, signal }).catch((error) => {
    if (isToolError(error) && ['not-found', 'upstream-denied'].includes(error.code)) return undefined
    throw error
  })
  const spec = (parent?.spec ?? {}) as ClusterQueueSpec
  const used = ((parent?.status ?? {}) as QueueStatus).flavorsUsage
    ?.flatMap(({ resources = [] }) => resources.filter(isGpu).map(({ total }) => Number(total ?? 0)))
    .reduce((sum, one) => sum + one, 0)
  const gpuQuota = quotaOf(spec)
  const inactive = [...(status.conditions ?? []), ...(((parent?.status ?? {}) as QueueStatus).conditions ?? [])].find(
    (one) => one.type === 'Active' && one.status === 'False',
  )
  const stopped =
    inactive?.message ?? (spec.stopPolicy && spec.stopPolicy !== 'None' ? `stopped (${spec.stopPolicy})` : undefined)
  return {
    name,
    clusterQueue,
    pending: status.pendingWorkloads ?? 0,
    admitted: status.admittedWorkloads ?? 0,
    ...(gpuQuota !== undefined && { gpuQuota }),
    ...(used !== undefined && { gpuUsed: used }),
    ...(stopped !== undefined && { stopped: cell(stopped, 160) }),
  }
}

/** How Kueue holds the workloads of a deployment: undefined where it has none of them. */
export async function readAdmission(
  client: KubernetesCluster,
  { name, namespace, signal }: { name: string; namespace: string; signal: AbortSignal },
): Promise<{ name: string; waits?: string } | undefined> {
  const kind = await kueueKind(client, { resource: 'workloads', kind: 'Workload' }, signal)
  if (!kind) return undefined
  const { items } = await client.list(kind, { namespace, signal })
  // Kueue calls a workload after its owner: deployment-qwen3-8b-5d2f1, or pod-qwen3-8b-worker-0-8c1aa
  const own = items.filter(
    ({ metadata }) =>
      metadata.labels?.['app.kubernetes.io/instance'] === name ||
      metadata.ownerReferences?.some((owner) => owner.name === name || owner.name.startsWith(`${name}-`)),
  )
  if (own.length === 0) return undefined
  const conditionsOf = ({ status }: KubeObject) => (status as QueueStatus | undefined)?.conditions ?? []
  const held = own.find(
    (workload) => !conditionsOf(workload).some(({ type, status }) => type === 'Admitted' && status === 'True'),
  )
  const queue = String(own[0]!.spec?.queueName ?? 'Kueue')
  if (!held) return { name: queue }
  const said = conditionsOf(held).find(({ type }) => type === 'QuotaReserved') ?? conditionsOf(held)[0]
  return { name: queue, waits: cell(said?.message ?? 'not admitted yet', 200) }
}

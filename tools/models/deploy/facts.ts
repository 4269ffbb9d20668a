import { isToolError } from '#contract'
import type { KubeObject, KubernetesCluster, ResourceKind } from '../../clients/kubernetes/types.ts'
import type { DeploymentConfig } from '../config.ts'
import { type Autoscaler, readAutoscaler } from './autoscaler.ts'
import { type LocalQueue, readQueue } from './queue.ts'

/** Something of a cluster: there, not there, or not readable for us, and why. */
export type Reading<T> = { state: 'found'; value: T } | { state: 'absent' } | { state: 'unreadable'; why: string }

/** What the cluster has around a deployment: what it refers to, what bounds it, and who could make room. */
export interface Facts {
  hfToken?: Reading<KubeObject>
  pullSecret?: Reading<KubeObject>
  claim?: Reading<KubeObject>
  /** Of the claim, where it has one */
  storageClass?: Reading<KubeObject>
  priorityClasses: Reading<KubeObject[]>
  quotas: Reading<KubeObject[]>
  limits: Reading<KubeObject[]>
  queue?: Reading<LocalQueue> | { state: 'no-kueue' }
  autoscaler: Reading<Autoscaler>
}

const core = (resource: string, kind: string): ResourceKind => ({
  group: '',
  version: 'v1',
  resource,
  kind,
  namespaced: true,
})
const secretKind = core('secrets', 'Secret')
const claimKind = core('persistentvolumeclaims', 'PersistentVolumeClaim')
const quotaKind = core('resourcequotas', 'ResourceQuota')
const limitKind = core('limitranges', 'LimitRange')
const storageClassKind: ResourceKind = {
  group: 'storage.k8s.io',
  version: 'v1',
  resource: 'storageclasses',
  kind: 'StorageClass',
  namespaced: false,
}
const priorityClassKind: ResourceKind = {
  group: 'scheduling.k8s.io',
  version: 'v1',
  resource: 'priorityclasses',
  kind: 'PriorityClass',
  namespaced: false,
}

/** Everything at once; what is not ours to read hides nothing else. Throws where the cluster does not answer. */
export async function readFacts(
  client: KubernetesCluster,
  config: DeploymentConfig,
  { signal, now }: { signal: AbortSignal; now: Date },
): Promise<Facts> {
  const { namespace, hfTokenSecret, imagePullSecret, storage, queue } = config
  const get = (kind: ResourceKind, name: string) => read(() => client.get(kind, { name, namespace, signal }))
  const list = (kind: ResourceKind) =>
    read(async () => (await client.list(kind, { signal, ...(kind.namespaced && { namespace }) })).items)
  const claimed = storage && readClaim(client, { name: storage.claim, namespace, signal })
  const [hfToken, pullSecret, claim, priorityClasses, quotas, limits, kueue, autoscaler] = await Promise.all([
    hfTokenSecret === undefined ? undefined : get(secretKind, hfTokenSecret),
    imagePullSecret === undefined ? undefined : get(secretKind, imagePullSecret),
    claimed,
    list(priorityClassKind),
    list(quotaKind),
    list(limitKind),
    queue === undefined ? undefined : readKueue(client, { name: queue, namespace, signal }),
    read(() => readAutoscaler(client, { signal, now })),
  ])
  return {
    ...(hfToken && { hfToken }),
    ...(pullSecret && { pullSecret }),
    ...claim,
    priorityClasses,
    quotas,
    limits,
    ...(kueue && { queue: kueue }),
    autoscaler,
  }
}

async function read<T>(ask: () => Promise<T | undefined>): Promise<Reading<T>> {
  try {
    const value = await ask()
    return value === undefined ? { state: 'absent' } : { state: 'found', value }
  } catch (error) {
    if (!isToolError(error)) throw error
    if (error.code === 'not-found') return { state: 'absent' }
    if (error.code === 'upstream-denied') return { state: 'unreadable', why: error.message }
    throw error
  }
}

async function readClaim(
  client: KubernetesCluster,
  { name, namespace, signal }: { name: string; namespace: string; signal: AbortSignal },
): Promise<Pick<Facts, 'claim' | 'storageClass'>> {
  const claim = await read(() => client.get(claimKind, { name, namespace, signal }))
  const className = claim.state === 'found' ? claim.value.spec?.storageClassName : undefined
  if (typeof className !== 'string' || className === '') return { claim }
  return { claim, storageClass: await read(() => client.get(storageClassKind, { name: className, signal })) }
}

async function readKueue(
  client: KubernetesCluster,
  wanted: { name: string; namespace: string; signal: AbortSignal },
): Promise<NonNullable<Facts['queue']>> {
  const found = await read(async () => (await readQueue(client, wanted)) ?? 'none')
  if (found.state !== 'found') return found
  if (found.value === 'none') return { state: 'no-kueue' }
  return found.value === 'missing' ? { state: 'absent' } : { state: 'found', value: found.value }
}

import type { Cluster } from './cluster.ts'
import { nameOf } from './deployments.ts'
import type { Condition, Draft, KubeObject, Pod } from './kube-types.ts'
import { kubeTime } from './time-text.ts'
import { isReady, livePods, ownerReference } from './workloads.ts'

/** What operators have in common: they keep objects under theirs, and say in its status how those are. */

const written = ({ spec, metadata }: Draft) => JSON.stringify([spec, metadata.labels, metadata.annotations])

/** Makes an object of an owner, or brings it to what the owner wants; nothing is written where it is so. */
export function keep(cluster: Cluster, owner: KubeObject, { resource, draft }: { resource: string; draft: Draft }) {
  const { namespace } = owner.metadata
  const current = cluster.store.get(resource, namespace, draft.metadata.name)
  const annotations = { ...current?.metadata.annotations, ...draft.metadata.annotations }
  const metadata = {
    ...current?.metadata,
    ...draft.metadata,
    namespace,
    ownerReferences: [ownerReference(owner)],
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    ...(cluster.booting ? { creationTimestamp: owner.metadata.creationTimestamp } : {}),
  }
  const wanted: Draft = { ...draft, metadata, ...(current?.status === undefined ? {} : { status: current.status }) }
  if (!current || written(current) !== written(wanted)) cluster.store.put(resource, wanted)
}

/** Takes away what an owner has of a resource and does not want any more. */
export function keepOnly(
  cluster: Cluster,
  owner: KubeObject,
  { resource, names }: { resource: string; names: readonly string[] },
) {
  for (const { metadata } of cluster.store.ownedBy(resource, owner.metadata.uid))
    if (!names.includes(metadata.name)) cluster.store.remove(resource, metadata.namespace, metadata.name)
}

/** Writes a status where it says something new. */
export function tell(cluster: Cluster, resource: string, { object, status }: { object: KubeObject; status: object }) {
  const current = cluster.store.get(resource, object.metadata.namespace, object.metadata.name)
  if (!current || JSON.stringify(current.status) === JSON.stringify(status)) return
  cluster.store.edit(resource, nameOf(object), (now) => ({ ...now, status }))
}

export interface Verdict {
  type: string
  status: Condition['status']
  reason?: string | undefined
  message?: string | undefined
}

/** Verdicts as conditions of an object, each with the time it last turned. */
export function conditionsFrom(cluster: Cluster, object: KubeObject, verdicts: readonly Verdict[]): Condition[] {
  const known = (object.status as { conditions?: Condition[] } | undefined)?.conditions ?? []
  const at = kubeTime(cluster.booting ? Date.parse(object.metadata.creationTimestamp) + 40_000 : cluster.timeline.now())
  return verdicts.map(({ type, status, reason, message }) => {
    const before = known.find((one) => one.type === type)
    return {
      type,
      status,
      ...(reason ? { reason } : {}),
      ...(message ? { message } : {}),
      lastTransitionTime: before?.status === status ? (before.lastTransitionTime ?? at) : at,
    }
  })
}

/** How a Deployment of an operator is: whether it serves, in the words of its own conditions. */
export function deploymentVerdict(cluster: Cluster, namespace: string | undefined, name: string) {
  const deployment = cluster.store.get('deployments.apps', namespace, name)
  const status = (deployment?.status ?? {}) as { conditions?: Condition[]; replicas?: number; readyReplicas?: number }
  const of = (type: string) => status.conditions?.find((one) => one.type === type)
  const available = of('Available')
  const stuck = of('Progressing')?.status === 'False' ? of('Progressing') : undefined
  const pods = deployment ? deploymentPods(cluster, deployment) : []
  const wanted = (deployment?.spec as { replicas?: number } | undefined)?.replicas ?? 1
  const ready = pods.filter(isReady).length
  const isUp =
    deployment !== undefined && (available?.status === 'True' || wanted === 0) && ready >= Math.min(wanted, 1)
  const wrong = isUp ? undefined : (stuck ?? (available?.status === 'False' ? available : undefined))
  return {
    isUp,
    pods,
    ready,
    wanted,
    reason: isUp ? undefined : (wrong?.reason ?? 'MinimumReplicasUnavailable'),
    message: isUp ? undefined : (wrong?.message ?? 'Deployment does not have minimum availability.'),
  }
}

const deploymentPods = (cluster: Cluster, deployment: KubeObject): Pod[] =>
  cluster.store.ownedBy('replicasets.apps', deployment.metadata.uid).flatMap((set) => livePods(cluster, set))

/** Pods whose engine died and has not come up again since. */
export const brokenPods = (pods: readonly Pod[]): Pod[] =>
  pods.filter((pod) => pod.status.containerStatuses?.some(({ ready, lastState }) => !ready && lastState.terminated))

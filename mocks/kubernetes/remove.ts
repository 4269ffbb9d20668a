import type { Cluster } from '../world/cluster.ts'
import { nameOf } from '../world/deployments.ts'
import type { KubeObject, Pod } from '../world/kube-types.ts'
import type { Lifecycle } from '../world/lifecycle.ts'
import { kubeTime } from '../world/time-text.ts'
import type { ResourceType } from './resources.ts'
import { conflict } from './status.ts'

export interface DeleteOptions {
  preconditions?: { uid?: string; resourceVersion?: string }
  gracePeriodSeconds?: number
  propagationPolicy?: string
  dryRun?: string[]
}

/** Takes an object away, or, where finalizers hold it, marks it as going. */
export function removeObject(
  { cluster, lifecycle }: { cluster: Cluster; lifecycle: Lifecycle },
  type: ResourceType,
  { current, options, dryRun }: { current: KubeObject; options: DeleteOptions; dryRun: boolean },
): KubeObject {
  const { namespace, name, uid, resourceVersion, finalizers = [] } = current.metadata
  const wanted = options.preconditions ?? {}
  if ((wanted.uid && wanted.uid !== uid) || (wanted.resourceVersion && wanted.resourceVersion !== resourceVersion))
    throw conflict(type, name)
  if (dryRun || options.dryRun?.includes('All')) return current
  if (finalizers.length > 0) return mark(cluster, type, current)
  if (options.propagationPolicy === 'Orphan') orphan(cluster, uid)
  if (type.key === 'pods') lifecycle.terminate(current as Pod, options.gracePeriodSeconds === 0 ? 0 : 2000)
  else if (type.key === 'namespaces') removeNamespace(cluster, lifecycle, current)
  else cluster.store.remove(type.key, namespace, name)
  return cluster.store.get(type.key, namespace, name) ?? current
}

function mark(cluster: Cluster, type: ResourceType, current: KubeObject): KubeObject {
  if (current.metadata.deletionTimestamp) return current
  const deletionTimestamp = kubeTime(cluster.timeline.now())
  const marked = cluster.store.edit(type.key, nameOf(current), (now) => ({
    ...now,
    metadata: { ...now.metadata, deletionTimestamp },
  }))
  return marked ?? current
}

function orphan(cluster: Cluster, uid: string) {
  for (const resource of cluster.store.resources())
    for (const child of cluster.store.ownedBy(resource, uid))
      cluster.store.edit(resource, nameOf(child), (now) => {
        const left = now.metadata.ownerReferences?.filter((owner) => owner.uid !== uid) ?? []
        const { ownerReferences: _, ...metadata } = now.metadata
        return { ...now, metadata: { ...metadata, ...(left.length > 0 && { ownerReferences: left }) } }
      })
}

function removeNamespace(cluster: Cluster, lifecycle: Lifecycle, namespace: KubeObject) {
  const name = namespace.metadata.name
  for (const pod of cluster.pods()) if (pod.metadata.namespace === name) lifecycle.terminate(pod)
  for (const resource of cluster.store.resources()) {
    if (resource === 'pods') continue
    for (const object of cluster.store.list(resource)) {
      if (object.metadata.namespace === name) cluster.store.remove(resource, name, object.metadata.name)
    }
  }
  cluster.store.remove('namespaces', undefined, name)
}

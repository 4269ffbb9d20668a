import { type Cluster, ensureNamespace } from './cluster.ts'
import type { Controllers } from './controllers.ts'
import { DGD } from './dynamo.ts'
import type { Draft, KubeObject } from './kube-types.ts'
import { RESOURCE_OF, type WorkloadInput, workloadDraft } from './templates.ts'

/** Puts objects into a cluster that is being made, and runs their controllers until all is as if it had run for long. */
export interface Boot {
  cluster: Cluster
  workload(input: WorkloadInput): KubeObject
  object(resource: string, draft: Draft): KubeObject
}

export function createBoot(cluster: Cluster, controllers: Controllers): Boot {
  const { store } = cluster

  function settle(resource: string, object: KubeObject): KubeObject {
    const { namespace, name } = object.metadata
    const latest = () => store.get(resource, namespace, name) ?? object
    controllers.reconcile(resource, latest())
    for (const deployment of store.ownedBy('deployments.apps', object.metadata.uid)) {
      controllers.reconcile('deployments.apps', deployment)
    }
    if (resource === DGD || resource === 'rayclusters.ray.io') controllers.reconcile(resource, latest())
    return latest()
  }

  function object(resource: string, draft: Draft): KubeObject {
    const created = draft.metadata.creationTimestamp
    if (draft.metadata.namespace)
      ensureNamespace(cluster, draft.metadata.namespace, created ? Date.parse(created) - 60_000 : cluster.bootMs)
    return settle(resource, store.put(resource, draft))
  }

  return { cluster, object, workload: (input) => object(RESOURCE_OF[input.kind], workloadDraft(input)) }
}

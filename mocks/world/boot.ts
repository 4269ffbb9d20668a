import { AUTOSCALERS } from './autoscalers.ts'
import { type Cluster, ensureNamespace } from './cluster.ts'
import type { Controllers } from './controllers.ts'
import { DGD } from './dynamo.ts'
import { INFERENCE_SERVICE } from './kserve.ts'
import { LLM_INFERENCE_SERVICE } from './kserve-llm.ts'
import type { Draft, KubeObject } from './kube-types.ts'
import { RAY_CLUSTER } from './kuberay.ts'
import { RAY_SERVICE } from './ray-service.ts'
import { RESOURCE_OF, type WorkloadInput, workloadDraft } from './templates.ts'

/** Puts objects into a cluster that is being made, and runs their controllers until all is as if it had run for long. */
export interface Boot {
  cluster: Cluster
  workload(input: WorkloadInput): KubeObject
  object(resource: string, draft: Draft): KubeObject
}

/** Their status follows what was made for them. */
const OPERATED = new Set([DGD, RAY_CLUSTER, RAY_SERVICE, INFERENCE_SERVICE, LLM_INFERENCE_SERVICE])

export function createBoot(cluster: Cluster, controllers: Controllers): Boot {
  const { store } = cluster

  function settle(resource: string, object: KubeObject): KubeObject {
    const { namespace, name } = object.metadata
    const latest = () => store.get(resource, namespace, name) ?? object
    controllers.reconcile(resource, latest())
    for (const owned of ['deployments.apps', RAY_CLUSTER, AUTOSCALERS])
      for (const child of store.ownedBy(owned, object.metadata.uid)) settle(owned, child)
    if (OPERATED.has(resource)) controllers.reconcile(resource, latest())
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

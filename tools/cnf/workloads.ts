import type { KubernetesCluster } from '../clients/kubernetes/types.ts'
import { podKind } from '../clients/kubernetes/types.ts'
import { asPod, conditionOf, podReason, podState } from '../kubernetes/service.ts'
import { type CnfType, cnfTypeOfPod } from './service.ts'

/** One instance of a network function (CNF-006). */
export interface CnfWorkload {
  namespace: string
  name: string
  type: CnfType
  status: string
  healthy: boolean
  reason?: string
  node?: string
  containers: string[]
  lastUpdated?: string
}

/** The pods of a cluster that are network functions, by label, name and namespace (CNF-007). */
export async function readWorkloads(
  kubernetes: KubernetesCluster,
  { now, signal }: { now: Date; signal: AbortSignal },
): Promise<CnfWorkload[]> {
  const { items } = await kubernetes.list(podKind, { signal })
  return items.map(asPod).flatMap((pod) => {
    const type = cnfTypeOfPod(pod)
    if (!type) return []
    const { name, namespace = '', creationTimestamp } = pod.metadata
    const ready = conditionOf(pod.status, 'Ready')
    const { status, problem } = podState(pod, now)
    const reason = podReason(pod)
    const lastUpdated = ready?.lastTransitionTime ?? creationTimestamp
    return [
      {
        namespace,
        name,
        type,
        status,
        healthy: !problem,
        ...(reason && { reason }),
        ...(pod.spec.nodeName && { node: pod.spec.nodeName }),
        containers: (pod.spec.containers ?? []).map((container) => container.name),
        ...(lastUpdated && { lastUpdated }),
      },
    ]
  })
}

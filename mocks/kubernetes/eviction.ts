import { budgetStatus, budgetsOf } from '../world/budgets.ts'
import type { Cluster } from '../world/cluster.ts'
import type { Pod } from '../world/kube-types.ts'
import { isReady } from '../world/workloads.ts'
import { StatusError } from './status.ts'

/** Throws 429 where a disruption budget forbids that this pod goes now, and 500 where several budgets speak of it. */
export function refuseEviction(cluster: Cluster, pod: Pod): void {
  if (pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed') return
  const budgets = budgetsOf(cluster, pod)
  if (budgets.length > 1) {
    const message = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.'
    throw new StatusError(500, 'InternalError', { message })
  }
  for (const budget of budgets) {
    const { currentHealthy, desiredHealthy, disruptionsAllowed } = budgetStatus(cluster, budget)
    // A pod that is not ready takes nothing from a budget that is kept.
    if (disruptionsAllowed > 0 || (!isReady(pod) && currentHealthy >= desiredHealthy)) continue
    const message = `The disruption budget ${budget.metadata.name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`
    throw new StatusError(429, 'TooManyRequests', {
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: { causes: [{ reason: 'DisruptionBudget', message, field: '' }] },
    })
  }
}

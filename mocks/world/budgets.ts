import type { Cluster } from './cluster.ts'
import { nameOf } from './deployments.ts'
import type { KubeObject, Pod } from './kube-types.ts'
import { isReady } from './workloads.ts'

export const BUDGETS = 'poddisruptionbudgets.policy'

interface BudgetSpec {
  selector?: { matchLabels?: Record<string, string> }
  minAvailable?: number | string
  maxUnavailable?: number | string
}

const isMeant = (budget: KubeObject, pod: KubeObject) =>
  budget.metadata.namespace === pod.metadata.namespace &&
  Object.entries((budget.spec as BudgetSpec).selector?.matchLabels ?? {}).every(
    ([key, value]) => pod.metadata.labels?.[key] === value,
  )

/** The disruption budgets that speak of a pod. */
export const budgetsOf = (cluster: Cluster, pod: KubeObject): KubeObject[] =>
  cluster.store.list(BUDGETS).filter((budget) => isMeant(budget, pod))

const share = (value: number | string, of: number) =>
  typeof value === 'number' ? value : Math.ceil((Number.parseFloat(value) / 100) * of)

/** What the disruption controller writes into the status of a budget. */
export function budgetStatus(cluster: Cluster, budget: KubeObject) {
  const spec = budget.spec as BudgetSpec
  const pods = cluster.pods().filter((pod) => isMeant(budget, pod) && pod.status.phase !== 'Succeeded')
  const expectedPods = pods.length
  const currentHealthy = pods.filter((pod: Pod) => isReady(pod) && !pod.metadata.deletionTimestamp).length
  const desiredHealthy =
    spec.maxUnavailable === undefined
      ? share(spec.minAvailable ?? 1, expectedPods)
      : Math.max(0, expectedPods - share(spec.maxUnavailable, expectedPods))
  return {
    observedGeneration: budget.metadata.generation ?? 1,
    expectedPods,
    currentHealthy,
    desiredHealthy,
    disruptionsAllowed: Math.max(0, currentHealthy - desiredHealthy),
  }
}

export function reconcileBudget(cluster: Cluster, budget: KubeObject): void {
  const status = budgetStatus(cluster, budget)
  if (JSON.stringify(budget.status) === JSON.stringify(status)) return
  cluster.store.edit(BUDGETS, nameOf(budget), (now) => ({ ...now, status }))
}

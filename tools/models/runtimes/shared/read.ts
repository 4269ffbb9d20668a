import type { KubeObject } from '../../../clients/kubernetes/types.ts'
import { isGpuResource } from '../../../kubernetes/service.ts'
import { keptBy } from '../kept-by.ts'
import type { ServedCondition, ServedDeployment } from '../types.ts'

/** What is there of an object that others wrote: half of it may be missing or of another shape, and none of that throws. */
export const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}

export const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/** A whole number that counts something; undefined for anything else. */
export const countOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined

export const textsOf = (value: unknown): string[] =>
  listOf(value).flatMap((one) => (typeof one === 'string' ? one : typeof one === 'number' ? String(one) : []))

/** GPUs of a pod template: its limits, or its requests where only those are given. */
export function gpusOfPod(podSpec: unknown): number {
  let total = 0
  for (const container of listOf(recordOf(podSpec).containers)) total += gpusOfResources(recordOf(container).resources)
  return total
}

export function gpusOfResources(resources: unknown): number {
  const { limits, requests } = recordOf(resources)
  const of = (amounts: unknown) =>
    Object.entries(recordOf(amounts)).reduce((sum, [name, amount]) => {
      const count = Number(amount)
      return isGpuResource(name) && Number.isInteger(count) && count > 0 ? sum + count : sum
    }, 0)
  return Math.max(of(limits), of(requests))
}

export function conditionsOf(status: unknown): ServedCondition[] {
  return listOf(recordOf(status).conditions).flatMap((one) => {
    const { type, status: state, reason, message, lastTransitionTime } = recordOf(one)
    if (textOf(type) === undefined || textOf(state) === undefined) return []
    return [
      {
        type: textOf(type)!,
        status: textOf(state)!,
        ...(textOf(reason) !== undefined && { reason: textOf(reason)! }),
        ...(textOf(message) !== undefined && { message: textOf(message)! }),
        ...(textOf(lastTransitionTime) !== undefined && { since: textOf(lastTransitionTime)! }),
      },
    ]
  })
}

/** What an operator said about an older generation is no news about this one. */
export function isCurrent({ metadata, status }: KubeObject): boolean {
  const observed = countOf(recordOf(status).observedGeneration)
  return metadata.generation === undefined || observed === undefined || observed >= metadata.generation
}

/** Who keeps it: what made it comes before who wrote it. */
const keeperOf = (object: KubeObject): string | undefined => {
  const owner = object.metadata.ownerReferences?.find(({ controller }) => controller)
  return owner ? `${owner.kind} ${owner.name}` : keptBy(object)
}

/** What every kind has: names, times, who keeps it. */
export function identityOf(cluster: string, object: KubeObject) {
  const { metadata } = object
  const kept = keeperOf(object)
  return {
    cluster,
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    ...(metadata.uid !== undefined && { uid: metadata.uid }),
    ...(metadata.generation !== undefined && { generation: metadata.generation }),
    ...(metadata.creationTimestamp !== undefined && { createdAt: metadata.creationTimestamp }),
    ...(kept !== undefined && { keptBy: kept }),
    raw: object,
  } satisfies Partial<ServedDeployment>
}

import type { KubeObject } from '../clients/kubernetes/types.ts'
import type { ContainerStatus, Node, Pod } from '../kubernetes/service.ts'

/** What a diagnosis looks at. Everything but the pod may be missing; `unknowns` says what could not be read. */
export interface PodFacts {
  cluster: string
  now: Date
  pod: Pod
  /** The word kubectl shows */
  status: string
  /** Running, ready, and without a restart in the last hour: old events and logs say nothing about it */
  fine: boolean
  gpus: number
  events: EventFact[]
  /** Of what made the pod: a ReplicaSet, Job, StatefulSet … */
  ownerEvents: EventFact[]
  node?: Node
  nodeEvents: EventFact[]
  /** Where it could run; read only while it waits for a place */
  places?: Place[]
  claims: KubeObject[]
  logs: LogFact[]
  /** Last XIDs of the GPUs that this pod has */
  xids: { gpu: string; code: number }[]
  unknowns: string[]
}

export interface EventFact {
  reason: string
  message: string
  object: string
  count: number
  at: string
  warning: boolean
}

export interface Place {
  node: string
  gpuFree: number
  gpuCapacity: number
  ready: boolean
  resources: string[]
}

export interface LogFact {
  container: string
  previous: boolean
  lines: { at?: string; text: string }[]
}

export interface NamedStatus extends ContainerStatus {
  init: boolean
}

/** Statuses of all containers, init containers first. */
export const statuses = ({ pod }: PodFacts): NamedStatus[] => [
  ...(pod.status.initContainerStatuses ?? []).map((one) => ({ ...one, init: true })),
  ...(pod.status.containerStatuses ?? []).map((one) => ({ ...one, init: false })),
]

/** How a container ended last: now, or before its latest start. */
export const ends = (facts: PodFacts) =>
  statuses(facts).flatMap((status) => {
    const end = status.state?.terminated ?? status.lastState?.terminated
    return end ? [{ status, end, over: status.state?.running !== undefined && status.ready === true }] : []
  })

export const sinceMs = (iso: string | undefined, now: Date): number =>
  iso === undefined ? Number.NaN : now.getTime() - Date.parse(iso)

/** What the scheduler said last, while the pod has no node. */
export function schedulerMessage({ pod, events }: PodFacts): string | undefined {
  if (pod.spec.nodeName || pod.status.phase !== 'Pending') return undefined
  const condition = pod.status.conditions?.find((one) => one.type === 'PodScheduled' && one.status === 'False')
  return condition?.message || events.find((event) => event.reason === 'FailedScheduling')?.message
}

import type { KubeObject } from '../clients/kubernetes/types.ts'
import { alarmingCondition, pressureConditions } from './node-rows.ts'
import { sumGpus } from './quantity.ts'
import { asNode, type Condition } from './shapes.ts'

/** What is wrong with something that is no pod. */
export interface ObjectTrouble {
  cause: string
  tone: 'bad' | 'warn'
  since?: string
  detail?: string
  /** Text from outside */
  message?: string
}

const settleMs = 5 * 60_000
const isRecent = (since: string | undefined, now: Date) => now.getTime() - Date.parse(since ?? '') < settleMs

const conditionsOf = ({ status }: KubeObject) => (status?.conditions ?? []) as Condition[]
const conditionIn = (object: KubeObject, type: string) => conditionsOf(object).find((one) => one.type === type)
const numberIn = (part: Record<string, unknown> | undefined, key: string) =>
  typeof part?.[key] === 'number' ? (part[key] as number) : 0
const timed = (since: string | undefined) => (since ? { since } : {})
const said = (message: string | undefined) => (message ? { message } : {})

/** Ready and wanted pods of a Deployment, StatefulSet or DaemonSet. */
export function replicasOf(object: KubeObject): { ready: number; wanted: number } {
  const { spec, status } = object
  return object.kind === 'DaemonSet'
    ? { ready: numberIn(status, 'numberReady'), wanted: numberIn(status, 'desiredNumberScheduled') }
    : {
        ready: numberIn(status, 'readyReplicas'),
        wanted: typeof spec?.replicas === 'number' ? spec.replicas : 1,
      }
}

/**
 * A workload that is short of pods though none of its pods fails: nothing may be created, or nobody creates it.
 * Undefined while it has what it wants, or may still get it.
 */
export function workloadTrouble(object: KubeObject, now: Date): ObjectTrouble | undefined {
  const { ready, wanted } = replicasOf(object)
  const detail = `${ready} of ${wanted} ready`
  const refused = conditionIn(object, 'ReplicaFailure')
  if (refused?.status === 'True')
    return {
      cause: refused.reason ?? 'ReplicaFailure',
      tone: 'bad',
      detail,
      ...said(refused.message),
      ...timed(refused.lastTransitionTime),
    }
  const fresh = object.kind === 'Deployment' ? numberIn(object.status, 'updatedReplicas') : wanted
  if (ready >= wanted && fresh >= wanted) return undefined
  const progressing = conditionIn(object, 'Progressing')
  if (progressing?.status === 'False')
    return {
      cause: progressing.reason ?? 'RolloutStuck',
      tone: ready < wanted ? 'bad' : 'warn',
      detail: fresh < wanted ? `${detail}, ${fresh} of the new version` : detail,
      ...timed(progressing.lastTransitionTime),
    }
  if (ready >= wanted) return undefined
  const since = conditionIn(object, 'Available')?.lastTransitionTime ?? progressing?.lastTransitionTime
  if (isRecent(since ?? object.metadata.creationTimestamp, now)) return undefined
  return { cause: 'ShortOfReplicas', tone: ready === 0 ? 'bad' : 'warn', detail, ...timed(since) }
}

/** A node that does not answer, lacks GPUs it should have, or raised a condition that is known to be bad when True. */
export function nodeTrouble(object: KubeObject): ObjectTrouble | undefined {
  const node = asNode(object)
  const ready = conditionIn(object, 'Ready')
  if (ready?.status !== 'True')
    return {
      cause: 'NodeNotReady',
      tone: 'bad',
      ...said([ready?.reason, ready?.message].filter((part) => part).join(': ')),
      ...timed(ready?.lastTransitionTime),
    }
  const alarms = conditionsOf(object).filter(
    ({ type, status }) => status === 'True' && (pressureConditions.includes(type) || alarmingCondition.test(type)),
  )
  const worst = alarms[0]
  if (worst)
    return {
      cause: alarms.map(({ type }) => type).join('+'),
      tone: 'bad',
      ...said(worst.message),
      ...timed(worst.lastTransitionTime),
    }
  const capacity = sumGpus(node.status.capacity)
  const missing = capacity - sumGpus(node.status.allocatable)
  return missing > 0 ? { cause: 'GPUsUnhealthy', tone: 'warn', detail: `${missing} of ${capacity} GPUs` } : undefined
}

/** A claim without a volume. One that waits for its first consumer is fine while there is none. */
export function claimTrouble(object: KubeObject, now: Date, isUsed: boolean): ObjectTrouble | undefined {
  const { status, spec, metadata } = object
  const storageClass = typeof spec?.storageClassName === 'string' ? `class ${spec.storageClassName}` : 'default class'
  if (status?.phase === 'Lost') return { cause: 'ClaimLost', tone: 'bad', detail: storageClass }
  if (status?.phase !== 'Pending' || !isUsed || isRecent(metadata.creationTimestamp, now)) return undefined
  return { cause: 'ClaimPending', tone: 'warn', detail: storageClass, ...timed(metadata.creationTimestamp) }
}

/** A namespace whose deletion does not end. */
export function namespaceTrouble(object: KubeObject, now: Date): ObjectTrouble | undefined {
  const since = object.metadata.deletionTimestamp
  if (!since || isRecent(since, now)) return undefined
  const holding = conditionsOf(object).find(({ type, status }) => status === 'True' && /Remaining|Failure/.test(type))
  return { cause: 'Terminating', tone: 'warn', since, ...said(holding?.message) }
}

export interface JobFact {
  /** CronJob/name where one made it */
  workload: string
  /** `old`: a later run of the same CronJob speaks for it */
  state: 'complete' | 'failed' | 'running' | 'old'
  trouble?: ObjectTrouble
}

/** Jobs by namespace/name. A failed pod of a Job that came through after all is history, and so is a failed run before a better one. */
export function jobFacts(jobs: readonly KubeObject[]): Map<string, JobFact> {
  const facts = new Map<string, JobFact>()
  const latest = new Map<string, string>()
  const newestFirst = [...jobs].sort((left, right) => (startOf(left) < startOf(right) ? 1 : -1))
  for (const job of newestFirst) {
    const { name, namespace = '' } = job.metadata
    const cron = job.metadata.ownerReferences?.find((owner) => owner.kind === 'CronJob')?.name
    const workload = cron ? `CronJob/${cron}` : `Job/${name}`
    const state = stateOf(job)
    const series = `${namespace}/${workload}`
    // A run that still goes says nothing about the one before it.
    const isOld = cron !== undefined && latest.has(series)
    if (cron !== undefined && state !== 'running') latest.set(series, name)
    const trouble = state === 'failed' && !isOld ? failureOf(job) : undefined
    facts.set(`${namespace}/${name}`, { workload, state: isOld ? 'old' : state, ...(trouble && { trouble }) })
  }
  return facts
}

const startOf = ({ metadata }: KubeObject) => metadata.creationTimestamp ?? ''

function stateOf(job: KubeObject): 'complete' | 'failed' | 'running' {
  const holds = (type: string) => conditionIn(job, type)?.status === 'True'
  if (holds('Complete') || holds('SuccessCriteriaMet')) return 'complete'
  return holds('Failed') || holds('FailureTarget') ? 'failed' : 'running'
}

function failureOf(job: KubeObject): ObjectTrouble {
  const failed = conditionIn(job, 'Failed') ?? conditionIn(job, 'FailureTarget')
  return {
    cause: 'JobFailed',
    tone: 'bad',
    ...(failed?.reason && { detail: failed.reason }),
    ...said(failed?.message),
    ...timed(failed?.lastTransitionTime),
  }
}

import type { KubeObject } from '../../clients/kubernetes/types.ts'
import { type Condition, conditionOf } from '../shapes.ts'

/** How far a workload is on the way to what was asked for. */
export interface Rollout {
  /** Its controller has seen the change */
  observed: boolean
  /** Pods of the new version there are, of how many */
  updated: number
  /** Pods of any version that are still there and should go */
  old: number
  ready: number
  wanted: number
  done: boolean
  /** Why it will not get on by itself */
  stuck?: string
  /** What one should know about a rollout that ends like this */
  note?: string
}

interface Status {
  observedGeneration?: number
  replicas?: number
  updatedReplicas?: number
  readyReplicas?: number
  availableReplicas?: number
  currentRevision?: string
  updateRevision?: string
  desiredNumberScheduled?: number
  updatedNumberScheduled?: number
  numberReady?: number
  numberAvailable?: number
  conditions?: Condition[]
}
interface Spec {
  replicas?: number
  updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } }
}

const parts = (object: KubeObject) => {
  const spec = (object.spec ?? {}) as Spec
  const status = (object.status ?? {}) as Status
  return { spec, status, observed: (status.observedGeneration ?? 0) >= (object.metadata.generation ?? 0) }
}

/**
 * Whether the pods of a workload are those of its template and ready.
 * Source: kubectl's `rollout status` (kubectl/pkg/polymorphichelpers/rollout_status.go, 1.36).
 */
export function rolloutOf(object: KubeObject): Rollout {
  if (object.kind === 'DaemonSet') return ofDaemonSet(object)
  if (object.kind === 'StatefulSet') return ofStatefulSet(object)
  const { spec, status, observed } = parts(object)
  const wanted = spec.replicas ?? 1
  const { replicas = 0, updatedReplicas: updated = 0, availableReplicas: ready = 0 } = status
  const progressing = conditionOf(status, 'Progressing')
  const late = progressing?.reason === 'ProgressDeadlineExceeded' && observed
  const old = Math.max(0, replicas - updated)
  return {
    observed,
    updated,
    old,
    ready,
    wanted,
    done: observed && updated >= wanted && old === 0 && ready >= updated,
    ...(late && { stuck: progressing.message ?? 'its progress deadline has passed' }),
  }
}

function ofStatefulSet(object: KubeObject): Rollout {
  const { spec, status, observed } = parts(object)
  const wanted = spec.replicas ?? 1
  const { readyReplicas: ready = 0, updatedReplicas = 0, currentRevision, updateRevision } = status
  const partition = spec.updateStrategy?.rollingUpdate?.partition ?? 0
  const due = Math.max(0, wanted - partition)
  const whole = currentRevision === updateRevision
  const updated = whole ? wanted : updatedReplicas
  if (spec.updateStrategy?.type === 'OnDelete') return onDelete({ observed, updated, ready, wanted })
  return {
    observed,
    updated,
    old: Math.max(0, due - updated),
    ready,
    wanted,
    done: observed && ready >= wanted && updated >= due,
    ...(partition > 0 && { note: `its partition keeps pods below ${partition} as they are` }),
  }
}

function ofDaemonSet(object: KubeObject): Rollout {
  const { spec, status, observed } = parts(object)
  const { desiredNumberScheduled: wanted = 0, updatedNumberScheduled: updated = 0, numberAvailable: ready = 0 } = status
  if (spec.updateStrategy?.type === 'OnDelete') return onDelete({ observed, updated, ready, wanted })
  return {
    observed,
    updated,
    old: Math.max(0, wanted - updated),
    ready,
    wanted,
    done: observed && updated >= wanted && ready >= wanted,
  }
}

const onDelete = (seen: Pick<Rollout, 'observed' | 'updated' | 'ready' | 'wanted'>): Rollout => ({
  ...seen,
  old: Math.max(0, seen.wanted - seen.updated),
  done: seen.observed,
  note: 'its strategy is OnDelete: pods take the new version when somebody deletes them',
})

/** How far a workload is on the way to a number of pods, whatever their version. */
export function scalingOf(object: KubeObject, wanted: number): Rollout {
  const { spec, status, observed } = parts(object)
  const { replicas = 0, readyReplicas, availableReplicas } = status
  // A kind that counts no ready pods tells only how many there are.
  const ready =
    readyReplicas ?? availableReplicas ?? (status.conditions === undefined && replicas === wanted ? wanted : 0)
  const changed = spec.replicas !== undefined && spec.replicas !== wanted
  return {
    observed,
    updated: Math.min(replicas, wanted),
    old: Math.max(0, replicas - wanted),
    ready,
    wanted,
    done: observed && replicas === wanted && ready >= wanted,
    ...(changed && { stuck: `somebody else set it to ${spec.replicas}` }),
  }
}

/** `{matchLabels, matchExpressions}` as a list takes it; undefined where it selects nothing. */
export function selectorText(selector: unknown): string | undefined {
  if (typeof selector !== 'object' || selector === null) return undefined
  const { matchLabels = {}, matchExpressions = [] } = selector as {
    matchLabels?: Record<string, string>
    matchExpressions?: { key: string; operator: string; values?: string[] }[]
  }
  const set = (values: string[] | undefined) => `(${(values ?? []).join(',')})`
  const terms = [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(({ key, operator, values }) =>
      operator === 'Exists'
        ? key
        : operator === 'DoesNotExist'
          ? `!${key}`
          : `${key} ${operator === 'In' ? 'in' : 'notin'} ${set(values)}`,
    ),
  ]
  return terms.length > 0 ? terms.join(',') : undefined
}

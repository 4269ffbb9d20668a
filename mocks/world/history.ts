import type { Cluster } from './cluster.ts'
import type { Pod } from './kube-types.ts'
import { isReady } from './workloads.ts'

/** What a pod was like from a moment on. */
export interface PodStep {
  fromMs: number
  phase: string
  ready: boolean
  node: string
  waitingReason: string
}

/** The life of one pod, kept after the pod is gone, so that metrics and logs can answer for the past. */
export interface PodRecord {
  pod: Pod
  createdMs: number
  endedMs: number | undefined
  steps: PodStep[]
  /** Times at which its first container was restarted, ascending. */
  restartsMs: number[]
}

export interface History {
  records(): PodRecord[]
  recordOf(pod: Pod): PodRecord | undefined
  /** Rises when a pod comes, changes its state, or goes. */
  version(): number
}

const RETIRED_LIMIT = 1000
const RESTART_SPACING_MS = 317_000

/** Follows the pods of a cluster. Begin after the world is made: what is there then is taken to have been so all along. */
export function createHistory(cluster: Cluster): History {
  const records = new Map<string, PodRecord>()
  let retired: string[] = []
  let version = 0

  function stepOf(pod: Pod, fromMs: number): PodStep {
    const first = pod.status.containerStatuses?.[0]
    return {
      fromMs,
      phase: pod.status.phase,
      ready: isReady(pod),
      node: pod.spec.nodeName ?? '',
      waitingReason: String(first?.state.waiting?.reason ?? ''),
    }
  }

  function adopt(pod: Pod) {
    const createdMs = Date.parse(pod.metadata.creationTimestamp)
    const first = pod.status.containerStatuses?.[0]
    const count = first?.restartCount ?? 0
    const lastMs = Date.parse(String(first?.lastState.terminated?.finishedAt ?? '')) || cluster.bootMs
    const restartsMs = Array.from({ length: count }, (_, index) => lastMs - (count - 1 - index) * RESTART_SPACING_MS)
    records.set(pod.metadata.uid, { pod, createdMs, endedMs: undefined, steps: [stepOf(pod, createdMs)], restartsMs })
  }

  function follow(pod: Pod) {
    const atMs = cluster.timeline.now()
    const record = records.get(pod.metadata.uid)
    if (!record) {
      const fresh = { pod, createdMs: atMs, endedMs: undefined, steps: [stepOf(pod, atMs)], restartsMs: [] }
      records.set(pod.metadata.uid, fresh)
      version++
      return
    }
    record.pod = pod
    const last = record.steps.at(-1)
    const next = stepOf(pod, atMs)
    if (
      last &&
      last.phase === next.phase &&
      last.ready === next.ready &&
      last.node === next.node &&
      last.waitingReason === next.waitingReason
    )
      return
    record.steps.push(next)
    version++
    const count = pod.status.containerStatuses?.[0]?.restartCount ?? 0
    while (record.restartsMs.length < count) record.restartsMs.push(atMs)
  }

  function retire(pod: Pod) {
    const record = records.get(pod.metadata.uid)
    if (!record) return
    record.endedMs = cluster.timeline.now()
    version++
    retired.push(pod.metadata.uid)
    if (retired.length <= RETIRED_LIMIT) return
    for (const uid of retired.slice(0, RETIRED_LIMIT / 2)) records.delete(uid)
    retired = retired.slice(RETIRED_LIMIT / 2)
  }

  for (const pod of cluster.pods()) adopt(pod)
  cluster.store.subscribe(({ type, resource, object }) => {
    if (resource !== 'pods') return
    if (type === 'DELETED') retire(object as Pod)
    else follow(object as Pod)
  })

  return {
    records: () => [...records.values()],
    recordOf: (pod) => records.get(pod.metadata.uid),
    version: () => version,
  }
}

/** The step that held at a time; undefined before the pod was made and after it was gone. */
export function stepAt(record: PodRecord, atMs: number): PodStep | undefined {
  if (atMs < record.createdMs || (record.endedMs !== undefined && atMs >= record.endedMs)) return undefined
  for (let index = record.steps.length - 1; index >= 0; index--) {
    const step = record.steps[index]!
    if (step.fromMs <= atMs) return step
  }
  return undefined
}

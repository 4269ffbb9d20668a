import type { CardData, ProgressStep } from '#contract'
import type { rayClusters } from '#db/schema/ray.ts'
import type { KubeObject } from '../clients/kubernetes/types.ts'
import { obstacle, percentOf, stepsNow } from '../follow.ts'
import { conditionOf, type Pod } from '../kubernetes/service.ts'
import { cell } from '../text.ts'
import { rayStateOf, statusOf } from './service.ts'

export type RayClusterRow = typeof rayClusters.$inferSelect

export const raySteps = {
  applied: 'Accepted by the cluster',
  head: 'Head runs',
  workers: 'Workers run',
  ready: 'Ray is ready',
} as const

const states: Record<RayClusterRow['state'], CardData['progress']['state']> = {
  initializing: 'running',
  running: 'succeeded',
  paused: 'pending',
  error: 'failed',
  terminated: 'cancelled',
}

/** The row as its card shows it. How to reach the cluster is said once it runs (RAY-016); never a password. */
export function progressCard(row: RayClusterRow): CardData['progress'] {
  const { namespace, name } = row
  const service = `${name}-head-svc`
  return {
    title: `Ray cluster ${name} on ${row.cluster}`,
    state: states[row.state],
    ...(row.message && { message: row.message }),
    percent: percentOf(row.steps),
    steps: row.steps,
    facts: [
      { label: 'Ray cluster', value: `${namespace}/${name}` },
      { label: 'Workers', value: String(row.workers) },
      { label: 'GPUs', value: String(row.headGpus + row.workers * row.gpusPerWorker) },
      ...(row.state === 'running'
        ? [
            { label: 'Client', value: `ray://${service}.${namespace}:10001` },
            { label: 'Dashboard', value: `kubectl port-forward svc/${service} 8265:8265 -n ${namespace}` },
          ]
        : []),
    ],
    startedAt: row.createdAt.toISOString(),
    ...(row.endedAt && { endedAt: row.endedAt.toISOString() }),
  }
}

export interface Observed {
  state: RayClusterRow['state']
  steps: ProgressStep[]
  message: string | null
}

export interface Seen {
  /** undefined: it is gone */
  object: KubeObject | undefined
  pods: readonly Pod[]
  /** What the operator said last about the object, where it made no pods */
  warning?: string
}

/** Longer than this without being ready is a failure somebody should look at. */
const patienceMs = 30 * 60_000
/** The operator needs a moment to make pods; after that its silence or its warning counts. */
const operatorMs = 60_000

const isReady = (pod: Pod) => conditionOf(pod.status, 'Ready')?.status === 'True'

/** What the cluster shows now, as steps (RAY-011, RAY-012). */
export function observe(row: RayClusterRow, { object, pods: all, warning }: Seen, now: Date): Observed {
  if (!object) return { state: 'terminated', steps: row.steps, message: 'It was deleted from the cluster' }
  const known = rayStateOf(object)
  if (known.state === 'paused') return { state: 'paused', steps: row.steps, message: 'Suspended' }
  const pods = all.filter((pod) => !pod.metadata.deletionTimestamp)
  const ageMs = now.getTime() - row.createdAt.getTime()
  const ready = known.state === 'running'
  const late = !ready && ageMs > patienceMs
  const refused = pods.length === 0 && warning !== undefined && ageMs > operatorMs
  const failed = known.state === 'error' || late || refused
  const head = pods.find((pod) => pod.metadata.labels?.['ray.io/node-type'] === 'head')
  const workers = Math.max(
    statusOf(object).readyWorkerReplicas ?? 0,
    pods.filter((pod) => pod.metadata.labels?.['ray.io/node-type'] === 'worker' && isReady(pod)).length,
  )
  const steps = stepsNow({
    labels: raySteps,
    before: row.steps,
    reached: [true, ready || (head !== undefined && isReady(head)), ready || workers >= row.workers, ready],
    details: [undefined, head ? undefined : 'no pod yet', `${workers} of ${row.workers}`, known.reason],
    failed,
    now,
  })
  const silence =
    pods.length === 0 && ageMs > operatorMs ? 'The KubeRay operator has made no pods yet: does it run?' : undefined
  const words = ready ? 'It runs' : (known.reason ?? obstacle(pods, now) ?? warning ?? silence)
  const message = late ? `Not ready after 30 minutes. ${words ?? ''}` : words
  return {
    state: ready ? 'running' : failed ? 'error' : 'initializing',
    steps,
    message: message ? cell(message, 400) : null,
  }
}

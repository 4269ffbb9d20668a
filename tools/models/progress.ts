import type { CardData, ProgressStep } from '#contract'
import type { modelDeployments } from '#db/schema/models.ts'
import type { DynamoDeployment } from '../clients/dynamo/types.ts'
import type { Pod } from '../kubernetes/service.ts'
import { podState } from '../kubernetes/service.ts'

export type DeploymentRow = typeof modelDeployments.$inferSelect

const labels = {
  applied: 'Accepted by the cluster',
  scheduled: 'Workers have a GPU node',
  started: 'Containers run',
  ready: 'Serving',
} as const

export const firstSteps = (now: Date): ProgressStep[] =>
  Object.entries(labels).map(([id, label]) => ({
    id,
    label,
    state: id === 'applied' ? 'succeeded' : id === 'scheduled' ? 'running' : 'pending',
    ...(id === 'applied' && { at: now.toISOString() }),
  }))

const states: Record<DeploymentRow['state'], CardData['progress']['state']> = {
  pending: 'running',
  deploying: 'running',
  running: 'succeeded',
  failed: 'failed',
  terminating: 'running',
  deleted: 'cancelled',
}

/** The row as its card shows it. */
export function progressCard(row: DeploymentRow): CardData['progress'] {
  const done = row.steps.filter(({ state }) => state === 'succeeded').length
  return {
    title: `${row.model} on ${row.cluster}`,
    state: states[row.state],
    ...(row.message && { message: row.message }),
    percent: Math.round((100 * done) / row.steps.length),
    steps: row.steps,
    facts: [
      { label: 'Deployment', value: `${row.namespace}/${row.name}` },
      { label: 'Engine', value: row.engine },
      { label: 'Replicas', value: String(row.replicas) },
      { label: 'GPUs', value: String(row.gpus) },
      ...(row.state === 'running'
        ? [{ label: 'Try it', value: `kubectl port-forward svc/${row.name}-frontend 8000:8000 -n ${row.namespace}` }]
        : []),
    ],
    startedAt: row.createdAt.toISOString(),
    ...(row.endedAt && { endedAt: row.endedAt.toISOString() }),
  }
}

export interface Observed {
  state: DeploymentRow['state']
  steps: ProgressStep[]
  message: string | null
}

/** Longer than this without serving is a failure somebody should look at. */
const patienceMs = 45 * 60_000

/** What the cluster shows now, as steps. `deployment` undefined: it is gone. */
export function observe(
  row: DeploymentRow,
  seen: { deployment: DynamoDeployment | undefined; pods: readonly Pod[] },
  now: Date,
): Observed {
  const { deployment, pods } = seen
  if (!deployment) return { state: 'deleted', steps: row.steps, message: 'It was deleted from the cluster' }
  const workers = pods.filter((pod) => pod.metadata.labels?.['nvidia.com/dynamo-component-type'] !== 'frontend')
  const placed = workers.filter((pod) => pod.spec.nodeName).length
  const running = workers.filter((pod) => pod.status.phase === 'Running').length
  const ready = deployment.ready
  const trouble = pods.map((pod) => ({ pod, ...podState(pod, now) })).find(({ tone }) => tone === 'bad')
  const waiting = pods.find((pod) =>
    pod.status.conditions?.some((one) => one.type === 'PodScheduled' && one.status === 'False'),
  )
  const unscheduled = waiting?.status.conditions?.find((one) => one.type === 'PodScheduled')?.message
  const late = now.getTime() - row.createdAt.getTime() > patienceMs && !ready
  const failed = deployment.state === 'failed' || late
  const reached = [
    true,
    workers.length > 0 && placed === workers.length,
    workers.length > 0 && running === workers.length,
    ready,
  ]
  const first = reached.indexOf(false)
  const details = [
    undefined,
    `${placed} of ${workers.length} workers`,
    `${running} of ${workers.length} containers`,
    deployment.message,
  ]
  const steps = Object.entries(labels).map(([id, label], index): ProgressStep => {
    const before = row.steps.find((step) => step.id === id)
    const state =
      first === -1 || index < first ? 'succeeded' : index === first ? (failed ? 'failed' : 'running') : 'pending'
    const detail = index === first ? details[index] : undefined
    return {
      id,
      label,
      state,
      ...(detail && { detail: detail.slice(0, 200) }),
      ...(before?.state === state && before.at
        ? { at: before.at }
        : state === 'pending'
          ? {}
          : { at: now.toISOString() }),
    }
  })
  const message = ready
    ? 'It serves'
    : (unscheduled ??
      (trouble ? `${trouble.pod.metadata.name}: ${trouble.status}` : (deployment.message ?? deployment.reason)) ??
      null)
  const state = ready ? 'running' : failed ? 'failed' : placed > 0 ? 'deploying' : 'pending'
  return { state, steps, message: late ? `Not serving after 45 minutes. ${message ?? ''}`.trim() : message }
}

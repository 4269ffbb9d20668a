import type { CardData, ProgressStep } from '#contract'
import type { modelDeployments } from '#db/schema/models.ts'
import type { DynamoDeployment } from '../clients/dynamo/types.ts'
import { obstacle, percentOf, stepsNow } from '../follow.ts'
import type { Pod } from '../kubernetes/service.ts'
import { cell } from '../text.ts'

export type DeploymentRow = typeof modelDeployments.$inferSelect

export const deploymentSteps = {
  applied: 'Accepted by the cluster',
  scheduled: 'Workers have a GPU node',
  started: 'Containers run',
  ready: 'Serving',
} as const

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
  return {
    title: `${row.model} on ${row.cluster}`,
    state: states[row.state],
    ...(row.message && { message: row.message }),
    percent: percentOf(row.steps),
    steps: row.steps,
    facts: [
      { label: 'Deployment', value: `${row.namespace}/${row.name}` },
      ...(row.engine
        ? [
            {
              label: 'Engine',
              value: row.mode === 'disaggregated' ? `${row.engine}, prefill and decode apart` : row.engine,
            },
          ]
        : []),
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
  const { deployment } = seen
  if (!deployment) return { state: 'deleted', steps: row.steps, message: 'It was deleted from the cluster' }
  const { ready } = deployment
  const pods = seen.pods.filter((pod) => !pod.metadata.deletionTimestamp)
  const workers = pods.filter((pod) => pod.metadata.labels?.['nvidia.com/dynamo-component-type'] !== 'frontend')
  const placed = workers.filter((pod) => pod.spec.nodeName).length
  const started = workers.filter((pod) => pod.status.phase === 'Running').length
  const late = !ready && now.getTime() - row.createdAt.getTime() > patienceMs
  const failed = deployment.state === 'failed' || late
  const steps = stepsNow({
    labels: deploymentSteps,
    before: row.steps,
    reached: [
      true,
      ready || (workers.length > 0 && placed === workers.length),
      ready || (workers.length > 0 && started === workers.length),
      ready,
    ],
    details: [
      undefined,
      `${placed} of ${workers.length} workers`,
      `${started} of ${workers.length} containers`,
      deployment.message && cell(deployment.message, 200),
    ],
    failed,
    now,
  })
  const words = ready ? 'It serves' : (obstacle(pods, now) ?? deployment.message ?? deployment.reason)
  const message = late ? `Not serving after 45 minutes. ${words ?? ''}` : words
  return {
    state: ready ? 'running' : failed ? 'failed' : placed > 0 ? 'deploying' : 'pending',
    steps,
    message: message ? cell(message, 400) : null,
  }
}

export const stepsOf = (_action: DeploymentRow['action']): typeof deploymentSteps => deploymentSteps

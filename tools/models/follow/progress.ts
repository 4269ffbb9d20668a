import type { CardData, ProgressStep } from '#contract'
import type { modelDeployments } from '#db/schema/models.ts'
import { obstacle, percentOf, type StepLabels, stepsNow } from '../../follow.ts'
import { conditionOf, type Pod, podGpus } from '../../kubernetes/service.ts'
import { counted } from '../../table.ts'
import { cell } from '../../text.ts'
import { runtimeOf } from '../runtimes/index.ts'
import type { ServedDeployment } from '../runtimes/types.ts'
import { pendingWords } from './pending.ts'

export type DeploymentRow = typeof modelDeployments.$inferSelect

export const deploymentSteps = {
  applied: 'Accepted by the cluster',
  scheduled: 'Workers have a GPU node',
  started: 'Image pulled, containers run',
  loaded: 'Weights loaded, workers ready',
  ready: 'Serving',
} as const

const { applied, ...afterQueue } = deploymentSteps
const queuedSteps = { applied, admitted: 'Admitted by its queue', ...afterQueue }

const scalingSteps = { applied: 'Accepted by the cluster', scaled: 'Workers as wanted', ready: 'Serving' }
const deletionSteps = { applied: 'Accepted by the cluster', gone: 'Gone' }

/** The steps of what was asked, before anything was seen. */
export const stepsOf = (action: DeploymentRow['action']): StepLabels =>
  action === 'delete' ? deletionSteps : action === 'scale' ? scalingSteps : deploymentSteps

const states: Record<DeploymentRow['state'], CardData['progress']['state']> = {
  pending: 'running',
  deploying: 'running',
  running: 'succeeded',
  failed: 'failed',
  terminating: 'running',
  deleted: 'cancelled',
}

const titles: Record<DeploymentRow['action'], string> = {
  deploy: '',
  update: 'Update of ',
  scale: 'Scaling of ',
  rollback: 'Rollback of ',
  delete: 'Deletion of ',
}

/** Where it answers, as the last step carries it: http://service.namespace:port/path. */
const endpointOf = (steps: readonly ProgressStep[]): URL | undefined => {
  const detail = steps.at(-1)?.detail
  return detail?.startsWith('http') && URL.canParse(detail) ? new URL(detail) : undefined
}

function servingFacts(row: DeploymentRow): CardData['progress']['facts'] {
  if (row.state !== 'running') return []
  const { cluster, namespace, name } = row
  const endpoint = endpointOf(row.steps)
  const service = endpoint?.hostname.split('.')
  const forward =
    endpoint && service?.[1] === namespace
      ? [
          {
            label: 'Try it',
            value: `kubectl port-forward svc/${service[0]} 8000:${endpoint.port || 80} -n ${namespace}`,
          },
        ]
      : []
  return [
    ...(endpoint ? [{ label: 'Endpoint', value: endpoint.href }] : []),
    ...forward,
    { label: 'Test it', value: `test_deployment ${JSON.stringify({ cluster, namespace, name })}` },
  ]
}

/** The row as its card shows it. */
export function progressCard(row: DeploymentRow): CardData['progress'] {
  const isDeleted = row.action === 'delete' && row.state === 'deleted'
  return {
    title: `${titles[row.action]}${row.model} on ${row.cluster}`,
    state: isDeleted ? 'succeeded' : states[row.state],
    ...(row.message && { message: row.message }),
    percent: percentOf(row.steps),
    steps: row.steps,
    facts: [
      { label: 'Deployment', value: `${row.namespace}/${row.name}` },
      { label: 'Runtime', value: runtimeOf(row.runtime)?.title ?? row.runtime },
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
      ...(row.revision === null ? [] : [{ label: 'Revision', value: String(row.revision) }]),
      ...servingFacts(row),
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

/** What a diagnosis of its worst pod found. */
export interface Diagnosis {
  /** Cause and next step */
  words: string
  /** It will not become better by waiting */
  isFinal: boolean
}

export interface Seen {
  /** undefined: it is gone */
  deployment: ServedDeployment | undefined
  pods: readonly Pod[]
  /** Where a queue holds it back: in the words of the queue, undefined once it let it through */
  queue?: { name: string; waits?: string | undefined } | undefined
  diagnosis?: Diagnosis | undefined
  autoscaler?: { name: string; isHealthy: boolean } | undefined
}

/** Longer than this without serving is a failure somebody should look at. */
const patienceMs = 45 * 60_000

/** What the cluster shows now, as steps. */
export function observe(row: DeploymentRow, seen: Seen, now: Date): Observed {
  if (row.action === 'delete') return observeDeletion(row, seen, now)
  const { deployment } = seen
  if (!deployment) return { state: 'deleted', steps: row.steps, message: 'It was deleted from the cluster' }
  const pods = seen.pods.filter((pod) => !pod.metadata.deletionTimestamp)
  const ready = servesNow(row, deployment)
  const late = !ready && now.getTime() - row.createdAt.getTime() > patienceMs
  const failed = !ready && (deployment.phase === 'failed' || late || seen.diagnosis?.isFinal === true)
  const progress = row.action === 'scale' ? scaling : rollout
  const { labels, reached, details, placed } = progress(deployment, { row, seen, pods, ready })
  const steps = stepsNow({ labels, before: row.steps, reached, details, failed, now })
  const words = ready ? 'It serves' : wordsOf(deployment, { seen, pods, now })
  const message = late ? `Not serving after 45 minutes. ${words ?? ''}` : words
  return {
    state: ready ? 'running' : failed ? 'failed' : placed > 0 ? 'deploying' : 'pending',
    steps: ready ? withEndpoint(steps, deployment) : steps,
    message: message ? cell(message, 400) : null,
  }
}

/** An operator may still speak of the object before the change. */
function servesNow(row: DeploymentRow, deployment: ServedDeployment): boolean {
  if (deployment.phase !== 'running') return false
  const generation = deployment.generation ?? 0
  const observed = Number(deployment.raw.status?.observedGeneration ?? generation)
  if (observed < generation || generation < (row.generation ?? 0)) return false
  if (row.action !== 'scale') return true
  return readyWorkers(deployment) === row.replicas
}

const serving = ({ role }: ServedDeployment['components'][number]) => role === 'worker' || role === 'decode'
const readyWorkers = ({ components }: ServedDeployment): number =>
  components.filter(serving).reduce((sum, { readyReplicas }) => sum + readyReplicas, 0)

interface Look {
  row: DeploymentRow
  seen: Seen
  pods: readonly Pod[]
  ready: boolean
}

interface Progress {
  labels: StepLabels
  reached: boolean[]
  details: (string | undefined)[]
  /** Pods that have a node */
  placed: number
}

function scaling(deployment: ServedDeployment, { row, ready }: Look): Progress {
  const now = readyWorkers(deployment)
  return {
    labels: scalingSteps,
    reached: [true, ready || now === row.replicas, ready],
    details: [undefined, `${now} of ${row.replicas} ready`, deployment.message && cell(deployment.message, 200)],
    placed: 1,
  }
}

const containersOf = ({ status }: Pod) => status.containerStatuses ?? []
const isStarted = (pod: Pod): boolean =>
  containersOf(pod).length > 0 &&
  containersOf(pod).every(({ state, restartCount }) => !state?.waiting || (restartCount ?? 0) > 0)
const isReady = (pod: Pod): boolean => conditionOf(pod.status, 'Ready')?.status === 'True'

function rollout(deployment: ServedDeployment, { seen, pods, ready }: Look): Progress {
  const wanted = deployment.components.reduce(
    (sum, { replicas, gpusPerReplica }) => sum + (gpusPerReplica > 0 ? replicas : 0),
    0,
  )
  const withGpus = pods.filter((pod) => podGpus(pod) > 0)
  const workers = wanted > 0 ? withGpus : pods
  const all = Math.max(workers.length, wanted)
  const count = (fits: (pod: Pod) => boolean) => workers.filter(fits).length
  const placed = count(({ spec }) => spec.nodeName !== undefined)
  const started = count(isStarted)
  const loaded = count(isReady)
  const done = (number: number) => ready || (all > 0 && number >= all)
  const details = [
    undefined,
    `${placed} of ${counted(all, 'worker')}`,
    `${started} of ${counted(all, 'worker')}`,
    `${loaded} of ${counted(all, 'worker')} ready`,
    deployment.message && cell(deployment.message, 200),
  ]
  const reached = [true, done(placed), done(started), done(loaded), ready]
  if (!seen.queue) return { labels: deploymentSteps, reached, details, placed }
  const waits = seen.queue.waits
  reached.splice(1, 0, ready || waits === undefined)
  details.splice(1, 0, `${seen.queue.name}${waits ? `: ${waits}` : ''}`)
  return { labels: queuedSteps, reached, details, placed }
}

/** What keeps it, the most telling first: its queue, a diagnosis, the scheduler, a container, its operator. */
function wordsOf(
  deployment: ServedDeployment,
  { seen, pods, now }: { seen: Seen; pods: readonly Pod[]; now: Date },
): string | undefined {
  const { queue, diagnosis, autoscaler } = seen
  if (queue?.waits) return `Waits in the queue ${queue.name}: ${queue.waits}`
  if (diagnosis) return diagnosis.words
  const waiting = pods.find(({ status }) => conditionOf(status, 'PodScheduled')?.status === 'False')
  const message = waiting && conditionOf(waiting.status, 'PodScheduled')?.message
  if (waiting && message) return `${waiting.metadata.name} waits for a node: ${pendingWords(message, autoscaler)}`
  return obstacle(pods, now) ?? deployment.message ?? deployment.reason
}

function withEndpoint(steps: ProgressStep[], { endpoint, namespace }: ServedDeployment): ProgressStep[] {
  if (!endpoint) return steps
  const detail = `http://${endpoint.service}.${namespace}:${endpoint.port}${endpoint.path}`
  return steps.map((step, index) => (index === steps.length - 1 ? { ...step, detail } : step))
}

function observeDeletion(row: DeploymentRow, { deployment, pods }: Seen, now: Date): Observed {
  const same = deployment && (row.uid === null || deployment.uid === row.uid)
  const gone = !same && pods.length === 0
  const finalizers = deployment?.raw.metadata.finalizers ?? []
  const late = !gone && now.getTime() - row.createdAt.getTime() > patienceMs
  const left = [
    ...(same ? ['the object is being deleted'] : []),
    ...(same && finalizers.length > 0 ? [`finalizers: ${finalizers.join(', ')}`] : []),
    ...(pods.length > 0 ? [`${counted(pods.length, 'pod')} left`] : []),
  ].join('; ')
  return {
    state: gone ? 'deleted' : late ? 'failed' : 'terminating',
    steps: stepsNow({
      labels: deletionSteps,
      before: row.steps,
      reached: [true, gone],
      details: [undefined, left],
      failed: late,
      now,
    }),
    message: gone ? 'It is gone, its GPUs are free' : cell(late ? `Not gone after 45 minutes: ${left}` : left, 400),
  }
}

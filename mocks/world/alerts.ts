import type { Cluster } from './cluster.ts'
import { gpuModel } from './gpu-models.ts'
import type { History, PodRecord } from './history.ts'
import { appOf } from './pod-app.ts'
import { hexOf } from './random.ts'
import type { Trouble } from './troubles.ts'

/** An alert over its life. It is pending from `activeMs`, fires from `firingMs`, and is over at `toMs` if that is set. */
export interface Alert {
  labels: Record<string, string>
  annotations: Record<string, string>
  fingerprint: string
  activeMs: number
  firingMs: number
  toMs?: number
}

export interface AlertInput {
  cluster: Cluster
  history: History
  troubles: readonly Trouble[]
}

interface Rule {
  severity: 'critical' | 'warning' | 'info' | 'none'
  forMs: number
  summary: string
  description: (labels: Record<string, string>) => string
}

const RULES: Record<string, Rule> = {
  Watchdog: {
    severity: 'none',
    forMs: 0,
    summary: 'An alert that should always be firing to certify that Alertmanager is working properly.',
    description: () => 'This alert is always firing. It does not mean that something is wrong.',
  },
  KubePodCrashLooping: {
    severity: 'warning',
    forMs: 60_000,
    summary: 'Pod is crash looping.',
    description: (l) =>
      `Pod ${l.namespace}/${l.pod} (${l.container}) is in waiting state (reason: "CrashLoopBackOff") on cluster ${l.cluster}.`,
  },
  KubeContainerOOMKilled: {
    severity: 'warning',
    forMs: 0,
    summary: 'Container was killed for want of memory.',
    description: (l) => `Container ${l.container} of ${l.namespace}/${l.pod} was OOMKilled on cluster ${l.cluster}.`,
  },
  KubeContainerWaiting: {
    severity: 'warning',
    forMs: 60_000,
    summary: 'Pod container waiting longer than expected.',
    description: (l) =>
      `Container ${l.container} of ${l.namespace}/${l.pod} is waiting (reason: "${l.reason}") on cluster ${l.cluster}.`,
  },
  KubePodNotScheduled: {
    severity: 'warning',
    forMs: 60_000,
    summary: 'Pod cannot be scheduled.',
    description: (l) => `Pod ${l.namespace}/${l.pod} has been unschedulable on cluster ${l.cluster}.`,
  },
  GpuXidError: {
    severity: 'critical',
    forMs: 0,
    summary: 'GPU reported an XID error.',
    description: (l) => `GPU ${l.gpu} (${l.UUID}) of node ${l.Hostname} reported XID ${l.xid} on cluster ${l.cluster}.`,
  },
  GpuHighTemperature: {
    severity: 'warning',
    forMs: 300_000,
    summary: 'GPU runs hot.',
    description: (l) => `GPU ${l.gpu} (${l.UUID}) of node ${l.Hostname} is above 88 °C on cluster ${l.cluster}.`,
  },
  ModelKvCacheFull: {
    severity: 'critical',
    forMs: 30_000,
    summary: 'KV cache of a served model is full; requests queue and are preempted.',
    description: (l) =>
      `Model ${l.model_name} (${l.namespace}/${l.graph}) uses more than 97 % of its KV cache on cluster ${l.cluster}.`,
  },
  KubeDeploymentRolloutStuck: {
    severity: 'warning',
    forMs: 60_000,
    summary: 'Deployment rollout is not progressing.',
    description: (l) =>
      `Rollout of deployment ${l.namespace}/${l.deployment} is not progressing on cluster ${l.cluster}.`,
  },
  RayJobPending: {
    severity: 'warning',
    forMs: 60_000,
    summary: 'Ray job waits for resources.',
    description: (l) =>
      `Ray job ${l.submission_id} on ${l.ray_cluster} has been PENDING; it asks for more than the cluster has.`,
  },
  ProviderHeartbeatMissing: {
    severity: 'warning',
    forMs: 60_000,
    summary: 'GPU provider is silent.',
    description: (l) => `Provider ${l.worker_id} has sent no heartbeat.`,
  },
  ClusterUnreachable: {
    severity: 'critical',
    forMs: 0,
    summary: 'Cluster does not answer.',
    description: (l) => `API server and Prometheus of ${l.target_cluster} do not answer.`,
  },
}

/** Every alert of a cluster so far, with its span; which of them fire at a time follows from the span. */
export function alertsOf(input: AlertInput): Alert[] {
  const { cluster, history, troubles } = input
  const name = cluster.spec.name
  const alerts = [alert(name, 'Watchdog', {}, { activeMs: cluster.bootMs - 30 * 86_400_000 })]
  for (const record of history.records()) alerts.push(...podAlerts(name, record))
  for (const trouble of troubles) alerts.push(...troubleAlerts(cluster, trouble))
  return alerts
}

export function stateAt(one: Alert, atMs: number): 'pending' | 'firing' | undefined {
  if (atMs < one.activeMs || (one.toMs !== undefined && atMs >= one.toMs)) return undefined
  return atMs >= one.firingMs ? 'firing' : 'pending'
}

function alert(
  cluster: string,
  name: string,
  own: Record<string, string>,
  span: { activeMs: number; toMs?: number | undefined },
): Alert {
  const rule = RULES[name]!
  const labels = { alertname: name, cluster, severity: own.severity ?? rule.severity, ...own }
  return {
    labels,
    annotations: {
      summary: rule.summary,
      description: rule.description(labels),
      runbook_url: `https://runbooks.example.com/${name.toLowerCase()}`,
    },
    fingerprint: hexOf(JSON.stringify(Object.entries(labels).sort()), 16),
    activeMs: span.activeMs,
    firingMs: span.activeMs + rule.forMs,
    ...(span.toMs === undefined ? {} : { toMs: span.toMs }),
  }
}

/** The span in which a pod kept falling back into a reason for waiting; being ready ends it. */
function spanOf(
  record: PodRecord,
  matches: (reason: string, node: string) => boolean,
): { activeMs: number; toMs?: number | undefined } | undefined {
  let activeMs: number | undefined
  let toMs: number | undefined
  for (const step of record.steps) {
    if (matches(step.waitingReason, step.node)) {
      if (activeMs === undefined || toMs !== undefined) activeMs = step.fromMs
      toMs = undefined
    } else if (step.ready && activeMs !== undefined) toMs ??= step.fromMs
  }
  if (activeMs === undefined) return undefined
  return { activeMs, toMs: toMs ?? record.endedMs }
}

function podAlerts(cluster: string, record: PodRecord): Alert[] {
  const { pod } = record
  const labels = {
    namespace: pod.metadata.namespace ?? 'default',
    pod: pod.metadata.name,
    container: pod.spec.containers[0]?.name ?? 'main',
    app: appOf(pod),
  }
  const alerts: Alert[] = []
  const crash = spanOf(record, (reason) => reason === 'CrashLoopBackOff')
  if (crash) {
    alerts.push(alert(cluster, 'KubePodCrashLooping', { ...labels, reason: 'CrashLoopBackOff' }, crash))
    const oom = pod.status.containerStatuses?.[0]?.lastState.terminated?.reason === 'OOMKilled'
    if (oom) alerts.push(alert(cluster, 'KubeContainerOOMKilled', { ...labels, reason: 'OOMKilled' }, crash))
  }
  const pull = spanOf(record, (reason) => reason === 'ImagePullBackOff')
  if (pull) alerts.push(alert(cluster, 'KubeContainerWaiting', { ...labels, reason: 'ImagePullBackOff' }, pull))
  const unplaced = record.steps[0]?.node === '' ? record.steps.find((step) => step.node !== '')?.fromMs : undefined
  if (record.steps[0]?.node === '' && record.steps[0].phase === 'Pending') {
    const span = { activeMs: record.createdMs, toMs: unplaced ?? record.endedMs }
    // A pod that is placed within the minute never raised anything.
    if (span.toMs === undefined || span.toMs - span.activeMs >= 60_000)
      alerts.push(alert(cluster, 'KubePodNotScheduled', labels, span))
  }
  return alerts
}

function troubleAlerts(cluster: Cluster, trouble: Trouble): Alert[] {
  const name = cluster.spec.name
  const span = { activeMs: trouble.fromMs, toMs: trouble.toMs }
  const isHub = cluster.spec.type === 'hub'
  if (isHub && trouble.kind === 'dead-cluster')
    return [alert(name, 'ClusterUnreachable', { target_cluster: trouble.cluster }, span)]
  if (isHub && trouble.kind === 'silent-provider')
    return [alert(name, 'ProviderHeartbeatMissing', { worker_id: trouble.workerId ?? '' }, span)]
  if (trouble.cluster !== name) return []
  const gpu = cluster.gpus.find((one) => one.node === trouble.node && one.index === trouble.gpuIndex)
  const gpuLabels = gpu && {
    Hostname: gpu.node,
    gpu: String(gpu.index),
    UUID: gpu.uuid,
    modelName: gpuModel(gpu.modelId).modelName,
  }
  const workload = { namespace: trouble.namespace ?? '', graph: trouble.app ?? '' }
  switch (trouble.kind) {
    case 'xid':
      return gpuLabels
        ? [
            alert(
              name,
              'GpuXidError',
              { ...gpuLabels, xid: String(trouble.xid), severity: trouble.xid === 79 ? 'critical' : 'warning' },
              span,
            ),
          ]
        : []
    case 'gpu-hot':
      return gpuLabels ? [alert(name, 'GpuHighTemperature', gpuLabels, span)] : []
    case 'kv-cache-full':
      return [alert(name, 'ModelKvCacheFull', { ...workload, model_name: trouble.model ?? '' }, span)]
    case 'failed-rollout':
      return [
        alert(
          name,
          'KubeDeploymentRolloutStuck',
          { namespace: trouble.namespace ?? '', deployment: trouble.app ?? '' },
          span,
        ),
      ]
    case 'stuck-ray-job':
      return [
        alert(
          name,
          'RayJobPending',
          { ray_cluster: trouble.rayCluster ?? '', submission_id: trouble.rayJob ?? '' },
          span,
        ),
      ]
    default:
      return []
  }
}

import type { Cluster } from './cluster.ts'
import { nameOf } from './deployments.ts'
import type { Draft, KubeObject } from './kube-types.ts'
import { RAY_CLUSTER, type RayClusterSpec } from './kuberay.ts'
import { integerOf, nameSuffix } from './random.ts'
import { kubeTime } from './time-text.ts'
import type { Timeline } from './timeline.ts'
import { ownerReference } from './workloads.ts'

export type RayJobStatus = 'PENDING' | 'RUNNING' | 'STOPPED' | 'SUCCEEDED' | 'FAILED'

/** A job as Ray's job manager knows it. Times in milliseconds since the epoch. */
export interface RayJobRecord {
  submissionId: string
  driverJobId: string | null
  status: RayJobStatus
  entrypoint: string
  message: string
  errorType: string | null
  startMs: number
  endMs: number | null
  metadata: Record<string, string>
  runtimeEnv: Record<string, unknown>
  entrypointNumGpus: number
  exitCode: number | null
}

export interface RayJobRequest {
  entrypoint: string
  submissionId?: string
  metadata?: Record<string, string>
  runtimeEnv?: Record<string, unknown>
  entrypointNumGpus?: number
}

/** The jobs of every Ray cluster, by the cluster's key (`<kubernetes cluster>/<namespace>/<name>` or `bare/<name>`). */
export interface RayJobs {
  list(key: string): RayJobRecord[]
  get(key: string, submissionId: string): RayJobRecord | undefined
  /** Takes a job in; undefined when the id is taken. It starts after two seconds and ends by itself. */
  submit(key: string, request: RayJobRequest): RayJobRecord | undefined
  stop(key: string, submissionId: string): boolean
  remove(key: string, submissionId: string): boolean
  /** Puts a job there as it is, without a life of its own. */
  plant(key: string, job: RayJobRecord): void
}

export const WAITING_MESSAGE =
  'Job has not started yet. It may be waiting for resources (CPUs, GPUs, memory, custom resources) to become available.'
const TERMINAL = new Set<RayJobStatus>(['STOPPED', 'SUCCEEDED', 'FAILED'])

export function isTerminal(job: RayJobRecord): boolean {
  return TERMINAL.has(job.status)
}

export function createRayJobs({ timeline, seed }: { timeline: Timeline; seed: string }): RayJobs {
  const shelves = new Map<string, Map<string, RayJobRecord>>()
  let submitted = 0

  function shelf(key: string) {
    const known = shelves.get(key) ?? new Map<string, RayJobRecord>()
    shelves.set(key, known)
    return known
  }

  function start(key: string, job: RayJobRecord) {
    if (job.status !== 'PENDING') return
    job.status = 'RUNNING'
    job.message = 'Job is currently running.'
    job.driverJobId = `${String(shelf(key).size).padStart(2, '0')}000000`
    timeline.after(integerOf(`${seed}/${job.submissionId}`, 45, 120) * 1000, () => finish(job))
  }

  function finish(job: RayJobRecord) {
    if (job.status !== 'RUNNING') return
    const failed = /\bexit 1\b|\bfail\b/.test(job.entrypoint)
    job.status = failed ? 'FAILED' : 'SUCCEEDED'
    job.message = failed
      ? 'Job entrypoint command failed with exit code 1, last available logs (truncated to 20,000 chars):\nRuntimeError: the driver script failed'
      : 'Job finished successfully.'
    job.errorType = failed ? 'JOB_ENTRYPOINT_COMMAND_ERROR' : null
    job.exitCode = failed ? 1 : 0
    job.endMs = timeline.now()
  }

  return {
    list: (key) => [...shelf(key).values()],
    get: (key, submissionId) => shelf(key).get(submissionId),
    plant: (key, job) => shelf(key).set(job.submissionId, job),
    submit(key, request) {
      const submissionId = request.submissionId ?? `raysubmit_${nameSuffix(`${seed}/${key}/${submitted++}`, 16)}`
      if (shelf(key).has(submissionId)) return undefined
      const job: RayJobRecord = {
        submissionId,
        driverJobId: null,
        status: 'PENDING',
        entrypoint: request.entrypoint,
        message: WAITING_MESSAGE,
        errorType: null,
        startMs: timeline.now(),
        endMs: null,
        metadata: request.metadata ?? {},
        runtimeEnv: request.runtimeEnv ?? {},
        entrypointNumGpus: request.entrypointNumGpus ?? 0,
        exitCode: null,
      }
      shelf(key).set(submissionId, job)
      timeline.after(2000, () => start(key, job))
      return job
    },
    stop(key, submissionId) {
      const job = shelf(key).get(submissionId)
      if (!job || isTerminal(job)) return false
      job.status = 'STOPPED'
      job.message = 'Job was intentionally stopped.'
      job.endMs = timeline.now()
      return true
    },
    remove: (key, submissionId) => shelf(key).delete(submissionId),
  }
}

interface RayJobStatusFields {
  jobId?: string
  rayClusterName?: string
  jobStatus?: string
  jobDeploymentStatus?: string
  startTime?: string
  endTime?: string
  message?: string
}

const POLL_MS = 2000

/** What KubeRay does for a RayJob: find or make its Ray cluster, submit when that is ready, follow the job to its end. */
export function reconcileRayJob(cluster: Cluster, object: KubeObject, jobs: RayJobs): void {
  const spec = object.spec as {
    entrypoint?: string
    rayClusterSpec?: RayClusterSpec
    clusterSelector?: Record<string, string>
  }
  const status = (object.status ?? {}) as RayJobStatusFields
  if (status.jobDeploymentStatus === 'Complete' || status.jobDeploymentStatus === 'Failed') return
  const { name, namespace } = object.metadata
  const at = kubeTime(cluster.timeline.now())
  if (!spec.entrypoint || (!spec.rayClusterSpec && !spec.clusterSelector)) {
    const message = !spec.entrypoint ? 'entrypoint must be set' : 'one of rayClusterSpec or clusterSelector must be set'
    writeStatus(cluster, object, {
      ...status,
      jobDeploymentStatus: 'ValidationFailed',
      message,
    })
    return
  }
  const next: RayJobStatusFields = {
    ...status,
    jobId: status.jobId ?? `${name}-${nameSuffix(object.metadata.uid, 5)}`,
    rayClusterName:
      status.rayClusterName ??
      spec.clusterSelector?.['ray.io/cluster'] ??
      `${name}-${nameSuffix(`${object.metadata.uid}/cluster`, 5)}`,
    jobDeploymentStatus: status.jobDeploymentStatus ?? 'Initializing',
    startTime: status.startTime ?? at,
  }
  const rayName = next.rayClusterName ?? ''
  if (spec.rayClusterSpec && !status.rayClusterName)
    cluster.store.put(RAY_CLUSTER, ownCluster(object, rayName, spec.rayClusterSpec))
  const ray = cluster.store.get(RAY_CLUSTER, namespace, rayName)
  const key = `${cluster.spec.name}/${namespace}/${rayName}`
  const ready = (ray?.status as { state?: string } | undefined)?.state === 'ready'
  const job =
    jobs.get(key, next.jobId ?? '') ??
    (ready ? jobs.submit(key, { entrypoint: spec.entrypoint, submissionId: next.jobId ?? '' }) : undefined)
  if (job) {
    next.jobStatus = job.status
    next.jobDeploymentStatus = job.status === 'SUCCEEDED' ? 'Complete' : isTerminal(job) ? 'Failed' : 'Running'
    if (job.endMs) next.endTime = kubeTime(job.endMs)
  }
  writeStatus(cluster, object, next)
  cluster.timeline.after(POLL_MS, () => {
    const now = cluster.store.get('rayjobs.ray.io', namespace, name)
    if (now?.metadata.uid === object.metadata.uid) reconcileRayJob(cluster, now, jobs)
  })
}

function ownCluster(object: KubeObject, name: string, spec: RayClusterSpec): Draft {
  return {
    apiVersion: 'ray.io/v1',
    kind: 'RayCluster',
    metadata: {
      name,
      namespace: object.metadata.namespace,
      labels: { 'ray.io/originated-from-cr-name': object.metadata.name, 'ray.io/originated-from-crd': 'RayJob' },
      ownerReferences: [ownerReference(object)],
    },
    spec,
  }
}

function writeStatus(cluster: Cluster, object: KubeObject, status: RayJobStatusFields) {
  if (JSON.stringify(object.status) === JSON.stringify(status)) return
  cluster.store.edit('rayjobs.ray.io', nameOf(object), (now) => ({ ...now, status }))
}

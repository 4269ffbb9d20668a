import type { Tone } from '#contract'
import type { KubeObject, KubernetesCluster, ResourceKind } from '../clients/kubernetes/types.ts'

export const rayClusterKind: ResourceKind = {
  group: 'ray.io',
  version: 'v1',
  resource: 'rayclusters',
  kind: 'RayCluster',
  namespaced: true,
}

export const subjectOf = (cluster: string, namespace: string, name: string): string =>
  `ray/cluster/${cluster}/${namespace}/${name}`

export const rayStates = ['error', 'initializing', 'paused', 'running'] as const
/** The states people see (RAY-010). */
export type RayState = (typeof rayStates)[number]
export const rayTones: Record<RayState, Tone> = {
  error: 'bad',
  initializing: 'busy',
  paused: 'neutral',
  running: 'good',
}

export interface RayClusterSpec {
  rayVersion?: string
  suspend?: boolean
  headGroupSpec?: RayGroup
  workerGroupSpecs?: (RayGroup & { replicas?: number; minReplicas?: number; numOfHosts?: number })[]
}
interface RayGroup {
  template?: {
    spec?: { containers?: { resources?: { limits?: Record<string, string>; requests?: Record<string, string> } }[] }
  }
}
export interface RayClusterStatus {
  state?: string
  reason?: string
  desiredWorkerReplicas?: number
  readyWorkerReplicas?: number
  observedGeneration?: number
  head?: { podIP?: string; serviceName?: string }
  conditions?: { type: string; status: string; reason?: string; message?: string }[]
}

export const specOf = (object: KubeObject) => (object.spec ?? {}) as RayClusterSpec
export const statusOf = (object: KubeObject) => (object.status ?? {}) as RayClusterStatus

/** Workers that the spec asks for. */
export const wantedWorkers = (spec: RayClusterSpec): number =>
  (spec.workerGroupSpecs ?? []).reduce(
    (sum, { replicas, minReplicas = 0, numOfHosts = 1 }) => sum + (replicas ?? minReplicas) * numOfHosts,
    0,
  )

/** The state in our words, and why where KubeRay says it. `state` alone stays `ready` when workers die later. */
export function rayStateOf(object: KubeObject): { state: RayState; reason?: string } {
  const spec = specOf(object)
  const status = statusOf(object)
  const condition = (type: string) => status.conditions?.find((one) => one.type === type && one.status === 'True')
  if (spec.suspend || status.state === 'suspended' || condition('RayClusterSuspended')) return { state: 'paused' }
  const failure = condition('ReplicaFailure')
  if (failure || status.state === 'failed') {
    const reason = failure?.message || failure?.reason || status.reason
    return { state: 'error', ...(reason && { reason }) }
  }
  const isCurrent = (status.observedGeneration ?? 0) >= (object.metadata.generation ?? 0)
  const workers = status.readyWorkerReplicas ?? 0
  if (status.state === 'ready' && isCurrent && workers >= wantedWorkers(spec)) return { state: 'running' }
  return { state: 'initializing', ...(status.reason && { reason: status.reason }) }
}

/** Does this cluster have KubeRay, in the version we write? */
export const hasKubeRay = async (client: KubernetesCluster, signal: AbortSignal): Promise<boolean> =>
  (await client.servedVersions('ray.io', signal)).includes('v1')

import type { Cluster } from './cluster.ts'
import type { KubeObject, OwnerReference, Pod, PodTemplate } from './kube-types.ts'
import type { Lifecycle } from './lifecycle.ts'
import { podDraft } from './pod-build.ts'
import { nameSuffix } from './random.ts'

export interface WorkloadTools {
  cluster: Cluster
  lifecycle: Lifecycle
}

/** `spec` of the built-in workload kinds, as far as the controllers read it. */
export interface WorkloadSpec {
  replicas?: number
  selector?: { matchLabels?: Record<string, string> }
  template: PodTemplate
  completions?: number
  parallelism?: number
  suspend?: boolean
  progressDeadlineSeconds?: number
}

export function specOf(object: KubeObject): WorkloadSpec {
  return object.spec as WorkloadSpec
}

export function ownerReference(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  }
}

export function ownedPods(cluster: Cluster, owner: KubeObject): Pod[] {
  return cluster.store.ownedBy('pods', owner.metadata.uid) as Pod[]
}

/** Pods of a workload that still count: not ending and not ended. */
export function livePods(cluster: Cluster, owner: KubeObject): Pod[] {
  return ownedPods(cluster, owner).filter(
    (pod) => !pod.metadata.deletionTimestamp && pod.status.phase !== 'Succeeded' && pod.status.phase !== 'Failed',
  )
}

export function isReady(pod: Pod): boolean {
  return pod.status.conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True')
}

export interface PodRequest {
  owner: KubeObject
  name?: string
  template: PodTemplate
  labels?: Record<string, string>
}

/** Makes a pod for an owner, with a generated name unless one is given, and hands it to the scheduler. */
export function createPod({ cluster, lifecycle }: WorkloadTools, { owner, name, template, labels }: PodRequest): Pod {
  const namespace = owner.metadata.namespace ?? 'default'
  const createdMs = cluster.booting ? Date.parse(owner.metadata.creationTimestamp) : cluster.timeline.now()
  const base = `${owner.metadata.name}-`
  let podName = name ?? ''
  for (let attempt = 0; !podName; attempt++) {
    const candidate = `${base}${nameSuffix(`${owner.metadata.uid}/${cluster.store.revision()}/${attempt}`, 5)}`
    if (!cluster.pod(namespace, candidate)) podName = candidate
  }
  const draft = podDraft({
    namespace,
    name: podName,
    template,
    createdMs,
    owner: ownerReference(owner),
    ...(name ? {} : { generateName: base }),
    ...(labels ? { labels } : {}),
  })
  const pod = cluster.store.put('pods', draft) as Pod
  lifecycle.admit(pod)
  return cluster.pod(namespace, podName) ?? pod
}

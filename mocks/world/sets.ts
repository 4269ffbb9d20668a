import { nameOf } from './deployments.ts'
import type { KubeObject } from './kube-types.ts'
import { HASH_LABEL, keepRevision, rollOne } from './revisions.ts'
import { kubeTime } from './time-text.ts'
import { createPod, isReady, livePods, ownedPods, specOf, type WorkloadTools } from './workloads.ts'

/** Keeps the numbered pods of a StatefulSet. */
export function reconcileStatefulSet(tools: WorkloadTools, set: KubeObject): void {
  const { cluster, lifecycle } = tools
  const spec = specOf(set)
  const replicas = spec.replicas ?? 1
  const revision = keepRevision(tools, set)
  const all = ownedPods(cluster, set)
  for (let ordinal = 0; ordinal < replicas; ordinal++) {
    const name = `${set.metadata.name}-${ordinal}`
    const labels = {
      'statefulset.kubernetes.io/pod-name': name,
      'apps.kubernetes.io/pod-index': String(ordinal),
      [HASH_LABEL]: revision.label,
    }
    if (!all.some((pod) => pod.metadata.name === name))
      createPod(tools, { owner: set, name, template: spec.template, labels })
  }
  for (const pod of all) {
    if (Number(pod.metadata.name.split('-').at(-1)) >= replicas) lifecycle.terminate(pod)
  }
  const updated = rollOne(tools, set, revision.label)
  const live = livePods(cluster, set)
  const ready = live.filter(isReady).length
  const complete = updated === live.length && ready === live.length
  const before = (set.status as { currentRevision?: string } | undefined)?.currentRevision
  writeStatus(tools, 'statefulsets.apps', set, {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: live.length,
    readyReplicas: ready,
    availableReplicas: ready,
    currentReplicas: complete ? live.length : live.length - updated,
    updatedReplicas: updated,
    currentRevision: complete ? revision.name : (before ?? revision.name),
    updateRevision: revision.name,
    collisionCount: 0,
  })
}

/** Keeps one pod of a DaemonSet on each node its selector matches. */
export function reconcileDaemonSet(tools: WorkloadTools, set: KubeObject): void {
  const { cluster } = tools
  const { template } = specOf(set)
  const revision = keepRevision(tools, set)
  const selector = Object.entries(template.spec.nodeSelector ?? {})
  const nodes = cluster
    .nodes()
    .filter((node) => selector.every(([key, value]) => node.metadata.labels?.[key] === value))
  const live = livePods(cluster, set)
  const taken = new Set(live.map((pod) => pod.spec.nodeSelector?.['kubernetes.io/hostname']))
  for (const node of nodes) {
    const name = node.metadata.name
    if (taken.has(name)) continue
    const pinned = { ...template.spec, nodeSelector: { ...template.spec.nodeSelector, 'kubernetes.io/hostname': name } }
    createPod(tools, {
      owner: set,
      template: { ...template, spec: pinned },
      labels: { [HASH_LABEL]: revision.label },
    })
  }
  const updated = rollOne(tools, set, revision.label)
  const pods = livePods(cluster, set)
  const ready = pods.filter(isReady).length
  writeStatus(tools, 'daemonsets.apps', set, {
    observedGeneration: set.metadata.generation ?? 1,
    desiredNumberScheduled: nodes.length,
    currentNumberScheduled: pods.length,
    updatedNumberScheduled: updated,
    numberReady: ready,
    numberAvailable: ready,
    ...(nodes.length > ready ? { numberUnavailable: nodes.length - ready } : {}),
    numberMisscheduled: 0,
  })
}

/** Runs the pods of a Job until as many have succeeded as it asks for. */
export function reconcileJob(tools: WorkloadTools, job: KubeObject): void {
  const { cluster } = tools
  const spec = specOf(job)
  const completions = spec.completions ?? 1
  const pods = ownedPods(cluster, job)
  const succeeded = pods.filter((pod) => pod.status.phase === 'Succeeded').length
  const live = livePods(cluster, job)
  const wanted = spec.suspend ? 0 : Math.min(spec.parallelism ?? 1, completions - succeeded)
  for (let count = live.length; count < wanted; count++) {
    createPod(tools, {
      owner: job,
      template: { ...spec.template, spec: { ...spec.template.spec, restartPolicy: 'Never' } },
      labels: { 'batch.kubernetes.io/job-name': job.metadata.name, 'job-name': job.metadata.name },
    })
  }
  const now = livePods(cluster, job)
  const done = succeeded >= completions
  const previous = job.status as { completionTime?: string; startTime?: string } | undefined
  const at = kubeTime(cluster.timeline.now())
  writeStatus(tools, 'jobs.batch', job, {
    startTime: previous?.startTime ?? job.metadata.creationTimestamp,
    ...(done
      ? { completionTime: previous?.completionTime ?? at, succeeded }
      : { active: now.length, ready: now.filter(isReady).length }),
    ...(!done && succeeded > 0 ? { succeeded } : {}),
    ...(done
      ? {
          conditions: [
            {
              type: 'Complete',
              status: 'True',
              reason: 'CompletionsReached',
              lastTransitionTime: previous?.completionTime ?? at,
            },
          ],
        }
      : {}),
  })
}

function writeStatus(
  { cluster }: WorkloadTools,
  resource: string,
  object: KubeObject,
  status: Record<string, unknown>,
) {
  const current = cluster.store.get(resource, object.metadata.namespace, object.metadata.name)
  if (!current || JSON.stringify(current.status) === JSON.stringify(status)) return
  cluster.store.edit(resource, nameOf(object), (now) => ({ ...now, status }))
}

import type { Cluster } from './cluster.ts'
import type { Condition, KubeObject } from './kube-types.ts'
import { nameSuffix } from './random.ts'
import { kubeTime } from './time-text.ts'
import { createPod, isReady, livePods, ownerReference, specOf, type WorkloadTools } from './workloads.ts'

const REVISION = 'deployment.kubernetes.io/revision'
const HISTORY = 'deployment.kubernetes.io/revision-history'
const DESIRED = 'deployment.kubernetes.io/desired-replicas'

/** One step of a Deployment: its newest ReplicaSet grows by a quarter at a time, the older ones shrink as it becomes ready. */
export function reconcileDeployment(tools: WorkloadTools, deployment: KubeObject): void {
  const { cluster } = tools
  const spec = specOf(deployment)
  const replicas = spec.replicas ?? 1
  const sets = cluster.store.ownedBy('replicasets.apps', deployment.metadata.uid)
  const hash = nameSuffix(JSON.stringify(spec.template), 9)
  const known = sets.find((set) => set.metadata.labels?.['pod-template-hash'] === hash)
  const newest = known
    ? makeNewest(cluster, deployment, { set: known, sets })
    : createReplicaSet(cluster, deployment, { hash, sets })
  const older = sets.filter((set) => set.metadata.uid !== newest.metadata.uid)
  const ready = livePods(cluster, newest).filter(isReady).length
  const olderLive = older.reduce((sum, set) => sum + livePods(cluster, set).length, 0)
  const surge = Math.max(1, Math.ceil(replicas / 4))
  scaleSet(tools, newest, olderLive === 0 ? replicas : Math.min(replicas, ready + surge))
  for (const set of older) scaleSet(tools, set, Math.max(0, replicas - ready))
  writeStatus(tools, deployment, newest)
}

const revisionOf = (set: KubeObject) => Number(set.metadata.annotations?.[REVISION] ?? 0)

/** Going back to an older template gives its ReplicaSet the next revision; the one it had goes into its history. */
function makeNewest(
  cluster: Cluster,
  deployment: KubeObject,
  { set, sets }: { set: KubeObject; sets: KubeObject[] },
): KubeObject {
  const highest = Math.max(0, ...sets.map(revisionOf))
  if (revisionOf(set) === highest) return set
  const { [HISTORY]: history, ...annotations } = set.metadata.annotations ?? {}
  const past = [...(history ? history.split(',') : []), String(revisionOf(set))].join(',')
  const revised = cluster.store.edit('replicasets.apps', nameOf(set), (now) => ({
    ...now,
    metadata: {
      ...now.metadata,
      annotations: { ...annotations, [REVISION]: String(highest + 1), [HISTORY]: past },
    },
  }))
  noteRevision(cluster, deployment, highest + 1)
  return revised ?? set
}

function noteRevision(cluster: Cluster, deployment: KubeObject, revision: number) {
  cluster.store.edit('deployments.apps', nameOf(deployment), (now) => ({
    ...now,
    metadata: { ...now.metadata, annotations: { ...now.metadata.annotations, [REVISION]: String(revision) } },
  }))
}

function createReplicaSet(
  cluster: Cluster,
  deployment: KubeObject,
  { hash, sets }: { hash: string; sets: KubeObject[] },
): KubeObject {
  const spec = specOf(deployment)
  const revision = 1 + Math.max(0, ...sets.map(revisionOf))
  const labels = { ...spec.template.metadata?.labels, 'pod-template-hash': hash }
  const set = cluster.store.put('replicasets.apps', {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace,
      labels,
      annotations: { [REVISION]: String(revision), [DESIRED]: String(spec.replicas ?? 1) },
      ownerReferences: [ownerReference(deployment)],
      ...(cluster.booting ? { creationTimestamp: deployment.metadata.creationTimestamp } : {}),
    },
    spec: {
      replicas: 0,
      selector: { matchLabels: { ...spec.selector?.matchLabels, 'pod-template-hash': hash } },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
    },
    status: { replicas: 0 },
  })
  if (!cluster.booting) {
    const { namespace = 'default', name } = deployment.metadata
    cluster.timeline.after((spec.progressDeadlineSeconds ?? 600) * 1000, () => markStuck(cluster, namespace, name))
  }
  noteRevision(cluster, deployment, revision)
  return set
}

/** Brings a ReplicaSet to a number of pods; takes away the unready and the youngest first. */
export function scaleSet(tools: WorkloadTools, set: KubeObject, wanted: number): void {
  const { cluster, lifecycle } = tools
  const live = livePods(cluster, set)
  const { template } = specOf(set)
  for (let count = live.length; count < wanted; count++) createPod(tools, { owner: set, template })
  const leaving = [...live].sort(
    (a, b) =>
      Number(isReady(a)) - Number(isReady(b)) ||
      b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp),
  )
  for (const pod of leaving.slice(0, Math.max(0, live.length - wanted))) lifecycle.terminate(pod)
  const now = livePods(cluster, set)
  const status = {
    replicas: now.length,
    fullyLabeledReplicas: now.length,
    readyReplicas: now.filter(isReady).length,
    availableReplicas: now.filter(isReady).length,
    observedGeneration: set.metadata.generation ?? 1,
  }
  if (JSON.stringify(set.status) === JSON.stringify(status) && specOf(set).replicas === wanted) return
  cluster.store.edit('replicasets.apps', nameOf(set), (current) => ({
    ...current,
    spec: { ...specOf(current), replicas: wanted },
    status,
  }))
}

function writeStatus({ cluster }: WorkloadTools, deployment: KubeObject, newest: KubeObject) {
  const sets = cluster.store.ownedBy('replicasets.apps', deployment.metadata.uid)
  const all = sets.flatMap((set) => livePods(cluster, set))
  const replicas = specOf(deployment).replicas ?? 1
  const ready = all.filter(isReady).length
  const updated = livePods(cluster, newest)
  const known = (deployment.status as { conditions?: Condition[] } | undefined)?.conditions ?? []
  const complete = updated.length === replicas && updated.filter(isReady).length === replicas && all.length === replicas
  const stuck = known.find(
    (one) => one.reason === 'ProgressDeadlineExceeded' && one.message === timedOut(newest.metadata.name),
  )
  const nowText = kubeTime(
    cluster.booting ? Date.parse(deployment.metadata.creationTimestamp) + 30_000 : cluster.timeline.now(),
  )
  const conditions = [
    condition(known, nowText, {
      type: 'Available',
      status: ready >= Math.max(replicas - Math.floor(replicas / 4), Math.min(1, replicas)) ? 'True' : 'False',
      yes: ['MinimumReplicasAvailable', 'Deployment has minimum availability.'],
      no: ['MinimumReplicasUnavailable', 'Deployment does not have minimum availability.'],
    }),
    stuck && !complete
      ? stuck
      : condition(known, nowText, {
          type: 'Progressing',
          status: 'True',
          yes: complete
            ? ['NewReplicaSetAvailable', `ReplicaSet "${newest.metadata.name}" has successfully progressed.`]
            : ['ReplicaSetUpdated', `ReplicaSet "${newest.metadata.name}" is progressing.`],
          no: ['', ''],
        }),
  ]
  const status = {
    observedGeneration: deployment.metadata.generation ?? 1,
    replicas: all.length,
    updatedReplicas: updated.length,
    readyReplicas: ready,
    availableReplicas: ready,
    ...(replicas > ready ? { unavailableReplicas: replicas - ready } : {}),
    conditions,
  }
  const current = cluster.store.get('deployments.apps', deployment.metadata.namespace, deployment.metadata.name)
  if (!current || JSON.stringify(current.status) === JSON.stringify(status)) return
  cluster.store.edit('deployments.apps', nameOf(deployment), (now) => ({ ...now, status }))
}

function timedOut(replicaSet: string): string {
  return `ReplicaSet "${replicaSet}" has timed out progressing.`
}

/** Says that the newest rollout of a Deployment did not get on in time, as the controller does once the deadline has passed. */
export function markStuck(cluster: Cluster, namespace: string, name: string): void {
  const deployment = cluster.store.get('deployments.apps', namespace, name)
  const status = deployment?.status as { conditions?: Condition[] } | undefined
  const newest = deployment && cluster.store.ownedBy('replicasets.apps', deployment.metadata.uid).at(-1)
  if (!deployment || !newest || !status?.conditions?.some((one) => one.reason === 'ReplicaSetUpdated')) return
  const at = kubeTime(cluster.timeline.now())
  const stuck: Condition = {
    type: 'Progressing',
    status: 'False',
    lastUpdateTime: at,
    lastTransitionTime: at,
    reason: 'ProgressDeadlineExceeded',
    message: timedOut(newest.metadata.name),
  }
  const conditions = [...status.conditions.filter((one) => one.type !== 'Progressing'), stuck]
  cluster.store.edit('deployments.apps', { namespace, name }, (now) => ({ ...now, status: { ...status, conditions } }))
}

function condition(
  known: Condition[],
  nowText: string,
  wanted: { type: string; status: 'True' | 'False'; yes: [string, string]; no: [string, string] },
): Condition {
  const current = known.find((one) => one.type === wanted.type)
  const [reason, message] = wanted.status === 'True' ? wanted.yes : wanted.no
  const same = current?.status === wanted.status
  return {
    type: wanted.type,
    status: wanted.status,
    lastUpdateTime: same && current?.reason === reason ? (current.lastUpdateTime ?? nowText) : nowText,
    lastTransitionTime: same ? (current?.lastTransitionTime ?? nowText) : nowText,
    reason,
    message,
  }
}

export function nameOf(object: KubeObject): { namespace?: string; name: string } {
  const { namespace, name } = object.metadata
  return namespace ? { namespace, name } : { name }
}

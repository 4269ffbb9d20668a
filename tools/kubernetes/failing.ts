import type { Access } from '#define'
import type { KubeObject, KubernetesCluster, ResourceKind } from '../clients/kubernetes/types.ts'
import { nodeKind, podKind } from '../clients/kubernetes/types.ts'
import { ownerOf, podState } from './pod-status.ts'
import { type PodTrouble, podTrouble } from './pod-trouble.ts'
import { asPod, type Pod } from './shapes.ts'
import {
  claimTrouble,
  type JobFact,
  jobFacts,
  namespaceTrouble,
  nodeTrouble,
  type ObjectTrouble,
  replicasOf,
  workloadTrouble,
} from './workload-trouble.ts'

/** Everything in one place that suffers from one cause. */
export interface Failure {
  cluster: string
  namespace: string
  /** Kind/name */
  workload: string
  cause: string
  tone: 'bad' | 'warn'
  /** Failing pods; 0 where the trouble is of the object itself */
  pods: number
  /** Ready and wanted pods of the workload: 2/5 */
  ready?: string
  /** ISO 8601; of the pod that has failed longest */
  since?: string
  /** A pod to look at */
  example?: string
  detail?: string
  message?: string
}

/** What one cluster has, failing or not. */
export interface ClusterFailures {
  failures: Failure[]
  pods: number
  nodes: number
  /** Pods on their way up or down, for less than five minutes */
  settling: number
  /** What could not be looked at, and why */
  unknowns: string[]
}

const kind = (group: string, resource: string, name: string, namespaced = true): ResourceKind => ({
  group,
  version: 'v1',
  resource,
  kind: name,
  namespaced,
})
const deployments = kind('apps', 'deployments', 'Deployment')
const statefulSets = kind('apps', 'statefulsets', 'StatefulSet')
const daemonSets = kind('apps', 'daemonsets', 'DaemonSet')
const jobs = kind('batch', 'jobs', 'Job')
const claims = kind('', 'persistentvolumeclaims', 'PersistentVolumeClaim')
const namespaces = kind('', 'namespaces', 'Namespace', false)

/** One cluster, each kind listed once and at the same time. Only the pods must be there. */
export async function readFailures(
  client: KubernetesCluster,
  {
    signal,
    namespace,
    now,
    begun,
  }: { signal: AbortSignal; namespace?: string | undefined; now: Date; begun?: () => void },
): Promise<ClusterFailures> {
  const unknowns: string[] = []
  const query = { signal, ...(namespace && { namespace }) }
  const list = async (kind: ResourceKind, wanted = true): Promise<KubeObject[]> => {
    if (!wanted) return []
    try {
      const items =
        kind === nodeKind
          ? await client.cached(kind, { signal })
          : (await client.list(kind, kind.namespaced ? query : { signal })).items
      // Whichever list is answered first: a server that is busy with its pods does not hang.
      begun?.()
      return items
    } catch (error) {
      if (signal.aborted) throw error
      unknowns.push(`${kind.resource} of ${client.cluster}: ${error instanceof Error ? error.message : error}`)
      return []
    }
  }
  const everywhere = namespace === undefined
  const [pods, nodes, sets, jobList, claimList, spaces] = await Promise.all([
    client.cached(podKind, { ...query, ...(begun && { begun }) }),
    list(nodeKind),
    Promise.all([deployments, statefulSets, daemonSets].map((one) => list(one))).then((lists) => lists.flat()),
    list(jobs),
    list(claims),
    list(namespaces, everywhere),
  ])
  const found = judge({ cluster: client.cluster, now, pods, nodes, sets, jobs: jobFacts(jobList) })
  const used = new Set(pods.flatMap((object) => claimsOf(asPod(object))))
  const own = (object: KubeObject, trouble: ObjectTrouble | undefined): Failure[] =>
    trouble ? [{ ...placeOf(client.cluster, object), pods: 0, ...trouble }] : []
  return {
    ...found,
    failures: [
      ...found.failures,
      ...claimList.flatMap((claim) => own(claim, claimTrouble(claim, now, used.has(keyOf(claim))))),
      ...spaces.flatMap((space) => own(space, namespaceTrouble(space, now))),
    ],
    // Nodes are of no namespace: asked for one, those that are fine are no news
    nodes: everywhere ? nodes.length : 0,
    unknowns,
  }
}

const keyOf = ({ metadata }: KubeObject) => `${metadata.namespace ?? ''}/${metadata.name}`
const claimsOf = ({ metadata, spec }: Pod): string[] =>
  (spec.volumes ?? []).flatMap(({ persistentVolumeClaim: claim }) =>
    claim ? `${metadata.namespace ?? ''}/${claim.claimName}` : [],
  )
const placeOf = (cluster: string, object: KubeObject) => ({
  cluster,
  namespace: object.metadata.namespace ?? '',
  workload: `${object.kind}/${object.metadata.name}`,
})

interface Seen {
  cluster: string
  now: Date
  pods: readonly KubeObject[]
  nodes: readonly KubeObject[]
  sets: readonly KubeObject[]
  jobs: ReadonlyMap<string, JobFact>
}

/** Causes that a lost node explains. */
const lostWithNode = new Set(['NotReady', 'Terminating', 'NodeLost', 'Unknown', 'ContainerCreating'])

function judge(seen: Seen): Omit<ClusterFailures, 'unknowns' | 'nodes'> {
  const { cluster, now, pods, nodes, sets, jobs } = seen
  const groups = new Map<string, Group>()
  const troubledNodes = new Map<string, Group>()
  for (const node of nodes) {
    const trouble = nodeTrouble(node)
    if (trouble) troubledNodes.set(node.metadata.name, newGroup({ ...placeOf(cluster, node), pods: 0, ...trouble }))
  }
  /** Workloads whose shortage is explained, or may pass by itself */
  const explained = new Set<string>()
  let settling = 0
  for (const object of pods) {
    const pod = asPod(object)
    const { name, namespace = '' } = pod.metadata
    const owner = ownerOf(pod) ?? `Pod/${name}`
    const job = owner.startsWith('Job/') ? jobs.get(`${namespace}/${owner.slice(4)}`) : undefined
    if (job?.state === 'complete' || job?.state === 'old') continue
    const trouble = podTrouble(pod, now)
    const workload = job?.workload ?? owner
    if (!trouble) {
      if (podState(pod, now).tone === 'busy') {
        settling++
        explained.add(`${namespace}/${workload}`)
      }
      continue
    }
    explained.add(`${namespace}/${workload}`)
    const node = troubledNodes.get(pod.spec.nodeName ?? '')
    if (node?.failure.cause === 'NodeNotReady' && lostWithNode.has(trouble.cause)) {
      // How long the node has been away says more than when each pod was noticed.
      addPod(node, { name, trouble: { ...trouble, since: node.failure.since } })
      continue
    }
    const cause = job?.trouble?.cause ?? trouble.cause
    const key = [namespace, workload, cause].join('|')
    const group = groups.get(key) ?? newGroup({ cluster, namespace, workload, cause, tone: trouble.tone, pods: 0 })
    groups.set(key, group)
    addPod(group, { name, trouble: { ...trouble, ...job?.trouble } })
  }
  for (const [key, { workload, trouble }] of jobs) {
    const namespace = key.slice(0, key.indexOf('/'))
    const group = [namespace, workload, trouble?.cause].join('|')
    if (trouble && !groups.has(group))
      groups.set(group, newGroup({ cluster, namespace, workload, pods: 0, ...trouble }))
  }
  const failures = [...troubledNodes.values(), ...groups.values()].map(({ failure }) => failure)
  const ready = new Map<string, string>()
  for (const set of sets) {
    const place = placeOf(cluster, set)
    const { ready: up, wanted } = replicasOf(set)
    ready.set(`${place.namespace}/${place.workload}`, `${up}/${wanted}`)
    if (explained.has(`${place.namespace}/${place.workload}`)) continue
    const trouble = workloadTrouble(set, now)
    if (trouble) failures.push({ ...place, pods: 0, ...trouble })
  }
  for (const failure of failures) {
    const of = ready.get(`${failure.namespace}/${failure.workload}`)
    if (of) failure.ready = of
  }
  return { failures, pods: pods.length, settling }
}

interface Group {
  failure: Failure
  /** Restarts of the example */
  restarts: number
}

const newGroup = (failure: Failure): Group => ({ failure, restarts: -1 })

/** Counts the pod; the one that restarted most often is the example. */
function addPod(
  group: Group,
  { name, trouble }: { name: string; trouble: Omit<PodTrouble, 'since'> & { since?: string | undefined } },
): void {
  const { failure } = group
  failure.pods++
  if (trouble.tone === 'bad') failure.tone = 'bad'
  if (trouble.since && (!failure.since || trouble.since < failure.since)) failure.since = trouble.since
  if (trouble.restarts <= group.restarts && failure.example) return
  group.restarts = trouble.restarts
  failure.example = name
  const { detail, message } = trouble
  // What is said of the node itself stands above what is said of a pod on it.
  if (failure.workload.startsWith('Node/')) return
  if (detail) failure.detail = detail
  if (message) failure.message = message
}

/** What `readFailures` asks of an API server. */
export const failingAccess: readonly Access[] = [
  podKind,
  nodeKind,
  deployments,
  statefulSets,
  daemonSets,
  jobs,
  claims,
  namespaces,
].map((kind) => ({
  verbs: kind === podKind || kind === nodeKind ? ['list', 'watch'] : ['list'],
  group: kind.group,
  resource: kind.resource,
}))

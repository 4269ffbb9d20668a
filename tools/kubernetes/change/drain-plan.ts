import { type Fact, isToolError, type Plan } from '#contract'
import { type KubeObject, type KubernetesCluster, nodeKind, podKind } from '../../clients/kubernetes/types.ts'
import { counted } from '../../table.ts'
import { ownerOf } from '../pod-status.ts'
import { copyRoom, place, requestedBy, roomOf } from '../room.ts'
import { asPod } from '../shapes.ts'
import { type DrainAim, type Fate, fateOf, gpusOf, serviceOf, workloadOf } from './drain.ts'
import { some } from './target.ts'

type Check = Plan['checks'][number]

export interface DrainSight {
  fates: Map<Fate, KubeObject[]>
  /** Pods a disruption budget holds now, with its words */
  blocked: { pod: KubeObject; reason: string }[]
  /** Pods that are to go and find no other node now */
  homeless: KubeObject[]
}

const most = 100
const atOnce = 10

/** Who would go, stay, be held, and find no place, without moving anybody. */
export async function seeDrain(
  client: KubernetesCluster,
  { node, aim, signal }: { node: KubeObject; aim: DrainAim; signal: AbortSignal },
): Promise<DrainSight> {
  const [pods, nodes] = await Promise.all([client.list(podKind, { signal }), client.list(nodeKind, { signal })])
  const here = pods.items.filter(({ spec }) => spec?.nodeName === node.metadata.name)
  const fates = Map.groupBy(here, (pod) => fateOf(pod, aim))
  const meant = (fates.get('evict') ?? []).filter(({ metadata }) => !metadata.deletionTimestamp)
  const others = nodes.items.filter(({ metadata }) => metadata.uid !== node.metadata.uid)
  return {
    fates,
    blocked: await tryEvictions(client, meant.slice(0, most), signal),
    homeless: withoutPlace(meant, { nodes: others, pods: pods.items, cluster: client.cluster }),
  }
}

async function tryEvictions(client: KubernetesCluster, pods: KubeObject[], signal: AbortSignal) {
  const blocked: DrainSight['blocked'] = []
  for (let from = 0; from < pods.length; from += atOnce)
    await Promise.all(
      pods.slice(from, from + atOnce).map(async (pod) => {
        const { namespace = '', name } = pod.metadata
        const answer = await client.evict({ namespace, pod: name, dryRun: true, signal }).catch((error) => {
          // It went by itself in between.
          if (isToolError(error) && error.code === 'not-found') return undefined
          throw error
        })
        if (answer && !answer.evicted) blocked.push({ pod, reason: answer.reason })
      }),
    )
  return blocked
}

/** Pods that come back elsewhere take room there; those that nobody makes again do not. */
function withoutPlace(
  meant: readonly KubeObject[],
  fleet: { nodes: readonly KubeObject[]; pods: readonly KubeObject[]; cluster: string },
): KubeObject[] {
  const rooms = copyRoom(roomOf(fleet.nodes, fleet.pods, fleet.cluster))
  const labels = new Map(fleet.nodes.map(({ metadata }) => [metadata.name, metadata.labels ?? {}]))
  return meant.filter((object) => {
    const pod = asPod(object)
    if (!ownerOf(pod) || pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed') return false
    const selected = Object.entries(pod.spec.nodeSelector ?? {})
    const fitting = rooms.filter(({ name }) => selected.every(([key, value]) => labels.get(name)?.[key] === value))
    return place(fitting, requestedBy(pod), 1).length === 0
  })
}

const podNames = (pods: readonly KubeObject[]) =>
  some(
    pods.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
    4,
  )

const isOfJob = ({ metadata, status }: KubeObject) =>
  status?.phase === 'Running' && metadata.ownerReferences?.some(({ kind }) => kind === 'Job')

export function drainChecks({ fates, blocked, homeless }: DrainSight): Check[] {
  const bare = fates.get('no-controller') ?? []
  const local = fates.get('local-storage') ?? []
  const gpus = gpusOf(homeless)
  const jobs = (fates.get('evict') ?? []).filter(isOfJob)
  const jobGpus = gpusOf(jobs)
  const reasons = [...Map.groupBy(blocked, ({ reason }) => reason)]
  return [
    ...(bare.length > 0
      ? [
          {
            label: `${counted(bare.length, 'pod')} would not come back: no controller makes them again`,
            state: 'fail' as const,
            detail: `${podNames(bare)}; force: true evicts them all the same`,
          },
        ]
      : []),
    ...(local.length > 0
      ? [
          {
            label: `${counted(local.length, 'pod')} would lose emptyDir data`,
            state: 'fail' as const,
            detail: `${podNames(local)}; deleteLocalData: true accepts that`,
          },
        ]
      : []),
    ...(jobs.length > 0
      ? [
          {
            label: `${counted(jobs.length, 'pod')} of Jobs${jobGpus > 0 ? ` with ${counted(jobGpus, 'GPU')}` : ''} start over`,
            state: 'warn' as const,
            detail: `${podNames(jobs)}; what they computed since their last checkpoint is lost`,
          },
        ]
      : []),
    ...reasons.slice(0, 6).map(
      ([reason, held]): Check => ({
        label: `${counted(held.length, 'pod')} held by a disruption budget now`,
        state: 'warn',
        detail: `${podNames(held.map(({ pod }) => pod))}: ${reason}. Tried again until the deadline`,
      }),
    ),
    homeless.length > 0
      ? {
          label: `${counted(homeless.length, 'pod')}${gpus > 0 ? ` with ${counted(gpus, 'GPU')}` : ''} find no other node now`,
          state: 'warn',
          detail: `${podNames(homeless)}; they will wait as Pending`,
        }
      : { label: 'Every pod finds room on another node', state: 'pass' },
  ]
}

/** Workloads that go, with their pods and GPUs, those with GPUs first. */
export function drainSteps({ fates }: DrainSight): Plan['steps'] {
  const groups = [...Map.groupBy(fates.get('evict') ?? [], (pod) => workloadOf(asPod(pod)))]
    .map(([workload, pods]) => ({ workload, pods, gpus: gpusOf(pods) }))
    .sort((left, right) => right.gpus - left.gpus || right.pods.length - left.pods.length)
  const shown = groups.slice(0, 14)
  const rest = groups.slice(14).reduce((sum, { pods }) => sum + pods.length, 0)
  return [
    ...shown.map(({ workload, pods, gpus }) => ({
      verb: 'Evict',
      target: workload,
      detail: `${counted(pods.length, 'pod')}${gpus > 0 ? `, ${counted(gpus, 'GPU')}` : ''}`,
    })),
    ...(rest > 0
      ? [{ verb: 'Evict', target: `${counted(groups.length - 14, 'more workload')}`, detail: counted(rest, 'pod') }]
      : []),
  ]
}

export function drainImpact({ fates }: DrainSight): Fact[] {
  const meant = fates.get('evict') ?? []
  const served = [...new Set(meant.flatMap((pod) => serviceOf(asPod(pod)) ?? []))].sort()
  const daemons = fates.get('daemon')?.length ?? 0
  const fixed = fates.get('static')?.length ?? 0
  const gpus = gpusOf(meant)
  return [
    { label: 'Pods evicted', value: String(meant.length) },
    ...(gpus > 0 ? [{ label: 'GPUs set free', value: String(gpus) }] : []),
    ...(served.length > 0 ? [{ label: 'Serving from it', value: some(served, 6), tone: 'warn' as const }] : []),
    ...(daemons > 0 ? [{ label: 'DaemonSet pods that stay', value: String(daemons) }] : []),
    ...(fixed > 0 ? [{ label: 'Static pods that stay', value: String(fixed) }] : []),
  ]
}

/** The workloads that would go or hold a drain up: when others come, the plan is another one. */
export const drainedWorkloads = ({ fates }: DrainSight): string[] => [
  ...new Set(
    (['evict', 'no-controller', 'local-storage'] as const).flatMap((fate) =>
      (fates.get(fate) ?? []).map((pod) => workloadOf(asPod(pod))),
    ),
  ),
]

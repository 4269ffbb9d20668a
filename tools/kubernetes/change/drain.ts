import { isToolError } from '#contract'
import { type KubeObject, type KubernetesCluster, podKind } from '../../clients/kubernetes/types.ts'
import { stepsNow } from '../../follow.ts'
import { counted } from '../../table.ts'
import { cell, span } from '../../text.ts'
import { ownerOf } from '../pod-status.ts'
import { podGpus } from '../quantity.ts'
import { asPod, type Pod } from '../shapes.ts'
import { type ChangeRow, type Observed, stepsOf } from './followed.ts'

/** How a pod of a node is treated when the node is drained (kubectl's rules). */
export type Fate = 'evict' | 'daemon' | 'static' | 'no-controller' | 'local-storage'

export interface DrainAim {
  /** Pods that nobody makes again may go too */
  force?: boolean
  /** emptyDir volumes may be lost */
  deleteLocalData?: boolean
}

export function fateOf(object: KubeObject, aim: DrainAim): Fate {
  const pod = asPod(object)
  const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller)
  if (pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined || owner?.kind === 'Node') return 'static'
  if (owner?.kind === 'DaemonSet') return 'daemon'
  if (pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed') return 'evict'
  if (!owner && !aim.force) return 'no-controller'
  if (pod.spec.volumes?.some(({ emptyDir }) => emptyDir !== undefined) && !aim.deleteLocalData) return 'local-storage'
  return 'evict'
}

/** What a pod belongs to, as people speak of it: the served model or the workload, with its namespace. */
export function workloadOf(pod: Pod): string {
  const { namespace, name } = pod.metadata
  // A CronJob makes a Job a run, named after the minute: all of them are one workload.
  const owner = (ownerOf(pod) ?? `Pod/${name}`).replace(/^Job\/(.+)-\d{8,10}$/, 'CronJob/$1')
  return `${namespace}/${owner}`
}

const servedBy: [string, string][] = [
  ['nvidia.com/dynamo-graph-deployment-name', 'model deployment'],
  ['serving.kserve.io/inferenceservice', 'inference service'],
  ['ray.io/cluster', 'Ray cluster'],
]
/** The model deployment, inference service or Ray cluster a pod is a part of. */
export function serviceOf({ metadata }: Pod): string | undefined {
  for (const [label, what] of servedBy) {
    const name = metadata.labels?.[label]
    if (name) return `${what} ${metadata.namespace}/${name}`
  }
  return undefined
}

export const podsOn = async (client: KubernetesCluster, node: string, signal: AbortSignal): Promise<KubeObject[]> =>
  (await client.list(podKind, { fieldSelector: `spec.nodeName=${node}`, signal })).items

export const gpusOf = (pods: readonly KubeObject[]): number => pods.reduce((sum, pod) => sum + podGpus(asPod(pod)), 0)

export interface DrainRound {
  /** Pods still on the node that are to go */
  left: number
  /** Of these, those that were asked to go and are going */
  going: number
  blocked: { pod: string; reason: string }[]
  /** Pods that the aim leaves where they are */
  kept: string[]
}

const atOnce = 10

/** Asks every pod that is to go and does not go yet. What a budget forbids is tried again in the next round. */
export async function drainRound(
  client: KubernetesCluster,
  { node, aim, signal }: { node: string; aim: DrainAim; signal: AbortSignal },
): Promise<DrainRound> {
  const pods = await podsOn(client, node, signal)
  const fates = Map.groupBy(pods, (pod) => fateOf(pod, aim))
  const meant = fates.get('evict') ?? []
  const waiting = meant.filter(({ metadata }) => !metadata.deletionTimestamp)
  const round: DrainRound = {
    left: meant.length,
    going: meant.length - waiting.length,
    blocked: [],
    kept: [...(fates.get('no-controller') ?? []), ...(fates.get('local-storage') ?? [])].map(nameOf),
  }
  for (let from = 0; from < waiting.length; from += atOnce)
    await Promise.all(
      waiting.slice(from, from + atOnce).map(async (pod) => {
        const answer = await ask(client, pod, signal)
        if (answer === undefined) round.left -= 1
        else if (answer === 'going') round.going += 1
        else round.blocked.push({ pod: nameOf(pod), reason: answer })
      }),
    )
  return round
}

const nameOf = ({ metadata }: KubeObject) => `${metadata.namespace}/${metadata.name}`

/** Undefined: it is gone. */
async function ask(client: KubernetesCluster, pod: KubeObject, signal: AbortSignal): Promise<string | undefined> {
  const { namespace = '', name, uid } = pod.metadata
  try {
    const answer = await client.evict({ namespace, pod: name, signal, ...(uid !== undefined && { uid }) })
    return answer.evicted ? 'going' : answer.reason
  } catch (error) {
    if (!isToolError(error)) throw error
    if (error.code === 'not-found') return undefined
    // A busy server, or a pod that was just replaced: the next round looks again.
    if (error.code === 'rate-limited' || error.code === 'conflict') return error.message
    throw error
  }
}

/** A drain as it stands after a round. */
export function lookAtDrain(
  row: Pick<ChangeRow, 'steps' | 'aim' | 'deadlineAt' | 'createdAt' | 'name'>,
  { left, going, blocked, kept }: DrainRound,
  now: Date,
): Observed {
  const total = Math.max(Number(row.aim.pods ?? 0), left)
  const done = left === 0 && kept.length === 0
  const late = !done && now >= row.deadlineAt
  // Pods that came since and that the plan did not speak of: nobody said that they may go.
  const failed = late || (left === 0 && kept.length > 0)
  const steps = stepsNow({
    labels: stepsOf('drain'),
    before: row.steps,
    reached: [true, done || (blocked.length === 0 && left === going && kept.length === 0), done],
    details: [
      undefined,
      `${total - blocked.length} of ${total}${blocked.length > 0 ? `, ${blocked.length} held by a budget` : ''}`,
      `${total - left} of ${total} gone`,
    ],
    failed,
    now,
  })
  const first = blocked[0]
  const words = [
    done && `${row.name} is empty but for pods of DaemonSets, and stays cordoned`,
    late && `Not empty after ${span((row.deadlineAt.getTime() - row.createdAt.getTime()) / 1000)}; it stays cordoned`,
    first && `${first.pod}: ${first.reason}${blocked.length > 1 ? `; ${blocked.length - 1} more are held too` : ''}`,
    !done && !first && left > 0 && `${counted(left, 'pod')} on the way out`,
    kept.length > 0 && `Left alone, as nobody approved it: ${kept.slice(0, 3).join(', ')}`,
  ]
  const message = words.filter(Boolean).join('. ')
  return { state: done ? 'succeeded' : failed ? 'failed' : 'running', steps, message: cell(message, 400) || null }
}

import { isToolError } from '#contract'
import type { Access } from '#define'
import type { KubeObject, KubernetesCluster, ResourceKind } from '../../clients/kubernetes/types.ts'
import type { Lever, ServedComponent } from '../runtimes/types.ts'
import { changeOf, type Target } from './target.ts'

/** What sets the replicas of a component: the lever to pull, and who else pulls at it. */
export interface ScalingOwner extends Lever {
  /** HPA shop/chat, KEDA ScaledObject shop/chat: it sets the number between its bounds */
  autoscaler?: string
  /** What one should know about it */
  note?: string
  /** What else may set the number, and why we may not look */
  unread?: string
}

const kindOf = (group: string, version: string, resource: string, kind: string): ResourceKind => ({
  ...{ group, version, resource, kind },
  namespaced: true,
})
const hpas = kindOf('autoscaling', 'v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler')
const scaledObjects = kindOf('keda.sh', 'v1alpha1', 'scaledobjects', 'ScaledObject')
const pausedAt = 'autoscaling.keda.sh/paused-replicas'
const paused = 'autoscaling.keda.sh/paused'

export const scalingAccess: readonly Access[] = [
  { verbs: ['list', 'get', 'patch'], group: hpas.group, resource: hpas.resource },
  { verbs: ['list', 'get', 'patch'], group: scaledObjects.group, resource: scaledObjects.resource },
]

interface Scalers {
  found: KubeObject[]
  unread?: string
}
const noneFound: Scalers = { found: [] }

interface Aimed extends Pick<Lever, 'kind' | 'targets'> {
  namespace: string
  /** Of the deployment: what its operator made for it follows it, and would be put back */
  uid: string | undefined
  signal: AbortSignal
}

/** Objects that scale one of the targets and that somebody made for it; none where the kind is missing. `unread`: they may not be read, and why. */
async function scalersOf(
  client: KubernetesCluster,
  { kind, namespace, targets, uid, signal }: Aimed,
): Promise<Scalers> {
  try {
    const { items } = await client.list(kind, { namespace, signal })
    const found = items.filter(({ metadata, spec }) => {
      if (uid !== undefined && metadata.ownerReferences?.some((owner) => owner.uid === uid)) return false
      const aim = spec?.scaleTargetRef as { kind?: string; name?: string } | undefined
      return targets.some((one) => one.kind === (aim?.kind ?? 'Deployment') && one.name === aim?.name)
    })
    return { found }
  } catch (error) {
    if (isToolError(error) && error.code === 'not-found') return { found: [] }
    if (isToolError(error) && error.code === 'upstream-denied') return { found: [], unread: error.message }
    throw error
  }
}

function byHpa(hpa: KubeObject, lever: Lever): ScalingOwner {
  const { name, namespace } = hpa.metadata
  const { minReplicas = 1, maxReplicas = 1 } = hpa.spec as { minReplicas?: number; maxReplicas?: number }
  const autoscaler = `HPA ${namespace}/${name}`
  // At 0 an HPA rests until somebody scales up again
  if (lever.replicas === 0) return { ...lever, note: `${autoscaler} rests while there are 0 replicas` }
  return {
    ...lever,
    ...{ autoscaler, title: autoscaler, kind: hpas, object: hpa },
    bounds: { min: minReplicas, max: maxReplicas },
    body: ({ min, max }) => ({ spec: { minReplicas: min, maxReplicas: max } }),
  }
}

function byKeda(scaled: KubeObject, lever: Lever): ScalingOwner {
  const { name, namespace, annotations = {} } = scaled.metadata
  const { minReplicaCount = 0, maxReplicaCount = 100 } = scaled.spec as Record<string, number | undefined>
  const autoscaler = `KEDA ScaledObject ${namespace}/${name}`
  const own = { autoscaler, title: autoscaler, kind: scaledObjects, object: scaled }
  const pause = (replicas: number) => ({ metadata: { annotations: { [pausedAt]: String(replicas) } }, spec: {} })
  if (annotations[pausedAt] !== undefined)
    return {
      ...lever,
      ...own,
      note: `it is paused at ${annotations[pausedAt]} and stays paused at the new number`,
      body: ({ min }) => pause(min),
    }
  if (annotations[paused] === 'true') return { ...lever, note: `${autoscaler} is paused` }
  return {
    ...lever,
    ...own,
    bounds: { min: minReplicaCount, max: maxReplicaCount },
    body: ({ min, max }) => (max === 0 ? pause(0) : { spec: { minReplicaCount: min, maxReplicaCount: max } }),
  }
}

const withoutSubresource = ({ subresource: _, ...owner }: ScalingOwner): ScalingOwner => owner

/**
 * Who sets the replicas of a component now: KEDA or an HPA where one aims at it, else the object that holds the number
 * (a scaling adapter, the deployment itself).
 */
export async function scalingOwner(
  target: Target,
  component: ServedComponent,
  signal: AbortSignal,
): Promise<ScalingOwner> {
  const { client, kind, object } = target
  const lever = await changeOf(target).lever({ client, kind, object, component, signal })
  const { targets } = lever
  const { namespace = '', uid } = object.metadata
  if (targets.length === 0 || lever.refusal) return lever
  const hasKeda = (await client.servedVersions(scaledObjects.group, signal)).includes(scaledObjects.version)
  const [scaled, hpa] = await Promise.all([
    hasKeda ? scalersOf(client, { kind: scaledObjects, namespace, targets, uid, signal }) : noneFound,
    scalersOf(client, { kind: hpas, namespace, targets, uid, signal }),
  ])
  if (scaled.found[0]) return changed(byKeda(scaled.found[0], lever), lever)
  if (hpa.found[0]) return changed(byHpa(hpa.found[0], lever), lever)
  const unread = scaled.unread ?? hpa.unread
  return unread === undefined ? lever : { ...lever, unread }
}

/** Where the number stands that we may not even read: whatever runs there stays as it is. */
export async function scalingOwnerOrUnread(
  target: Target,
  component: ServedComponent,
  signal: AbortSignal,
): Promise<ScalingOwner> {
  try {
    return await scalingOwner(target, component, signal)
  } catch (error) {
    if (!isToolError(error) || error.code !== 'upstream-denied') throw error
    const { kind, object } = target
    const { name, replicas } = component
    return {
      title: `replicas of ${name}`,
      kind,
      object,
      replicas,
      targets: [],
      body: () => ({ spec: {} }),
      unread: error.message,
    }
  }
}

/** An autoscaler is written itself, and not through the subresource of what it scales. */
const changed = (owner: ScalingOwner, lever: Lever): ScalingOwner =>
  owner.object === lever.object ? owner : withoutSubresource(owner)

/** Bounds that bring an autoscaler to this number and leave it its play on the other side. */
export function boundsFor(owner: Pick<Lever, 'bounds' | 'replicas'>, replicas: number): { min: number; max: number } {
  if (!owner.bounds || replicas === 0) return { min: replicas, max: replicas }
  const { min, max } = owner.bounds
  return replicas > owner.replicas
    ? { min: replicas, max: Math.max(max, replicas) }
    : { min: Math.min(min, replicas), max: replicas }
}

/** The patch that sets it, bound to what was read: a newer version is a conflict. */
export function patchOf(owner: ScalingOwner, wanted: { min: number; max: number }) {
  const { metadata } = owner.object
  const { metadata: more, ...body } = owner.body(wanted)
  return {
    name: metadata.name,
    ...(metadata.namespace && { namespace: metadata.namespace }),
    ...(owner.subresource && { subresource: owner.subresource }),
    body: {
      ...body,
      metadata: { ...more, ...(metadata.resourceVersion && { resourceVersion: metadata.resourceVersion }) },
    },
  }
}

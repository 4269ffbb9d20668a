import { isToolError, type Plan } from '#contract'
import {
  type KubeObject,
  type KubernetesCluster,
  nodeKind,
  podKind,
  type ResourceKind,
} from '../../clients/kubernetes/types.ts'
import { counted } from '../../table.ts'
import { podGpus } from '../quantity.ts'
import { type Amounts, place, requestedBy, roomOf } from '../room.ts'
import type { Pod, PodSpec } from '../shapes.ts'
import { some } from './target.ts'

type Check = Plan['checks'][number]

const kindOf = (group: string, version: string, resource: string, kind: string): ResourceKind => ({
  ...{ group, version, resource, kind },
  namespaced: true,
})
export const serviceKind = kindOf('', 'v1', 'services', 'Service')
const autoscalers = kindOf('autoscaling', 'v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler')

/** What is nice to know and not worth failing for: where the right to look is missing, that is said instead. */
export async function orUnknown<T>(label: string, look: Promise<T>): Promise<{ value?: T; unknown?: Check }> {
  try {
    return { value: await look }
  } catch (error) {
    if (!isToolError(error) || !['upstream-denied', 'not-found'].includes(error.code)) throw error
    return { unknown: { label, state: 'warn', detail: `could not be looked at: ${error.message.slice(0, 160)}` } }
  }
}

export interface Autoscaler {
  name: string
  min: number
  max: number
  /** The KEDA object behind it */
  keda?: string
}

/** The HPA that sets the replicas of a workload, with the ScaledObject behind it. */
export async function autoscalerOf(
  client: KubernetesCluster,
  { metadata }: KubeObject,
  { kind, signal }: { kind: ResourceKind; signal: AbortSignal },
): Promise<Autoscaler | undefined> {
  const { items } = await client.list(autoscalers, {
    signal,
    ...(metadata.namespace && { namespace: metadata.namespace }),
  })
  const found = items.find(({ spec }) => {
    const target = spec?.scaleTargetRef as { kind?: string; name?: string } | undefined
    return target?.kind === kind.kind && target.name === metadata.name
  })
  if (!found) return undefined
  const { minReplicas = 1, maxReplicas = 0 } = found.spec as { minReplicas?: number; maxReplicas?: number }
  const keda = found.metadata.ownerReferences?.find((owner) => owner.kind === 'ScaledObject')?.name
  return { name: found.metadata.name, min: minReplicas, max: maxReplicas, ...(keda && { keda }) }
}

/** The Services that send traffic to pods with these labels. */
export async function servicesFor(
  client: KubernetesCluster,
  { namespace, labels }: { namespace: string | undefined; labels: Record<string, string> },
  signal: AbortSignal,
): Promise<string[]> {
  if (!namespace) return []
  const { items } = await client.list(serviceKind, { namespace, signal })
  return items
    .filter(({ spec }) => {
      const selector = Object.entries((spec?.selector as Record<string, string> | undefined) ?? {})
      return selector.length > 0 && selector.every(([key, value]) => labels[key] === value)
    })
    .map(({ metadata }) => metadata.name)
}

interface Template {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }
  spec?: PodSpec
}
export const templateOf = (object: KubeObject): Template => (object.spec?.template ?? {}) as Template
const podFrom = (object: KubeObject): Pod => ({
  metadata: object.metadata,
  spec: templateOf(object).spec ?? {},
  status: {},
})
/** GPUs of one pod of a workload. */
export const gpusEach = (object: KubeObject): number => podGpus(podFrom(object))

/** Whether so many more pods of a workload find a node now; undefined where nothing is asked for. */
export async function roomCheck(
  client: KubernetesCluster,
  object: KubeObject,
  { more, signal }: { more: number; signal: AbortSignal },
): Promise<Check | undefined> {
  if (more <= 0) return undefined
  const pod = podFrom(object)
  const [nodes, pods] = await Promise.all([client.list(nodeKind, { signal }), client.list(podKind, { signal })])
  const selected = Object.entries(pod.spec.nodeSelector ?? {})
  const fitting = nodes.items.filter(({ metadata }) =>
    selected.every(([key, value]) => metadata.labels?.[key] === value),
  )
  const asked = requestedBy(pod)
  return describeRoom(asked, { more, placed: place(roomOf(fitting, pods.items, client.cluster), asked, more).length })
}

function describeRoom(asked: Amounts, { more, placed }: { more: number; placed: number }): Check {
  const each = asked.gpus > 0 ? ` with ${counted(asked.gpus, 'GPU')} each` : ''
  const label = asked.gpus > 0 ? 'Free GPUs' : 'Room on the nodes'
  const detail = `room for ${placed} of ${counted(more, 'more pod')}${each}`
  return placed >= more
    ? { label, state: 'pass', detail }
    : { label, state: 'warn', detail: `${detail}; the others will wait` }
}

/** Whoever made an object makes it again, or sets it back. */
export function ownerCheck({ metadata }: KubeObject, what: string): Check | undefined {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller)
  if (!owner) return undefined
  return {
    label: `It belongs to ${owner.kind} ${owner.name}`,
    state: 'warn',
    detail: `which may ${what}: change that instead`,
  }
}

export const namesOf = (objects: readonly KubeObject[], most = 5): string =>
  some(
    objects.map(({ metadata }) => metadata.name),
    most,
  )

import { isDeepStrictEqual } from 'node:util'
import type { KubeObject, KubernetesCluster, ResourceKind } from '../../clients/kubernetes/types.ts'
import { cell } from '../../text.ts'
import { selectorText } from './rollout.ts'
import { some } from './target.ts'

/** One version of the pod template of a workload that the cluster still keeps. */
export interface Revision {
  number: number
  /** Numbers it had before somebody came back to it */
  past: number[]
  /** ReplicaSet or ControllerRevision */
  name: string
  at: string | undefined
  template: Record<string, unknown>
  cause?: string
}

const apps = (resource: string, kind: string): ResourceKind => ({
  group: 'apps',
  version: 'v1',
  resource,
  kind,
  namespaced: true,
})
const replicaSets = apps('replicasets', 'ReplicaSet')
const controllerRevisions = apps('controllerrevisions', 'ControllerRevision')
const revisionKey = 'deployment.kubernetes.io/revision'
const historyKey = 'deployment.kubernetes.io/revision-history'
const causeKey = 'kubernetes.io/change-cause'

/** Newest first: ReplicaSets of a Deployment, ControllerRevisions of a StatefulSet or DaemonSet. */
export async function revisionsOf(
  client: KubernetesCluster,
  { kind, object }: { kind: ResourceKind; object: KubeObject },
  signal: AbortSignal,
): Promise<Revision[]> {
  const byReplicaSet = kind.resource === 'deployments'
  const { uid, namespace } = object.metadata
  const labelSelector = selectorText(object.spec?.selector)
  const { items } = await client.list(byReplicaSet ? replicaSets : controllerRevisions, {
    signal,
    ...(namespace && { namespace }),
    ...(labelSelector && { labelSelector }),
  })
  return items
    .filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid))
    .map(byReplicaSet ? ofReplicaSet : ofControllerRevision)
    .sort((left, right) => right.number - left.number)
}

function ofReplicaSet({ metadata, spec }: KubeObject): Revision {
  const { [revisionKey]: number, [historyKey]: history, [causeKey]: cause } = metadata.annotations ?? {}
  const template = spec?.template as { metadata?: { labels?: Record<string, string> } }
  const { 'pod-template-hash': _, ...labels } = template.metadata?.labels ?? {}
  return {
    number: Number(number ?? 0),
    past: (history ?? '').split(',').filter(Boolean).map(Number),
    name: metadata.name,
    at: metadata.creationTimestamp,
    template: { ...template, metadata: { ...template.metadata, labels } },
    ...(cause && { cause: cell(cause, 80) }),
  }
}

function ofControllerRevision(object: KubeObject): Revision {
  const { metadata } = object
  const data = object.data as { spec?: { template?: Record<string, unknown> } } | undefined
  const { $patch: _, ...template } = data?.spec?.template ?? {}
  const cause = metadata.annotations?.[causeKey]
  return {
    number: Number(object.revision ?? 0),
    past: [],
    name: metadata.name,
    at: metadata.creationTimestamp,
    template,
    ...(cause && { cause: cell(cause, 80) }),
  }
}

/** The revision whose pods are asked for now: the API server writes the template of both. */
export const currentOf = (revisions: readonly Revision[], object: KubeObject): Revision | undefined =>
  revisions.find(({ template }) => isDeepStrictEqual(comparable(template), comparable(object.spec?.template)))

const comparable = (template: unknown): unknown => {
  const { metadata, ...rest } = (template ?? {}) as { metadata?: Record<string, unknown> }
  const { creationTimestamp: _, ...meta } = metadata ?? {}
  return { ...rest, metadata: meta }
}

/** A number as it is now or was before somebody came back to it. */
export const findRevision = (revisions: readonly Revision[], number: number): Revision | undefined =>
  revisions.find((one) => one.number === number) ?? revisions.find(({ past }) => past.includes(number))

/** `registry/web:2.1, registry/sidecar:1`. */
export function imagesOf(template: Record<string, unknown>): string {
  const { containers = [] } = (template.spec ?? {}) as { containers?: { image?: string }[] }
  return some(
    containers.map(({ image }) => image ?? '?'),
    3,
  )
}

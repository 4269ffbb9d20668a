import type { Cluster } from '../world/cluster.ts'
import type { KubeObject } from '../world/kube-types.ts'
import type { ResourceType } from './resources.ts'
import { badRequest, conflict, invalid, notFound } from './status.ts'

interface Scalable {
  replicas?: number
  selector?: { matchLabels?: Record<string, string> }
}

/** The scale subresource of an object. */
export function scaleOf(type: ResourceType, object: KubeObject): unknown {
  const spec = object.spec as Scalable
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const selector = Object.entries(spec.selector?.matchLabels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
  const replicas = (object.status as { replicas?: number } | undefined)?.replicas ?? 0
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(type.namespaced ? { namespace } : {}), uid, resourceVersion, creationTimestamp },
    spec: { replicas: spec.replicas ?? 1 },
    status: { replicas, ...(selector ? { selector } : {}) },
  }
}

export interface ScaleChange {
  namespace: string | undefined
  name: string
  body: unknown
  dryRun: boolean
}

/** Sets the replicas of an object through its scale subresource. */
export function changeScale(
  cluster: Cluster,
  type: ResourceType,
  { namespace, name, body, dryRun }: ScaleChange,
): KubeObject {
  const current = cluster.store.get(type.key, namespace, name)
  if (!current) throw notFound(type, name)
  const { resourceVersion } = (body as { metadata?: { resourceVersion?: string } } | undefined)?.metadata ?? {}
  if (resourceVersion && resourceVersion !== current.metadata.resourceVersion) throw conflict(type, name)
  const replicas = (body as { spec?: { replicas?: unknown } } | undefined)?.spec?.replicas
  if (typeof replicas !== 'number') throw badRequest('Scale: spec.replicas must be a number')
  if (replicas < 0 || !Number.isInteger(replicas)) {
    const message = `Invalid value: ${replicas}: must be greater than or equal to 0`
    throw invalid({ ...type, group: 'autoscaling', kind: 'Scale' }, name, [
      { reason: 'FieldValueInvalid', message, field: 'spec.replicas' },
    ])
  }
  const next = { ...current, spec: { ...(current.spec as Scalable), replicas } }
  return dryRun ? next : cluster.store.put(type.key, next)
}

import { isToolError, type Plan } from '#contract'
import { type KubeObject, type KubernetesCluster, podKind, type ResourceKind } from '../../clients/kubernetes/types.ts'
import { counted } from '../../table.ts'
import { asPod, type PodSpec } from '../shapes.ts'
import { namesOf, serviceKind, servicesFor, templateOf } from './surroundings.ts'
import { some } from './target.ts'

type Check = Plan['checks'][number]

const kindOf = (group: string, resource: string, kind: string): ResourceKind => ({
  ...{ group, resource, kind },
  version: 'v1',
  namespaced: true,
})
/** Kinds whose objects usually belong to others. */
export const ownedKinds: readonly ResourceKind[] = [
  kindOf('apps', 'deployments', 'Deployment'),
  kindOf('apps', 'statefulsets', 'StatefulSet'),
  kindOf('apps', 'daemonsets', 'DaemonSet'),
  kindOf('apps', 'replicasets', 'ReplicaSet'),
  kindOf('batch', 'jobs', 'Job'),
  kindOf('', 'persistentvolumeclaims', 'PersistentVolumeClaim'),
  serviceKind,
  podKind,
]

export interface Neighbours {
  /** What goes with it, by kind */
  owned: Map<string, KubeObject[]>
  /** Services that send traffic to its pods */
  services: string[]
  /** Pods that use it: a claim, a ConfigMap, a Secret, a Service */
  users: KubeObject[]
  /** Kinds that could not be listed */
  unseen: string[]
}

/** What hangs on an object in its namespace, or, of a namespace, what is in it. */
export async function neighboursOf(
  client: KubernetesCluster,
  { kind, object }: { kind: ResourceKind; object: KubeObject },
  signal: AbortSignal,
): Promise<Neighbours> {
  const { name, uid } = object.metadata
  const isNamespace = kind.group === '' && kind.resource === 'namespaces'
  const namespace = isNamespace ? name : object.metadata.namespace
  if (namespace === undefined) return { owned: new Map(), services: [], users: [], unseen: [] }
  const unseen: string[] = []
  const lists = await Promise.all(
    ownedKinds.map(async (one) => {
      try {
        const { items } = await client.list(one, { namespace, signal })
        return items.map((item): [string, KubeObject] => [one.kind, item])
      } catch (error) {
        if (!isToolError(error) || error.code !== 'upstream-denied') throw error
        unseen.push(one.kind)
        return []
      }
    }),
  )
  const all = lists.flat()
  const owned = isNamespace ? all : descendants(uid, all)
  const pods = all.filter(([one]) => one === 'Pod').map(([, pod]) => pod)
  const labels = kind.resource === 'pods' ? (object.metadata.labels ?? {}) : (templateOf(object).metadata?.labels ?? {})
  const selected = Object.keys(labels).length > 0
  const services =
    selected && !isNamespace && !unseen.includes('Service')
      ? await servicesFor(client, { namespace, labels }, signal)
      : []
  return {
    owned: new Map([...Map.groupBy(owned, ([one]) => one)].map(([one, list]) => [one, list.map(([, item]) => item)])),
    services,
    users: pods.filter((pod) => uses(pod, { kind, object })),
    unseen,
  }
}

/** Children and their children. */
function descendants(uid: string | undefined, all: readonly [string, KubeObject][]): [string, KubeObject][] {
  const family = new Set([uid])
  const found: [string, KubeObject][] = []
  for (let before = -1; found.length !== before; ) {
    before = found.length
    for (const one of all) {
      const { metadata } = one[1]
      if (family.has(metadata.uid) || !metadata.ownerReferences?.some((owner) => family.has(owner.uid))) continue
      family.add(metadata.uid)
      found.push(one)
    }
  }
  return found
}

function uses(pod: KubeObject, { kind, object }: { kind: ResourceKind; object: KubeObject }): boolean {
  if (kind.group !== '') return false
  const { name } = object.metadata
  const { spec } = asPod(pod)
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])]
  const volume = (holds: (one: NonNullable<PodSpec['volumes']>[number]) => boolean) => (spec.volumes ?? []).some(holds)
  switch (kind.resource) {
    case 'persistentvolumeclaims':
      return volume(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === name)
    case 'configmaps':
      return (
        volume(({ configMap }) => configMap?.name === name) ||
        containers.some(
          ({ env, envFrom }) =>
            envFrom?.some(({ configMapRef }) => configMapRef?.name === name) ||
            env?.some(({ valueFrom }) => valueFrom?.configMapKeyRef?.name === name),
        )
      )
    case 'secrets':
      return (
        volume(({ secret }) => secret?.secretName === name) ||
        (spec.imagePullSecrets ?? []).some((one) => one.name === name) ||
        containers.some(
          ({ env, envFrom }) =>
            envFrom?.some(({ secretRef }) => secretRef?.name === name) ||
            env?.some(({ valueFrom }) => valueFrom?.secretKeyRef?.name === name),
        )
      )
    case 'services': {
      const selector = Object.entries((object.spec?.selector as Record<string, string> | undefined) ?? {})
      return selector.length > 0 && selector.every(([key, value]) => pod.metadata.labels?.[key] === value)
    }
    default:
      return false
  }
}

export function deletionChecks(
  { owned, services, users, unseen }: Neighbours,
  { kind, object, propagation }: { kind: ResourceKind; object: KubeObject; propagation: string },
): Check[] {
  const { finalizers = [], ownerReferences = [] } = object.metadata
  const owner = ownerReferences.find(({ controller }) => controller)
  const going = [...owned].map(([one, list]) => `${counted(list.length, one)} (${namesOf(list, 3)})`)
  const warn = (label: string, detail?: string): Check => ({ label, state: 'warn', ...(detail && { detail }) })
  const data = owned.get('PersistentVolumeClaim') ?? (kind.resource === 'persistentvolumeclaims' ? [object] : [])
  return [
    ...(going.length > 0
      ? [warn(propagation === 'orphan' ? 'Left without an owner' : 'Goes with it', going.join(', '))]
      : []),
    ...(data.length > 0
      ? [warn('Data of a volume may be lost', `${namesOf(data)}: what its storage class does with the volume decides`)]
      : []),
    ...(services.length > 0 ? [warn('It serves traffic', `Service ${some(services)} sends to its pods`)] : []),
    ...(users.length > 0
      ? [
          warn(
            kind.resource === 'services' ? 'Traffic to its pods ends' : 'Pods use it',
            `${counted(users.length, 'pod')}: ${namesOf(users, 4)}`,
          ),
        ]
      : []),
    ...(owner ? [warn(`${owner.kind} ${owner.name} will make it again`, 'delete or change that instead')] : []),
    ...(finalizers.length > 0 ? [warn('It stays until its finalizers are done', some(finalizers))] : []),
    ...(unseen.length > 0 ? [warn('Not everything could be looked at', `no right to list ${some(unseen)}`)] : []),
  ]
}

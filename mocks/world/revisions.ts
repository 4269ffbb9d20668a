import type { KubeObject, Pod } from './kube-types.ts'
import { nameSuffix } from './random.ts'
import { isReady, livePods, ownerReference, specOf, type WorkloadTools } from './workloads.ts'

const REVISIONS = 'controllerrevisions.apps'
export const HASH_LABEL = 'controller-revision-hash'

export interface Revision {
  /** Name of the ControllerRevision */
  name: string
  /** What pods of this revision carry as `controller-revision-hash` */
  label: string
}

/** The revision of the template as it is now. Going back to an older one makes that the newest, as the controllers do. */
export function keepRevision({ cluster }: WorkloadTools, set: KubeObject): Revision {
  const { template } = specOf(set)
  const hash = nameSuffix(JSON.stringify(template), 10)
  const name = `${set.metadata.name}-${hash}`
  // A StatefulSet writes the whole name, a DaemonSet the hash alone.
  const label = set.kind === 'StatefulSet' ? name : hash
  const known = cluster.store.ownedBy(REVISIONS, set.metadata.uid)
  const newest = Math.max(0, ...known.map((one) => Number(one.revision)))
  const own = known.find((one) => one.metadata.name === name)
  if (own?.revision === newest) return { name, label }
  cluster.store.put(REVISIONS, {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name,
      namespace: set.metadata.namespace,
      labels: { ...template.metadata?.labels, [HASH_LABEL]: label },
      ownerReferences: [ownerReference(set)],
      ...(cluster.booting ? { creationTimestamp: set.metadata.creationTimestamp } : {}),
    },
    data: { spec: { template: { ...template, $patch: 'replace' } } },
    revision: newest + 1,
  })
  return { name, label }
}

interface UpdateStrategy {
  type?: string
  rollingUpdate?: { partition?: number }
}

const hashOf = (pod: Pod) => pod.metadata.labels?.[HASH_LABEL]

/** Pods of the newest revision; one older pod makes room where all are ready and the strategy replaces them. */
export function rollOne(tools: WorkloadTools, set: KubeObject, label: string): number {
  const strategy = (set.spec as { updateStrategy?: UpdateStrategy }).updateStrategy
  const live = livePods(tools.cluster, set)
  const old = live.filter((pod) => hashOf(pod) !== label)
  const ordinal = (pod: Pod) => Number(pod.metadata.name.split('-').at(-1))
  const partition = strategy?.rollingUpdate?.partition ?? 0
  const due = old.filter((pod) => set.kind !== 'StatefulSet' || ordinal(pod) >= partition)
  const next = [...due].sort((a, b) => ordinal(b) - ordinal(a) || a.metadata.name.localeCompare(b.metadata.name))
  const broken = next.find((pod) => !isReady(pod))
  const settled = live.every(isReady)
  const victim = broken ?? (settled ? next[0] : undefined)
  if (victim && strategy?.type !== 'OnDelete') tools.lifecycle.terminate(victim)
  return live.length - old.length
}

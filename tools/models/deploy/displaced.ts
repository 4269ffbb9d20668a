import type { KubeObject } from '../../clients/kubernetes/types.ts'
import { asNode, asPod, gpuModelOf, holdsResources, podGpus } from '../../kubernetes/service.ts'

export interface Displaced {
  /** namespace/name */
  pod: string
  node: string
  gpus: number
  priority: number
}

const priorityOf = (object: KubeObject): number => Number(object.spec?.priority ?? 0)

/**
 * Pods of lower priority that the scheduler would evict for `missing` more workers with `gpus` GPUs on a node of this GPU
 * model: those of lowest priority first, on as few nodes as it takes. `missing` in the answer: workers that even this gives
 * no place. An estimate: the scheduler also weighs disruption budgets and how long pods have run.
 */
export function displacedBy(
  { nodes, pods }: { nodes: readonly KubeObject[]; pods: readonly KubeObject[] },
  wanted: { missing: number; gpus: number; gpuModel: string; priority: number; free: ReadonlyMap<string, number> },
): { displaced: Displaced[]; missing: number } {
  const { gpus, gpuModel, priority, free } = wanted
  const lower = Map.groupBy(
    pods.filter((object) => {
      const pod = asPod(object)
      return pod.spec.nodeName && holdsResources(pod) && podGpus(pod) > 0 && priorityOf(object) < priority
    }),
    (object) => asPod(object).spec.nodeName!,
  )
  let missing = wanted.missing
  const displaced: Displaced[] = []
  const able = nodes
    .filter((object) => gpuModelOf(asNode(object)) === gpuModel && lower.has(object.metadata.name))
    .map(({ metadata: { name } }) => ({ name, free: free.get(name) ?? 0, victims: lower.get(name)! }))
    .sort((one, other) => other.free - one.free)
  for (const node of able) {
    let room = node.free
    const victims = [...node.victims].sort((one, other) => priorityOf(one) - priorityOf(other))
    const taken: Displaced[] = []
    while (missing > 0) {
      if (room >= gpus) {
        displaced.push(...taken.splice(0))
        room -= gpus
        missing--
        continue
      }
      const victim = victims.shift()
      if (!victim) break
      const { namespace = '', name } = victim.metadata
      const held = podGpus(asPod(victim))
      taken.push({ pod: `${namespace}/${name}`, node: node.name, gpus: held, priority: priorityOf(victim) })
      room += held
    }
    if (missing === 0) break
  }
  return { displaced, missing }
}

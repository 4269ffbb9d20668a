import type { Cluster } from './cluster.ts'
import type { KubeObject } from './kube-types.ts'

interface Step {
  fromMs: number
  object: KubeObject | undefined
}

export interface ObjectTrack {
  first: KubeObject
  at(atMs: number): KubeObject | undefined
}

/** What nodes and workloads were like at any time since the world began (and before: as they were then). */
export interface ObjectHistory {
  tracks(resource: string): ObjectTrack[]
  version(): number
}

const RESOURCES = ['nodes', 'deployments.apps', 'statefulsets.apps', 'daemonsets.apps', 'jobs.batch']

export function createObjectHistory(cluster: Cluster): ObjectHistory {
  const steps = new Map<string, Map<string, Step[]>>(RESOURCES.map((resource) => [resource, new Map()]))
  let version = 0

  function note(resource: string, object: KubeObject, step: Step) {
    const shelf = steps.get(resource)
    if (!shelf) return
    const list = shelf.get(object.metadata.uid)
    if (list) list.push(step)
    else {
      shelf.set(object.metadata.uid, [step])
      version++
    }
  }

  for (const resource of RESOURCES) {
    for (const object of cluster.store.list(resource)) {
      note(resource, object, { fromMs: Date.parse(object.metadata.creationTimestamp), object })
    }
  }
  cluster.store.subscribe(({ type, resource, object }) =>
    note(resource, object, { fromMs: cluster.timeline.now(), object: type === 'DELETED' ? undefined : object }),
  )

  return {
    version: () => version,
    tracks: (resource) =>
      [...(steps.get(resource)?.values() ?? [])].map((list) => ({
        first: list[0]!.object ?? list.at(-1)!.object!,
        at: (atMs) => list.findLast((step) => step.fromMs <= atMs)?.object,
      })),
  }
}

import type { Draft, KubeObject } from './kube-types.ts'
import { uuidOf } from './random.ts'
import { kubeTime } from './time-text.ts'

export interface Change {
  type: 'ADDED' | 'MODIFIED' | 'DELETED'
  resource: string
  revision: number
  object: KubeObject
}

/**
 * The objects of one cluster, as etcd holds them: keyed by resource (`pods`, `deployments.apps`, …), namespace and name, with one
 * revision for the whole store and a log of changes to watch. Objects are replaced, never edited, so a reader may keep them.
 */
export interface Store {
  list(resource: string): KubeObject[]
  get(resource: string, namespace: string | undefined, name: string): KubeObject | undefined
  /** Objects of a resource that name this uid as an owner, oldest first. */
  ownedBy(resource: string, uid: string): KubeObject[]
  /** Creates or replaces. `spec` changes raise the generation. Returns what was stored. */
  put(resource: string, draft: Draft): KubeObject
  /** Replaces with what `edit` returns of the current one; undefined when there is none. */
  edit<T extends KubeObject>(resource: string, key: Key, edit: (current: T) => T): T | undefined
  remove(resource: string, namespace: string | undefined, name: string): KubeObject | undefined
  revision(): number
  /** The names of the resources that have a shelf. */
  resources(): string[]
  /** Changes after a revision, or 'expired' when the log no longer reaches back that far. */
  changesSince(resource: string, revision: number): Change[] | 'expired'
  subscribe(listener: (change: Change) => void): () => void
}

export interface Key {
  namespace?: string
  name: string
}

const LOG_LIMIT = 20_000

interface Shelf {
  objects: Map<string, KubeObject>
  sorted: KubeObject[] | undefined
  /** Owner uid to keys. */
  owned: Map<string, Set<string>>
}

export function createStore({ seed, now }: { seed: string; now: () => number }): Store {
  const shelves = new Map<string, Shelf>()
  const listeners = new Set<(change: Change) => void>()
  let log: Change[] = []
  let logFrom = 0
  let revision = 1000

  const keyOf = (namespace: string | undefined, name: string) => `${namespace ?? ''}/${name}`

  function shelfOf(resource: string): Shelf {
    const known = shelves.get(resource)
    if (known) return known
    const shelf: Shelf = { objects: new Map(), sorted: undefined, owned: new Map() }
    shelves.set(resource, shelf)
    return shelf
  }

  function record(change: Change) {
    log.push(change)
    if (log.length > LOG_LIMIT) {
      log = log.slice(LOG_LIMIT / 2)
      logFrom = log[0]!.revision - 1
    }
    for (const listener of listeners) listener(change)
  }

  function disown(shelf: Shelf, key: string, object: KubeObject | undefined) {
    for (const { uid } of object?.metadata.ownerReferences ?? []) shelf.owned.get(uid)?.delete(key)
  }

  function put(resource: string, draft: Draft): KubeObject {
    const shelf = shelfOf(resource)
    const key = keyOf(draft.metadata.namespace, draft.metadata.name)
    const current = shelf.objects.get(key)
    revision++
    const specChanged = !current || JSON.stringify(current.spec) !== JSON.stringify(draft.spec)
    const generation =
      draft.spec === undefined ? undefined : (current?.metadata.generation ?? 0) + (specChanged ? 1 : 0)
    const object: KubeObject = {
      ...draft,
      metadata: {
        ...draft.metadata,
        uid: current?.metadata.uid ?? draft.metadata.uid ?? uuidOf(`${seed}/${resource}/${key}/${revision}`),
        resourceVersion: String(revision),
        creationTimestamp: current?.metadata.creationTimestamp ?? draft.metadata.creationTimestamp ?? kubeTime(now()),
        ...(generation === undefined ? {} : { generation }),
      },
    }
    shelf.objects.set(key, object)
    shelf.sorted = undefined
    // An update keeps its place in the owner's list, so "oldest first" holds.
    if (JSON.stringify(current?.metadata.ownerReferences) !== JSON.stringify(object.metadata.ownerReferences))
      disown(shelf, key, current)
    for (const { uid } of object.metadata.ownerReferences ?? []) {
      const keys = shelf.owned.get(uid)
      if (keys) keys.add(key)
      else shelf.owned.set(uid, new Set([key]))
    }
    record({ type: current ? 'MODIFIED' : 'ADDED', resource, revision, object })
    return object
  }

  const get = (resource: string, namespace: string | undefined, name: string) =>
    shelves.get(resource)?.objects.get(keyOf(namespace, name))

  return {
    list(resource) {
      const shelf = shelfOf(resource)
      shelf.sorted ??= [...shelf.objects.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object)
      return shelf.sorted
    },
    get,
    ownedBy(resource, uid) {
      const shelf = shelfOf(resource)
      return [...(shelf.owned.get(uid) ?? [])].map((key) => shelf.objects.get(key)!)
    },
    put,
    edit<T extends KubeObject>(resource: string, { namespace, name }: Key, edit: (current: T) => T) {
      const current = get(resource, namespace, name)
      return current ? (put(resource, edit(current as T)) as T) : undefined
    },
    remove(resource, namespace, name) {
      const shelf = shelfOf(resource)
      const key = keyOf(namespace, name)
      const current = shelf.objects.get(key)
      if (!current) return undefined
      revision++
      shelf.objects.delete(key)
      shelf.sorted = undefined
      disown(shelf, key, current)
      const object = { ...current, metadata: { ...current.metadata, resourceVersion: String(revision) } }
      record({ type: 'DELETED', resource, revision, object })
      return object
    },
    revision: () => revision,
    resources: () => [...shelves.keys()],
    changesSince(resource, since) {
      if (since < logFrom) return 'expired'
      const changes: Change[] = []
      for (let index = log.length - 1; index >= 0 && log[index]!.revision > since; index--) {
        if (log[index]!.resource === resource) changes.push(log[index]!)
      }
      return changes.reverse()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

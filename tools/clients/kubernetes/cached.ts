import { setImmediate as turn } from 'node:timers/promises'
import type { ToolError } from '#contract'
import type { Endpoint, EndpointCall } from '../endpoint.ts'
import { parseAnswer } from '../parse.ts'
import { listAll } from './list.ts'
import { pathOf } from './paths.ts'
import { slimOf } from './slim.ts'
import type { CachedQuery, KubeObject, ResourceKind } from './types.ts'
import type { WatchEvent } from './watch-stream.ts'
import { kubeList } from './wire.ts'

/** Objects that may be kept at once, over all clusters that share it. */
export interface Budget {
  take(objects: number): boolean
  give(objects: number): void
}

export function createBudget(objects: number): Budget {
  let left = objects
  return {
    take(count) {
      if (count > left) return false
      left -= count
      return true
    },
    give(count) {
      left += count
    },
  }
}

/** About 150 MB: a slim pod takes 2 to 3 kB. */
export const budgetObjects = 60_000

/** Without a question for this long, nobody follows any more; a first question after it only lists. */
const idleMs = 5 * 60_000
/** The server ends a watch after this long; then it is seen whether anybody still asks. */
const watchSeconds = 240
/** Bookmarks come every minute: a watch that is silent for longer is not trusted. */
const staleMs = 100_000
const backOffMs = (failures: number) => Math.min(60_000, 1_000 * 2 ** failures)
/** Who may list and not watch is not asked again soon. */
const deniedMs = 10 * 60_000

interface Live {
  objects: Map<string, KubeObject>
  /** The objects as an array, until something changes */
  snapshot?: KubeObject[]
  resourceVersion: string
  connected: boolean
  heardAtMs: number
  stop: AbortController
}

interface Shelf {
  live?: Live
  usedAtMs?: number
  /** No watch before this */
  retryAtMs: number
  failures: number
}

export interface CachedOptions {
  now: () => number
  credential: string
  explain: NonNullable<EndpointCall['explain']>
  budget: Budget
}

/**
 * Lists that are remembered. The first question lists; from the second within five minutes on, a watch follows what was listed, and
 * later questions cost one small request, which proves that the server answers and still lets us list. Whenever the watch is not
 * there, has been silent, or this client has changed something, the next question lists for real: a wrong answer is worse than a slow one.
 */
export function createCached(endpoint: Endpoint, options: CachedOptions) {
  const { now, credential, explain, budget } = options
  const shelves = new Map<string, Shelf>()
  const shelfOf = (kind: ResourceKind): Shelf => {
    const known = shelves.get(kind.resource)
    if (known) return known
    const shelf: Shelf = { retryAtMs: 0, failures: 0 }
    shelves.set(kind.resource, shelf)
    return shelf
  }

  async function probe(kind: ResourceKind, signal: AbortSignal | undefined): Promise<void> {
    const query = { path: pathOf(kind), query: { limit: 1 }, signal, explain }
    parseAnswer({ upstream: endpoint.upstream, cluster: endpoint.cluster }, kubeList, await endpoint.call(query))
  }

  async function cached(kind: ResourceKind, { namespace, signal, begun }: CachedQuery = {}): Promise<KubeObject[]> {
    const keep = kind.group === '' ? slimOf[kind.resource] : undefined
    const query = { ...(namespace !== undefined && { namespace }), ...(signal && { signal }) }
    const list = () => listAll(endpoint, { kind, query, explain, ...(begun && { begun }), ...(keep && { keep }) })
    if (!keep || endpoint.ended.aborted) return (await list()).items
    const shelf = shelfOf(kind)
    const before = shelf.usedAtMs
    shelf.usedAtMs = now()
    const found = await fromLive(kind, shelf, signal)
    if (found) return namespace === undefined ? found : found.filter(({ metadata }) => metadata.namespace === namespace)
    const { items, resourceVersion } = await list()
    const isWanted = namespace === undefined && before !== undefined && now() - before < idleMs
    if (isWanted && !shelf.live && now() >= shelf.retryAtMs) begin(kind, shelf, { items, resourceVersion })
    return items
  }

  async function fromLive(kind: ResourceKind, shelf: Shelf, signal: AbortSignal | undefined) {
    const { live } = shelf
    if (!live?.connected) return undefined
    await probe(kind, signal)
    // What the server sent before that answer lies in our buffers: read it first.
    await turn()
    if (shelf.live !== live || !live.connected) return undefined
    if (now() - live.heardAtMs > staleMs) {
      drop(shelf, live)
      return undefined
    }
    live.snapshot ??= [...live.objects.values()]
    return live.snapshot
  }

  function begin(kind: ResourceKind, shelf: Shelf, from: { items: KubeObject[]; resourceVersion: string }): void {
    if (!budget.take(from.items.length)) return
    const live: Live = {
      objects: new Map(from.items.map((object) => [keyOf(object), object])),
      resourceVersion: from.resourceVersion,
      connected: false,
      heardAtMs: now(),
      stop: new AbortController(),
    }
    shelf.live = live
    void follow(kind, shelf, live)
  }

  async function follow(kind: ResourceKind, shelf: Shelf, live: Live): Promise<void> {
    const signal = AbortSignal.any([live.stop.signal, endpoint.ended])
    // With the first watch, not at start: most processes never have one.
    const { watchOnce } = await import('./watch-stream.ts')
    /** Watches in a row that ended before they told anything */
    let mute = 0
    while (shelf.live === live) {
      const startedMs = now()
      let heard = false
      try {
        await watchOnce(endpoint, {
          kind,
          resourceVersion: live.resourceVersion,
          timeoutSeconds: watchSeconds,
          credential,
          signal,
          onOpen() {
            live.connected = true
            live.heardAtMs = now()
          },
          onEvent(event) {
            heard = true
            live.heardAtMs = now()
            if (!take(kind, live, event)) drop(shelf, live)
          },
        })
        live.connected = false
        mute = heard || now() - startedMs > staleMs ? 0 : mute + 1
        if (now() - (shelf.usedAtMs ?? 0) > idleMs) return drop(shelf, live)
      } catch (error) {
        live.connected = false
        if (signal.aborted) return drop(shelf, live)
        const status = (error as ToolError).options?.details?.status
        // Its version is too old: list anew with the next question.
        if (status === 410) return drop(shelf, live)
        if (status === 403) shelf.retryAtMs = now() + deniedMs
        mute = status === 403 ? 2 : heard ? 1 : mute + 1
      }
      if (mute > 1) {
        shelf.retryAtMs = Math.max(shelf.retryAtMs, now() + backOffMs(shelf.failures))
        shelf.failures++
        return drop(shelf, live)
      }
      if (heard) shelf.failures = 0
    }
  }

  /** False where there is no room for it. */
  function take(kind: ResourceKind, live: Live, { type, object }: WatchEvent): boolean {
    live.resourceVersion = object.metadata.resourceVersion ?? live.resourceVersion
    if (type === 'BOOKMARK') return true
    live.snapshot = undefined
    const key = keyOf(object)
    if (type === 'DELETED') {
      if (live.objects.delete(key)) budget.give(1)
      return true
    }
    if (!live.objects.has(key) && !budget.take(1)) return false
    live.objects.set(key, slimOf[kind.resource]!(object))
    return true
  }

  function drop(shelf: Shelf, live: Live): void {
    live.stop.abort()
    if (shelf.live !== live) return
    shelf.live = undefined
    budget.give(live.objects.size)
  }

  return {
    cached,
    /** After a change by ourselves: whoever asks next sees it */
    forget() {
      for (const shelf of shelves.values()) if (shelf.live) drop(shelf, shelf.live)
    },
  }
}

const keyOf = ({ metadata }: KubeObject) => `${metadata.namespace ?? ''}/${metadata.name}`

const reading = new Set([undefined, 'GET', 'HEAD'])

/** The same endpoint, which tells after each call that may have changed something. */
export const tellingChanges = (endpoint: Endpoint, changed: () => void): Endpoint => ({
  ...endpoint,
  async call(call) {
    if (reading.has(call.method) || call.mutates === false) return endpoint.call(call)
    try {
      return await endpoint.call(call)
    } finally {
      changed()
    }
  },
})

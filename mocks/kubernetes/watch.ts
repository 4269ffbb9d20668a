import type { ServerResponse } from 'node:http'
import type { Cluster } from '../world/cluster.ts'
import type { Change } from '../world/store.ts'
import { type Query, selectorOf } from './list.ts'
import type { ResourceType } from './resources.ts'
import { wholeText } from './serialize.ts'
import { expired } from './status.ts'

const BOOKMARK_MS = 30_000

/**
 * Streams changes as JSON lines until the client leaves or `timeoutSeconds` of world time are over. From a revision it first
 * replays what came after it; without one it first tells what is there. An object that leaves the selection is told as DELETED.
 */
export function startWatch(
  cluster: Cluster,
  type: ResourceType,
  { query, response }: { query: Query; response: ServerResponse },
): void {
  const { store, timeline } = cluster
  const { parameters } = query
  const selector = selectorOf(type, query)
  const since = Number(parameters.get('resourceVersion') ?? 0)
  const bookmarks = parameters.get('allowWatchBookmarks') === 'true' || parameters.get('allowWatchBookmarks') === '1'
  const told = new Set<string>()
  const cancels: (() => void)[] = []

  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' })
  response.flushHeaders()

  const send = (kind: string, text: string) => response.write(`{"type":"${kind}","object":${text}}\n`)

  function tell(change: Pick<Change, 'type' | 'object'>) {
    const { object } = change
    const key = object.metadata.uid
    const selected = !selector || selector(object)
    if (change.type === 'DELETED' || !selected) {
      if (told.delete(key) || (change.type === 'DELETED' && selected)) send('DELETED', wholeText(type, object))
      return
    }
    const known = told.has(key)
    told.add(key)
    // Coming into the selection is news, whatever the log calls it.
    send(selector ? (known ? 'MODIFIED' : 'ADDED') : change.type, wholeText(type, object))
  }

  function bookmark(initialEnd = false) {
    const apiVersion = type.group ? `${type.group}/${type.version}` : type.version
    const annotations = initialEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}
    const metadata = { resourceVersion: String(store.revision()), creationTimestamp: null, ...annotations }
    send('BOOKMARK', JSON.stringify({ kind: type.kind, apiVersion, metadata }))
  }

  function begin(): boolean {
    const initial = parameters.get('sendInitialEvents') === 'true'
    if (since === 0 || initial) {
      for (const object of store.list(type.key)) tell({ type: 'ADDED', object })
      if (initial && bookmarks) bookmark(true)
      return true
    }
    const changes = store.changesSince(type.key, since)
    if (changes === 'expired') {
      send('ERROR', JSON.stringify(expired(`too old resource version: ${since} (${store.revision()})`).body()))
      response.end()
      return false
    }
    if (selector) for (const object of store.list(type.key)) if (selector(object)) told.add(object.metadata.uid)
    const born = new Set(
      changes.filter((change) => change.type === 'ADDED').map((change) => change.object.metadata.uid),
    )
    for (const { object } of changes) {
      if (born.has(object.metadata.uid)) told.delete(object.metadata.uid)
      else told.add(object.metadata.uid)
    }
    for (const change of changes) tell(change)
    return true
  }

  if (!begin()) return
  cancels.push(store.subscribe((change) => change.resource === type.key && tell(change)))
  const beat = () => {
    bookmark()
    cancels.push(timeline.after(BOOKMARK_MS, beat))
  }
  if (bookmarks) cancels.push(timeline.after(BOOKMARK_MS, beat))
  const timeoutSeconds = Number(parameters.get('timeoutSeconds') ?? 0)
  const stop = () => {
    for (const cancel of cancels.splice(0)) cancel()
  }
  // What happens later in the same leap of time is not told any more.
  const end = () => {
    stop()
    response.end()
  }
  if (timeoutSeconds > 0) cancels.push(timeline.after(timeoutSeconds * 1000, end))
  response.on('close', stop)
}

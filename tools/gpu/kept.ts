/** How long what was read of a GPU node is as good as new (GPU-009). */
export const keptMs = 5000

interface Entry {
  atMs: number
  value: unknown
}

// By client, which is one per cluster and lives as long as its configuration: nothing is kept of a cluster that is gone.
const shelves = new WeakMap<object, Map<string, Entry>>()

/**
 * What `read` gave less than five seconds ago for this client and key (`gpu:{cluster}:{node}`), or what it gives now. What threw
 * is asked again, and nobody waits for a reading that somebody else may abort.
 */
export async function kept<T>(
  client: object,
  { key, nowMs }: { key: string; nowMs: () => number },
  read: () => Promise<T>,
): Promise<T> {
  let shelf = shelves.get(client)
  if (!shelf) {
    shelf = new Map()
    shelves.set(client, shelf)
  }
  const found = shelf.get(key)
  if (found && Math.abs(nowMs() - found.atMs) < keptMs) return found.value as T
  const value = await read()
  for (const [other, { atMs }] of shelf) if (nowMs() - atMs >= keptMs) shelf.delete(other)
  shelf.set(key, { atMs: nowMs(), value })
  return value
}

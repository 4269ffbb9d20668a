import type { StoredResult } from './store.ts'

export interface Kept extends StoredResult {
  bytes: number
}

/** Results in memory up to `limitBytes`; the one not used for the longest goes first. */
export interface ResultMemory {
  put(result: Kept): void
  get(id: string): Kept | undefined
  remove(id: string): void
  all(): Kept[]
}

export function createResultMemory(limitBytes: number): ResultMemory {
  const kept = new Map<string, Kept>()
  let bytes = 0

  function remove(id: string): void {
    bytes -= kept.get(id)?.bytes ?? 0
    kept.delete(id)
  }

  return {
    put: (result) => {
      kept.set(result.id, result)
      bytes += result.bytes
      // a Map keeps the order of insertion, and `get` inserts anew
      for (const id of kept.keys()) {
        if (bytes <= limitBytes) break
        remove(id)
      }
    },
    get: (id) => {
      const found = kept.get(id)
      if (found) {
        kept.delete(id)
        kept.set(id, found)
      }
      return found
    },
    remove,
    all: () => [...kept.values()],
  }
}

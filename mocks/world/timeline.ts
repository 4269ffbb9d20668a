interface Entry {
  atMs: number
  order: number
  run: () => void
  cancelled: boolean
}

/** The world's own time: things to come, run in order of (time, order of asking), so one history follows from one seed. */
export interface Timeline {
  /** The present of the world, milliseconds since the epoch. */
  now(): number
  after(delayMs: number, run: () => void): () => void
  at(atMs: number, run: () => void): () => void
  /** Runs everything due up to `untilMs`; each runs with `now()` at its own time. */
  advance(untilMs: number): void
  pending(): number
}

export function createTimeline(startMs: number): Timeline {
  const heap: Entry[] = []
  let currentMs = startMs
  let order = 0

  const before = (left: Entry, right: Entry) => left.atMs - right.atMs || left.order - right.order

  function push(entry: Entry) {
    let index = heap.push(entry) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (before(heap[parent]!, entry) <= 0) break
      heap[index] = heap[parent]!
      index = parent
    }
    heap[index] = entry
  }

  function pop(): Entry | undefined {
    const first = heap[0]
    const last = heap.pop()
    if (!first || !last || heap.length === 0) return first
    let index = 0
    for (;;) {
      let child = index * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!) < 0) child++
      if (before(last, heap[child]!) <= 0) break
      heap[index] = heap[child]!
      index = child
    }
    heap[index] = last
    return first
  }

  function at(atMs: number, run: () => void) {
    const entry: Entry = { atMs: Math.max(atMs, currentMs), order: order++, run, cancelled: false }
    push(entry)
    return () => {
      entry.cancelled = true
    }
  }

  return {
    now: () => currentMs,
    at,
    after: (delayMs, run) => at(currentMs + delayMs, run),
    advance(untilMs) {
      while (heap[0] && heap[0].atMs <= untilMs) {
        const entry = pop()!
        if (entry.cancelled) continue
        currentMs = Math.max(currentMs, entry.atMs)
        entry.run()
      }
      currentMs = Math.max(currentMs, untilMs)
    },
    pending: () => heap.length,
  }
}

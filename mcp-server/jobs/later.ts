/** Work that is due once, in a moment. What the end of the process cuts off must be found again by other means. */
export interface Later {
  in(ms: number, work: () => Promise<unknown>): void
  /** Drops what has not begun, and waits for what has */
  close(): Promise<void>
}

export function createLater(): Later {
  const waiting = new Set<NodeJS.Timeout>()
  const working = new Set<Promise<unknown>>()
  return {
    in(ms, work) {
      // a timer may ring a moment before the clock says so
      const timer = setTimeout(() => {
        waiting.delete(timer)
        const done = work().finally(() => working.delete(done))
        working.add(done)
      }, ms + 5)
      waiting.add(timer)
    },
    async close() {
      for (const timer of waiting) clearTimeout(timer)
      waiting.clear()
      await Promise.allSettled(working)
    },
  }
}

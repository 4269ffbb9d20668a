import type { EventEnvelope } from '#contract'

/**
 * What one reader gets. Messages go straight out while the way is clear, so that a burst is none the reader's fault; when
 * it is not, `limit` of them wait, then the oldest events go, and which is said before the next message. Events that were only
 * announced go first, and of those that wait about the same subject only the newest stays.
 */
export interface LiveQueue {
  /** An event that is lost when the reader is too slow */
  event(event: EventEnvelope): void
  /** An event that waits until there is room */
  replayed(event: EventEnvelope): Promise<void>
  message(value: object): void
  /** The way may be clear again */
  flush(): void
  /** Messages that wait */
  waiting(): number
  close(): void
}

export interface LiveQueueParts {
  limit: number
  canWrite(): boolean
  write(message: object): void
  onDrop(): void
}

export function createLiveQueue({ limit, canWrite, write, onDrop }: LiveQueueParts): LiveQueue {
  const queue: { message: object; seq?: number; announced?: string }[] = []
  let room: (() => void)[] = []
  let dropped: { count: number; from?: number; to?: number } | undefined
  let closed = false

  function flush(): void {
    while (!closed && canWrite()) {
      const message = dropped ? { type: 'dropped', ...dropped } : queue.shift()?.message
      dropped = undefined
      if (message === undefined) break
      write(message)
    }
    for (const free of room.splice(0, Math.max(0, limit - queue.length))) free()
  }
  function add(message: object, { seq, announced }: { seq?: number; announced?: string } = {}): void {
    if (closed) return
    if (announced !== undefined) {
      const older = queue.findIndex((one) => one.announced === announced)
      if (older >= 0) queue.splice(older, 1)
    }
    if (queue.length >= limit) drop()
    queue.push({ message, ...(seq !== undefined && { seq }), ...(announced !== undefined && { announced }) })
    flush()
  }
  function drop(): void {
    const announced = queue.findIndex((one) => one.announced !== undefined)
    const index = announced >= 0 ? announced : queue.findIndex(({ seq }) => seq !== undefined)
    const [gone] = queue.splice(Math.max(0, index), 1)
    if (gone?.announced === undefined && gone?.seq === undefined) return
    const { seq } = gone
    dropped = {
      ...dropped,
      count: (dropped?.count ?? 0) + 1,
      // what has no number cannot be asked for again
      ...(seq !== undefined && { from: dropped?.from ?? seq, to: seq }),
    }
    onDrop()
  }
  const addEvent = (event: EventEnvelope): void =>
    add(
      { type: 'event', event },
      event.seq === undefined ? { announced: `${event.name} ${event.subject}` } : { seq: event.seq },
    )

  return {
    event: addEvent,
    async replayed(event) {
      while (queue.length >= limit && !closed) await new Promise<void>((resolve) => room.push(resolve))
      addEvent(event)
    },
    message: (value) => add(value),
    flush,
    waiting: () => queue.length,
    close() {
      closed = true
      queue.length = 0
      for (const free of room) free()
      room = []
    },
  }
}

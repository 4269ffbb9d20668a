import type { ChatChunk } from '../agent/loop.ts'
import type { ChatStore } from '../store/store.ts'
import { compact } from './chunks.ts'

const flushMs = 50
/** Readers get what came within one frame as one piece: thousands of tiny events would cost them more than the text. */
const frameMs = 16
const heartbeatMs = 4000

/**
 * Everything one run said so far: kept in memory for readers of this process, written to the store in small batches so that a
 * reader elsewhere, or a restart, finds it. A failing store never stops the answer.
 */
export interface RunLog {
  push(chunk: ChatChunk): void
  /** All so far, then the rest as it comes, until the run ends. */
  follow(): ReadableStream<ChatChunk>
  all(): readonly ChatChunk[]
  end(): Promise<void>
}

export function createRunLog(options: {
  run: string
  store: Pick<ChatStore, 'appendChunks'>
  now: () => number
  onStoreError: (error: unknown) => void
}): RunLog {
  const { run, store, now, onStoreError } = options
  const chunks: ChatChunk[] = []
  const readers = new Set<ReadableStreamDefaultController<ChatChunk>>()
  let ended = false
  let delivered = 0
  let lastWordsAt = 0
  let delivery: ReturnType<typeof setTimeout> | undefined
  let written = 0
  let seq = 0
  let writing = Promise.resolve()
  let timer: ReturnType<typeof setTimeout> | undefined

  const flush = (heartbeat = false) => {
    timer = undefined
    const batch = chunks.slice(written)
    if (batch.length === 0 && !heartbeat) return
    written = chunks.length
    const at = now()
    const number = seq++
    writing = writing.then(() => store.appendChunks(run, number, { at, chunks: compact(batch) })).catch(onStoreError)
  }
  const deliver = () => {
    clearTimeout(delivery)
    delivery = undefined
    const fresh = compact(chunks.slice(delivered))
    // Openings do not count: the first words of an answer would wait for them
    if (fresh.some((chunk) => 'delta' in chunk)) lastWordsAt = now()
    delivered = chunks.length
    for (const reader of readers) for (const chunk of fresh) reader.enqueue(chunk)
  }
  const heartbeat = setInterval(() => flush(true), heartbeatMs)
  heartbeat.unref?.()

  return {
    push(chunk) {
      if (ended) return
      chunks.push(chunk)
      const wait = frameMs - (now() - lastWordsAt)
      // Only words go out at once: the opening of a part, which brings none, would make its first words wait a frame.
      if (wait <= 0 && 'delta' in chunk) deliver()
      else delivery ??= setTimeout(deliver, Math.max(0, wait))
      timer ??= setTimeout(flush, flushMs)
    },
    follow() {
      let own: ReadableStreamDefaultController<ChatChunk> | undefined
      return new ReadableStream<ChatChunk>({
        start(controller) {
          own = controller
          deliver()
          for (const chunk of compact(chunks)) controller.enqueue(chunk)
          if (ended) controller.close()
          else readers.add(controller)
        },
        cancel() {
          if (own) readers.delete(own)
        },
      })
    },
    all: () => chunks,
    async end() {
      if (ended) return
      ended = true
      clearInterval(heartbeat)
      if (timer) clearTimeout(timer)
      deliver()
      await writing
      for (const reader of readers) reader.close()
      readers.clear()
    },
  }
}

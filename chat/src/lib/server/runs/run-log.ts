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
  /** Nothing more is written from now on, and what is on its way is stored: the answer itself takes its place. */
  settle(): Promise<void>
  /** After `settle`, where the answer could not be stored: the rest is written for whoever recovers it. */
  save(): Promise<void>
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
  let writing: Promise<void> | undefined
  let settled = false
  let timer: ReturnType<typeof setTimeout> | undefined

  // One batch at a time: what comes while one is on its way makes the next one larger
  const flush = (heartbeat = false) => {
    timer = undefined
    const batch = chunks.slice(written)
    if (writing || (batch.length === 0 && !heartbeat)) return
    written = chunks.length
    writing = store
      .appendChunks(run, seq++, { at: now(), chunks: compact(batch) })
      .catch(onStoreError)
      .then(() => {
        writing = undefined
        if (written < chunks.length && !settled) timer ??= setTimeout(flush, flushMs)
      })
  }
  const settle = async () => {
    settled = true
    clearInterval(heartbeat)
    clearTimeout(timer)
    await writing
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
      if (!settled && !writing) timer ??= setTimeout(flush, flushMs)
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
    settle,
    async save() {
      flush()
      await writing
    },
    async end() {
      if (ended) return
      ended = true
      deliver()
      await settle()
      for (const reader of readers) reader.close()
      readers.clear()
    },
  }
}

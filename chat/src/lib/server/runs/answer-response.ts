import { UI_MESSAGE_STREAM_HEADERS } from 'ai'
import type { ChatChunk } from '../agent/loop.ts'

const keepAliveMs = 15_000

/**
 * The chunks of an answer as server-sent events, as the AI SDK sends them, in one step instead of four: with hundreds of answers
 * at once the steps cost more than all else. A comment every 15 s of silence tells proxies that somebody is there.
 */
export function answerResponse(stream: ReadableStream<ChatChunk>): Response {
  const reader = stream.getReader()
  const encoder = new TextEncoder()
  let quiet: ReturnType<typeof setInterval> | undefined
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      // The head goes out with it, before the model says anything
      controller.enqueue(encoder.encode(': stream-open\n\n'))
      quiet = setInterval(() => {
        // A reader that takes nothing needs no more
        if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(': keep-alive\n\n'))
      }, keepAliveMs)
      quiet.unref()
    },
    async pull(controller) {
      const { done, value } = await reader.read().catch((error) => {
        clearInterval(quiet)
        throw error
      })
      if (!done) {
        quiet?.refresh()
        controller.enqueue(encoder.encode(`data: ${JSON.stringify(value)}\n\n`))
        return
      }
      clearInterval(quiet)
      controller.enqueue(encoder.encode('data: [DONE]\n\n'))
      controller.close()
    },
    cancel(reason) {
      clearInterval(quiet)
      return reader.cancel(reason)
    },
  })
  return new Response(body, { headers: UI_MESSAGE_STREAM_HEADERS })
}

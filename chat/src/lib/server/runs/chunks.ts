import { readUIMessageStream } from 'ai'
import type { ChatMessage } from '../../types.ts'
import type { ChatChunk } from '../agent/loop.ts'

/** Joins neighbouring deltas of the same part: the same stream in fewer pieces. */
export function compact(chunks: readonly ChatChunk[]): ChatChunk[] {
  const out: ChatChunk[] = []
  for (const chunk of chunks) {
    const last = out.at(-1)
    if (
      last &&
      (chunk.type === 'text-delta' || chunk.type === 'reasoning-delta') &&
      last.type === chunk.type &&
      last.id === chunk.id
    )
      out[out.length - 1] = { ...last, delta: last.delta + chunk.delta }
    else if (
      last &&
      chunk.type === 'tool-input-delta' &&
      last.type === chunk.type &&
      last.toolCallId === chunk.toolCallId
    )
      out[out.length - 1] = { ...last, inputTextDelta: last.inputTextDelta + chunk.inputTextDelta }
    else out.push(chunk)
  }
  return out
}

/** The message that a stream of chunks builds. Parts that were left open count as done. */
export async function messageOf(chunks: readonly ChatChunk[]): Promise<ChatMessage | undefined> {
  const stream = new ReadableStream<ChatChunk>({
    start(controller) {
      for (const chunk of compact(chunks)) controller.enqueue(chunk)
      controller.close()
    },
  })
  let message: ChatMessage | undefined
  for await (const state of readUIMessageStream<ChatMessage>({ stream, onError: () => {} })) message = state
  if (!message) return undefined
  return {
    ...message,
    parts: message.parts.flatMap((part): ChatMessage['parts'] => {
      if (part.type === 'text' || part.type === 'reasoning') return [{ ...part, state: 'done' }]
      if (part.type === 'dynamic-tool' && (part.state === 'input-streaming' || part.state === 'input-available'))
        return [{ ...part, state: 'output-error', input: part.input ?? {}, errorText: 'Cut off before it was done' }]
      return [part]
    }),
  }
}

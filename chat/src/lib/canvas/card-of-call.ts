import { callOf } from '../chat/parts.ts'
import type { ChatMessage } from '../types.ts'
import type { ShownCard } from './canvas.svelte.ts'

const holds = (message: ChatMessage, call: string) =>
  message.parts.some((part) => part.type === 'dynamic-tool' && part.toolCallId === call)

/** Path of the card of a tool call: opens the conversation at its turn, and the card beside it. */
export function callHref(conversation: string, messages: readonly ChatMessage[], call: string): string {
  const turn = messages.find((message) => holds(message, call))
  const query = new URLSearchParams({ ...(turn && { m: turn.id }), card: call })
  return `/c/${encodeURIComponent(conversation)}?${query}`
}

/** The card of a tool call, if its turn is loaded and it has answered. */
export function cardOfCall(messages: readonly ChatMessage[], call: string): ShownCard | undefined {
  for (const { parts } of messages) {
    const part = parts.find((one) => one.type === 'dynamic-tool' && one.toolCallId === call)
    if (part?.type !== 'dynamic-tool') continue
    const { name, input, output } = callOf(part)
    return output?.answer && { answer: output.answer, tool: name, input, tookMs: output.tookMs }
  }
  return undefined
}

import { convertToModelMessages, type ModelMessage } from 'ai'
import type { ChatMessage, ToolOutput } from '../../types.ts'
import { modelText } from './model-text.ts'

export const historyLimits = { messages: 100, characters: 160_000, freshMessages: 8, oldToolCharacters: 700 }
type Limits = typeof historyLimits

/** The text that an assistant turn or a person's turn holds, without tools and reasoning. */
export const plainText = (message: ChatMessage): string =>
  message.parts
    .filter((part) => part.type === 'text')
    .map((part) => part.text)
    .join('\n')
    .trim()

const toolText = (output: unknown): string =>
  typeof output === 'object' && output !== null && 'text' in output
    ? modelText(output as ToolOutput)
    : typeof output === 'string'
      ? output
      : JSON.stringify(output ?? null)

const cut = (text: string, limit: number) =>
  text.length <= limit ? text : `${text.slice(0, limit)} … (shortened; call the tool again for all of it)`

/** What the model needs of a message: text and whole tool calls. Reasoning, cards and failures stay with people. */
function lean(message: ChatMessage, toolLimit: number): ChatMessage {
  const parts = message.parts.flatMap((part): ChatMessage['parts'] => {
    if (part.type === 'text') return part.text.trim() === '' ? [] : [part]
    if (part.type === 'step-start') return [part]
    // Said into the answer: the model reads it again where it heard it
    if (part.type === 'data-steered')
      return [{ type: 'steering-message', id: part.data.id, parts: [{ type: 'text', text: part.data.text }] }]
    if (part.type !== 'dynamic-tool') return []
    if (part.state === 'output-available')
      return [{ ...part, output: cut(toolText(part.output), toolLimit), toolMetadata: undefined }]
    if (part.state === 'output-error') return [{ ...part, input: part.input ?? {}, toolMetadata: undefined }]
    return []
  })
  return { ...message, parts }
}

/** A message of the person with its time before it: stored once, so the text of a turn never changes afterwards. */
function timed(message: ChatMessage): ChatMessage {
  const { at } = message.metadata ?? {}
  const first = message.parts.findIndex((part) => part.type === 'text')
  if (message.role !== 'user' || at === undefined || first < 0) return message
  const stamp = `[${at.slice(0, 16).replace('T', ' ')}]`
  return {
    ...message,
    parts: message.parts.map((part, index) =>
      index === first && part.type === 'text' ? { ...part, text: `${stamp} ${part.text}` } : part,
    ),
  }
}

const size = (message: ChatMessage) => JSON.stringify(message.parts).length

/**
 * The last messages as the model reads them, and a digest of those before (decisions.md: 100 messages, the rest compacted).
 * Tool answers further back are shortened; whole turns are dropped, oldest first, until the text fits.
 */
export async function modelHistory(
  messages: readonly ChatMessage[],
  limits: Limits = historyLimits,
): Promise<{ messages: ModelMessage[]; digest?: string }> {
  let start = Math.max(0, messages.length - limits.messages)
  const leaned = messages.map((message, index) =>
    lean(
      message,
      index >= messages.length - limits.freshMessages ? Number.POSITIVE_INFINITY : limits.oldToolCharacters,
    ),
  )
  let total = leaned.slice(start).reduce((sum, message) => sum + size(message), 0)
  while (total > limits.characters && start < messages.length - 1) total -= size(leaned[start++]!)
  // A window must not open with an answer to a question nobody sees.
  while (start < messages.length - 1 && messages[start]!.role !== 'user') start++
  const window = leaned.slice(start).filter((message) => message.parts.some((part) => part.type !== 'step-start'))
  const older = messages.slice(0, start)
  return {
    messages: await convertToModelMessages(window.map(timed)),
    ...(older.length > 0 && { digest: digestOf(older) }),
  }
}

/** One line for each turn that no longer fits, newest 40 of them. */
function digestOf(messages: readonly ChatMessage[]): string {
  const lines = messages.flatMap((message) => {
    if (message.role === 'user') return [`- Asked: ${cutLine(plainText(message), 160)}`]
    const tools = [...new Set(message.parts.flatMap((part) => (part.type === 'dynamic-tool' ? [part.toolName] : [])))]
    const said = cutLine(plainText(message), 200)
    return [`- Answered${tools.length > 0 ? ` (after ${tools.join(', ')})` : ''}: ${said || 'with cards'}`]
  })
  const left = lines.length - 40
  return [...(left > 0 ? [`(${left} earlier turns left out)`] : []), ...lines.slice(-40)].join('\n')
}

const cutLine = (text: string, limit: number) => {
  const line = text.replace(/\s+/g, ' ')
  return line.length > limit ? `${line.slice(0, limit)}…` : line
}

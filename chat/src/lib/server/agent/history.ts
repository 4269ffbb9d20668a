import { convertToModelMessages, type ModelMessage } from 'ai'
import type { ChatMessage, Compaction, ToolOutput } from '../../types.ts'
import { modelText, reducedText } from './model-text.ts'

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

/** Further back an answer is one line, which says how the whole comes back. */
const older = (output: unknown, limit: number): string => {
  const text = toolText(output)
  if (text.length <= limit) return text
  const known = output as Partial<ToolOutput> | null
  return typeof known === 'object' && known !== null && typeof known.text === 'string'
    ? reducedText(known as ToolOutput)
    : `${text.slice(0, limit)} … (shortened; call the tool again for all of it)`
}

/** What the model needs of a message: text and whole tool calls. Reasoning, cards and failures stay with people. */
function lean(message: ChatMessage, toolLimit: number): ChatMessage {
  const parts = message.parts.flatMap((part): ChatMessage['parts'] => {
    if (part.type === 'text') return part.text.trim() === '' ? [] : [part]
    if (part.type === 'step-start') return [part]
    // A picture, put there for a model that sees
    if (part.type === 'file') return message.role === 'user' ? [part] : []
    // Said into the answer: the model reads it again where it heard it
    if (part.type === 'data-steered')
      return [{ type: 'steering-message', id: part.data.id, parts: [{ type: 'text', text: part.data.text }] }]
    if (part.type !== 'dynamic-tool') return []
    if (part.state === 'output-available')
      return [{ ...part, output: older(part.output, toolLimit), toolMetadata: undefined }]
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

/** What a picture counts as: about a thousand tokens. */
const pictureCharacters = 4_000
const size = ({ parts }: ChatMessage) =>
  JSON.stringify(parts.filter(({ type }) => type !== 'file')).length +
  parts.filter(({ type }) => type === 'file').length * pictureCharacters

/** The newest summary of earlier turns in this branch; it stands for its first `messages` messages. */
export function lastCompaction(messages: readonly ChatMessage[]): Compaction | undefined {
  for (const message of [...messages].reverse())
    for (const part of [...message.parts].reverse())
      if (part.type === 'data-compaction' && part.data.messages < messages.length) return part.data
  return undefined
}

/** Index of the first message that the model still reads whole: where a turn begins, and so that the rest fits. */
export function firstKept(messages: readonly ChatMessage[], limits: Limits = historyLimits, from = 0): number {
  const sizes = leanAll(messages, limits).map(size)
  let start = Math.max(from, messages.length - limits.messages, 0)
  let total = sizes.slice(start).reduce((sum, one) => sum + one, 0)
  while (total > limits.characters && start < messages.length - 1) total -= sizes[start++]!
  // A window must not open with an answer to a question nobody sees.
  while (start < messages.length - 1 && messages[start]!.role !== 'user') start++
  return start
}

const leanAll = (messages: readonly ChatMessage[], limits: Limits) =>
  messages.map((message, index) =>
    lean(
      message,
      index >= messages.length - limits.freshMessages ? Number.POSITIVE_INFINITY : limits.oldToolCharacters,
    ),
  )

/** A single question that does not fit loses its middle: its beginning says what is asked, its end often too. */
function fitting(message: ChatMessage, limit: number): ChatMessage {
  if (size(message) <= limit) return message
  const room = Math.max(400, Math.floor(limit / 2))
  return {
    ...message,
    parts: message.parts.map((part) =>
      part.type === 'text' && part.text.length > room
        ? {
            ...part,
            text: `${part.text.slice(0, room / 2)}\n… (${part.text.length - room} characters left out: too long for the model) …\n${part.text.slice(-room / 2)}`,
          }
        : part,
    ),
  }
}

/**
 * The last messages as the model reads them, and what stands for those before (decisions.md: 100 messages, the rest
 * compacted): the summary that was made of them, else a digest. Tool answers further back are one line; whole turns are
 * left out, oldest first, until the text fits.
 */
export async function modelHistory(
  messages: readonly ChatMessage[],
  limits: Limits = historyLimits,
  compaction?: Compaction,
): Promise<{ messages: ModelMessage[]; digest?: string }> {
  const start = firstKept(messages, limits, compaction?.messages ?? 0)
  const window = leanAll(messages, limits)
    .slice(start)
    .filter((message) => message.parts.some((part) => part.type !== 'step-start'))
  const older = messages.slice(compaction?.messages ?? 0, start)
  const digest = [...(compaction ? [compaction.summary] : []), ...(older.length > 0 ? [digestOf(older)] : [])].join(
    '\n',
  )
  return {
    messages: await convertToModelMessages(window.map((message) => timed(fitting(message, limits.characters)))),
    ...(digest && { digest }),
  }
}

/** One line for each turn that no longer fits, newest 40 of them. */
export function digestOf(messages: readonly ChatMessage[]): string {
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

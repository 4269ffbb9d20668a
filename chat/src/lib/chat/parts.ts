import { withoutMarks } from '../markdown/marks.ts'
import type { ChatMessage, Compaction, Evidence, Failure, TodoList, ToolOutput } from '../types.ts'

type ToolPart = Extract<ChatMessage['parts'][number], { type: 'dynamic-tool' }>

export interface ToolCall {
  id: string
  name: string
  title: string
  input: unknown
  /** Kind of card of its answer, where the server says it beforehand */
  card?: string
  state: 'running' | 'done' | 'failed'
  output?: ToolOutput
  problem?: string
}

/** A turn of the assistant as the thread draws it: what belongs together stands together. */
export type Segment =
  | { kind: 'reasoning'; key: string; text: string; growing: boolean }
  | { kind: 'tools'; key: string; calls: ToolCall[] }
  /** `part` is where the text stands in the message: claims name it */
  | { kind: 'text'; key: string; part: number; text: string; growing: boolean }
  | { kind: 'notice'; key: string; text: string }
  | { kind: 'compaction'; key: string; compaction: Compaction }
  | { kind: 'steered'; key: string; text: string }
  | { kind: 'failure'; key: string; failure: Failure }

/** The tool that `run_tool` runs is what people know; how it was reached is not. */
function innerOf(part: ToolPart): string | undefined {
  const name = (part.input as { name?: unknown } | undefined)?.name
  return part.toolName === 'run_tool' && typeof name === 'string' && name !== '' ? name : undefined
}

export function callOf(part: ToolPart): ToolCall {
  const inner = innerOf(part)
  const base = {
    id: part.toolCallId,
    name: inner ?? part.toolName,
    title: inner ? wordsOf(inner) : (part.title ?? wordsOf(part.toolName)),
    input: inner ? ((part.input as { input?: unknown }).input ?? {}) : part.input,
    ...(typeof part.toolMetadata?.card === 'string' && !inner && { card: part.toolMetadata.card }),
  }
  if (part.state === 'output-available') {
    const output = part.output as ToolOutput
    return { ...base, state: output.isError ? 'failed' : 'done', output }
  }
  if (part.state === 'output-error') return { ...base, state: 'failed', problem: part.errorText }
  return { ...base, state: 'running' }
}

/** Calls that follow each other fold into one group; steps and empty parts leave no trace. */
export function segmentsOf(message: ChatMessage): Segment[] {
  const segments: Segment[] = []
  message.parts.forEach((part, index) => {
    const key = String(index)
    const last = segments.at(-1)
    if (part.type === 'text') {
      if (part.text.trim() !== '')
        segments.push({ kind: 'text', key, part: index, text: part.text, growing: part.state === 'streaming' })
    } else if (part.type === 'reasoning') {
      if (part.text.trim() === '') return
      const growing = part.state === 'streaming'
      if (last?.kind === 'reasoning') {
        last.text += `\n\n${part.text}`
        last.growing = growing
      } else segments.push({ kind: 'reasoning', key, text: part.text, growing })
    } else if (part.type === 'dynamic-tool') {
      // The to-do list stands for itself
      if (part.toolName === 'update_todo') return
      if (last?.kind === 'tools') last.calls.push(callOf(part))
      else segments.push({ kind: 'tools', key, calls: [callOf(part)] })
    } else if (part.type === 'data-notice') segments.push({ kind: 'notice', key, text: part.data.text })
    else if (part.type === 'data-compaction') segments.push({ kind: 'compaction', key, compaction: part.data })
    else if (part.type === 'data-steered') segments.push({ kind: 'steered', key, text: part.data.text })
    else if (part.type === 'data-failure') segments.push({ kind: 'failure', key, failure: part.data })
  })
  return segments
}

/** The last word of a message on what it rests on, and on what it has to do. */
export const evidenceOf = (message: ChatMessage): Evidence | undefined =>
  message.parts.findLast((part) => part.type === 'data-evidence')?.data
export const todoOf = (message: ChatMessage): TodoList | undefined =>
  message.parts.findLast((part) => part.type === 'data-todo')?.data

/** What was said, as Markdown and without the marks of where it is from. */
export const textOf = (message: ChatMessage): string =>
  message.parts
    .flatMap((part) => (part.type === 'text' ? [message.role === 'user' ? part.text : withoutMarks(part.text)] : []))
    .join('\n\n')
    .trim()

/** `list_gpu_offers` → `List gpu offers` */
export const wordsOf = (name: string) => {
  const text = name.replaceAll('_', ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

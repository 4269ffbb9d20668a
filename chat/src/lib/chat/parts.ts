import type { ChatMessage, Failure, ToolOutput } from '../types.ts'

type ToolPart = Extract<ChatMessage['parts'][number], { type: 'dynamic-tool' }>

export interface ToolCall {
  id: string
  name: string
  title: string
  input: unknown
  state: 'running' | 'done' | 'failed'
  output?: ToolOutput
  problem?: string
}

/** A turn of the assistant as the thread draws it: what belongs together stands together. */
export type Segment =
  | { kind: 'reasoning'; key: string; text: string; growing: boolean }
  | { kind: 'tools'; key: string; calls: ToolCall[] }
  | { kind: 'text'; key: string; text: string; growing: boolean }
  | { kind: 'notice'; key: string; text: string }
  | { kind: 'failure'; key: string; failure: Failure }

/** The tool that `run_tool` runs is what people know; how it was reached is not. */
function innerOf(part: ToolPart): string | undefined {
  const name = (part.input as { name?: unknown } | undefined)?.name
  return part.toolName === 'run_tool' && typeof name === 'string' && name !== '' ? name : undefined
}

/** Tools whose answer is for the model, and mistakes of the model that it corrects itself: their row is enough. */
const quietTools = new Set(['search_tools'])
const quietErrors = new Set(['invalid-input', 'unknown-tool'])

export const showsCard = ({ name, output }: ToolCall): boolean =>
  output?.answer !== undefined && !quietTools.has(name) && !quietErrors.has(output.answer.error?.code ?? '')

function callOf(part: ToolPart): ToolCall {
  const inner = innerOf(part)
  const base = {
    id: part.toolCallId,
    name: inner ?? part.toolName,
    title: inner ? wordsOf(inner) : (part.title ?? wordsOf(part.toolName)),
    input: part.input,
  }
  if (part.state === 'output-available') {
    const output = part.output as ToolOutput
    return { ...base, state: output.isError ? 'failed' : 'done', output }
  }
  if (part.state === 'output-error') return { ...base, state: 'failed', problem: part.errorText }
  return { ...base, state: 'running' }
}

/** `list_gpu_offers` → `List gpu offers` */
export const wordsOf = (name: string) => {
  const text = name.replaceAll('_', ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Calls that follow each other fold into one group; steps and empty parts leave no trace. */
export function segmentsOf(message: ChatMessage): Segment[] {
  const segments: Segment[] = []
  message.parts.forEach((part, index) => {
    const key = String(index)
    const last = segments.at(-1)
    if (part.type === 'text') {
      if (part.text.trim() !== '')
        segments.push({ kind: 'text', key, text: part.text, growing: part.state === 'streaming' })
    } else if (part.type === 'reasoning') {
      if (part.text.trim() === '') return
      const growing = part.state === 'streaming'
      if (last?.kind === 'reasoning') {
        last.text += `\n\n${part.text}`
        last.growing = growing
      } else segments.push({ kind: 'reasoning', key, text: part.text, growing })
    } else if (part.type === 'dynamic-tool') {
      if (last?.kind === 'tools') last.calls.push(callOf(part))
      else segments.push({ kind: 'tools', key, calls: [callOf(part)] })
    } else if (part.type === 'data-notice') segments.push({ kind: 'notice', key, text: part.data.text })
    else if (part.type === 'data-failure') segments.push({ kind: 'failure', key, failure: part.data })
  })
  return segments
}

/** "Checked 3 things", or the one thing that was done. */
export function summaryOf(calls: readonly ToolCall[]): string {
  const running = calls.filter(({ state }) => state === 'running')
  if (running.length > 0) return running.length === 1 ? `${running[0]!.title}…` : `Looking at ${running.length} things…`
  if (calls.length === 1) return calls[0]!.title
  const failed = calls.filter(({ state }) => state === 'failed').length
  return `Checked ${calls.length} things${failed > 0 ? `, ${failed} failed` : ''}`
}

/** What the status line says when an answer is whole: for people who do not see it. */
export function announcement(message: ChatMessage): string {
  const cards = message.parts.filter(
    (part) => part.type === 'dynamic-tool' && part.state === 'output-available' && (part.output as ToolOutput).answer,
  )
  const waiting = cards.filter(
    (part) =>
      part.type === 'dynamic-tool' &&
      part.state === 'output-available' &&
      (part.output as ToolOutput).answer?.approval?.state === 'pending',
  ).length
  const end = message.metadata?.end
  const head = end === 'stopped' ? 'Stopped' : end === 'failed' ? 'The answer failed' : 'Answer ready'
  return [
    head,
    cards.length > 0 && `${cards.length} card${cards.length === 1 ? '' : 's'}`,
    waiting > 0 && `${waiting} approval${waiting === 1 ? '' : 's'} waiting`,
  ]
    .filter(Boolean)
    .join(', ')
}

export const textOf = (message: ChatMessage): string =>
  message.parts
    .flatMap((part) => (part.type === 'text' ? [part.text] : []))
    .join('\n\n')
    .trim()

import type { Answer } from '#contract'
import { stripMarks } from '../../chat/evidence-marks.ts'
import type { ChatMessage, ToolOutput } from '../../types.ts'

/** A call as an export shows it. */
export interface ExportedCall {
  tool: string
  input: unknown
  at?: string
  tookMs?: number
  evidence?: string
  /** `failed`: it did not answer, `problem` says why */
  state: 'done' | 'failed'
  problem?: string
  answer?: Answer
}

/** One turn of a conversation as exports and shares have it: reasoning and files stay behind. */
export interface ExportedTurn {
  role: 'user' | 'assistant'
  at?: string
  text: string
  calls: ExportedCall[]
  notices: string[]
  model?: string
  /** Sentences that no tool call backs */
  unsupported: string[]
  /** Names of files that were attached; what was in them stays behind */
  files: string[]
}

/** The tool that `run_tool` ran is what people know. */
function named(toolName: string, input: unknown): { tool: string; input: unknown } {
  const inner = (input ?? {}) as { name?: unknown; input?: unknown }
  return toolName === 'run_tool' && typeof inner.name === 'string'
    ? { tool: inner.name, input: inner.input ?? {} }
    : { tool: toolName, input: input ?? {} }
}

function callOf(part: Extract<ChatMessage['parts'][number], { type: 'dynamic-tool' }>): ExportedCall | undefined {
  const { tool, input } = named(part.toolName, part.input)
  if (part.state === 'output-error') return { tool, input, state: 'failed', problem: part.errorText }
  if (part.state !== 'output-available') return undefined
  const { answer, isError, text, tookMs, evidence } = part.output as ToolOutput
  return {
    tool,
    input,
    ...(answer && { at: answer.at, answer }),
    ...(evidence && { evidence }),
    tookMs,
    state: isError ? 'failed' : 'done',
    ...(isError && { problem: text.slice(0, 500) }),
  }
}

function unsupportedOf(message: ChatMessage): string[] {
  const evidence = message.parts.find((part) => part.type === 'data-evidence')
  return (evidence?.data.claims ?? []).flatMap(({ part, start, end, state }) => {
    const said = message.parts[part]
    return state === 'unsupported' && said?.type === 'text' ? [stripMarks(said.text.slice(start, end)).trim()] : []
  })
}

/** Notes that only the model reads are left out. */
export function turnsOf(messages: readonly ChatMessage[]): ExportedTurn[] {
  return messages.flatMap((message): ExportedTurn[] => {
    const { role, metadata, parts } = message
    if (role === 'system' || metadata?.note) return []
    return [
      {
        role,
        ...(metadata?.at && { at: metadata.at }),
        text: parts
          .flatMap((part) => (part.type === 'text' ? [part.text] : []))
          .join('\n\n')
          .trim(),
        calls: parts.flatMap((part) => (part.type === 'dynamic-tool' ? (callOf(part) ?? []) : [])),
        notices: parts.flatMap((part) =>
          part.type === 'data-notice'
            ? [part.data.text]
            : part.type === 'data-failure'
              ? [`${part.data.message} ${part.data.next}`]
              : part.type === 'data-steered'
                ? [`Said meanwhile: ${part.data.text}`]
                : [],
        ),
        ...(metadata?.model && { model: metadata.model }),
        unsupported: unsupportedOf(message),
        files: (metadata?.attachments ?? []).map(({ name }) => name),
      },
    ]
  })
}

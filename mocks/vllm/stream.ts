import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import type { Completion } from './completion.ts'
import { tokenise } from './tokens.ts'
import type { ChatRequest } from './wire.ts'

/** One token's worth of a message, as vLLM's `DeltaMessage`. */
export type Delta =
  | { role: 'assistant'; content: '' }
  | { reasoning: string }
  | { content: string }
  | { tool_calls: ToolCallDelta[] }
  | Record<string, never>

interface ToolCallDelta {
  index: number
  id?: string
  type?: 'function'
  function: { name?: string; arguments?: string }
}

export type FinishReason = 'stop' | 'length' | 'tool_calls'

/** A completion in tokens: what is sent, one delta a token, and how it ends. */
export interface Generation {
  deltas: Delta[]
  finishReason: FinishReason
  stopReason: string | null
}

/** Cuts a completion into deltas; ends early at `maxTokens` (`length`) or at a stop string (`stop`, not sent). */
export function generate(completion: Completion, request: ChatRequest, newId: () => string): Generation {
  const { text, stopReason } = upToStop(completion.content, request.stop)
  const deltas: Delta[] = tokenise(completion.reasoning).map((reasoning) => ({ reasoning }))
  deltas.push(...tokenise(text).map((content) => ({ content })))
  if (stopReason === null) deltas.push(...completion.calls.flatMap((call, index) => callDeltas(call, index, newId())))
  const room = request.maxTokens ?? Number.POSITIVE_INFINITY
  if (deltas.length > room)
    return { deltas: hide(deltas.slice(0, room), request), finishReason: 'length', stopReason: null }
  const isNamed = typeof request.toolChoice === 'object'
  const finishReason = completion.calls.length && stopReason === null && !isNamed ? 'tool_calls' : 'stop'
  return { deltas: hide(deltas, request), finishReason, stopReason }
}

function upToStop(text: string, stops: string[]): { text: string; stopReason: string | null } {
  const hits = stops
    .filter((stop) => stop !== '' && text.includes(stop))
    .sort((a, b) => text.indexOf(a) - text.indexOf(b))
  const first = hits[0]
  return first === undefined
    ? { text, stopReason: null }
    : { text: text.slice(0, text.indexOf(first)), stopReason: first }
}

/** The name comes first, whole; the arguments follow in fragments that are no JSON by themselves. */
function callDeltas(
  { name, arguments: json }: { name: string; arguments: string },
  index: number,
  id: string,
): Delta[] {
  const head: Delta = { tool_calls: [{ id, type: 'function', index, function: { name } }] }
  return [head, ...tokenise(json).map((piece): Delta => ({ tool_calls: [{ index, function: { arguments: piece } }] }))]
}

function hide(deltas: Delta[], request: ChatRequest): Delta[] {
  return request.includeReasoning ? deltas : deltas.filter((delta) => !('reasoning' in delta))
}

/** The message that the deltas add up to, for an answer that is not streamed. */
export function assemble(deltas: Delta[]): {
  content: string | null
  reasoning: string | null
  tool_calls: { id: string; type: 'function'; function: { name: string; arguments: string } }[]
} {
  let content = ''
  let reasoning = ''
  const calls: { id: string; type: 'function'; function: { name: string; arguments: string } }[] = []
  for (const delta of deltas) {
    if ('content' in delta) content += delta.content
    if ('reasoning' in delta) reasoning += delta.reasoning
    for (const part of ('tool_calls' in delta ? delta.tool_calls : []) ?? []) {
      calls[part.index] ??= {
        id: part.id ?? '',
        type: 'function',
        function: { name: part.function.name ?? '', arguments: '' },
      }
      calls[part.index]!.function.arguments += part.function.arguments ?? ''
    }
  }
  return { content: content || (calls.length ? null : ''), reasoning: reasoning || null, tool_calls: calls }
}

/** Waits so that `tokensPerSecond` holds on average however late single timers fire. No wait at all above 10,000 a second. */
export function pacer(tokensPerSecond: number, signal: AbortSignal): (sent: number) => Promise<void> {
  const startMs = performance.now()
  return async (sent) => {
    if (tokensPerSecond > 10_000) return
    const waitMs = startMs + (sent * 1000) / tokensPerSecond - performance.now()
    if (waitMs >= 1) await pause(waitMs, undefined, { signal })
  }
}

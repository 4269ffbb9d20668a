import {
  type InferUIMessageChunk,
  isStepCount,
  type LanguageModel,
  type ModelMessage,
  ToolLoopAgent,
  type ToolSet,
  toUIMessageStream,
} from 'ai'
import type { ChatMessage, Failure, RunEnd } from '../../types.ts'
import type { AgentLimits } from '../host.ts'
import { modelFailure } from './failure.ts'
import type { Guard } from './guard.ts'
import { repairCall } from './repair.ts'

export type ChatChunk = InferUIMessageChunk<ChatMessage>

export interface LoopInput {
  model: Exclude<LanguageModel, string>
  endpoint: { baseUrl: string; model: string }
  instructions: string
  messages: ModelMessage[]
  tools: ToolSet
  guard: Guard
  limits: AgentLimits
  /** Fires when a person stops the run. A closed page does not. */
  signal: AbortSignal
  /** What people said into the running answer since the last step; asked before each step but the first. Never rejects */
  steering?: () => Promise<Steered[]>
}

/** Something said into a running answer. */
export interface Steered {
  id: string
  text: string
}

export interface LoopOutcome {
  end: RunEnd
  failure?: Failure
  inputTokens: number
  outputTokens: number
}

/**
 * The agent loop as UI message chunks, without `start` and `finish`. It never throws: whatever goes wrong becomes a
 * `data-failure` chunk after what was already said, and every tool call that was opened is closed.
 */
export async function* runLoop(input: LoopInput): AsyncGenerator<ChatChunk, LoopOutcome> {
  const { guard, limits, signal, endpoint } = input
  const usage = { inputTokens: 0, outputTokens: 0 }
  const open = openParts()
  let failure: Failure | undefined
  let steps = 0
  let lastStepCalledTools = false
  /** What each step that has not begun in the stream hears first */
  const heard: Steered[][] = []

  const agent = new ToolLoopAgent({
    model: input.model,
    instructions: input.instructions,
    tools: input.tools,
    temperature: 0.3,
    maxRetries: 1,
    toolCallConcurrency: 6,
    stopWhen: [isStepCount(limits.steps), () => guard.looping() !== undefined || guard.waiting() !== undefined],
    timeout: {
      totalMs: limits.totalMs,
      stepMs: limits.stepMs,
      firstChunkMs: limits.firstTokenMs,
      chunkMs: limits.silenceMs,
    },
    onError: () => {},
    prepareStep: async ({ stepNumber, messages }) => {
      const said = stepNumber > 0 ? ((await input.steering?.()) ?? []) : []
      heard.push(said)
      if (said.length === 0) return undefined
      return { messages: [...messages, ...said.map(({ text }) => ({ role: 'user' as const, content: text }))] }
    },
    repairToolCall: async ({ toolCall, tools }) => {
      const meant = repairCall(toolCall, Object.keys(tools))
      return meant ? { ...toolCall, ...meant } : null
    },
    onStepEnd: ({ usage: used, toolCalls }) => {
      usage.inputTokens += used.inputTokens ?? 0
      usage.outputTokens += used.outputTokens ?? 0
      steps++
      lastStepCalledTools = toolCalls.length > 0
    },
  })

  try {
    let raw: unknown
    const result = await agent.stream({ messages: input.messages, abortSignal: signal })
    const stream = toUIMessageStream<ToolSet, ChatMessage>({
      stream: result.stream,
      sendStart: false,
      sendFinish: false,
      redactToolErrors: false,
      onError: (error) => {
        raw = error
        return error instanceof Error ? error.message : String(error)
      },
    })
    for await (const chunk of stream) {
      if (chunk.type === 'error') failure ??= modelFailure(raw, endpoint)
      else if (chunk.type === 'abort') {
        if (!signal.aborted) failure ??= modelFailure(new DOMException('timed out', 'TimeoutError'), endpoint)
      } else if (chunk.type !== 'start' && chunk.type !== 'finish') {
        if (chunk.type === 'start-step')
          for (const said of heard.shift() ?? []) yield { type: 'data-steered', id: said.id, data: said }
        const known = asDynamic(chunk)
        open.see(known)
        yield known
      }
      if (failure) break
    }
  } catch (error) {
    if (!signal.aborted) failure ??= modelFailure(error, endpoint)
  }

  const looping = guard.looping()
  if (looping)
    failure ??= {
      code: 'loop',
      message: `The model called ${looping} with the same arguments three times, so it was stopped.`,
      next: 'Ask again with more detail, for example the cluster or the time range you mean.',
    }
  yield* open.close(signal.aborted ? 'Stopped before it was done' : 'Cut off before it was done')
  const outOfSteps = !failure && !signal.aborted && !guard.waiting() && steps >= limits.steps && lastStepCalledTools
  if (outOfSteps)
    yield {
      type: 'data-notice',
      id: 'steps',
      data: { text: `Stopped after ${limits.steps} steps. Say “continue” to go on.` },
    }
  if (failure) yield { type: 'data-failure', id: 'failure', data: failure }
  const end: RunEnd = failure ? 'failed' : signal.aborted ? 'stopped' : guard.waiting() ? 'approval' : 'done'
  return { end, ...(failure && { failure }), ...usage }
}

/**
 * Our tools are dynamic. A name that is not offered opens a part of another kind, and what the repaired call answers
 * would go there, where nobody looks.
 */
const asDynamic = (chunk: ChatChunk): ChatChunk =>
  chunk.type === 'tool-input-start' || chunk.type === 'tool-input-available' || chunk.type === 'tool-input-error'
    ? { ...chunk, dynamic: true }
    : chunk

/** Remembers which parts were opened, to close them when the stream breaks off. */
function openParts() {
  const texts = new Map<string, 'text' | 'reasoning'>()
  const tools = new Map<string, { toolName: string; hasInput: boolean }>()
  return {
    see(chunk: ChatChunk) {
      if (chunk.type === 'text-start') texts.set(chunk.id, 'text')
      else if (chunk.type === 'reasoning-start') texts.set(chunk.id, 'reasoning')
      else if (chunk.type === 'text-end' || chunk.type === 'reasoning-end') texts.delete(chunk.id)
      else if (chunk.type === 'tool-input-start')
        tools.set(chunk.toolCallId, { toolName: chunk.toolName, hasInput: false })
      else if (chunk.type === 'tool-input-available')
        tools.set(chunk.toolCallId, { toolName: chunk.toolName, hasInput: true })
      else if (chunk.type === 'tool-output-available' || chunk.type === 'tool-output-error')
        tools.delete(chunk.toolCallId)
      else if (chunk.type === 'tool-input-error') tools.delete(chunk.toolCallId)
    },
    *close(reason: string): Generator<ChatChunk> {
      for (const [id, kind] of texts) yield { type: `${kind}-end`, id }
      for (const [toolCallId, { toolName, hasInput }] of tools) {
        if (!hasInput) yield { type: 'tool-input-available', toolCallId, toolName, input: {}, dynamic: true }
        yield { type: 'tool-output-error', toolCallId, errorText: reason, dynamic: true }
      }
      texts.clear()
      tools.clear()
    },
  }
}

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
import { noticesIn } from '../../words/notices-in.ts'
import type { AgentLimits } from '../host.ts'
import type { Ahead } from './ahead.ts'
import { type Budget, budgetNotice, createBudget, type NoticeWords, wrapUp, wrapUpReason } from './budget.ts'
import { modelFailure } from './failure.ts'
import type { Guard } from './guard.ts'
import { reduceResults } from './reduce.ts'
import { repairCall } from './repair.ts'
import { looksLikeCall } from './text-call.ts'
import { readTodo, todoTool } from './todo.ts'

export type ChatChunk = InferUIMessageChunk<ChatMessage>

export interface LoopInput {
  model: Exclude<LanguageModel, string>
  /** Hears the words of the model before the SDK does */
  ahead?: Ahead
  /** Whose failure a failure is; read when one happens. `next`: who could be asked instead */
  endpoint: { readonly baseUrl: string; readonly model: string; readonly next?: string }
  instructions: string
  messages: ModelMessage[]
  tools: ToolSet
  guard: Guard
  limits: AgentLimits
  /** Made with the run, when tools share it */
  budget?: ReturnType<typeof createBudget>
  /** Tokens that the model reads at once; read before each step */
  contextWindow?: () => number
  /** How often a request is made again that failed before the first token; default 1 */
  retries?: number
  /** Notices of the model's endpoints that came up meanwhile */
  notices?: () => ChatChunk[]
  /** What the answer says itself; English without them */
  words?: NoticeWords
  /** Epoch milliseconds; default: a monotonic clock */
  now?: () => number
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
  cachedTokens: number
  /** Of the last request */
  contextTokens: number
  /** The model at work, without the tools */
  modelMs: number
  /** From the first thought to the first word, over all steps */
  thoughtMs: number
}

/**
 * The agent loop as UI message chunks, without `start` and `finish`. It never throws: whatever goes wrong becomes a
 * `data-failure` chunk after what was already said, and every tool call that was opened is closed.
 */
export async function* runLoop(input: LoopInput): AsyncGenerator<ChatChunk, LoopOutcome> {
  const { guard, limits, signal, endpoint, ahead } = input
  const now = input.now ?? (() => performance.now())
  const budget = input.budget ?? createBudget(limits, now)
  const words = input.words ?? noticesIn(undefined)
  const used = { inputTokens: 0, outputTokens: 0, cachedTokens: 0, contextTokens: 0, modelMs: 0, thoughtMs: 0 }
  const open = openParts()
  const toldTodo = followTodo()
  const text = followText((name) => name in input.tools)
  let failure: Failure | undefined
  let ended: Budget | 'loop' | undefined
  let lastStep = false
  let modelSince = 0
  let thoughtSince: number | undefined
  /** What each step that has not begun in the stream hears first */
  const heard: Steered[][] = []

  const agent = new ToolLoopAgent({
    model: ahead?.heardFrom(input.model) ?? input.model,
    instructions: input.instructions,
    tools: input.tools,
    temperature: 0.3,
    maxRetries: input.retries ?? 1,
    toolCallConcurrency: 6,
    stopWhen: [isStepCount(Math.max(1, limits.steps)), () => guard.waiting() !== undefined || lastStep],
    timeout: {
      totalMs: limits.totalMs,
      stepMs: limits.stepMs,
      chunkMs: limits.silenceMs,
      ...(input.retries !== 0 && { firstChunkMs: limits.firstTokenMs }),
    },
    onError: () => {},
    prepareStep: async ({ stepNumber, messages }) => {
      const said = stepNumber > 0 ? ((await input.steering?.()) ?? []) : []
      heard.push(said)
      const asked = said.map(({ text }) => ({ role: 'user' as const, content: text }))
      const window = input.contextWindow?.()
      const reduced = window === undefined ? undefined : reduceResults(messages, window * runningShare)
      const loop = guard.looping()
      ended = loop ? 'loop' : budget.nearlyUsed(stepNumber)
      if (ended) {
        lastStep = true
        guard.close()
        const why =
          ended === 'loop' ? `${loop} was called with the same arguments again and again.` : wrapUpReason[ended]
        asked.push({ role: 'user', content: wrapUp(why) })
      }
      return {
        ...((reduced || asked.length > 0) && { messages: [...(reduced ?? messages), ...asked] }),
        // the tools stay in the request: a server that kept what it read of it can go on from there
        ...(ended && { toolChoice: 'none' as const }),
      }
    },
    repairToolCall: async ({ toolCall, tools }) => {
      const meant = repairCall(toolCall, Object.keys(tools))
      return meant ? { ...toolCall, ...meant } : null
    },
    onLanguageModelCallStart: () => {
      modelSince = now()
    },
    onLanguageModelCallEnd: () => {
      used.modelMs += now() - modelSince
    },
    onStepEnd: ({ usage }) => {
      used.inputTokens += usage.inputTokens ?? 0
      used.outputTokens += usage.outputTokens ?? 0
      used.cachedTokens += usage.inputTokenDetails?.cacheReadTokens ?? 0
      used.contextTokens = (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0)
      budget.spend(used.contextTokens)
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
    for await (const chunk of ahead ? ahead.merge(stream) : stream) {
      if (chunk.type === 'error') {
        // it asked for a call although none is made any more: what it said stands
        if (lastStep && isRefusedCall(raw)) break
        failure ??= modelFailure(raw, endpoint, words)
      } else if (chunk.type === 'abort') {
        if (!signal.aborted) failure ??= modelFailure(new DOMException('timed out', 'TimeoutError'), endpoint, words)
      } else if (chunk.type !== 'start' && chunk.type !== 'finish') {
        if (chunk.type === 'start-step')
          for (const said of heard.shift() ?? []) yield { type: 'data-steered', id: said.id, data: said }
        if (chunk.type === 'reasoning-start') thoughtSince ??= now()
        else if (thoughtSince !== undefined && chunk.type === 'reasoning-end') {
          used.thoughtMs += now() - thoughtSince
          thoughtSince = undefined
        }
        const known = asDynamic(chunk)
        open.see(known)
        text.see(known)
        yield known
        yield* toldTodo(known)
        if (input.notices) yield* input.notices()
      }
      if (failure) break
    }
  } catch (error) {
    if (!signal.aborted) failure ??= modelFailure(error, endpoint, words)
  }

  const looping = guard.looping()
  if (looping && !text.said())
    failure ??= {
      code: 'loop',
      message: words.loop(looping),
      next: words.loopNext,
    }
  yield* open.close(signal.aborted ? 'Stopped before it was done' : 'Cut off before it was done')
  if (input.notices) yield* input.notices()
  if (text.pretended()) yield notice('text-call', words.textCall)
  if (!failure && !signal.aborted && !guard.waiting() && ended)
    yield ended === 'loop'
      ? notice('loop', words.loopAnswered(looping ?? ''))
      : notice(ended, budgetNotice(ended, limits, words))
  if (failure && endpoint.next && (failure.retry || failure.modelDown)) failure = { ...failure, tryWith: endpoint.next }
  if (failure) yield { type: 'data-failure', id: 'failure', data: failure }
  const end: RunEnd = failure ? 'failed' : signal.aborted ? 'stopped' : guard.waiting() ? 'approval' : 'done'
  return { end, ...(failure && { failure }), ...used }
}

const isRefusedCall = (error: unknown): boolean => error instanceof Error && /ToolChoiceViolation/.test(error.name)

/** Share of the window that a running answer may fill before older answers of tools are left out. */
const runningShare = 0.6

const notice = (id: string, text: string): ChatChunk => ({ type: 'data-notice', id, data: { text } })

/** The to-do list is shown as it stands after each call that sets it. */
function followTodo() {
  const inputs = new Map<string, unknown>()
  return function* (chunk: ChatChunk): Generator<ChatChunk> {
    if (chunk.type === 'tool-input-available' && chunk.toolName === todoTool) inputs.set(chunk.toolCallId, chunk.input)
    if (chunk.type !== 'tool-output-available' || !inputs.has(chunk.toolCallId)) return
    const list = readTodo(inputs.get(chunk.toolCallId))
    if (list) yield { type: 'data-todo', id: 'todo', data: list }
  }
}

/** Whether the last step said something, and whether a step wrote a call as text instead of making it. */
function followText(isTool: (name: string) => boolean) {
  let step = ''
  let called = false
  let pretended = false
  const settle = () => {
    if (!called && step !== '' && looksLikeCall(step, isTool)) pretended = true
  }
  return {
    see(chunk: ChatChunk) {
      if (chunk.type === 'start-step') {
        settle()
        step = ''
        called = false
      } else if (chunk.type === 'text-delta') step += chunk.delta
      else if (chunk.type === 'tool-input-available') called = true
    },
    said: () => step.trim() !== '',
    pretended: () => {
      settle()
      return pretended
    },
  }
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

import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { type Behaviour, distort } from './behaviours.ts'
import { complete } from './completion.ts'
import type { Metrics } from './metrics.ts'
import { assemble, type Delta, type FinishReason, type Generation, generate, pacer } from './stream.ts'
import { tokenise } from './tokens.ts'
import type { ChatRequest } from './wire.ts'

export interface ChatContext {
  metrics: Metrics
  tokensPerSecond: number
  /** What a prompt takes before its first token; default none */
  firstTokenMs?: number
  /** Epoch milliseconds. */
  now: () => number
  newId: () => string
}

/** Tokens of a request: its messages and the tools that are offered. */
export function promptTokens(request: ChatRequest): number {
  const messages = request.messages.map(
    ({ content, toolCalls }) => content + toolCalls.map((call) => call.name + call.arguments).join(''),
  )
  const tools = request.tools.map((tool) => tool.name + tool.description + JSON.stringify(tool.schema))
  return [...messages, ...tools].reduce((sum, text) => sum + tokenise(text).length + 4, 0)
}

/** Answers one chat request, streamed or whole, and stops at once when `signal` fires because the client went away. */
export async function answerChat(
  request: ChatRequest,
  behaviour: Behaviour,
  exchange: { response: ServerResponse; signal: AbortSignal; context: ChatContext },
): Promise<void> {
  const { context, signal } = exchange
  const prompt = promptTokens(request)
  context.metrics.started(prompt)
  let ending: 'stop' | 'length' | 'abort' = 'abort'
  try {
    const completion = distort(behaviour, () => complete(request, context.now()), request)
    const generation = generate(completion, request, () => `chatcmpl-tool-${context.newId()}`)
    const speed =
      behaviour.kind === 'slow'
        ? behaviour.amount!
        : behaviour.kind === 'burst'
          ? Number.POSITIVE_INFINITY
          : context.tokensPerSecond
    const tokens = timed(generation.deltas, { ...context, tokensPerSecond: speed }, signal)
    const id = `chatcmpl-${context.newId()}`
    const head = { id, created: Math.floor(context.now() / 1000), model: request.model }
    await (request.stream ? sendStream : sendWhole)({
      head,
      request,
      generation,
      tokens,
      prompt,
      behaviour,
      ...exchange,
    })
    ending = generation.finishReason === 'length' ? 'length' : 'stop'
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    context.metrics.ended(prompt, signal.aborted ? 'abort' : ending)
  }
}

/** The deltas at the model's speed, counted and measured. */
async function* timed(
  deltas: Delta[],
  { metrics, tokensPerSecond, firstTokenMs = 0 }: ChatContext,
  signal: AbortSignal,
): AsyncGenerator<Delta> {
  const startMs = performance.now()
  if (firstTokenMs > 0) await pause(firstTokenMs, undefined, { signal })
  const wait = pacer(tokensPerSecond, signal)
  let lastMs = startMs
  for (const [index, delta] of deltas.entries()) {
    await wait(index)
    signal.throwIfAborted()
    const nowMs = performance.now()
    metrics.observe(
      index === 0 ? 'vllm:time_to_first_token_seconds' : 'vllm:inter_token_latency_seconds',
      (nowMs - lastMs) / 1000,
    )
    lastMs = nowMs
    metrics.token()
    yield delta
  }
  metrics.observe('vllm:request_queue_time_seconds', 0)
  metrics.observe('vllm:e2e_request_latency_seconds', (performance.now() - startMs) / 1000)
}

interface Sending {
  head: { id: string; created: number; model: string }
  request: ChatRequest
  generation: Generation
  tokens: AsyncGenerator<Delta>
  prompt: number
  behaviour: Behaviour
  response: ServerResponse
  signal: AbortSignal
}

/** Server-sent events in vLLM's order: role, reasoning, content and calls, the finish, usage if asked for, `[DONE]`. */
async function sendStream({
  head,
  request,
  generation,
  tokens,
  prompt,
  behaviour,
  response,
  signal,
}: Sending): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
  let sent = 0
  const usage = () => ({ prompt_tokens: prompt, total_tokens: prompt + sent, completion_tokens: sent })
  const write = async (text: string) => {
    if (!response.write(text)) await once(response, 'drain', { signal })
  }
  const event = (body: object) => write(`data: ${JSON.stringify(body)}\n\n`)
  const chunk = (delta: Delta, finish?: { finish_reason: FinishReason; stop_reason: string | null }) =>
    event({
      id: head.id,
      object: 'chat.completion.chunk',
      created: head.created,
      model: head.model,
      choices: [{ index: 0, delta, logprobs: null, ...(finish ?? { finish_reason: null }) }],
      ...(request.continuousUsage ? { usage: usage() } : {}),
    })
  await chunk({ role: 'assistant', content: '' })
  if (behaviour.kind === 'garbage')
    await write('data: {"choices": [{"delta": <<<not json>>>\n\nevent: ???\ndata: \u0000\n\n')
  for await (const delta of tokens) {
    sent += 1
    await chunk(delta)
    if (behaviour.kind === 'cut' && sent * 2 >= generation.deltas.length) {
      await new Promise((flushed) => response.write('', flushed))
      response.destroy()
      return
    }
  }
  await chunk({}, { finish_reason: generation.finishReason, stop_reason: generation.stopReason })
  if (request.includeUsage)
    await event({
      id: head.id,
      object: 'chat.completion.chunk',
      created: head.created,
      model: head.model,
      choices: [],
      usage: usage(),
    })
  await write('data: [DONE]\n\n')
  response.end()
}

async function sendWhole({ head, generation, tokens, prompt, behaviour, response }: Sending): Promise<void> {
  let sent = 0
  for await (const _delta of tokens) sent += 1
  if (behaviour.kind === 'cut') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '4096' })
    response.write('{"id":')
    response.destroy()
    return
  }
  const { content, reasoning, tool_calls } = assemble(generation.deltas)
  const message = { role: 'assistant', content, reasoning, refusal: null, ...(tool_calls.length ? { tool_calls } : {}) }
  const choice = {
    index: 0,
    message,
    logprobs: null,
    finish_reason: generation.finishReason,
    stop_reason: generation.stopReason,
  }
  const usage = { prompt_tokens: prompt, total_tokens: prompt + sent, completion_tokens: sent }
  response.writeHead(200, { 'content-type': 'application/json' })
  const text = JSON.stringify({ ...head, object: 'chat.completion', choices: [choice], usage })
  response.end(behaviour.kind === 'garbage' ? `<<<${text.slice(0, 40)}` : text)
}

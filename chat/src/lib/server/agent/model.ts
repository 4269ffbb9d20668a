import { AsyncLocalStorage } from 'node:async_hooks'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { extractReasoningMiddleware, type LanguageModel, wrapLanguageModel } from 'ai'
import type { ModelEndpoint } from '../host.ts'
import type { Ahead } from './ahead.ts'
import { readAhead } from './ahead-reader.ts'
import { withCoalescedDeltas } from './coalesce.ts'
import { askServed, startsThinking } from './health.ts'
import { repairCalls } from './sse-repair.ts'

type Wrapped = Parameters<typeof wrapLanguageModel>[0]['model']

const usualFirstByteMs = 60_000

/** The model to ask for: the configured one, else the first one that the endpoint lists. Throws what `fetch` throws. */
export const modelName = async (endpoint: ModelEndpoint, now: number, signal?: AbortSignal): Promise<string> =>
  endpoint.model ?? (await askServed(endpoint, now, signal)).model

/** vLLM reads `reasoning` and drops the older `reasoning_content` on input. */
export function renameReasoning(body: Record<string, unknown>): Record<string, unknown> {
  const { messages } = body
  if (!Array.isArray(messages)) return body
  return {
    ...body,
    messages: messages.map((message: Record<string, unknown>) => {
      if (message.reasoning_content === undefined) return message
      const { reasoning_content, ...rest } = message
      return { ...rest, reasoning: reasoning_content }
    }),
  }
}

interface Asking {
  firstByteMs: number
  ahead?: Ahead
}

/** The request that is being made: the models are the same for everybody. */
const asking = new AsyncLocalStorage<Asking>()

/** `fetch` that gives up when no answer begins in time; the SDK's own limits count only from there. */
const impatientFetch: typeof fetch = async (input, init) => {
  const { firstByteMs, ahead } = asking.getStore() ?? { firstByteMs: usualFirstByteMs }
  const late = new AbortController()
  const words = ahead?.begin()
  const timer = setTimeout(() => late.abort(new DOMException('no answer began in time', 'TimeoutError')), firstByteMs)
  try {
    const response = await fetch(input, {
      ...init,
      signal: AbortSignal.any([late.signal, ...(init?.signal ? [init.signal] : [])]),
    })
    if (!response.body || !response.headers.get('content-type')?.includes('event-stream')) return response
    return new Response(words ? readAhead(response.body, words) : response.body.pipeThrough(repairCalls()), response)
  } finally {
    clearTimeout(timer)
  }
}

// Making one takes a millisecond, in which the SDK builds the shapes that it checks answers with
const models = new Map<string, Wrapped>()
const mostModels = 100

function sharedModel({ baseUrl, apiKey }: ModelEndpoint, name: string): Wrapped {
  const key = JSON.stringify([baseUrl, apiKey, name])
  const known = models.get(key)
  if (known) return known
  const model = createOpenAICompatible({
    name: 'vllm',
    baseURL: baseUrl,
    apiKey,
    includeUsage: true,
    supportsStructuredOutputs: true,
    transformRequestBody: renameReasoning,
    fetch: impatientFetch,
  })(name)
  if (models.size >= mostModels) models.clear()
  models.set(key, model)
  return model
}

/** A language model over an OpenAI-compatible endpoint. `ahead` hears its words before the SDK does. */
export function languageModel(
  endpoint: ModelEndpoint,
  name: string,
  { firstByteMs = usualFirstByteMs, ahead }: Partial<Asking> = {},
): Exclude<LanguageModel, string> {
  const ask = <T>(work: () => T): T => asking.run({ firstByteMs, ...(ahead && { ahead }) }, work)
  const model = wrapLanguageModel({
    model: sharedModel(endpoint, name),
    middleware: [
      // Thoughts of a model whose server has no parser for them come as tags in the text
      extractReasoningMiddleware({ tagName: 'think', startWithReasoning: startsThinking(endpoint) }),
      { wrapStream: ({ doStream }) => ask(doStream), wrapGenerate: ({ doGenerate }) => ask(doGenerate) },
    ],
  })
  return withCoalescedDeltas(model)
}

import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { extractReasoningMiddleware, type LanguageModel, wrapLanguageModel } from 'ai'
import type { ModelEndpoint } from '../host.ts'
import type { Ahead } from './ahead.ts'
import { readAhead } from './ahead-reader.ts'
import { withCoalescedDeltas } from './coalesce.ts'
import { askServed, startsThinking } from './health.ts'
import { repairCalls } from './sse-repair.ts'

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

/** `fetch` that gives up when no answer begins in time; the SDK's own limits count only from there. */
const impatientFetch =
  (limitMs: number, ahead: Ahead | undefined): typeof fetch =>
  async (input, init) => {
    const late = new AbortController()
    const words = ahead?.begin()
    const timer = setTimeout(() => late.abort(new DOMException('no answer began in time', 'TimeoutError')), limitMs)
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

/** A language model over an OpenAI-compatible endpoint. `ahead` hears its words before the SDK does. */
export function languageModel(
  endpoint: ModelEndpoint,
  name: string,
  { firstByteMs = 60_000, ahead }: { firstByteMs?: number; ahead?: Ahead } = {},
): Exclude<LanguageModel, string> {
  const model = createOpenAICompatible({
    name: 'vllm',
    baseURL: endpoint.baseUrl,
    apiKey: endpoint.apiKey,
    includeUsage: true,
    supportsStructuredOutputs: true,
    transformRequestBody: renameReasoning,
    fetch: impatientFetch(firstByteMs, ahead),
  })(name)
  // Thoughts of a model whose server has no parser for them come as tags in the text
  const middleware = extractReasoningMiddleware({ tagName: 'think', startWithReasoning: startsThinking(endpoint) })
  return withCoalescedDeltas(wrapLanguageModel({ model, middleware }))
}

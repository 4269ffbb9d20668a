import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import type { LanguageModel } from 'ai'
import type { ChatHost } from '../host.ts'
import { withCoalescedDeltas } from './coalesce.ts'

type Llm = ChatHost['llm']

const nameCache = new Map<string, { name: string; until: number }>()
const cacheMs = 60_000

/** The model to ask for: the configured one, else the first one that the endpoint lists. Throws what `fetch` throws. */
export async function modelName(llm: Llm, now: number, signal?: AbortSignal): Promise<string> {
  if (llm.model) return llm.model
  const cached = nameCache.get(llm.baseUrl)
  if (cached && cached.until > now) return cached.name
  const response = await fetch(`${llm.baseUrl}/models`, {
    headers: llm.apiKey ? { authorization: `Bearer ${llm.apiKey}` } : {},
    signal: AbortSignal.any([AbortSignal.timeout(5000), ...(signal ? [signal] : [])]),
  })
  if (!response.ok) throw Object.assign(new Error(await response.text()), { statusCode: response.status })
  const body = (await response.json()) as { data?: { id?: unknown }[] }
  const name = body.data?.[0]?.id
  if (typeof name !== 'string') throw new Error('The model endpoint lists no models')
  nameCache.set(llm.baseUrl, { name, until: now + cacheMs })
  return name
}

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
  (limitMs: number): typeof fetch =>
  async (input, init) => {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(new DOMException('no answer began in time', 'TimeoutError')), limitMs)
    try {
      return await fetch(input, {
        ...init,
        signal: AbortSignal.any([late.signal, ...(init?.signal ? [init.signal] : [])]),
      })
    } finally {
      clearTimeout(timer)
    }
  }

/** A language model over an OpenAI-compatible endpoint. */
export function languageModel(llm: Llm, name: string, firstByteMs = 60_000): Exclude<LanguageModel, string> {
  const model = createOpenAICompatible({
    name: 'vllm',
    baseURL: llm.baseUrl,
    apiKey: llm.apiKey,
    includeUsage: true,
    supportsStructuredOutputs: true,
    transformRequestBody: renameReasoning,
    fetch: impatientFetch(firstByteMs),
  })(name)
  return withCoalescedDeltas(model)
}

import type OpenAI from 'openai'
import { checkAnswer } from '../parse.ts'
import type { StreamFetch } from '../stream-fetch.ts'
import { explainFailure } from './served-errors.ts'
import type { Completion, Question, ServedModel, Streamed } from './types.ts'
import { chunk, completion, models, type Said, type Usage } from './wire.ts'

export interface ServedOptions {
  /** With /v1; only its path counts where `way` knows the rest */
  baseUrl: string
  way: StreamFetch
  cluster?: string
  /** Where its key is configured, for errors */
  credential?: string
  /** Milliseconds that only grow, finer than one */
  clock: () => number
}

const defaultTimeoutMs = 30_000
/** Chunks beyond those asked for that are borne with: an end, usage, empty ones. */
const spareChunks = 1000

const textOf = (said: Said | null | undefined): string =>
  `${said?.reasoning ?? said?.reasoning_content ?? ''}${said?.content ?? said?.refusal ?? ''}`

const countsOf = (usage: Usage): Pick<Completion, 'promptTokens' | 'completionTokens' | 'cachedTokens'> => ({
  ...(usage?.prompt_tokens != null && { promptTokens: usage.prompt_tokens }),
  ...(usage?.completion_tokens != null && { completionTokens: usage.completion_tokens }),
  ...(usage?.prompt_tokens_details?.cached_tokens != null && {
    cachedTokens: usage.prompt_tokens_details.cached_tokens,
  }),
})

/** A limit that can be lifted, and says what it was for once it has struck. */
function limits(outer: AbortSignal | undefined) {
  const own = new AbortController()
  let words: string | undefined
  const timers = new Set<NodeJS.Timeout>()
  return {
    signal: outer ? AbortSignal.any([outer, own.signal]) : own.signal,
    expired: () => words,
    set(afterMs: number, why: string) {
      const timer = setTimeout(() => {
        words = why
        own.abort(new DOMException(why, 'AbortError'))
      }, afterMs)
      timers.add(timer)
      return () => {
        clearTimeout(timer)
        timers.delete(timer)
      }
    },
    release() {
      for (const timer of timers) clearTimeout(timer)
    },
  }
}

/** A served endpoint over the openai client. Nothing is retried: what is measured is what the first answer is. */
export function createServedModel({ baseUrl, way, cluster, credential, clock }: ServedOptions): ServedModel {
  const asked = { upstream: 'vllm', cluster, credential: credential ?? 'the API key of the endpoint' } as const
  const attempted = { ...asked, url: new URL(baseUrl), mutates: true, timeoutMs: defaultTimeoutMs, maxBytes: 0 }
  let client: Promise<OpenAI> | undefined

  const open = () => {
    // With the first question, not at start: the package takes 0.3 s and 24 MB.
    client ??= import('openai').then(
      ({ default: Client }) =>
        new Client({
          baseURL: baseUrl,
          // The way sends the login; the client insists on a key
          apiKey: 'none',
          organization: null,
          project: null,
          maxRetries: 0,
          timeout: 600_000,
          logLevel: 'off',
          fetch: (input, init) => way.fetch(input, init),
        }),
    )
    return client
  }

  async function within<T>(
    { model, timeoutMs = defaultTimeoutMs, signal }: Pick<Question, 'timeoutMs' | 'signal'> & { model: string },
    ask: (client: OpenAI, limit: ReturnType<typeof limits>) => Promise<T>,
  ): Promise<T> {
    const limit = limits(signal)
    limit.set(timeoutMs, `did not answer within ${timeoutMs / 1000} s`)
    try {
      limit.signal.throwIfAborted()
      return await ask(await open(), limit)
    } catch (error) {
      throw explainFailure(error, { asked: { ...attempted, timeoutMs }, expired: limit.expired, signal, model })
    } finally {
      limit.release()
    }
  }

  const chatBody = ({ model, prompt, maxTokens }: Question) => ({
    model,
    messages: [{ role: 'user' as const, content: prompt }],
    max_tokens: maxTokens,
    temperature: 0,
  })
  const textBody = ({ model, prompt, maxTokens }: Question) => ({
    model,
    prompt,
    max_tokens: maxTokens,
    temperature: 0,
  })
  const withUsage = { stream: true as const, stream_options: { include_usage: true } }

  return {
    models: ({ timeoutMs, signal } = {}) =>
      within({ model: '', timeoutMs, signal }, async (client, limit) => {
        // The client's own page object does not say what it could not read
        const answer = await client.get('/models', { signal: limit.signal })
        const { data } = checkAnswer(asked, models, answer)
        return data.map(({ id, max_model_len }) => ({ id, ...(max_model_len && { maxModelLen: max_model_len }) }))
      }),

    complete: (question) =>
      within(question, async (client, limit) => {
        const { signal } = limit
        const answer =
          question.api === 'text'
            ? await client.completions.create(textBody(question), { signal })
            : await client.chat.completions.create(chatBody(question), { signal })
        const { choices, usage } = checkAnswer(asked, completion, answer)
        const [first] = choices
        return {
          text: first?.text ?? textOf(first?.message),
          ...countsOf(usage),
          ...(first?.finish_reason && { finishReason: first.finish_reason }),
        }
      }),

    stream: ({ firstTokenMs, onChunk, ...question }) =>
      within(question, async (client, limit): Promise<Streamed> => {
        const { signal } = limit
        const noFirst =
          firstTokenMs === undefined
            ? undefined
            : limit.set(firstTokenMs, `sent no token within ${firstTokenMs / 1000} s`)
        const sentMs = clock()
        const events: AsyncIterable<unknown> =
          question.api === 'text'
            ? await client.completions.create({ ...textBody(question), ...withUsage }, { signal })
            : await client.chat.completions.create({ ...chatBody(question), ...withUsage }, { signal })
        const chunkMs: number[] = []
        const parts: string[] = []
        let counts: ReturnType<typeof countsOf> = {}
        let finishReason: string | undefined
        let seen = 0
        for await (const event of events) {
          const nowMs = clock()
          const { choices, usage } = checkAnswer(asked, chunk, event)
          if (++seen > question.maxTokens + spareChunks)
            throw new Error(`more than ${seen - 1} chunks, ${question.maxTokens} tokens were asked for`)
          const [first] = choices ?? []
          const text = first?.text ?? textOf(first?.delta)
          if (text !== '') {
            if (chunkMs.length === 0) noFirst?.()
            chunkMs.push(nowMs)
            parts.push(text)
            onChunk?.()
          }
          if (usage) counts = { ...counts, ...countsOf(usage) }
          if (first?.finish_reason) finishReason = first.finish_reason
        }
        // The client ends quietly where a stream just stops
        if (finishReason === undefined)
          throw new Error(seen === 0 ? 'no stream of events' : 'the stream stopped before its end')
        return { text: parts.join(''), ...counts, finishReason, sentMs, chunkMs, endedMs: clock() }
      }),
    close: way.close,
  }
}

import { type LanguageModel, type LanguageModelMiddleware, wrapLanguageModel } from 'ai'
import type { ModelEndpoint } from '../host.ts'
import type { Ahead } from './ahead.ts'
import { notBegun } from './failure.ts'
import { endpointAnswered, endpointFailed, inOrder, refusesTools, rememberNoTools, rememberThinking } from './health.ts'
import { languageModel, modelName } from './model.ts'

type Wrapping = Parameters<NonNullable<LanguageModelMiddleware['wrapStream']>>[0]
type Model = Wrapping['model']
type Params = Wrapping['params']
type StreamResult = Awaited<ReturnType<Wrapping['doStream']>>
type Part = StreamResult['stream'] extends ReadableStream<infer P> ? P : never

export interface Answering {
  endpoint: ModelEndpoint
  model: string
}

export interface FallbackOptions {
  /** In the order of asking; at least one */
  endpoints: readonly ModelEndpoint[]
  firstTokenMs: number
  now: () => number
  ahead?: Ahead
  /** Another endpoint answers because these failed */
  onStandIn?: (to: Answering, failed: { endpoint: ModelEndpoint; error: unknown }[]) => void
  /** The endpoint takes no tools: it is asked without */
  onNoTools?: (who: Answering) => void
  /** Asked next, or answering; also the one that failed last */
  onAsk?: (who: Answering) => void
}

/**
 * One model over several endpoints (CHT-030). Until the first token a failure goes to the next of them; after it nothing
 * changes hands, for the beginning of an answer and its end must be of one mind.
 */
export function fallbackModel(options: FallbackOptions): Exclude<LanguageModel, string> {
  const { endpoints, firstTokenMs, now, ahead } = options
  const models = new Map<string, Model>()
  let current: ModelEndpoint | undefined

  const modelOf = (endpoint: ModelEndpoint, name: string): Model => {
    const key = `${endpoint.name} ${name}`
    const known = models.get(key)
    if (known) return known
    const made = languageModel(endpoint, name, { firstByteMs: firstTokenMs, ahead }) as Model
    models.set(key, made)
    return made
  }

  /** What one endpoint begins to say, tried without tools where it refuses them. */
  const attempt = async (endpoint: ModelEndpoint, params: Params): Promise<StreamResult> => {
    const impatient = new AbortController()
    const timer = setTimeout(() => impatient.abort(new DOMException(notBegun, 'TimeoutError')), firstTokenMs)
    const signals = [impatient.signal, ...(params.abortSignal ? [params.abortSignal] : [])]
    const abortSignal = AbortSignal.any(signals)
    const started = now()
    try {
      options.onAsk?.({ endpoint, model: endpoint.model ?? '' })
      const name = await modelName(endpoint, started, abortSignal)
      const who = { endpoint, model: name }
      options.onAsk?.(who)
      const model = modelOf(endpoint, name)
      const ask = (asked: Params) => begin(model, { ...asked, abortSignal }, impatient.signal)
      const offered = (params.tools?.length ?? 0) > 0
      if (offered && refusesTools(endpoint, now())) {
        options.onNoTools?.(who)
        return watch(await ask(withoutTools(params)), { endpoint, started, now })
      }
      try {
        return watch(await ask(params), { endpoint, started, now })
      } catch (error) {
        if (!offered || !isAboutTools(error)) throw error
        const result = await ask(withoutTools(params))
        rememberNoTools(endpoint, now())
        options.onNoTools?.(who)
        return watch(result, { endpoint, started, now })
      }
    } finally {
      clearTimeout(timer)
    }
  }

  const stream = async (params: Params): Promise<StreamResult> => {
    const failed: { endpoint: ModelEndpoint; error: unknown }[] = []
    // Whoever answered the last step goes on: it has read the conversation already.
    const order = inOrder(endpoints, now())
    if (current && order[0] !== current) order.sort((a, b) => Number(b === current) - Number(a === current))
    for (const endpoint of order) {
      try {
        const result = await attempt(endpoint, params)
        if (failed.length > 0 || (current && current !== endpoint))
          options.onStandIn?.({ endpoint, model: await modelName(endpoint, now()) }, failed)
        else if (!current && endpoint !== endpoints[0])
          options.onStandIn?.({ endpoint, model: await modelName(endpoint, now()) }, [])
        current = endpoint
        return result
      } catch (error) {
        if (params.abortSignal?.aborted) throw error
        endpointFailed(endpoint, error, now())
        failed.push({ endpoint, error })
      }
    }
    throw failed.at(-1)?.error
  }

  return wrapLanguageModel({
    model: modelOf(endpoints[0]!, endpoints[0]!.model ?? 'unknown'),
    middleware: { wrapStream: ({ params }) => stream(params) },
  })
}

/** Waits for the first piece of the answer, so that a failure before it can still be somebody else's turn. */
async function begin(model: Model, params: Params, late: AbortSignal): Promise<StreamResult> {
  const result = await model.doStream(params)
  const reader = result.stream.getReader()
  const first: Part[] = []
  const whenLate = new Promise<never>((_resolve, reject) => {
    const fail = () => reject(late.reason)
    if (late.aborted) fail()
    late.addEventListener('abort', fail, { once: true })
  })
  whenLate.catch(() => {})
  for (;;) {
    const { done, value } = await Promise.race([reader.read(), whenLate])
    if (done) break
    if (value.type === 'error') {
      void reader.cancel().catch(() => {})
      throw value.error
    }
    first.push(value)
    if (/^(?:text-delta|reasoning-delta|tool-|finish)/.test(value.type)) break
  }
  const stream = new ReadableStream<Part>({
    start(controller) {
      for (const part of first) controller.enqueue(part)
    },
    async pull(controller) {
      const { done, value } = await reader.read()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: (reason) => reader.cancel(reason),
  })
  return { ...result, stream }
}

/** Keeps the health of an endpoint while it answers. */
function watch(
  result: StreamResult,
  { endpoint, started, now }: { endpoint: ModelEndpoint; started: number; now: () => number },
): StreamResult {
  const firstTokenMs = now() - started
  let opened = false
  const watcher = new TransformStream<Part, Part>({
    transform(part, controller) {
      if (part.type === 'error') endpointFailed(endpoint, part.error, now())
      else if (part.type === 'finish') endpointAnswered(endpoint, firstTokenMs, now())
      else if (part.type === 'reasoning-start') opened = true
      else if (!opened && part.type === 'text-delta' && part.delta.includes('</think>')) rememberThinking(endpoint)
      controller.enqueue(part)
    },
  })
  return { ...result, stream: result.stream.pipeThrough(watcher) }
}

/** A refusal that is about tools, as vLLM without --enable-auto-tool-choice and other servers write it. */
export function isAboutTools(error: unknown): boolean {
  const shape = (error ?? {}) as { statusCode?: unknown; message?: unknown; responseBody?: unknown }
  const { statusCode } = shape
  if (typeof statusCode !== 'number' || ![400, 404, 422, 500, 501].includes(statusCode)) return false
  const text = `${String(shape.message ?? '')} ${String(shape.responseBody ?? '')}`
  return /tool[ _-]?(?:choice|call|use|parser)|\btools?\b[^.]{0,60}\b(?:not|un)[ -]?(?:support|allow|enabl|avail)|(?:not|n't) support[^.]{0,40}\b(?:tools?|function)|"?tools"? (?:is|are)|function call/i.test(
    text,
  )
}

/** The same request for a model that knows no tools: calls and their answers become text. */
function withoutTools(params: Params): Params {
  const { tools: _tools, toolChoice: _choice, ...rest } = params
  return {
    ...rest,
    prompt: rest.prompt.flatMap((message): Params['prompt'] => {
      if (message.role === 'tool') {
        const text = message.content
          .map((part) => (part.type === 'tool-result' ? `${part.toolName} answered: ${outputText(part.output)}` : ''))
          .filter(Boolean)
          .join('\n')
        return text === '' ? [] : [{ role: 'user', content: [{ type: 'text', text }] }]
      }
      if (message.role !== 'assistant') return [message]
      const content = message.content.filter((part) => part.type === 'text')
      return content.length === 0 ? [] : [{ ...message, content }]
    }),
  }
}

const outputText = (output: unknown): string => {
  const { value } = (output ?? {}) as { value?: unknown }
  return typeof value === 'string' ? value : JSON.stringify(value ?? null)
}

import { type LanguageModel, wrapLanguageModel } from 'ai'
import type { ChatChunk } from './loop.ts'

type Model = Exclude<LanguageModel, string>

/**
 * Words of the model that people read before the SDK has seen them. Every delta costs the SDK's stages 150 microseconds, which
 * two hundred answers at once cannot afford: it gets the text in larger pieces, and what it says decides in the end.
 */
export interface Ahead {
  /** A request to the model begins. Its words count from the one whose answer the SDK gets. */
  begin(): AheadWords
  /** The model for the SDK: with its answer the SDK gets the request that began last, and makes it its next step. */
  heardFrom(model: Model): Model
  /** The SDK's chunks, with the words between them as soon as it is sure where they belong, and no character twice. */
  merge(chunks: ReadableStream<ChatChunk>): AsyncGenerator<ChatChunk, void>
}

export interface AheadWords {
  /**
   * Text that directly goes on with text that the SDK has got. `at`: characters of text and thoughts of this answer before it.
   */
  say(at: number, text: string): void
}

interface Request {
  /** Unknown until the SDK has its answer */
  step?: number
}

type Delta = Extract<ChatChunk, { type: 'text-delta' | 'reasoning-delta' }>
const isDelta = (chunk: ChatChunk): chunk is Delta => chunk.type === 'text-delta' || chunk.type === 'reasoning-delta'

export function createAhead(): Ahead {
  const words: { request: Request; at: number; text: string }[] = []
  let latest: Request | undefined
  let answers = 0
  let wake = () => {}

  /** Of the step that the SDK is in */
  let step = 0
  /** Characters of text and thoughts that the SDK has told, and that people have */
  let told = 0
  let said = 0
  let part: Pick<Delta, 'type' | 'id'> | undefined

  /** All words that belong where the answer stands, in one piece */
  const early = (): ChatChunk | undefined => {
    let delta = ''
    for (;;) {
      const [first] = words
      const isDue = first?.request.step !== undefined && first.request.step <= step
      const isNow = first?.request.step === step
      if (!first || !isDue || (isNow && first.at > said)) break
      words.shift()
      const text = isNow && part ? first.text.slice(said - first.at) : ''
      said += text.length
      delta += text
    }
    return delta !== '' && part ? { ...part, delta } : undefined
  }

  /** What is new in a chunk of the SDK */
  const fresh = (chunk: ChatChunk): ChatChunk | undefined => {
    if (chunk.type === 'start-step') {
      step++
      told = said = 0
      part = undefined
    }
    if (!isDelta(chunk)) return chunk
    part = { type: chunk.type, id: chunk.id }
    told += chunk.delta.length
    if (told <= said) return undefined
    const delta = chunk.delta.slice(chunk.delta.length - (told - said))
    said = told
    return { ...chunk, delta }
  }

  return {
    begin() {
      const request: Request = {}
      latest = request
      return {
        say(at, text) {
          words.push({ request, at, text })
          wake()
        },
      }
    },
    heardFrom: (model) =>
      wrapLanguageModel({
        model: model as Parameters<typeof wrapLanguageModel>[0]['model'],
        middleware: {
          wrapStream: async ({ doStream }) => {
            const result = await doStream()
            answers++
            if (latest) latest.step = answers
            latest = undefined
            return result
          },
        },
      }),
    async *merge(chunks) {
      const reader = chunks.getReader()
      let come: { result: Awaited<ReturnType<typeof reader.read>> } | { error: unknown } | undefined
      const read = () => {
        come = undefined
        reader.read().then(
          (result) => {
            come = { result }
            wake()
          },
          (error: unknown) => {
            come = { error }
            wake()
          },
        )
      }
      read()
      try {
        for (;;) {
          const ready = early()
          if (ready) {
            yield ready
            continue
          }
          if (!come) {
            const { promise, resolve } = Promise.withResolvers<void>()
            wake = resolve
            await promise
            continue
          }
          if ('error' in come) throw come.error
          const { done, value } = come.result
          if (done) return
          read()
          const chunk = fresh(value)
          if (chunk) yield chunk
        }
      } finally {
        wake = () => {}
        void reader.cancel().catch(() => {})
      }
    },
  }
}

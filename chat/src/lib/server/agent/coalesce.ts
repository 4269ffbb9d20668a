import { type LanguageModel, wrapLanguageModel } from 'ai'

type Model = Exclude<LanguageModel, string>
type Wrapped = Parameters<typeof wrapLanguageModel>[0]

interface Delta {
  type: 'text-delta' | 'reasoning-delta'
  id: string
  delta: string
}
const isDelta = (part: { type: string }): part is Delta => part.type === 'text-delta' || part.type === 'reasoning-delta'

const longestMs = 8

/**
 * Joins pieces of text that are there at the same time. Each piece costs the pipeline behind it tens of microseconds, so a
 * fast model would otherwise keep the whole process busy; a piece that comes alone goes on in the same turn of the loop.
 */
export function coalesceDeltas<P extends { type: string }>(
  now: () => number = () => performance.now(),
): TransformStream<P, P> {
  let held: Delta | undefined
  let since = Number.NEGATIVE_INFINITY
  const flush = (controller: TransformStreamDefaultController<P>) => {
    if (!held) return
    controller.enqueue(held as unknown as P)
    held = undefined
  }
  return new TransformStream<P, P>({
    transform(part, controller) {
      if (!isDelta(part)) {
        flush(controller)
        controller.enqueue(part)
        return
      }
      if (held?.type === part.type && held.id === part.id) {
        held = { ...held, delta: held.delta + part.delta }
        if (now() - since > longestMs) flush(controller)
        return
      }
      flush(controller)
      const at = now()
      const isAlone = at - since > longestMs
      since = at
      // With hundreds of answers at once the next turn of the loop comes late
      if (isAlone) {
        controller.enqueue(part)
        return
      }
      held = { ...part }
      setImmediate(() => {
        try {
          flush(controller)
        } catch {
          // The stream was cancelled meanwhile; nobody waits for this piece.
        }
      })
    },
    flush,
  })
}

/** The same model with its deltas joined. */
export const withCoalescedDeltas = (model: Model): Model =>
  wrapLanguageModel({
    model: model as Wrapped['model'],
    middleware: {
      wrapStream: async ({ doStream }) => {
        const result = await doStream()
        return { ...result, stream: result.stream.pipeThrough(coalesceDeltas()) }
      },
    },
  })

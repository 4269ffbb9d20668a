import { untrack } from 'svelte'
import type { Answer } from '#contract'
import type { Lost } from '../cards/live-card.svelte'
import { live } from '../live/live.svelte.ts'
import { askTool } from '../pages/ask-tool.ts'
import type { Turns } from './turns.ts'

export interface Asking {
  tool: string
  input: object
  /** Grows when a person wants everything anew */
  round: number
}

/** UIX-028: what no event tells is asked again after this, as long as somebody looks */
const everyMs = 30_000
/** A card that follows its events needs it for what they do not tell */
const liveEveryMs = 300_000
const gapMs = 120

/** The answer of a pinned card: the last one stays until the next is there. Called while a component is made. */
export class PinnedAnswer {
  answer = $state.raw<Answer | undefined>()
  busy = $state.raw(false)
  /** The last try failed, and what is shown is from before */
  lost = $state.raw<Lost | undefined>()
  /** What is shown answers another time or other clusters than those that are chosen */
  outdated = $state.raw(false)
  #asked = ''

  /** @param asking undefined as long as nobody sees the card */
  constructor(asking: () => Asking | undefined, { turns, order }: { turns: Turns; order: () => number }) {
    const wanted = $derived(JSON.stringify(asking()))
    // what it shows is no reason to ask again
    $effect(() =>
      wanted === undefined ? undefined : untrack(() => this.#follow(JSON.parse(wanted) as Asking, { turns, order })),
    )
  }

  #follow({ tool, input }: Asking, { turns, order }: { turns: Turns; order: () => number }): () => void {
    const stopped = new AbortController()
    const { signal } = stopped
    const question = JSON.stringify([tool, input])
    let timer: ReturnType<typeof setTimeout> | undefined
    const later = (ms: number) => {
      clearTimeout(timer)
      timer = setTimeout(() => void ask(), ms)
    }
    const ask = async () => {
      if (document.hidden) return
      this.busy = true
      const done = await turns.take(signal).catch(() => undefined)
      if (!done) return
      try {
        this.#take(await askTool(tool, input, { signal }), question)
      } catch {
        // nobody waits for it any more
      } finally {
        done()
      }
      if (signal.aborted) return
      this.busy = false
      later(this.answer?.subject && live.state === 'live' ? liveEveryMs : everyMs)
    }
    this.outdated = this.answer !== undefined && this.#asked !== question
    later(Math.min(order(), 12) * gapMs)
    const seen = () => {
      if (!document.hidden) later(Math.min(order(), 12) * gapMs)
    }
    document.addEventListener('visibilitychange', seen)
    return () => {
      stopped.abort()
      clearTimeout(timer)
      this.busy = false
      document.removeEventListener('visibilitychange', seen)
    }
  }

  #take(next: Answer, question: string) {
    const keep = next.error !== undefined && this.answer?.data !== undefined && this.#asked === question
    this.lost = keep ? { at: next.at, message: next.error?.message ?? '' } : undefined
    if (keep) return
    this.answer = next
    this.outdated = false
    this.#asked = question
  }
}

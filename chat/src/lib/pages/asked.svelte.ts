import type { Answer } from '#contract'
import type { ShownCard } from '../canvas/canvas.svelte.ts'
import { appendPage } from '../cards/lists.ts'
import type { Lost } from '../cards/live-card.svelte'
import { useWords } from '../words/index.ts'
import { askTool } from './ask-tool.ts'

export interface Question {
  tool: string
  input?: object
  /** Asked again after this; a live page needs it for what no event tells */
  everyMs?: number
  /** All of its list: what did not fit into the answer is read page by page */
  whole?: boolean
}

const retryMs = 5_000
/** A list longer than this is for the filters of the tool, not for a screen */
const mostPages = 10

async function rest(answer: Answer, signal: AbortSignal): Promise<Answer> {
  let all = answer
  for (let pages = 0; all.result && all.cursor && pages < mostPages; pages++) {
    const query = new URLSearchParams({ limit: '500', cursor: all.cursor })
    const response = await fetch(`/api/v1/results/${encodeURIComponent(all.result)}?${query}`, { signal })
    const page = (await response.json()) as Answer
    if (!response.ok || page.error) break
    all = appendPage(all, page)
  }
  return all
}

/** The answer of a tool, asked again as long as somebody sees the page. Called while a component is made. */
export class Asked {
  answer = $state.raw<Answer | undefined>()
  /** How the answer was asked for, how long that took, and that it could not be read again */
  #source = $state.raw<Omit<ShownCard, 'answer'> & { lost?: Lost }>({})
  #again: () => void = () => {}
  #words = useWords().ui

  /** @param question undefined as long as nothing is to be asked */
  constructor(question: () => Question | undefined) {
    const asked = $derived(JSON.stringify(question()))
    $effect(() => (asked === undefined ? undefined : this.#follow(JSON.parse(asked) as Question)))
  }

  /** The answer as a card takes it, with where it is from; its last known state when it cannot be read again. */
  get card(): (ShownCard & { lost?: Lost }) | undefined {
    return this.answer && { answer: this.answer, ...this.#source }
  }

  /** Asks at once, for what this page has just changed. */
  again() {
    this.#again()
  }

  #follow({ tool, input = {}, everyMs = 60_000, whole = false }: Question): () => void {
    const asking = new AbortController()
    const { signal } = asking
    let timer: ReturnType<typeof setTimeout> | undefined
    const read = async () => {
      const answer = await askTool(tool, input, { signal, words: this.#words })
      return whole ? rest(answer, signal) : answer
    }
    const ask = async () => {
      clearTimeout(timer)
      // A page that nobody sees asks nothing
      const begun = performance.now()
      const next = document.hidden ? undefined : await read().catch(() => undefined)
      if (signal.aborted) return
      clearTimeout(timer)
      timer = setTimeout(ask, next?.error ? Math.min(retryMs, everyMs) : everyMs)
      // What was read before is worth more than that it could not be read again: its age is on the card
      if (next?.error && this.answer?.data)
        this.#source = { ...this.#source, lost: { at: next.at, message: next.error.message } }
      else if (next) {
        this.answer = next
        this.#source = { tool, input, tookMs: performance.now() - begun }
      }
    }
    void ask()
    this.#again = () => void ask()
    const seen = () => void (document.hidden || ask())
    document.addEventListener('visibilitychange', seen)
    return () => {
      asking.abort()
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', seen)
    }
  }
}

import { askAll, type Source, sourcesOf } from './asked.ts'
import type { Entry, Query } from './entries.ts'
import type { Search } from './remote.ts'

/** Typing is followed by questions to the server after this long, in milliseconds */
const pauseMs = 140
/** What has not come after this long is named, in milliseconds */
const lateMs = 1_200
const fewestCharacters = 2

/** What the server has for what was typed; a source that is slow keeps none of the others back. */
export class Far {
  found = $state.raw<Entry[]>([])
  /** Asked and not answered yet */
  pending = $state.raw<Source[]>([])
  silent = $state.raw<Source[]>([])
  /** The ones that are late are named, not all that were asked a moment ago */
  late = $state(false)

  get searching(): boolean {
    return this.pending.length > 0
  }

  /** Forgets what was found before and asks; the answer stops it. */
  look({ scope, text }: Query, more: Pick<Search, 'words' | 'untitled' | 'openTool'>): () => void {
    this.found = []
    this.silent = []
    this.pending = []
    this.late = false
    if (text.length < fewestCharacters) return () => {}
    const stop = new AbortController()
    this.pending = sourcesOf(scope)
    const search = { text, ...more, ...(scope && { scope }), signal: stop.signal }
    const asking = setTimeout(() => askAll(search, this.#told), pauseMs)
    const waiting = setTimeout(() => {
      this.late = true
    }, lateMs)
    return () => {
      clearTimeout(asking)
      clearTimeout(waiting)
      stop.abort()
    }
  }

  readonly #told = {
    found: (source: Source, entries: Entry[]) => {
      this.#answered(source)
      this.found = [...this.found, ...entries]
    },
    failed: (source: Source) => {
      this.#answered(source)
      this.silent = [...this.silent, source]
    },
  }

  #answered(source: Source) {
    this.pending = this.pending.filter((one) => one !== source)
  }
}

import { untrack } from 'svelte'

/**
 * Something a person can do from the palette or by a key. The page, card or part that can do it registers it while it is on
 * the screen.
 */
export interface Command {
  id: string
  title: string
  group: 'go' | 'conversation' | 'card' | 'view'
  /** Other words people may type for it */
  words?: string
  /** Default shortcut, for example `mod+k`, `g f`, `?`; people may change it */
  keys?: string
  run(): void
}

/** What can be done on this page now. */
class Commands {
  #lists = $state.raw<readonly (readonly Command[])[]>([])

  get all(): Command[] {
    return this.#lists.flat()
  }

  /** The answer takes them away again: return it from an `$effect` or `onMount`. */
  register(list: readonly Command[]): () => void {
    // Whoever registers does not wait for others to.
    untrack(() => {
      this.#lists = [...this.#lists, list]
    })
    return () => {
      this.#lists = untrack(() => this.#lists).filter((one) => one !== list)
    }
  }
}

export const commands = new Commands()

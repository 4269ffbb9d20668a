import { tick } from 'svelte'
import { goto } from '$app/navigation'

/**
 * Where a question from outside the thread goes: into the conversation on the page, else into a new one. By memory and not by the
 * address: a link of another site must not ask in the person's name.
 */
class Asking {
  #here: ((text: string) => void) | undefined

  /** The page takes questions; the answer ends that. */
  register(ask: (text: string) => void): () => void {
    this.#here = ask
    return () => {
      if (this.#here === ask) this.#here = undefined
    }
  }

  async ask(text: string) {
    if (text === '' || !this.#here) await goto('/')
    await tick()
    if (text !== '') this.#here?.(text)
  }
}

export const asking = new Asking()

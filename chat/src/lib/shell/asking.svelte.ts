import { goto } from '$app/navigation'

/** Where a question from outside the thread goes: into the conversation on the page, else into a new one. */
class Asking {
  #here: ((text: string) => void) | undefined

  /** The conversation on the page takes questions; the answer ends that. */
  register(ask: (text: string) => void): () => void {
    this.#here = ask
    return () => {
      if (this.#here === ask) this.#here = undefined
    }
  }

  async ask(text: string) {
    if (text === '') await goto('/')
    else if (this.#here) this.#here(text)
    else await goto(`/?ask=${encodeURIComponent(text)}&send`)
  }
}

export const asking = new Asking()

import type { ShownCard } from '../canvas/canvas.svelte.ts'

/** The card that somebody wants to keep; the dialog for it is loaded when there is one. */
class Pinning {
  card = $state.raw<ShownCard | undefined>()

  readonly offer = (card: ShownCard) => {
    this.card = card
  }

  close() {
    this.card = undefined
  }
}

export const pinning = new Pinning()

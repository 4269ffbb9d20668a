import type { Answer } from '#contract'
import type { CardActions } from '../cards/actions.ts'

/** A card with where it comes from: enough to draw it, to ask again for it and to pin it. */
export interface ShownCard {
  answer: Answer
  tool?: string
  input?: unknown
  tookMs?: number
  /** Path that shows this card alone */
  href?: string
}

/** The drawer on the right: one card at a time, larger, live. */
class Canvas {
  card = $state.raw<ShownCard | undefined>()
  /** What the card may do to the conversation it came from, as long as that is on the screen */
  actions = $state.raw<CardActions | undefined>()
  #last: ShownCard | undefined

  open(card: ShownCard, actions?: CardActions) {
    this.card = card
    this.actions = actions
    this.#last = card
  }

  close() {
    this.card = undefined
  }

  /** Opens what was open last */
  again() {
    this.card = this.#last
  }
}

export const canvas = new Canvas()

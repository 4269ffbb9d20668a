import { columns, put } from './layout.ts'
import type { PinnedCard } from './types.ts'

interface Dragged {
  cards: readonly PinnedCard[]
  id: string
  how: 'move' | 'resize'
  onend: (cards: PinnedCard[]) => void
}

const rowPx = 56
const gapPx = 12

/** A card under the pointer: the others make room while it moves, and nothing is kept before it is let go. */
export class Drag {
  cards = $state.raw<PinnedCard[] | undefined>()
  id = $state.raw('')
  readonly #grid: () => HTMLElement | undefined

  constructor(grid: () => HTMLElement | undefined) {
    this.#grid = grid
  }

  start(event: PointerEvent, { cards, id, how, onend }: Dragged) {
    const grid = this.#grid()
    const card = cards.find((one) => one.id === id)
    const target = event.currentTarget as HTMLElement
    if (!grid || !card || event.button !== 0) return
    const columnPx = (grid.clientWidth + gapPx) / columns
    const from = { x: event.clientX, y: event.clientY }
    // A click on the handle is for its keys
    let moved = false
    target.setPointerCapture(event.pointerId)
    const move = ({ clientX, clientY }: PointerEvent) => {
      moved ||= Math.abs(clientX - from.x) + Math.abs(clientY - from.y) > 6
      if (!moved) return
      const right = Math.round((clientX - from.x) / columnPx)
      const down = Math.round((clientY - from.y) / (rowPx + gapPx))
      this.id = id
      this.cards = put(
        cards,
        how === 'move'
          ? { ...card, x: card.x + right, y: card.y + down }
          : { ...card, w: Math.min(columns - card.x, card.w + right), h: card.h + down },
      )
    }
    const end = ({ type }: PointerEvent) => {
      target.removeEventListener('pointermove', move)
      target.removeEventListener('pointerup', end)
      target.removeEventListener('pointercancel', end)
      const next = this.cards
      this.cards = undefined
      this.id = ''
      if (next && type === 'pointerup') onend(next)
    }
    target.addEventListener('pointermove', move)
    target.addEventListener('pointerup', end)
    target.addEventListener('pointercancel', end)
  }
}

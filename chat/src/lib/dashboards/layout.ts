import type { PinnedCard } from './types.ts'

export const columns = 12
export const mostRows = 20
/** Columns and rows of a card that was just pinned */
export const firstSize = { w: 6, h: 6 } as const
const least = { w: 3, h: 2 } as const

type Place = Pick<PinnedCard, 'id' | 'x' | 'y' | 'w' | 'h'>

const overlaps = (a: Place, b: Place) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
const inColumns = (a: Place, b: Place) => a.x < b.x + b.w && b.x < a.x + a.w

function fit<P extends Place>(card: P): P {
  const w = Math.min(columns, Math.max(least.w, Math.round(card.w)))
  const h = Math.min(mostRows, Math.max(least.h, Math.round(card.h)))
  return { ...card, w, h, x: Math.min(columns - w, Math.max(0, Math.round(card.x))), y: Math.max(0, card.y) }
}

/**
 * Cards without gaps and without overlaps: from top to bottom each goes up as far as it can. Of two that want the same place
 * `first` gets it.
 */
export function packed<P extends Place>(cards: readonly P[], first?: string): P[] {
  const order = cards.map(fit).sort((a, b) => a.y - b.y || Number(b.id === first) - Number(a.id === first) || a.x - b.x)
  const placed: P[] = []
  for (const card of order) {
    let y = 0
    for (let moved = true; moved; ) {
      moved = false
      for (const other of placed)
        if (overlaps({ ...card, y }, other)) {
          y = other.y + other.h
          moved = true
        }
    }
    placed.push({ ...card, y })
  }
  return cards.map(({ id }) => placed.find((card) => card.id === id)!)
}

/** As they are read: from top to bottom, from left to right. */
export const inOrder = <P extends Place>(cards: readonly P[]): P[] => [...cards].sort((a, b) => a.y - b.y || a.x - b.x)

export type Step = 'left' | 'right' | 'up' | 'down'

/** One step of a card by key: a column, or past the nearest card above or below. */
export function stepped<P extends Place>(cards: readonly P[], id: string, step: Step): P[] {
  const card = cards.find((one) => one.id === id)
  if (!card) return [...cards]
  if (step === 'left' || step === 'right') return put(cards, { ...card, x: card.x + (step === 'left' ? -1 : 1) })
  const beside = cards.filter((one) => one.id !== id && inColumns(one, card))
  if (step === 'up') {
    const above = beside.filter((one) => one.y < card.y).sort((a, b) => b.y - a.y)[0]
    return above ? put(cards, { ...card, y: above.y }) : [...cards]
  }
  const below = beside.filter((one) => one.y > card.y).sort((a, b) => a.y - b.y)[0]
  // Half a row behind it: it goes up into the place that becomes free
  return below ? put(cards, { ...card, y: below.y + 0.5 }) : [...cards]
}

/** One step of the right or lower edge by key. */
export function resized<P extends Place>(cards: readonly P[], id: string, step: Step): P[] {
  const card = cards.find((one) => one.id === id)
  if (!card) return [...cards]
  const by = step === 'left' || step === 'up' ? -1 : 1
  const size = step === 'left' || step === 'right' ? { w: Math.min(columns - card.x, card.w + by) } : { h: card.h + by }
  return put(cards, { ...card, ...size })
}

/** A card somewhere else; the others make room. */
export function put<P extends Place>(cards: readonly P[], card: P): P[] {
  return packed(
    cards.map((one) => (one.id === card.id ? card : one)),
    card.id,
  )
}

/** A place for one more card: beside the last row where there is room, else below all. */
export function placeFor(cards: readonly Place[]): { x: number; y: number; w: number; h: number } {
  const bottom = Math.max(0, ...cards.map(({ y, h }) => y + h))
  const { w, h } = firstSize
  for (let y = 0; y <= bottom; y++)
    for (let x = 0; x + w <= columns; x += w) {
      const place = { id: '', x, y, w, h }
      if (!cards.some((card) => overlaps(card, place))) return { x, y, w, h }
    }
  return { x: 0, y: bottom, w, h }
}

import { holdPlace } from './hold-place.ts'

/** Where turns and calls stand in the thread, for keys, links and marks of sources. */
const turnOf = (box: HTMLElement, id: string) => box.querySelector<HTMLElement>(`[data-turn="${CSS.escape(id)}"]`)

const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches

/** Draws the eye to an element without moving or focusing anything. */
export function flash(element: HTMLElement) {
  const still = 'color-mix(in srgb, var(--color-accent) 22%, transparent)'
  const frames = calm()
    ? [{ backgroundColor: still }, { backgroundColor: still }]
    : [{ backgroundColor: still }, { backgroundColor: 'transparent' }]
  element.animate?.(frames, { duration: 1600, easing: 'ease-out' })
  element.animate?.(
    [
      { outline: '2px solid var(--color-accent)', outlineOffset: '-2px' },
      { outline: '2px solid transparent', outlineOffset: '-2px' },
    ],
    {
      duration: 1600,
    },
  )
}

/** Brings a turn to the top of the view; false when it is not drawn. */
export function goToTurn(box: HTMLElement, id: string): boolean {
  const turn = turnOf(box, id)
  if (!turn) return false
  turn.scrollIntoView({ block: 'start' })
  holdPlace(turn)
  flash(turn)
  return true
}

/** The card or row of a call, the row opened if it was folded; undefined when none is drawn or the card waits behind "more cards". */
export async function placeOfCall(box: HTMLElement, call: string): Promise<HTMLElement | undefined> {
  const selector = `[data-call="${CSS.escape(call)}"]`
  const drawn = [...box.querySelectorAll<HTMLElement>(selector)]
  const card = drawn.find((one) => one.matches('.card'))
  if (card) return card
  const folded = (kind: string) => box.querySelector<HTMLDetailsElement>(`${kind}[data-calls~="${CSS.escape(call)}"]`)
  if (folded('details:not(.row)')) return undefined
  if (drawn[0]) return drawn[0]
  const group = folded('.row')
  if (!group) return undefined
  group.open = true
  // Its rows are made when the browser has told that it opened.
  for (let turn = 0; turn < 10; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 16))
    const row = group.querySelector<HTMLElement>(selector)
    if (row) return row
  }
  return group
}

/** Moves the focus to the next or previous turn; from outside a turn, to the last one in sight. */
export function moveTurn(box: HTMLElement, step: 1 | -1) {
  const turns = [...box.querySelectorAll<HTMLElement>('[data-turn]')]
  const from = turns.findIndex((turn) => turn.contains(document.activeElement))
  const bottom = box.getBoundingClientRect().bottom
  const target =
    from >= 0 ? turns[from + step] : turns.findLast((turn) => turn.getBoundingClientRect().top < bottom - 24)
  if (!target) return
  target.focus({ preventScroll: true })
  target.scrollIntoView({ block: 'nearest' })
}

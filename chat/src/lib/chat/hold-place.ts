const settledMs = 3_000
let endLast = () => {}

/**
 * Keeps a turn at the top while what stands around it still gets its size: cards are drawn when they come near, and earlier
 * messages are loaded above. Ends when the reader does anything, another turn is brought, or three seconds are over.
 */
export function holdPlace(turn: HTMLElement): void {
  endLast()
  const content = turn.parentElement
  if (!content || typeof ResizeObserver === 'undefined') return
  const watched = new ResizeObserver(() => turn.scrollIntoView({ block: 'start' }))
  const ended = new AbortController()
  const end = () => {
    watched.disconnect()
    clearTimeout(timer)
    ended.abort()
  }
  const timer = setTimeout(end, settledMs)
  endLast = end
  watched.observe(content)
  for (const kind of ['wheel', 'touchstart', 'pointerdown', 'keydown'])
    document.addEventListener(kind, end, { passive: true, capture: true, signal: ended.signal })
}

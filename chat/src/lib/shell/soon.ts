/**
 * Begins what nobody waits for in a task of its own, after the one that makes the page awake: on a slow phone each task that is
 * too long is a tap that is not heard. What it answers ends what was begun, or keeps it from beginning.
 */
export function soon(begin: () => (() => void) | undefined): () => void {
  let end: (() => void) | undefined
  const timer = setTimeout(() => {
    end = begin()
  })
  return () => {
    clearTimeout(timer)
    end?.()
  }
}

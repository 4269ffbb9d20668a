export const rowHeight = 34
const windowFrom = 40
const overscan = 6
const mostRows = 58

/** Which of many rows stand in the page: those in sight and a few around them. */
export function rowsInSight({ count, scrolled, height }: { count: number; scrolled: number; height: number }): {
  first: number
  /** The one after the last */
  last: number
} {
  if (count <= windowFrom) return { first: 0, last: count }
  const first = Math.max(0, Math.min(Math.floor(scrolled / rowHeight) - overscan, count - 1))
  return {
    first,
    last: Math.min(count, first + Math.min(mostRows, Math.ceil(height / rowHeight) + 2 * overscan)),
  }
}

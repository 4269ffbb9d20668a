export interface Place {
  /** -1 is the head */
  row: number
  /** -1 is the box that chooses the row */
  column: number
}

/** Where a key leads from a cell of a table; undefined for a key that moves nothing. */
export function placeAfter(
  { key, ctrlKey, metaKey }: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey'>,
  { row, column }: Place,
  { rows, columns, page, first }: { rows: number; columns: number; page: number; first: -1 | 0 },
): Place | undefined {
  const whole = ctrlKey || metaKey
  const to: Record<string, [number, number]> = {
    ArrowDown: [row + 1, column],
    ArrowUp: [row - 1, column],
    ArrowRight: [row, column + 1],
    ArrowLeft: [row, column - 1],
    PageDown: [row + page, column],
    PageUp: [Math.max(0, row - page), column],
    Home: [whole ? 0 : row, first],
    End: [whole ? rows - 1 : row, columns - 1],
  }
  const next = to[key]
  return (
    next && {
      row: Math.max(-1, Math.min(rows - 1, next[0])),
      column: Math.max(first, Math.min(columns - 1, next[1])),
    }
  )
}

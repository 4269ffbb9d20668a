/** Edits between two words (Levenshtein 1965). */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let line = 1; line <= a.length; line += 1) {
    const next = [line]
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = row[column - 1]! + (a[line - 1] === b[column - 1] ? 0 : 1)
      next.push(Math.min(replaced, row[column]! + 1, next[column - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}

/** Up to three of `words` that somebody may have meant by `word`, nearest first. */
export function nearestTo(word: string, words: readonly string[]): string[] {
  const wanted = word.toLowerCase()
  const limit = Math.max(1, Math.floor(wanted.length / 3))
  return words
    .map((one) => ({ one, far: one.includes(wanted) && wanted.length > 3 ? 1 : editDistance(wanted, one) }))
    .filter(({ far }) => far <= limit)
    .sort((a, b) => a.far - b.far || a.one.localeCompare(b.one))
    .slice(0, 3)
    .map(({ one }) => one)
}

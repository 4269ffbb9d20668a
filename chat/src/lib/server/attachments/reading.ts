/** How much of a file the model reads at once, without asking for more. */
export const wholeCharacters = 8_000
const part = { head: 3_000, tail: 3_000 }
const pageLines = 120
const longestLine = 600

const cutLine = (line: string) => (line.length > longestLine ? `${line.slice(0, longestLine)}…` : line)

/** What stands in the message: all of a short file, the two ends of a long one and how the rest is had. */
export function digestOf(file: { id: string; text: string }): string {
  const { id, text } = file
  if (text.length <= wholeCharacters) return text
  const lines = text.split('\n').length
  return [
    text.slice(0, part.head),
    `… (${lines} lines, ${text.length} characters in all; read_attachment {"id":"${id}","find":"…"} or {"id":"${id}","fromLine":1} reads the rest) …`,
    text.slice(-part.tail),
  ].join('\n')
}

/** Lines of a file with their numbers: those with `find` and two around each, or a page from `fromLine` on. */
export function readLines(text: string, { find, fromLine = 1 }: { find?: string; fromLine?: number }): string {
  const lines = text.split('\n')
  const numbered = (index: number) => `${index + 1}: ${cutLine(lines[index]!)}`
  if (!find) {
    const start = Math.max(0, Math.min(lines.length - 1, fromLine - 1))
    const page = lines.slice(start, start + pageLines).map((_, offset) => numbered(start + offset))
    const left = lines.length - start - page.length
    return [...page, left > 0 ? `… ${left} more lines; next fromLine: ${start + page.length + 1}` : '(end)'].join('\n')
  }
  const wanted = find.toLowerCase()
  const hits = lines.flatMap((line, index) => (line.toLowerCase().includes(wanted) ? [index] : []))
  if (hits.length === 0) return `No line of ${lines.length} has ${JSON.stringify(find.slice(0, 80))}.`
  const from = hits.filter((index) => index >= fromLine - 1)
  const near = new Set<number>()
  let shown = 0
  for (const hit of from) {
    if (near.size >= pageLines) break
    shown++
    for (let index = Math.max(0, hit - 2); index <= Math.min(lines.length - 1, hit + 2); index++) near.add(index)
  }
  const left = from.length - shown
  return [
    `${hits.length} of ${lines.length} lines have it${left > 0 ? `, ${left} of them further down (fromLine: ${from[shown]! + 1})` : ''}:`,
    ...[...near].sort((a, b) => a - b).map(numbered),
  ].join('\n')
}

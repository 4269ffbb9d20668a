/** One mark of evidence in a text: `[e3]`, with the spaces before it. */
export interface EvidenceMark {
  start: number
  end: number
  /** One for `[e3]`, several for `[e1, e4]` */
  ids: string[]
}

/** `[e3]`, `[e1, e4]`, `[e1][e4]`, also as a link text or with a caret; never `[e3](…)`, which is a link. */
const mark = /[ \t]*\[\^?(e\d{1,4}(?:\s*[,;]\s*e\d{1,4})*)\](?!\()/g

/** Where a model named the calls that its sentence rests on. Marks inside code are left alone: they are code. */
export function findMarks(text: string): EvidenceMark[] {
  const code = codeRanges(text)
  return [...text.matchAll(mark)].flatMap((match) => {
    const end = match.index + match[0].length
    if (code.some(([from, to]) => match.index < to && end > from)) return []
    return [{ start: match.index, end, ids: match[1]!.split(/\s*[,;]\s*/) }]
  })
}

/**
 * The text without its marks, for the renderer and for copying. A mark that has only begun at the end of a text that is
 * still streaming is left out too, so that nothing flickers.
 */
export function stripMarks(text: string, streaming = false): string {
  const marks = findMarks(text)
  let out = ''
  let from = 0
  for (const { start, end } of marks) {
    out += text.slice(from, start)
    from = end
  }
  out += text.slice(from)
  return streaming ? out.replace(/[ \t]*\[(?:\^?(?:e(?:\d{1,4}(?:\s*[,;]\s*(?:e\d{0,4})?)*)?)?)?$/, '') : out
}

/** Where a place in the marked text stands in the stripped one. */
export function strippedOffset(marks: readonly EvidenceMark[], offset: number): number {
  let removed = 0
  for (const { start, end } of marks) {
    if (start >= offset) break
    removed += Math.min(end, offset) - start
  }
  return offset - removed
}

function codeRanges(text: string): [number, number][] {
  const ranges: [number, number][] = []
  for (const match of text.matchAll(
    /^ {0,3}(`{3,}|~{3,})[\s\S]*?(?:^ {0,3}\1|$(?![\s\S]))|(`+)(?!`)[^\n]*?[^`]\2(?!`)/gm,
  ))
    ranges.push([match.index, match.index + match[0].length])
  return ranges
}

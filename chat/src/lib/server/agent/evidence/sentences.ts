/** A stretch of an answer that can be one claim: a sentence, an item of a list or a cell of a table. */
export interface Sentence {
  start: number
  end: number
}

/** Ends of words with a full stop that end no sentence. */
const abbreviation = /(?:^|[\s(])(?:e\.g|i\.e|etc|vs|approx|ca|no|fig|incl|resp|min|max|cf|st|dr|mr|ms)\.$/i

const marks = /^(?:\s*\[\^?e\d{1,4}(?:\s*[,;]\s*e\d{1,4})*\](?!\())+/

/** Splits an answer in Markdown into what can be judged on its own. Headings, rules and fenced code are none. */
export function sentencesOf(text: string): Sentence[] {
  const found: Sentence[] = []
  let fence: string | undefined
  let offset = 0
  for (const line of text.split('\n')) {
    const begin = offset
    offset += line.length + 1
    const opening = /^\s{0,3}(`{3,}|~{3,})/.exec(line)?.[1]
    if (fence !== undefined) {
      if (opening?.startsWith(fence)) fence = undefined
      continue
    }
    if (opening !== undefined) {
      fence = opening
      continue
    }
    if (/^\s*(?:#{1,6}\s|[-*_=]{3,}\s*$|\|?[\s:|-]+\|[\s:|-]*$)/.test(line)) continue
    const lead = /^\s*(?:>\s?)*(?:[-*+]\s+|\d{1,3}[.)]\s+)?(?:\[[ x]\]\s+)?/i.exec(line)![0].length
    if (/^\s*\|.*\|\s*$/.test(line)) found.push(...cells(line, begin))
    else found.push(...split(line.slice(lead), begin + lead))
  }
  return found
}

/** A row of a table is one claim: its cells only say something together. */
function cells(line: string, begin: number): Sentence[] {
  const start = line.search(/[^|\s]/)
  const end = line.search(/[|\s]*$/)
  return start < 0 || end <= start ? [] : [{ start: begin + start, end: begin + end }]
}

function split(line: string, begin: number): Sentence[] {
  const found: Sentence[] = []
  let from = 0
  const push = (to: number) => {
    const part = line.slice(from, to)
    const start = from + (part.length - part.trimStart().length)
    const end = from + part.trimEnd().length
    if (end > start) found.push({ start: begin + start, end: begin + end })
    from = to
  }
  for (const match of line.matchAll(/[.!?…]+["')\]*_`]*(?=\s|$)/g)) {
    const stop = match.index + match[0].length
    if (stop <= from) continue
    if (match[0].startsWith('.') && abbreviation.test(line.slice(from, match.index + 1))) continue
    const after = line.slice(stop)
    // marks that stand behind the full stop belong to the sentence before it
    const behind = marks.exec(after)?.[0].length ?? 0
    if (!/^\s*(?:$|[\p{Lu}\d`*_["'(>~-])/u.test(after.slice(behind))) continue
    push(stop + behind)
  }
  push(line.length)
  return found
}

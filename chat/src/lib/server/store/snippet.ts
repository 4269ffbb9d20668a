import type { Marked } from '../../types.ts'
import type { SearchQuery } from './query.ts'

const escaped = (word: string) => word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

/** Matches any of the terms. Between the words of one term there may be anything but letters and digits. */
function patternOf({ terms }: Pick<SearchQuery, 'terms'>): RegExp | undefined {
  if (terms.length === 0) return undefined
  const patterns = terms.map(
    ({ words, prefix }) =>
      words.map(escaped).join('[^\\p{L}\\p{N}]+') + (prefix ? '[\\p{L}\\p{N}]*' : '(?![\\p{L}\\p{N}])'),
  )
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${patterns.join('|')})`, 'giu')
}

/** Where the terms stand in a text. */
export function marksIn(text: string, query: Pick<SearchQuery, 'terms'>): [number, number][] {
  const pattern = patternOf(query)
  return pattern ? Array.from(text.matchAll(pattern), (match) => [match.index, match.index + match[0].length]) : []
}

export const snippetCharacters = 160
const leadCharacters = 40

/** The part of a text where what was looked for stands, on one line. */
export function snippetOf(text: string, query: SearchQuery): Marked {
  // Only the first one: a text may be long, and have many
  const first = patternOf(query)?.exec(text)?.index ?? 0
  const from = Math.max(0, first - leadCharacters)
  const start = from === 0 ? 0 : wordStart(text, from, first)
  const piece = text
    .slice(start, start + snippetCharacters)
    .replace(/\s+/g, ' ')
    .toWellFormed()
    .trim()
  const shown = `${start > 0 ? '…' : ''}${piece}${start + snippetCharacters < text.length ? '…' : ''}`
  return { text: shown, marks: marksIn(shown, query) }
}

const wordStart = (text: string, from: number, limit: number) => {
  const space = text.indexOf(' ', from)
  return space >= 0 && space < limit ? space + 1 : from
}

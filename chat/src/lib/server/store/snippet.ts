import type { Marked } from '../../types.ts'
import type { SearchQuery } from './query.ts'

const escaped = (word: string) => word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

/** Where the terms stand in a text. Between the words of one term there may be anything but letters and digits. */
export function marksIn(text: string, { terms }: Pick<SearchQuery, 'terms'>): [number, number][] {
  if (terms.length === 0) return []
  const patterns = terms.map(
    ({ words, prefix }) =>
      words.map(escaped).join('[^\\p{L}\\p{N}]+') + (prefix ? '[\\p{L}\\p{N}]*' : '(?![\\p{L}\\p{N}])'),
  )
  const any = new RegExp(`(?<![\\p{L}\\p{N}])(?:${patterns.join('|')})`, 'giu')
  return Array.from(text.matchAll(any), (match) => [match.index, match.index + match[0].length])
}

export const snippetCharacters = 160
const leadCharacters = 40

/** The part of a text where what was looked for stands, on one line. */
export function snippetOf(text: string, query: SearchQuery): Marked {
  const [first] = marksIn(text, query)
  const from = first ? Math.max(0, first[0] - leadCharacters) : 0
  const start = from === 0 ? 0 : wordStart(text, from, first![0])
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

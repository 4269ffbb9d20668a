import { findMarks, stripMarks } from '../chat/evidence-marks.ts'

/** Most texts have none: this is looked at for every word that comes in. */
export const mayHaveMarks = (text: string): boolean => text.includes('[e') || text.includes('[^e')

export interface Piece {
  text: string
  /** Evidence ids that stand after the text */
  ids: string[]
  /** No call says so */
  unsupported?: boolean
  /** The last piece of an unsupported claim: here a word says so */
  endsUnsupported?: boolean
}

/** A text and the marks in it, apart. Without a mark it is one piece. */
export function pieces(text: string): Piece[] {
  if (!mayHaveMarks(text)) return [{ text, ids: [] }]
  const found: Piece[] = []
  let at = 0
  for (const { start, end, ids } of findMarks(text)) {
    found.push({ text: text.slice(at, start), ids })
    at = end
  }
  if (at < text.length || found.length === 0) found.push({ text: text.slice(at), ids: [] })
  return found
}

/** What stands in the text one after the other. */
export type Atom =
  | { kind: 'text' | 'code'; text: string; unsupported: boolean }
  | { kind: 'marks'; ids: string[] }
  | { kind: 'note' }

export const atoms = (list: readonly Piece[], code: boolean): Atom[] =>
  list.flatMap(({ text, ids, unsupported = false, endsUnsupported }): Atom[] => [
    ...(text === '' ? [] : [{ kind: code ? ('code' as const) : ('text' as const), text, unsupported }]),
    ...(ids.length > 0 ? [{ kind: 'marks' as const, ids }] : []),
    ...(endsUnsupported ? [{ kind: 'note' as const }] : []),
  ])

/** A place that lies in a mark, moved behind it: a mark is never cut. */
export const behindMark = (text: string, place: number): number =>
  (mayHaveMarks(text) ? findMarks(text) : []).find(({ start, end }) => place > start && place < end)?.end ?? place

export const withoutMarks = (text: string): string => (mayHaveMarks(text) ? stripMarks(text) : text)

/** A growing text without a mark that has only begun: `… are free [e` must not flash. */
export const withoutHalfMark = (text: string): string => text.replace(/[ \t]*\[(\^?(e[\d\s,;e]*)?)?$/, '')

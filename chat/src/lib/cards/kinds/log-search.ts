import type { CardData } from '#contract'

type Line = CardData['log']['lines'][number]
export type Level = NonNullable<Line['level']>

export const levels: readonly Level[] = ['error', 'warn', 'info', 'debug']

/** Levels that these lines have, worst first. */
export const levelsOf = (lines: readonly Line[]): Level[] =>
  levels.filter((level) => lines.some((line) => line.level === level))

/** A line's text cut at what was searched for, whatever the case: odd pieces are hits. */
export function pieces(text: string, search: string): string[] {
  if (search === '') return [text]
  const parts: string[] = []
  const low = text.toLowerCase()
  // Where lower case is of another length (İ), places would not fit
  if (low.length !== text.length) return [text]
  const wanted = search.toLowerCase()
  let from = 0
  for (let at = low.indexOf(wanted); at >= 0; at = low.indexOf(wanted, from)) {
    parts.push(text.slice(from, at), text.slice(at, at + wanted.length))
    from = at + wanted.length
  }
  parts.push(text.slice(from))
  return parts
}

export const isHit = ({ level, source, text }: Line, search: string): boolean =>
  search !== '' && `${level ?? ''} ${source ?? ''} ${text}`.toLowerCase().includes(search.toLowerCase())

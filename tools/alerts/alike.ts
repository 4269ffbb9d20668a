import type { AlertRow } from './alert-rows.ts'

const kindOf = ({ cluster, alert, state, severity, namespace }: AlertRow): string =>
  JSON.stringify([cluster, alert, state, severity, namespace])

/** Things of one kind that the text names. */
const mostNamed = 5

/** From this many on the others step back. */
const many = 3

/**
 * Of many rows that are alike the first stands for all of them and says how many there are; the others come after everything else, so
 * that a storm of one kind hides nothing. The order is otherwise kept.
 */
export function foldAlike(rows: readonly AlertRow[]): AlertRow[] {
  const groups = Map.groupBy(rows, kindOf)
  const first: AlertRow[] = []
  const rest: AlertRow[] = []
  const seen = new Set<string>()
  for (const row of rows) {
    const key = kindOf(row)
    const size = groups.get(key)!.length
    if (size < many) first.push(row)
    else if (seen.has(key)) rest.push(row)
    else first.push({ ...row, alike: size - 1 })
    seen.add(key)
  }
  return [...first, ...rest]
}

/** Whether lines of a part of the rows still count all of them, so that nobody pages for more of the same. */
export const countedIn = (rows: readonly AlertRow[], total: number): string => {
  const lines = linesOf(rows)
  const counted = lines.reduce((sum, { count }) => sum + count, 0)
  return counted >= total
    ? `The lines count all ${total}; only names of alike ones are left out.`
    : `The lines count ${counted} of ${total}.`
}

/** The rows as lines of text: one for those that are alike. Only rows that are shown are named. */
export function linesOf(rows: readonly AlertRow[]): { row: AlertRow; count: number; objects: string }[] {
  return [...Map.groupBy(rows, kindOf).values()].map((group) => {
    const row = group[0]!
    const count = Math.max(group.length, (row.alike ?? 0) + 1)
    const named = group.slice(0, mostNamed).flatMap(({ object }) => object ?? [])
    const more = count - named.length
    return { row, count, objects: `${named.join(', ')}${more > 0 && named.length > 0 ? `, ${more} more` : ''}` }
  })
}

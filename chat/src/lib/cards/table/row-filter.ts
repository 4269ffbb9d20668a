import type { Row } from './rows.ts'

/** One word of a filter: any of `any` must be in the column (or anywhere), or none of them. */
interface Term {
  key?: string
  any: string[]
  not: boolean
}

/**
 * The small language of the filter box: words must all be there; `state:ready` asks one column; `a,b` means either; `-word`
 * leaves out; "two words" stay together. A colon that no column stands before is an ordinary character.
 */
export function parseFilter(filter: string, columns: ReadonlyMap<string, string>): Term[] {
  const words = filter.match(/(?:[^\s"]|"[^"]*(?:"|$))+/g) ?? []
  return words.flatMap((word): Term[] => {
    const not = word.startsWith('-') && word.length > 1
    const bare = not ? word.slice(1) : word
    const colon = bare.indexOf(':')
    const key = colon > 0 ? columns.get(bare.slice(0, colon).toLowerCase()) : undefined
    const any = (key === undefined ? bare : bare.slice(colon + 1))
      .split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)
      .map((one) => one.replaceAll('"', '').toLowerCase())
      .filter(Boolean)
    return any.length > 0 ? [{ any, not, ...(key !== undefined && { key }) }] : []
  })
}

const textOf = (value: unknown): string =>
  (typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '')).toLowerCase()

/** The text of a row, made once: a filter is typed letter by letter. */
const hayOf = new WeakMap<object, string>()
function hay(row: Row): string {
  let text = hayOf.get(row)
  if (text === undefined) {
    text = Object.values(row).map(textOf).join('\n')
    hayOf.set(row, text)
  }
  return text
}

/** Names by which a column may be asked: its key, and its label without spaces, in small letters. */
export function columnNames(
  rows: readonly Row[],
  columns: readonly { key: string; label: string }[],
): Map<string, string> {
  const names = new Map<string, string>()
  for (const { key, label } of columns) names.set(label.toLowerCase().replaceAll(/\s+/g, ''), key)
  for (const key of Object.keys(rows[0] ?? {})) names.set(key.toLowerCase(), key)
  for (const { key } of columns) names.set(key.toLowerCase(), key)
  return names
}

/** Rows that pass every term, in their order. */
export function filterRows<R extends Row>(
  rows: readonly R[],
  filter: string,
  columns: readonly { key: string; label: string }[] = [],
): R[] {
  const terms = parseFilter(filter, columnNames(rows, columns))
  if (terms.length === 0) return [...rows]
  return rows.filter((row) =>
    terms.every(({ key, any, not }) => {
      const text = key === undefined ? hay(row) : textOf(row[key])
      return any.some((one) => text.includes(one)) !== not
    }),
  )
}

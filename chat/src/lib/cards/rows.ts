import type { Column, Money } from '#contract'

export type Row = Record<string, unknown> & { id: string }
export interface Sorting {
  key: string
  down: boolean
}

/** An amount stands in the row as it is in the tools, or as a number beside its `<key>Currency`. */
export function moneyOf(row: Record<string, unknown>, key: string): Money | undefined {
  const value = row[key]
  const { amount, currency } =
    typeof value === 'object' && value !== null
      ? (value as Partial<Money>)
      : { amount: value, currency: row[`${key}Currency`] ?? 'usd-cent' }
  return typeof amount === 'number' && Number.isFinite(amount) && typeof currency === 'string'
    ? ({ amount, currency } as Money)
    : undefined
}

const numeric = new Set<Column['type']>(['number', 'bytes', 'percent', 'money'])

/** Rows that hold every word of the filter; `key:word` asks one column. */
export function filterRows<R extends Row>(rows: readonly R[], filter: string): R[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return [...rows]
  return rows.filter((row) =>
    words.every((word) => {
      const [key, wanted] = word.split(':', 2)
      if (wanted !== undefined && key && row[key] !== undefined) return textOf(row[key]).includes(wanted)
      return Object.values(row).some((value) => textOf(value).includes(word))
    }),
  )
}

const textOf = (value: unknown): string =>
  (typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '')).toLowerCase()

/** Stable; missing values last in both directions; numbers as numbers, times as times, names with their digits counted. */
export function sortRows<R extends Row>(
  rows: readonly R[],
  sorting: Sorting | undefined,
  type: Column['type'] = 'text',
): R[] {
  if (!sorting) return [...rows]
  const { key, down } = sorting
  const collator = new Intl.Collator('en', { numeric: true })
  const rank = (value: unknown): number | string | undefined => {
    if (value === undefined || value === null || value === '') return undefined
    if (type === 'money') return moneyOf({ [key]: value }, key)?.amount
    if (numeric.has(type)) return Number.isFinite(Number(value)) ? Number(value) : undefined
    if (type === 'time' || type === 'age') {
      const time = Date.parse(String(value))
      return Number.isNaN(time) ? undefined : type === 'age' ? -time : time
    }
    return String(value)
  }
  return rows
    .map((row, index) => ({ row, index, rank: rank(row[key]) }))
    .sort((a, b) => {
      if (a.rank === undefined || b.rank === undefined)
        return a.rank === b.rank ? a.index - b.index : a.rank === undefined ? 1 : -1
      const order =
        typeof a.rank === 'number' && typeof b.rank === 'number'
          ? a.rank - b.rank
          : collator.compare(String(a.rank), String(b.rank))
      return (down ? -order : order) || a.index - b.index
    })
    .map(({ row }) => row)
}

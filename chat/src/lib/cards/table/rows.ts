import type { Column, Money } from '#contract'
import { formatBytes, formatMoney } from '../format.ts'

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

const inOrder = (one: string, other: string): number => (one < other ? -1 : Number(one > other))

/** Names with their digits counted, as text that compares by itself: a collator takes many times as long. */
const naturalKey = (text: string): string => text.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(12, '0'))

/** Stable; missing values last in both directions; numbers as numbers, times as times, names with their digits counted. */
export function sortRows<R extends Row>(
  rows: readonly R[],
  sorting: Sorting | undefined,
  type: Column['type'] = 'text',
): R[] {
  if (!sorting) return [...rows]
  const { key, down } = sorting
  const rank = (value: unknown): number | string | undefined => {
    if (value === undefined || value === null || value === '') return undefined
    if (type === 'money') return moneyOf({ [key]: value }, key)?.amount
    if (numeric.has(type)) return Number.isFinite(Number(value)) ? Number(value) : undefined
    if (type === 'time' || type === 'age') {
      const time = Date.parse(String(value))
      return Number.isNaN(time) ? undefined : type === 'age' ? -time : time
    }
    return naturalKey(String(value))
  }
  return rows
    .map((row, index) => ({ row, index, rank: rank(row[key]) }))
    .sort((a, b) => {
      if (a.rank === undefined || b.rank === undefined)
        return a.rank === b.rank ? a.index - b.index : a.rank === undefined ? 1 : -1
      const order =
        typeof a.rank === 'number' && typeof b.rank === 'number'
          ? a.rank - b.rank
          : inOrder(String(a.rank), String(b.rank))
      return (down ? -order : order) || a.index - b.index
    })
    .map(({ row }) => row)
}

/** The sum of a column over rows, as it is read; nothing where currencies differ or no row has a value. */
export function sumOf(
  rows: readonly Row[],
  { key, type }: Pick<Column, 'key' | 'type'>,
  locale?: string,
): string | undefined {
  if (type === 'bytes') {
    const values = rows.map((row) => row[key]).filter((value) => typeof value === 'number')
    return values.length > 0
      ? formatBytes(
          values.reduce((sum, value) => sum + value, 0),
          locale,
        )
      : undefined
  }
  const money = rows.flatMap((row) => moneyOf(row, key) ?? [])
  const currency = money[0]?.currency
  if (!currency || money.some((one) => one.currency !== currency)) return undefined
  return formatMoney({ amount: money.reduce((sum, { amount }) => sum + amount, 0), currency }, locale)
}

import type { Column } from '#contract'
import { formatBytes, formatMoney, formatNumber } from '../format.ts'
import { moneyOf } from '../table/rows.ts'

/** A member of a row as people read it, without anything that depends on the present moment. */
export function valueText(row: Record<string, unknown>, { key, type }: Column): string {
  const value = row[key]
  if (value === undefined || value === null || value === '') return ''
  const number = Number(value)
  if (type === 'money') {
    const money = moneyOf(row, key)
    if (money) return formatMoney(money)
  }
  if (Number.isFinite(number) && typeof value !== 'boolean') {
    if (type === 'bytes') return formatBytes(number)
    if (type === 'percent') return `${formatNumber(Math.round(number * 10) / 10)} %`
    if (type === 'number') return formatNumber(number)
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

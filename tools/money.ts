import { type Money, ToolError } from '#contract'

/**
 * An amount of the database as answers carry it.
 * @throws ToolError internal where it is too large to be exact: a rounded amount must never be shown
 */
export function moneyOf(amount: bigint, currency: Money['currency']): Money {
  const exact = Number(amount)
  if (Number.isSafeInteger(exact)) return { amount: exact, currency }
  throw new ToolError('internal', 'An amount is too large to be shown exactly', {
    next: 'Ask for fewer rows, or look at the amount in the database',
    changed: 'nothing',
  })
}

/** Sums by currency: amounts of different currencies are never added. */
export function sumMoney(amounts: readonly { amount: bigint; currency: Money['currency'] }[]): Money[] {
  const sums = new Map<Money['currency'], bigint>()
  for (const { amount, currency } of amounts) sums.set(currency, (sums.get(currency) ?? 0n) + amount)
  return [...sums].map(([currency, sum]) => moneyOf(sum, currency))
}

import { describe, expect, it } from 'vitest'
import { moneyOf, sumMoney } from './money.ts'

describe('amounts', () => {
  it('are exact, or not shown at all', () => {
    expect(moneyOf(9_007_199_254_740_991n, 'qu')).toEqual({ amount: Number.MAX_SAFE_INTEGER, currency: 'qu' })
    expect(() => moneyOf(9_007_199_254_740_993n, 'qu')).toThrow(/too large/)
  })

  it('are never added across currencies', () => {
    expect(
      sumMoney([
        { amount: 5n, currency: 'qu' },
        { amount: 7n, currency: 'usd-cent' },
        { amount: 3n, currency: 'qu' },
      ]),
    ).toEqual([
      { amount: 8, currency: 'qu' },
      { amount: 7, currency: 'usd-cent' },
    ])
    expect(sumMoney([])).toEqual([])
  })
})

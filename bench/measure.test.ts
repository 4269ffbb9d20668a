import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { atLeast, atMost, isMet, median, quantile } from './measure.ts'

describe('quantile', () => {
  it.each([
    [[3, 1, 2], 0.5, 2],
    [[1, 2, 3, 4], 0.5, 2],
    [[1, 2, 3, 4], 0.99, 4],
    [[7], 0.01, 7],
  ])('of %j below %d is %d', (samples, of, expected) => {
    expect(quantile(samples, of)).toBe(expected)
  })

  it('is one of the samples, and at least that share is not above it (property)', () => {
    const samples = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 })
    fc.assert(
      fc.property(samples, fc.double({ min: 0, max: 1, noNaN: true }), (all, of) => {
        const value = quantile(all, of)
        expect(all).toContain(value)
        expect(all.filter((one) => one <= value).length).toBeGreaterThanOrEqual(Math.floor(of * all.length))
      }),
    )
  })

  it('leaves its samples as they were', () => {
    const samples = [3, 1, 2]
    median(samples)
    expect(samples).toEqual([3, 1, 2])
  })

  it('of nothing is refused', () => {
    expect(() => median([])).toThrow('no samples')
  })
})

describe('a target', () => {
  it.each([
    [300, atMost(300), true],
    [301, atMost(300), false],
    [60, atLeast(60), true],
    [59.9, atLeast(60), false],
    ['many', atMost(300), undefined],
    [300, undefined, undefined],
  ])('%j against %j is met: %j', (value, target, met) => {
    expect(isMet({ name: 'x', value, ...(target && { target }) })).toBe(met)
  })
})

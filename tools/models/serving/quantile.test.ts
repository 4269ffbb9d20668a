import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boundOf, merged, quantile } from './quantile.ts'

const of = (...pairs: [string, number][]) => new Map(pairs.map(([le, count]) => [boundOf(le), count]))

describe('quantile', () => {
  it('interpolates within the bucket, as Prometheus does', () => {
    const buckets = of(['0.1', 10], ['0.5', 20], ['1.0', 20], ['+Inf', 20])
    expect(quantile(buckets, 0.5)).toBeCloseTo(0.1)
    expect(quantile(buckets, 0.75)).toBeCloseTo(0.3)
    expect(quantile(buckets, 0.25)).toBeCloseTo(0.05)
  })

  it('beyond the last bound is the last bound; nothing observed is nothing', () => {
    expect(quantile(of(['1', 1], ['+Inf', 10]), 0.95)).toBe(1)
    expect(quantile(of(['1', 0], ['+Inf', 0]), 0.5)).toBeUndefined()
    expect(quantile(new Map(), 0.5)).toBeUndefined()
  })

  it('a histogram without its last bucket says nothing', () => {
    expect(quantile(of(['1', 5]), 0.5)).toBeUndefined()
  })

  it('grows with the share and stays within the bounds', () => {
    const histogram = fc
      .array(fc.tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 0, max: 50 })), {
        minLength: 1,
        maxLength: 12,
      })
      .map((steps) => {
        let bound = 0
        let count = 0
        const buckets = new Map<number, number>()
        for (const [width, more] of steps) {
          bound += width
          count += more
          buckets.set(bound, count)
        }
        return { buckets: buckets.set(Number.POSITIVE_INFINITY, count), bound, count }
      })
      .filter(({ count }) => count > 0)
    fc.assert(
      fc.property(histogram, fc.double({ min: 0.01, max: 0.99, noNaN: true }), ({ buckets, bound }, share) => {
        const low = quantile(buckets, share)!
        expect(low).toBeGreaterThanOrEqual(0)
        expect(low).toBeLessThanOrEqual(bound)
        expect(quantile(buckets, Math.min(1, share + 0.005))!).toBeGreaterThanOrEqual(low)
      }),
    )
  })

  it('two workloads become one histogram of the bounds they share', () => {
    expect(merged(of(['1', 2], ['5', 3], ['+Inf', 3]), of(['1', 1], ['+Inf', 4]))).toEqual(of(['1', 3], ['+Inf', 7]))
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compared, histogram, metricOf, percentile } from './figures.ts'

const samples = fc.array(fc.double({ min: 0.001, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 400 })
const sorted = samples.map((all) => all.toSorted((a, b) => a - b))
const shape = { id: 'ttft', label: 'TTFT', unit: 'ms', better: 'lower' } as const

describe('percentiles', () => {
  it('are samples, rise with their share, and have that share at or below them', () => {
    fc.assert(
      fc.property(sorted, fc.double({ min: 0.001, max: 1, noNaN: true }), (all, of) => {
        const value = percentile(all, of)
        expect(all).toContain(value)
        expect(all.filter((one) => one <= value).length).toBeGreaterThanOrEqual(of * all.length - 1e-9)
        expect(all.filter((one) => one < value).length).toBeLessThan(of * all.length + 1e-9)
      }),
    )
  })

  it('keep their order on the card', () => {
    fc.assert(
      fc.property(samples, (all) => {
        const { min, p50, p90, p95, p99, max } = metricOf(shape, all)!
        const values = [min, p50, p90, p95, p99, max]
        expect(values).toEqual(values.toSorted((a, b) => a - b))
      }),
    )
  })

  it('of a known list are the known ones', () => {
    const metric = metricOf(
      shape,
      Array.from({ length: 100 }, (_, index) => 100 - index),
    )!
    expect(metric).toMatchObject({ p50: 50, p90: 90, p95: 95, p99: 99, min: 1, max: 100, mean: 50.5, samples: 100 })
    expect(metricOf(shape, [])).toBeUndefined()
  })
})

describe('the histogram', () => {
  it('counts every sample once, in ranges that rise from the least to the greatest', () => {
    fc.assert(
      fc.property(sorted, (all) => {
        const { bounds, counts } = histogram(all)
        expect(bounds).toHaveLength(counts.length + 1)
        expect(counts.reduce((sum, one) => sum + one, 0)).toBe(all.length)
        expect([bounds[0], bounds.at(-1)]).toEqual([all[0], all.at(-1)])
        for (let index = 1; index < bounds.length; index++)
          expect(bounds[index]).toBeGreaterThanOrEqual(bounds[index - 1]!)
        expect(counts.length).toBeLessThanOrEqual(24)
        counts.forEach((count, index) => {
          const last = index === counts.length - 1
          const inside = all.filter(
            (one) => one >= bounds[index]! && (last ? one <= bounds[index + 1]! : one < bounds[index + 1]!),
          )
          expect(inside.length).toBe(count)
        })
      }),
    )
  })
})

describe('the comparison with an earlier measurement', () => {
  it.each([
    ['lower', 100, 80, 'better', -20],
    ['lower', 100, 120, 'worse', 20],
    ['higher', 100, 120, 'better', 20],
    ['higher', 100, 97, 'same', -3],
  ] as const)('%s is better: %d → %d is %s', (better, before, now, change, changePercent) => {
    const one = (value: number) => metricOf({ ...shape, better }, [value])!
    expect(compared([one(now)], [one(before)])[0]).toMatchObject({ before, changePercent, change })
    expect(compared([one(now)], [])[0]).not.toHaveProperty('change')
  })
})

import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Sample } from '../clients/prometheus/types.ts'
import { combine, thin } from './series.ts'
import { chartPoints } from './service.ts'

const samples = fc
  .array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { maxLength: 1000 })
  .map((numbers) => numbers.map((value, index): Sample => [index * 15, String(value)]))

it('thins to what a chart shows and keeps order, both ends and the extremes', () => {
  fc.assert(
    fc.property(samples, (values) => {
      const thinned = thin(values)
      expect(thinned.length).toBeLessThanOrEqual(Math.max(chartPoints, 0))
      expect(thinned[0]).toEqual(values[0])
      expect(thinned.at(-1)).toEqual(values.at(-1))
      const times = thinned.map(([time]) => time)
      expect(times).toEqual([...new Set(times)].sort((left, right) => left - right))
      if (values.length === 0) return
      const numbers = (list: readonly Sample[]) => list.map(([, value]) => Number(value))
      expect(Math.max(...numbers(thinned))).toBe(Math.max(...numbers(values)))
      expect(Math.min(...numbers(thinned))).toBe(Math.min(...numbers(values)))
    }),
  )
})

it('adds clusters at each moment and never mixes label sets (MET-013)', () => {
  fc.assert(
    fc.property(samples, samples, (left, right) => {
      const series = (values: Sample[]) => ({
        resultType: 'matrix' as const,
        warnings: [],
        series: [{ metric: { a: '1' }, values }],
      })
      const [sum] = combine(
        [
          { cluster: 'x', value: series(left) },
          { cluster: 'y', value: series(right) },
        ],
        'sum',
      )
      expect(sum!.points).toBe(Math.max(left.length, right.length))
      const last = (values: Sample[]) => (values.length === sum!.points ? Number(values.at(-1)?.[1] ?? 0) : 0)
      if (sum!.points > 0) expect(sum!.last).toBeCloseTo(last(left) + last(right), 5)
    }),
  )
})

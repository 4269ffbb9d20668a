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

const named = (series: [cluster: string, metric: Record<string, string>][]) =>
  combine(
    series.map(([cluster, metric]) => ({
      cluster,
      value: { resultType: 'matrix' as const, warnings: [], series: [{ metric, values: [[0, '1']] as Sample[] }] },
    })),
    'merge',
  ).map(({ name }) => name)

it('names a series by as few labels as tell it apart, and says the cluster once', () => {
  const gpu = (index: number, node: string) => ({
    gpu: `${index}`,
    UUID: `GPU-${node}-${index}`,
    instance: `10.0.0.${index}:9400`,
    pci_bus_id: `0000:${index}`,
    node,
  })
  expect(
    named([
      ['east', gpu(0, 'n1')],
      ['east', gpu(1, 'n1')],
      ['east', gpu(0, 'n2')],
    ]),
  ).toEqual(['n1 · 0', 'n1 · 1', 'n2 · 0'])
  expect(
    named([
      ['east', { cluster: 'east', model_name: 'qwen' }],
      ['west', { cluster: 'west', model_name: 'qwen' }],
      ['west', { cluster: 'west', model_name: 'llama' }],
    ]),
  ).toEqual(['east · qwen', 'west · llama', 'west · qwen'])
  expect(
    named([
      ['east', { cluster: 'east', model_name: 'qwen' }],
      ['west', { cluster: 'west', model_name: 'llama' }],
    ]),
  ).toEqual(['east · qwen', 'west · llama'])
  expect(named([['east', { __name__: 'up', job: 'vllm' }]])).toEqual(['up'])
  expect(named([['east', {}]])).toEqual(['value'])
})

it('never gives two series one name', () => {
  const word = fc.constantFrom('a', 'b', 'c')
  const metric = fc.record({ model_name: word, node: word, UUID: word, le: word }, { requiredKeys: [] })
  const key = ([cluster, labels]: [string, object]) => JSON.stringify([cluster, labels])
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(fc.constantFrom('x', 'y'), metric), { selector: key }), (series) => {
      // A missing label reads as nothing, so that only whole label sets are told apart by their values alone
      const whole = series.filter(([, labels]) => Object.keys(labels).length === 4) as typeof series
      const names = named(whole as [string, Record<string, string>][])
      expect(new Set(names).size).toBe(names.length)
    }),
  )
})

import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { PrometheusResult, Sample } from '../clients/prometheus/types.ts'
import { type Fold, foldSamples, numberOf, wireNumber } from './fold.ts'
import { combine, mostSeries } from './series.ts'
import { labelsText } from './series-names.ts'
import { chartPoints, statisticsOf, thin } from './statistics.ts'

const samples = fc
  .array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { maxLength: 1000 })
  .map((numbers) => numbers.map((value, index): Sample => [index * 15, String(value)]))

it('thins to what a chart shows and keeps order, both ends and the extremes', () => {
  fc.assert(
    fc.property(samples, fc.constantFrom(60, chartPoints), (values, most) => {
      const thinned = thin(values, most)
      expect(thinned.length).toBeLessThanOrEqual(most)
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

it('keeps the extremes among values that are none', () => {
  const values = Array.from(
    { length: 900 },
    (_, index): Sample => [index, index % 2 === 0 ? 'NaN' : String(index % 97)],
  )
  const numbers = thin(values).map(([, value]) => Number(value))
  expect(Math.max(...numbers.filter((value) => !Number.isNaN(value)))).toBe(96)
})

it('statistics are those of the finite values, with the moment of the highest', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.integer({ min: -50, max: 50 }), fc.constant('NaN' as const))), (list) => {
      const values = list.map((value, index): Sample => [index * 60, String(value)])
      const finite = list.filter((value) => value !== 'NaN')
      const { min, avg, max, maxAt, last } = statisticsOf(values)
      if (finite.length === 0) {
        expect([min, avg, max]).toEqual([undefined, undefined, undefined])
        return
      }
      expect([min, max]).toEqual([Math.min(...finite), Math.max(...finite)])
      expect(avg).toBeCloseTo(finite.reduce((sum, one) => sum + one, 0) / finite.length, 9)
      if (list.length > 1) expect(list[maxAt! / 60]).toBe(max)
      expect(last).toBe(list.at(-1) === 'NaN' ? undefined : list.at(-1))
    }),
  )
})

it('the trend is the rise of the fitted line over the range', () => {
  const line = (of: (index: number) => number) =>
    statisticsOf(Array.from({ length: 61 }, (_, index): Sample => [index * 60, String(of(index))])).trendPercent
  expect(line((index) => 100 + index)).toBeCloseTo(100 * (60 / 130), 1)
  expect(line((index) => 100 - index)).toBeCloseTo(-100 * (60 / 70), 1)
  expect(line(() => 7)).toBe(0)
  expect(line((index) => 100 + (index % 2))).toBeCloseTo(0, 0)
  expect(line(() => 0)).toBeUndefined()
})

/** A few moments, some missing, some NaN, as several servers have them. */
const gappy = fc
  .array(fc.option(fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constant(Number.NaN)), { freq: 4 }), { maxLength: 12 })
  .map((list) => list.flatMap((value, index): Sample[] => (value === null ? [] : [[index * 60, wireNumber(value)]])))

const naive = (series: Sample[][], how: Fold): Sample[] => {
  const times = [...new Set(series.flatMap((values) => values.map(([time]) => time)))].sort((a, b) => a - b)
  return times.map((time): Sample => {
    const there = series.flatMap((values) => values.filter(([at]) => at === time).map(([, value]) => Number(value)))
    const known = there.filter((value) => !Number.isNaN(value))
    const sum = known.reduce((left, right) => left + right, 0)
    const value = { sum, avg: sum / known.length, max: Math.max(...known), min: Math.min(...known) }[how]
    return [time, known.length === 0 ? 'NaN' : wireNumber(value)]
  })
}

it('at each moment takes those clusters that have a value there, in any order (MET-013)', () => {
  const how = fc.constantFrom<Fold>('sum', 'avg', 'max', 'min')
  fc.assert(
    fc.property(fc.array(gappy, { minLength: 1, maxLength: 4 }), how, (series, how) => {
      const folded = foldSamples(series, how, false)
      expect(folded).toEqual(naive(series, how))
      expect(foldSamples([...series].reverse(), how, false)).toEqual(folded)
    }),
  )
})

it('an instant answer is one moment whatever the clocks of the servers say (MET-013)', () => {
  expect(foldSamples([[[100, '1']], [[130, '4']]], 'sum', true)).toEqual([[130, '5']])
  expect(foldSamples([[[100, 'NaN']], [[130, '4']]], 'avg', true)).toEqual([[130, '4']])
  expect(foldSamples([[[100, 'NaN']]], 'max', true)).toEqual([[100, 'NaN']])
  expect(foldSamples([[[100, '+Inf']], [[130, '4']]], 'max', true)).toEqual([[130, '+Inf']])
})

const matrix = (series: PrometheusResult['series']): PrometheusResult => ({
  resultType: 'matrix',
  warnings: [],
  series,
})

it('joins equal label sets only, whatever their order (MET-013)', () => {
  const label = fc.constantFrom('a', 'b')
  const metric = fc.record({ x: label, y: label }, { requiredKeys: [] })
  const cluster = fc.uniqueArray(metric, { selector: (one) => JSON.stringify([one.x, one.y]) })
  fc.assert(
    fc.property(fc.array(cluster, { minLength: 1, maxLength: 4 }), (clusters) => {
      const results = clusters.map((metrics, index) => ({
        cluster: `c${index}`,
        value: matrix(
          metrics.map((one) => ({
            metric: Object.fromEntries(Object.entries(one).reverse()) as Record<string, string>,
            values: [[0, '1']],
          })),
        ),
      }))
      const { series, total } = combine(results, { aggregate: 'sum' })
      const keys = clusters.flat().map((one) => JSON.stringify([one.x, one.y]))
      expect(total).toBe(new Set(keys).size)
      expect(series.reduce((sum, one) => sum + one.last!, 0)).toBe(keys.length)
    }),
  )
})

it('keeps the series with the highest last value and says how many there were', () => {
  const series = Array.from({ length: mostSeries + 50 }, (_, index) => ({
    metric: { pod: `p${index}` },
    values: [[0, index === 7 ? 'NaN' : String(index)]] as Sample[],
  }))
  const combined = combine([{ cluster: 'x', value: matrix(series) }], { aggregate: 'merge' })
  expect(combined.total).toBe(mostSeries + 50)
  expect(combined.series).toHaveLength(mostSeries)
  expect(combined.series[0]!.last).toBe(mostSeries + 49)
  expect(numberOf(combined.series.at(-1)!.values[0]![1])).toBe(50)
})

const named = (series: [cluster: string, metric: Record<string, string>][]) =>
  combine(
    series.map(([cluster, metric]) => ({
      cluster,
      value: { resultType: 'matrix' as const, warnings: [], series: [{ metric, values: [[0, '1']] as Sample[] }] },
    })),
    { aggregate: 'merge' },
  ).series.map(({ name }) => name)

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
  ).toEqual(['east · qwen', 'west · qwen', 'west · llama'])
  expect(
    named([
      ['east', { cluster: 'east', model_name: 'qwen' }],
      ['west', { cluster: 'west', model_name: 'llama' }],
    ]),
  ).toEqual(['east · qwen', 'west · llama'])
  expect(named([['east', { __name__: 'up', job: 'vllm' }]])).toEqual(['up'])
  expect(named([['east', {}]])).toEqual(['value'])
})

it('tells the machine and the device of a measurement before the pod that measures it', () => {
  const metric = {
    DCGM_FI_DRIVER_VERSION: '580.95.05',
    UUID: 'GPU-1',
    pod: 'nvidia-dcgm-exporter-9bhkt',
    namespace: 'gpu-operator',
    gpu: '2',
    Hostname: 'n1',
  }
  expect(labelsText(metric, Object.keys(metric))).toMatch(/^\{gpu="2", Hostname="n1", namespace=.*UUID="GPU-1"\}$/)
  expect(named([2, 3].map((gpu) => ['east', { ...metric, gpu: `${gpu}`, UUID: `GPU-${gpu}` }]))).toEqual(['2', '3'])
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

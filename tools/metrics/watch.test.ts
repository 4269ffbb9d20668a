import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ToolError } from '#contract'
import { type MetricWatch, metricWatch } from '../clients/prometheus/settings.ts'
import type { Prometheus } from '../clients/prometheus/types.ts'
import { testContext } from '../testing.ts'
import { perCluster, prometheusOf, type Upstream } from '../testing-upstreams.ts'
import { metrics } from './domain.ts'
import { metricWatches } from './watch.job.ts'
import { changesOf, metricChanged, type Told } from './watch.ts'

const at = new Date('2026-11-20T12:00:00Z')
const watch = (more: Partial<MetricWatch>): MetricWatch => metricWatch.parse({ name: 'ttft', query: 'x', ...more })
const one = (value: number | string, metric: Record<string, string> = { model: 'qwen' }) => ({
  metric,
  values: [[1, String(value)]] as [number, string][],
})
/** The events of these values, one after the other. */
const tellings = (of: MetricWatch, values: (number | string)[]) => {
  const told: Told = new Map()
  return values.map((value) => changesOf(of, { cluster: 'east', series: [one(value)], told, at })[0])
}

describe('what is worth telling (MET-026)', () => {
  it('a threshold that is crossed, up and down, and once each', () => {
    const [first, up, still, down] = tellings(watch({ above: 2 }), [1, 3, 4, 2])
    expect(first).toBeUndefined()
    expect(up).toMatchObject({
      metric: 'ttft',
      cluster: 'east',
      labels: { model: 'qwen' },
      value: 3,
      previousValue: 1,
      changePercent: 200,
      thresholdBreached: true,
      threshold: 2,
    })
    expect(still).toBeUndefined()
    expect(down).toMatchObject({ value: 2, previousValue: 3, thresholdBreached: false })
    expect(metricChanged.parse(up)).toBeTruthy()
  })

  it('a breach that is there from the start, below as well', () => {
    expect(tellings(watch({ below: 5 }), [4])[0]).toMatchObject({ thresholdBreached: true, threshold: 5, value: 4 })
    expect(tellings(watch({ below: 5 }), [5])[0]).toBeUndefined()
  })

  it('a change since the last event, so that a slow drift is told too', () => {
    const told = tellings(watch({ changePercent: 20 }), [100, 110, 119, 121, 130, 90])
    expect(told.map((event) => event?.changePercent)).toEqual([undefined, undefined, undefined, 21, undefined, -25.6])
    expect(tellings(watch({ changePercent: 20 }), [0, 0, 5])[2]).toMatchObject({ value: 5, previousValue: 0 })
  })

  it('nothing of what is no number', () => {
    expect(tellings(watch({ above: 1 }), ['NaN', '+Inf', 'NaN'])).toEqual([undefined, undefined, undefined])
  })

  it('forgets what is gone, each cluster for itself', () => {
    const told: Told = new Map()
    const look = (cluster: string, series: ReturnType<typeof one>[]) =>
      changesOf(watch({ above: 1 }), { cluster, series, told, at }).length
    expect(look('east', [one(5)])).toBe(1)
    expect(look('west', [one(5)])).toBe(1)
    expect(look('east', [])).toBe(0)
    expect(look('west', [one(5)])).toBe(0)
    expect(look('east', [one(5)])).toBe(1)
  })

  it('tells a breach and its end alternately, whatever the values', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 50 }), (values) => {
        const events = tellings(watch({ above: 2 }), values).filter((event) => event !== undefined)
        expect(events.map(({ thresholdBreached }) => thresholdBreached)).toEqual(
          events.map((_, index) => index % 2 === 0),
        )
        if (values.length > 0) expect(events.at(-1)?.thresholdBreached ?? false).toBe(values.at(-1)! > 2)
      }),
    )
  })
})

describe('the job', () => {
  const open = (watches: MetricWatch[], clients: Record<string, Upstream<Prometheus>>) => {
    const ctx = testContext({ clients: { prometheus: { ...perCluster<Prometheus>(clients), watches } }, now: at })
    const events: unknown[] = []
    let fails = false
    return {
      events,
      failing: (value: boolean) => {
        fails = value
      },
      run: () =>
        metricWatches.run({
          ...ctx,
          commit: async (work) => {
            if (fails) throw new ToolError('store-unavailable', 'away', { next: 'wait' })
            const { value, events: happened } = await work(undefined as never)
            events.push(...happened)
            return value
          },
        }),
    }
  }
  const serving = (cluster: string, value: () => number, asked: object[] = []): Prometheus => ({
    ...prometheusOf({ cluster }),
    query: async (q) => {
      asked.push(q)
      return { resultType: 'vector', warnings: [], series: [one(value())] }
    },
  })

  it('asks every cluster past the cache and writes events that the domain declares', async () => {
    const asked: object[] = []
    let value = 1
    const { run, events } = open([watch({ above: 2 })], {
      east: serving('east', () => value, asked),
      dead: new Error('refused'),
      west: serving('west', () => 1),
    })
    await run()
    expect(events).toEqual([])
    value = 3
    await run()
    await run()
    expect(events).toMatchObject([
      { name: 'metric.changed', subject: 'metrics/watch/ttft/east', cluster: 'east', data: { value: 3 } },
    ])
    expect(asked[0]).toMatchObject({ query: 'x', fresh: true, time: at })
    const schema = metrics.events['metric.changed']!
    expect(schema.parse((events[0] as { data: object }).data)).toBeTruthy()
  })

  it('asks the clusters of the watch only, and those that exist', async () => {
    const asked: object[] = []
    const { run } = open([watch({ above: 2, clusters: ['west', 'nowhere'] })], {
      east: serving('east', () => 1, asked),
      west: serving('west', () => 1),
    })
    await run()
    expect(asked).toEqual([])
  })

  it('tells again what could not be written', async () => {
    const { run, events, failing } = open([watch({ above: 2 })], { east: serving('east', () => 3) })
    failing(true)
    await expect(run()).rejects.toThrow('away')
    failing(false)
    await run()
    expect(events).toHaveLength(1)
  })
})

describe('the configuration of a watch', () => {
  it.each([
    [{ name: 'a', query: 'x' }, 'needs above, below or changePercent'],
    [{ name: 'A b', query: 'x', above: 1 }, 'a-z'],
    [{ name: 'a', query: 'x', above: 1, abvoe: 2 }, 'abvoe'],
  ])('%j is refused', (config, words) => {
    expect(JSON.stringify(metricWatch.safeParse(config).error?.issues)).toContain(words)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TEST_START_MS, testWorld } from '../testing.ts'
import { createSeriesSource } from './source.ts'

const HOUR_MS = 3_600_000
const world = testWorld()
const source = createSeriesSource(world)
const GPU = 'gpu-east'

function names(type: string): string[] {
  return Object.entries(source.metadata(GPU)).flatMap(([name, metadata]) => {
    if (metadata.type !== type) return []
    return type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name]
  })
}

describe('the series of the world', () => {
  it('counters and histograms never fall', () => {
    const candidates = [...names('counter'), ...names('histogram')].flatMap((name) => [...source.series(GPU, name)])
    expect(candidates.length).toBeGreaterThan(1000)
    const offset = fc.integer({ min: -14 * 24 * HOUR_MS, max: 0 })
    fc.assert(
      fc.property(
        fc.nat(candidates.length - 1),
        offset,
        fc.integer({ min: 0, max: 6 * HOUR_MS }),
        (index, start, step) => {
          const series = candidates[index]
          const before = series?.at(TEST_START_MS + start)
          const after = series?.at(TEST_START_MS + start + step)
          if (before === undefined || after === undefined) return
          expect(after).toBeGreaterThanOrEqual(before)
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('buckets rise with their bound and end in the count', () => {
    const name = 'vllm:time_to_first_token_seconds'
    const counts = [...source.series(GPU, `${name}_count`)]
    const buckets = [...source.series(GPU, `${name}_bucket`)]
    expect(counts.length).toBeGreaterThan(10)
    for (const count of counts) {
      const own = buckets.filter((bucket) => bucket.labels.pod === count.labels.pod)
      const values = own.map((bucket) => bucket.at(TEST_START_MS) ?? Number.NaN)
      expect(own.at(-1)?.labels.le).toBe('+Inf')
      expect(values.every((value, index) => index === 0 || value >= values[index - 1]!)).toBe(true)
      expect(values.at(-1)).toBe(count.at(TEST_START_MS))
    }
  })

  it('has one value per GPU and time, whoever holds the GPU', () => {
    const series = [...source.series(GPU, 'DCGM_FI_DEV_GPU_UTIL')]
    const gpus = world.cluster(GPU).gpus
    fc.assert(
      fc.property(fc.nat(gpus.length - 1), fc.integer({ min: -10 * 24 * HOUR_MS, max: 0 }), (index, offset) => {
        const values = series
          .filter((one) => one.labels.UUID === gpus[index]?.uuid)
          .map((one) => one.at(TEST_START_MS + offset))
          .filter((value) => value !== undefined)
        expect(values.length).toBe(1)
        expect(values[0]).toBeGreaterThanOrEqual(0)
        expect(values[0]).toBeLessThanOrEqual(100)
      }),
    )
  })

  it('is the same world from the same seed, and another from another', () => {
    const print = (seed: string) => {
      const other = createSeriesSource(testWorld({ seed }))
      const at = TEST_START_MS - HOUR_MS
      return ['DCGM_FI_DEV_POWER_USAGE', 'vllm:num_requests_running', 'kube_pod_status_phase']
        .flatMap((name) => [...other.series(GPU, name)].map((one) => `${JSON.stringify(one.labels)} ${one.at(at)}`))
        .join('\n')
    }
    const first = print('a')
    expect(print('a')).toBe(first)
    expect(print('b')).not.toBe(first)
  })
})

describe('what changes', () => {
  it('a held GPU carries its pod, and the pod’s series end with it', () => {
    const mine = testWorld()
    const own = createSeriesSource(mine)
    const cluster = mine.cluster(GPU)
    const victim = cluster.pods().find((pod) => pod.metadata.namespace === 'notebooks')!
    const labels = { exported_pod: victim.metadata.name }
    const held = () =>
      [...own.series(GPU, 'DCGM_FI_DEV_FB_USED')].filter((one) => one.labels.exported_pod === labels.exported_pod)
    expect(held().map((one) => one.at(mine.now()) !== undefined)).toEqual([true])
    cluster.store.remove('statefulsets.apps', 'notebooks', victim.metadata.name.replace(/-0$/, ''))
    const goneFrom = mine.now()
    mine.tick(30)
    const [series] = held()
    expect(series?.at(mine.now())).toBeUndefined()
    expect(series?.at(goneFrom - 60_000)).toBeGreaterThan(0)
  })
})

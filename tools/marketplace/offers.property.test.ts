import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isGpuModel } from '../gpu-model.ts'
import { byOrder, meets, type Offer, type OfferFilter, offerTones, sorts } from './offers.ts'

const gpus = ['NVIDIA GeForce RTX 4090', 'NVIDIA L4', 'NVIDIA L40S', 'NVIDIA H100 80GB HBM3', 'Apple M4 Max']
const places = ['DE', 'NO', 'US']
const anyOffer = fc
  .record({
    id: fc.uuid(),
    name: fc.constantFrom('atlas', 'borealis', 'cascade'),
    gpuModel: fc.constantFrom(...gpus),
    vramMb: fc.integer({ min: 0, max: 100_000 }),
    price: fc.integer({ min: 1, max: 3_000_000 }),
    priceCurrency: fc.constantFrom('qu' as const, 'usd-cent' as const),
    state: fc.constantFrom('available' as const, 'busy' as const, 'offline' as const),
    location: fc.option(fc.constantFrom(...places), { nil: undefined }),
    cpuModel: fc.option(fc.constantFrom('AMD EPYC 7763', 'Intel Core i9'), { nil: undefined }),
    jobs: fc.integer({ min: 0, max: 50 }),
  })
  .map(
    ({ location, cpuModel, ...rest }): Offer => ({
      ...rest,
      stateTone: offerTones[rest.state],
      type: 'native',
      ...(location && { location }),
      ...(cpuModel && { cpuModel }),
    }),
  )
const anyFilter: fc.Arbitrary<OfferFilter> = fc
  .record(
    {
      gpuModel: fc.array(fc.constantFrom('4090', 'l4', 'L40S', 'h100', 'M4 Max', 'B300'), { maxLength: 3 }),
      minVramMb: fc.integer({ min: 0, max: 90_000 }),
      maxPrice: fc.integer({ min: 0, max: 3_000_000 }),
      locations: fc.array(fc.constantFrom('de', 'NO', 'US', 'FR'), { maxLength: 3 }),
      text: fc.constantFrom('atlas', 'amd nvidia', 'DE', 'nothing'),
    },
    { requiredKeys: [] },
  )
  .chain((some) =>
    fc
      .record({
        availability: fc.constantFrom('available' as const, 'all' as const, 'busy' as const),
      })
      .map((rest) => ({ ...some, ...rest })),
  )

/** Each criterion by itself, as a person would check it. */
const checks: ((one: Offer, filter: OfferFilter) => boolean)[] = [
  (one, { gpuModel }) => !gpuModel?.length || gpuModel.some((model) => isGpuModel(model, one.gpuModel)),
  (one, { minVramMb = 0 }) => one.vramMb >= minVramMb,
  (one, { maxPrice }) => maxPrice === undefined || (one.priceCurrency === 'qu' && one.price <= maxPrice),
  (one, { locations }) =>
    !locations?.length || locations.map((place) => place.toUpperCase()).includes(one.location ?? ''),
  (one, { availability }) => availability === 'all' || one.state === availability,
  (one, { text = '' }) =>
    text
      .toLowerCase()
      .split(' ')
      .every((word) => [one.name, one.gpuModel, one.cpuModel, one.location].join(' ').toLowerCase().includes(word)),
]

describe('filtering offers', () => {
  it('**Feature: qubix-enterprise-upgrade, Property 11: Filter Correctness** every result meets all criteria, and nothing that does is left out (NOD-021, QLT-028)', () => {
    fc.assert(
      fc.property(fc.array(anyOffer, { maxLength: 30 }), anyFilter, (offers, filter) => {
        const results = offers.filter((one) => meets(one, filter))
        expect(results).toEqual(offers.filter((one) => checks.every((check) => check(one, filter))))
      }),
      { numRuns: 500 },
    )
  })

  it('an L4 is not an L40S', () => {
    const offer = fc.sample(anyOffer, 1)[0]!
    const filter: OfferFilter = { gpuModel: ['L4'], availability: 'all' }
    expect(meets({ ...offer, gpuModel: 'NVIDIA L40S' }, filter)).toBe(false)
    expect(meets({ ...offer, gpuModel: 'NVIDIA L4' }, filter)).toBe(true)
  })
})

describe('sorting offers', () => {
  it('is the same whatever order they came in (NOD-023)', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(anyOffer, { selector: ({ id }) => id, maxLength: 20 }),
        fc.constantFrom(...sorts),
        (offers, sort) => {
          const sorted = [...offers].sort(byOrder(sort))
          expect([...offers].reverse().sort(byOrder(sort))).toEqual(sorted)
          for (let index = 1; index < sorted.length; index++) {
            const [before, after] = [sorted[index - 1]!, sorted[index]!]
            if (before.priceCurrency === after.priceCurrency && sort === 'price-asc')
              expect(before.price).toBeLessThanOrEqual(after.price)
            if (before.priceCurrency === after.priceCurrency && sort === 'price-desc')
              expect(before.price).toBeGreaterThanOrEqual(after.price)
            if (sort === 'vram-desc') expect(before.vramMb).toBeGreaterThanOrEqual(after.vramMb)
            if (sort === 'jobs-desc') expect(before.jobs).toBeGreaterThanOrEqual(after.jobs)
            if (sort === 'availability')
              expect(`${before.state === 'offline'}` <= `${after.state === 'offline'}`).toBe(true)
          }
        },
      ),
    )
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gpuProviders } from '#db/schema/marketplace.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { testContext } from '../testing.ts'
import { importBook } from './book.ts'
import { listGpuOffers } from './list-gpu-offers.tool.ts'
import { bookOf, providerOf } from './testing.ts'

let database: TestDatabase
let none: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
  none = await testDatabase()
  await importBook(
    database.db,
    bookOf(
      [],
      [
        providerOf('halcyon', {
          gpuModel: 'NVIDIA H100 80GB HBM3',
          gpuVramMb: 81_559,
          location: 'SE',
          pricePerHour: { amount: 2_900_000, currency: 'qu' },
        }),
        providerOf('atlas'),
        providerOf('ember', { location: 'PL', pricePerHour: { amount: 390_000, currency: 'qu' } }),
        providerOf('busy', { isAvailable: false, pricePerHour: { amount: 100, currency: 'qu' } }),
        providerOf('garnet', { isOnline: false, isAvailable: false, pricePerHour: { amount: 1, currency: 'qu' } }),
        providerOf('cents', { pricePerHour: { amount: 50, currency: 'usd-cent' } }),
        providerOf('left', {}),
      ],
    ),
  )
  const { eq } = await import('#db/drizzle.ts')
  await database.db
    .update(gpuProviders)
    .set({ removedAt: new Date(0) })
    .where(eq(gpuProviders.id, 'provider-left'))
})
afterAll(async () => {
  await database.close()
  await none.close()
})

const run = async (input: object = {}, { db } = database) => {
  const reply = await listGpuOffers.run(listGpuOffers.input.parse(input) as never, testContext({ clients: {}, db }))
  return { ...reply, names: ((reply.data?.rows ?? []) as { name: string }[]).map(({ name }) => name) }
}

describe('list_gpu_offers', () => {
  it('shows what can be rented now, cheapest first; removed offers never (NOD-019, NOD-024)', async () => {
    expect((await run()).names).toEqual(['ember', 'atlas', 'halcyon', 'cents'])
    expect((await run({ availability: 'all' })).names).toEqual(['ember', 'atlas', 'halcyon', 'cents', 'busy', 'garnet'])
    expect((await run({ availability: 'busy' })).names).toEqual(['busy'])
  })

  it('filters and sorts (NOD-020, NOD-022, NOD-023)', async () => {
    expect((await run({ gpuModel: ['h100'] })).names).toEqual(['halcyon'])
    expect((await run({ minVramMb: 40_000 })).names).toEqual(['halcyon'])
    expect((await run({ maxPrice: 400_000 })).names).toEqual(['ember', 'atlas'])
    expect((await run({ locations: ['pl', 'SE'], sort: 'price-desc' })).names).toEqual(['halcyon', 'ember'])
    expect((await run({ text: 'ryzen atlas' })).names).toEqual(['atlas'])
    expect((await run({ sort: 'vram-desc' })).names[0]).toBe('halcyon')
  })

  it('each listing has what a person decides by (NOD-028), and no token', async () => {
    const { data, subject } = await run({ text: 'halcyon' })
    expect((data!.rows as object[])[0]).toEqual({
      id: 'provider-halcyon',
      name: 'halcyon',
      gpuModel: 'NVIDIA H100 80GB HBM3',
      vramMb: 81_559,
      price: 2_900_000,
      priceCurrency: 'qu',
      state: 'available',
      stateTone: 'good',
      location: 'SE',
      cpuModel: 'AMD Ryzen 9 7950X',
      cpuCores: 32,
      ramMb: 131_072,
      type: 'native',
      jobs: 3,
      heartbeat: '2026-11-20T11:59:45.000Z',
    })
    expect(subject).toBe('marketplace/provider/*')
    expect(listGpuOffers.text(data as never, { shown: 1, total: 1 })).toContain('2,900,000 QU')
  })

  it('says which filter leaves nothing over', async () => {
    expect((await run({ maxPrice: 1000 })).empty!.likely.join()).toContain('The cheapest is 390,000 QU')
    expect((await run({ gpuModel: ['B300'] })).empty!.likely.join()).toContain('GPUs on offer: ')
    expect((await run({ locations: ['FR'] })).empty!.likely.join()).toContain('Places: ')
    expect((await run({ text: 'garnet' })).empty!.likely.join()).toContain('1 offer would match but is not available')
    expect((await run({}, none)).empty!.title).toBe('Nobody offers a GPU')
  })
})

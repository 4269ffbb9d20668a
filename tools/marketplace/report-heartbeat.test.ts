import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { NewEvent } from '#contract'
import { gpuProviders, providerMetrics } from '#db/schema/marketplace.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { testContext } from '../testing.ts'
import { importBook, tokenHash } from './book.ts'
import { marketplaceEvents } from './events.ts'
import { reportHeartbeat } from './report-heartbeat.tool.ts'
import { findSilentProviders } from './silence.job.ts'
import { bookOf, emptyMarket } from './testing.ts'

let database: TestDatabase
let nowMs: number
const events: NewEvent[] = []
beforeAll(async () => {
  database = await testDatabase()
})
beforeEach(async () => {
  await emptyMarket(database.db)
  nowMs = Date.parse('2026-11-20T12:00:00Z')
  events.length = 0
  await importBook(
    database.db,
    bookOf([
      { number: 42, state: 'locked', status: 'running', amount: 100, provider: 'delta' },
      { number: 43, state: 'locked', status: 'assigned', amount: 100, provider: 'delta' },
      { number: 44, state: 'locked', status: 'assigned', amount: 100, provider: 'ember' },
    ]),
  )
})
afterAll(() => database.close())

const context = (token: string) =>
  testContext({
    clients: {},
    db: database.db,
    now: () => new Date(nowMs),
    events,
    actor: { id: `worker:${tokenHash(token)}`, kind: 'worker', role: 'operator', clusters: [] },
  })
const usage = { cpuPercent: 12, ramPercent: 40, gpuPercent: 87, gpuTemp: 71, gpuMemUsedMb: 20_000 }
const beat = (input: object = {}, token = 'qmw_delta') =>
  reportHeartbeat.run(
    reportHeartbeat.input.parse({ workerId: 'worker-delta', status: 'online', usage, ...input }) as never,
    context(token),
  )
const provider = async (name = 'delta') =>
  (await database.db.select().from(gpuProviders)).find((row) => row.name === name)!

describe('a heartbeat', () => {
  it('writes last sign of life, measurements and state, and says which jobs wait (PWK-027, PWK-029, GPU-016)', async () => {
    const { data } = await beat()
    expect(data!.rows).toEqual([{ id: 'job-43', number: 43, jobType: 'custom-script', modelType: 'sdxl-batch' }])
    expect(await provider()).toMatchObject({ isOnline: true, isAvailable: true, lastHeartbeat: new Date(nowMs) })
    expect(await database.db.select().from(providerMetrics)).toMatchObject([
      {
        providerId: 'provider-delta',
        cpuPercent: 12,
        ramPercent: 40,
        gpuPercent: 87,
        gpuTemperatureCelsius: 71,
        gpuMemoryUsedMb: 20_000,
      },
    ])
    expect(events.map(({ name, subject }) => `${name} ${subject}`)).toEqual([
      'provider.reported marketplace/provider/provider-delta',
    ])
  })

  it('tells everyone when the state changes, once (PWK-033)', async () => {
    await beat({ status: 'busy' })
    expect(events.map(({ name }) => name)).toEqual(['provider.reported', 'provider.status-changed'])
    expect(events[1]!.data).toMatchObject({ upsert: [{ id: 'provider-delta', state: 'busy' }] })
    await beat({ status: 'busy' })
    expect(events).toHaveLength(3)
    await beat({ status: 'offline' })
    expect(await provider()).toMatchObject({ isOnline: false, isAvailable: false })
    for (const { name, data } of events) marketplaceEvents[name as keyof typeof marketplaceEvents].parse(data)
  })

  it('takes a job as current only where it is its own', async () => {
    await beat({ currentJob: 'job-42' })
    expect(await provider()).toMatchObject({ currentJobId: 'job-42', isAvailable: false })
    await beat({ currentJob: 'job-44' })
    expect(await provider()).toMatchObject({ currentJobId: null, isAvailable: true })
  })

  it('counts as uptime what lies between two heartbeats, and no longer silence', async () => {
    await beat()
    nowMs += 30_000
    await beat()
    const { uptimeSeconds } = await provider()
    expect(uptimeSeconds).toBe(45)
    nowMs += 3_600_000
    await beat()
    expect((await provider()).uptimeSeconds).toBe(45)
  })

  it('of an unknown worker is not found, with the token of another it is refused, and nothing is written (PWK-028)', async () => {
    await expect(beat({ workerId: 'worker-nobody' })).rejects.toMatchObject({ code: 'not-found' })
    await expect(beat({}, 'qmw_ember')).rejects.toMatchObject({ code: 'permission-denied' })
    expect(await database.db.select().from(providerMetrics)).toEqual([])
    expect(events).toEqual([])
  })

  it.each([
    { status: 'asleep' },
    { usage: { cpuPercent: 120, ramPercent: 1 } },
    { usage: { cpuPercent: 1 } },
    { usage: { ...usage, seed: 'x' } },
  ])('refuses %j', (wrong) => {
    expect(reportHeartbeat.input.safeParse({ workerId: 'w', status: 'online', usage, ...wrong }).success).toBe(false)
  })

  it('is for workers only', () => {
    expect(reportHeartbeat.audience).toEqual(['worker'])
  })
})

describe('silence', () => {
  const sweep = () => findSilentProviders.run(context('qmw_delta'))

  it('of three heartbeats means offline, once, and a heartbeat brings the provider back (PWK-030, PWK-031)', async () => {
    await beat()
    events.length = 0
    nowMs += 60_000
    await beat({ workerId: 'worker-ember' }, 'qmw_ember')
    events.length = 0
    nowMs += 30_000
    await sweep()
    expect(events).toEqual([])
    nowMs += 1
    await sweep()
    expect(events).toMatchObject([
      {
        name: 'provider.status-changed',
        subject: 'marketplace/provider/provider-delta',
        data: { upsert: [{ state: 'offline' }] },
      },
    ])
    expect(await provider()).toMatchObject({ isOnline: false, isAvailable: false })
    expect(await provider('ember')).toMatchObject({ isOnline: true })
    await sweep()
    expect(events).toHaveLength(1)
    await beat()
    expect(await provider()).toMatchObject({ isOnline: true, isAvailable: true })
  })

  it('measurements are dropped after a week', async () => {
    await beat()
    nowMs += 8 * 86_400_000
    await sweep()
    expect(await database.db.select().from(providerMetrics)).toEqual([])
  })
})

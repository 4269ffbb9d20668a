import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { checkClusters } from './check.ts'
import { getFleetHealth } from './get-fleet-health.tool.ts'
import { storeChecks } from './health-store.ts'
import { fleetContext } from './testing.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase('')
})
afterAll(() => database?.close())

type Rows = { rows: Record<string, unknown>[] }
const run = async (ctx = fleetContext()) => (await getFleetHealth.run({} as never, ctx)).data as unknown as Rows

it('FLT-061: has state, score and time of the check of each cluster, the worst first', async () => {
  const { rows } = await run()
  expect(rows.map(({ name, state, score, checkedAt }) => [name, state, score, checkedAt])).toEqual([
    ['bare', 'unknown', 0, '2026-11-20T12:00:00.000Z'],
    ['dead', 'offline', 30, '2026-11-20T12:00:00.000Z'],
    ['east', 'degraded', 80, '2026-11-20T12:00:00.000Z'],
    ['hub', 'degraded', 85, '2026-11-20T12:00:00.000Z'],
  ])
})

it('adds what the loop remembers: since when, last seen, last error', async () => {
  const ctx = { ...fleetContext(), openDb: async () => database.db }
  const checks = await checkClusters(ctx, ['dead', 'east'])
  await database.db.transaction((tx) => storeChecks(tx, checks, ctx.now()))
  const { rows } = await run(ctx)
  expect(rows.find(({ name }) => name === 'dead')).toMatchObject({
    connectivity: 'disconnected',
    changedAt: '2026-11-20T12:00:00.000Z',
    lastError: 'connect refused',
  })
  expect(rows.find(({ name }) => name === 'dead')!.lastSeenAt).toBeUndefined()
  expect(rows.find(({ name }) => name === 'east')).toMatchObject({
    connectivity: 'connected',
    lastSeenAt: '2026-11-20T12:00:00.000Z',
  })
})

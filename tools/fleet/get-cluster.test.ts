import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { clusterHealthHistory, clusterStatus, clusters } from '#db/schema/fleet.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { failureOf } from '../clients/failure-suite.ts'
import { getCluster } from './get-cluster.tool.ts'
import { fakeUpstream, now, registryServer } from './registry-testing.ts'

let database: TestDatabase
let close = async () => {}
beforeAll(async () => {
  database = await testDatabase()
})
afterEach(async () => {
  await close()
  await database.db.delete(clusters)
  await database.db.delete(clusterStatus)
  await database.db.delete(clusterHealthHistory)
})
afterAll(() => database.close())

async function hub() {
  const api = await fakeUpstream()
  close = api.close
  return { name: 'hub', region: 'eu', kubernetes: { url: api.url, token: 'from-the-file' } }
}

it('a cluster of the configuration is registered by itself, and found by name and by id (FLT-009, FLT-010)', async () => {
  const server = await registryServer(database, { seeds: [await hub()] })
  const { data, subject } = await server.run(getCluster, { cluster: 'hub' })
  expect(data.cluster).toMatchObject({ id: 'hub', source: 'configuration', region: 'eu', credentials: [] })
  expect(data.state).toBe('online')
  expect(subject).toBe('fleet/cluster/hub')
  expect((await server.run(getCluster, { cluster: data.cluster.clusterId! })).data.cluster.name).toBe('hub')
  const error = await failureOf(server.run(getCluster, { cluster: 'hubb' }))
  expect([error.code, error.options.next.includes('hub')]).toEqual(['cluster-not-found', true])
})

it('its id stays over a restart, and no secret of the file is in the row', async () => {
  const seed = await hub()
  const first = (await (await registryServer(database, { seeds: [seed] })).run(getCluster, { cluster: 'hub' })).data
  const again = (await (await registryServer(database, { seeds: [seed] })).run(getCluster, { cluster: 'hub' })).data
  expect(again.cluster.clusterId).toBe(first.cluster.clusterId)
  expect(JSON.stringify(await database.db.select().from(clusters))).not.toContain('from-the-file')
})

it('tells of the last day (FLT-049)', async () => {
  const server = await registryServer(database, { seeds: [await hub()] })
  const look = (hours: number, state: string) => ({
    cluster: 'hub',
    state,
    score: 0,
    services: [],
    checkedAt: new Date(now.getTime() - hours * 3_600_000),
  })
  await database.db.insert(clusterHealthHistory).values([look(1, 'online'), look(3, 'offline'), look(30, 'offline')])
  const text = getCluster.text((await server.run(getCluster, { cluster: 'hub' })).data as never, { shown: 1, total: 1 })
  expect(text).toContain('Not online at 1 of 2 looks in the last day, last at 2026-11-20T09:00')
})

import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { clusterHealthHistory, clusterStatus, clusters } from '#db/schema/fleet.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { refusedUrl } from '../clients/testing.ts'
import { refreshCluster } from './refresh-cluster.tool.ts'
import { fakeUpstream, registryServer } from './registry-testing.ts'

let database: TestDatabase
let api: Awaited<ReturnType<typeof fakeUpstream>>
beforeAll(async () => {
  database = await testDatabase()
  api = await fakeUpstream()
})
afterEach(async () => {
  for (const table of [clusters, clusterStatus, clusterHealthHistory]) await database.db.delete(table)
})
afterAll(async () => {
  await api.close()
  await database.close()
})

it('looks now, keeps what it saw and tells of the change (FLT-014)', async () => {
  const server = await registryServer(database, { seeds: [{ name: 'hub', kubernetes: { url: api.url } }] })
  const { data } = await server.run(refreshCluster, { cluster: 'hub' })
  expect(data.state).toBe('online')
  const [row] = await database.db.select().from(clusterStatus)
  expect(row).toMatchObject({ cluster: 'hub', state: 'online', connectivity: 'connected' })
  expect(row!.discoveredAt).not.toBeNull()
  expect(await database.db.select().from(clusterHealthHistory)).toHaveLength(1)
  expect(server.events.map(({ name }) => name)).toContain('cluster.status-changed')
})

it('a cluster that does not answer is an answer, not a failure', async () => {
  const server = await registryServer(database, { seeds: [{ name: 'dead', kubernetes: { url: await refusedUrl() } }] })
  const { data, clusters: answers } = await server.run(refreshCluster, { cluster: 'dead' })
  expect([data.state, answers![0]!.status]).toEqual(['offline', 'error'])
})

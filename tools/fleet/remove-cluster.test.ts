import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { clusterHealthHistory, clusterStatus, clusters } from '#db/schema/fleet.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { failureOf } from '../clients/failure-suite.ts'
import { refreshCluster } from './refresh-cluster.tool.ts'
import { registerCluster } from './register-cluster.tool.ts'
import { fakeUpstream, registryServer } from './registry-testing.ts'
import { removeCluster } from './remove-cluster.tool.ts'

let database: TestDatabase
let api: Awaited<ReturnType<typeof fakeUpstream>>
beforeAll(async () => {
  database = await testDatabase()
  api = await fakeUpstream()
})
afterEach(() => database.db.delete(clusters))
afterAll(async () => {
  await api.close()
  await database.close()
})
const seed = () => ({ name: 'hub', kubernetes: { url: api.url } })
const register = { name: 'late', apiServerUrl: '' }

describe('remove_cluster (FLT-012)', () => {
  it('takes a registered cluster away with its history; its name is free again', async () => {
    const server = await registryServer(database)
    await server.run(registerCluster, { ...register, apiServerUrl: api.url })
    await server.run(refreshCluster, { cluster: 'late' })
    expect(await database.db.select().from(clusterHealthHistory)).toHaveLength(1)
    const plan = await server.plan(removeCluster, { cluster: 'late' })
    expect([plan.typedName, plan.steps.at(-1)!.target]).toEqual(['late', '1 kept health check'])
    await server.run(removeCluster, { cluster: 'late' })
    expect(server.names()).toEqual([])
    expect(await database.db.select().from(clusters)).toEqual([])
    expect(await database.db.select().from(clusterHealthHistory)).toEqual([])
    expect(await database.db.select().from(clusterStatus)).toEqual([])
    expect(server.events.at(-1)).toMatchObject({ name: 'cluster.deleted', data: { name: 'late', remove: ['late'] } })
    await server.run(registerCluster, { ...register, apiServerUrl: api.url })
    expect(server.names()).toEqual(['late'])
  })

  it('a seeded cluster stays removed over a restart, and can be registered anew', async () => {
    const server = await registryServer(database, { seeds: [seed()] })
    await server.run(removeCluster, { cluster: 'hub' })
    const next = await registryServer(database, { seeds: [seed()] })
    expect(next.names()).toEqual([])
    await next.run(registerCluster, { name: 'hub', apiServerUrl: api.url, region: 'us' })
    expect((await registryServer(database, { seeds: [seed()] })).clients.fleet.get('hub').region).toBe('us')
    await next.run(removeCluster, { cluster: 'hub' })
    expect((await registryServer(database, { seeds: [seed()] })).names()).toEqual([])
  })

  it('what somebody else removed meanwhile is said', async () => {
    const server = await registryServer(database, { seeds: [seed()] })
    await (await registryServer(database, { seeds: [seed()] })).run(removeCluster, { cluster: 'hub' })
    const error = await failureOf(server.run(removeCluster, { cluster: 'hub' }))
    expect([error.code, error.options.changed]).toEqual(['conflict', 'nothing'])
  })
})

import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { clusterCredentials, clusters } from '#db/schema/fleet.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { failureOf } from '../clients/failure-suite.ts'
import { fakeUpstream, registryServer } from './registry-testing.ts'
import { removeClusterCredentials } from './remove-cluster-credentials.tool.ts'
import { setClusterCredentials } from './set-cluster-credentials.tool.ts'

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

it('deletes them, and the login of the file counts again (FLT-028)', async () => {
  const seeds = [{ name: 'hub', kubernetes: { url: api.url, token: 'from-the-file' }, prometheus: { url: api.url } }]
  const server = await registryServer(database, { seeds })
  const token = { kind: 'token', token: 'a-given-token' }
  await server.run(setClusterCredentials, { cluster: 'hub', kubernetes: token, prometheus: token })
  const plan = await server.plan(removeClusterCredentials, { cluster: 'hub', services: ['kubernetes'] })
  expect([plan.typedName, plan.steps.map(({ target }) => target)]).toEqual(['hub', ['token for API server']])
  await server.run(removeClusterCredentials, { cluster: 'hub', services: ['kubernetes'] })
  await server.clients.kubernetes.for('hub').version()
  expect(api.asked.at(-1)!.authorization).toBe('Bearer from-the-file')
  expect((await database.db.select().from(clusterCredentials)).map(({ service }) => service)).toEqual(['prometheus'])
  expect(server.events.at(-1)).toMatchObject({ name: 'cluster.credentials-updated' })
  const again = await failureOf(server.plan(removeClusterCredentials, { cluster: 'hub', services: ['kubernetes'] }))
  expect([again.code, again.options.next]).toEqual(['not-found', 'Stored are those of: prometheus'])
})

import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { clusters } from '#db/schema/fleet.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { failureOf } from '../clients/failure-suite.ts'
import { fakeUpstream, registryServer } from './registry-testing.ts'
import { setClusterCredentials } from './set-cluster-credentials.tool.ts'
import { validateClusterCredentials } from './validate-cluster-credentials.tool.ts'

let database: TestDatabase
let api: Awaited<ReturnType<typeof fakeUpstream>>
let accepted = true
beforeAll(async () => {
  database = await testDatabase()
  api = await fakeUpstream({ login: () => (accepted ? 200 : 401) })
})
afterEach(() => database.db.delete(clusters))
afterAll(async () => {
  await api.close()
  await database.close()
})

it('tries what is stored again, and says what it is worth now (FLT-027)', async () => {
  const server = await registryServer(database, { seeds: [{ name: 'hub', kubernetes: { url: api.url } }] })
  await server.run(setClusterCredentials, { cluster: 'hub', kubernetes: { kind: 'token', token: 'a-good-token' } })
  const validation = async () => (await server.run(validateClusterCredentials, { cluster: 'hub' })).data
  expect(await validation()).toMatchObject({ state: 'checked', validation: [{ outcome: 'valid' }] })
  accepted = false
  const after = await validation()
  expect(after).toMatchObject({ state: 'not valid', validation: [{ result: 'failed', outcome: 'invalid' }] })
  const text = validateClusterCredentials.text(after as never, { shown: 1, total: 1 })
  expect([text.includes('invalid'), text.includes('a-good-token')]).toEqual([true, false])
})

it('none stored is said (FLT-028)', async () => {
  const server = await registryServer(database, { seeds: [{ name: 'hub', kubernetes: { url: api.url } }] })
  const error = await failureOf(server.run(validateClusterCredentials, { cluster: 'hub' }))
  expect([error.code, error.options.next.includes('/fleet/hub/credentials')]).toEqual(['not-found', true])
})

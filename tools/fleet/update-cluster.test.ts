import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { eq } from '#db/drizzle.ts'
import { clusterCredentials, clusters } from '#db/schema/fleet.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { failureOf } from '../clients/failure-suite.ts'
import type { TestServer } from '../clients/testing.ts'
import { registerCluster } from './register-cluster.tool.ts'
import { purposeOf } from './registry.ts'
import { fakeUpstream, now, registryServer } from './registry-testing.ts'
import { updateCluster } from './update-cluster.tool.ts'

let database: TestDatabase
const servers: Pick<TestServer, 'close'>[] = []
beforeAll(async () => {
  database = await testDatabase()
})
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
  await database.db.delete(clusters)
})
afterAll(() => database.close())
const upstream = async (rules = {}) => {
  const server = await fakeUpstream(rules)
  servers.push(server)
  return server
}

describe('update_cluster (FLT-011)', () => {
  it('changes a registered cluster here, in the database and as an event', async () => {
    const [old, fresh] = [await upstream(), await upstream()]
    const server = await registryServer(database)
    await server.run(registerCluster, { name: 'late', apiServerUrl: old.url, region: 'eu', labels: { team: 'ml' } })
    const change = {
      cluster: 'late',
      apiServerUrl: fresh.url,
      region: '',
      environment: 'lab',
      endpoints: { prometheus: fresh.url },
    }
    const plan = await server.plan(updateCluster, change)
    expect(plan.steps.map(({ target, detail }) => [target, detail])).toEqual([
      ['environment', '"production" → "lab"'],
      ['region', '"eu" → (none)'],
      ['kubernetes', `${old.url} → ${fresh.url}`],
      ['prometheus', `(none) → ${fresh.url}`],
    ])
    expect(plan.checks.map(({ label, state }) => [label, state])).toEqual([
      ['API server', 'pass'],
      ['Prometheus', 'pass'],
    ])
    await server.run(updateCluster, change)
    for (const one of [server, await registryServer(database)]) {
      const { region, environment, labels, endpoints } = one.clients.fleet.get('late')
      expect([region, environment, labels]).toEqual([undefined, 'lab', { team: 'ml' }])
      expect(endpoints).toEqual({ kubernetes: fresh.url, prometheus: fresh.url })
    }
    expect(server.events.at(-1)).toMatchObject({ name: 'cluster.updated', subject: 'fleet/cluster/late' })
  })

  it('what a person changed of a seeded cluster wins, and the rest follows the configuration', async () => {
    const [first, second] = [await upstream(), await upstream()]
    const seed = {
      name: 'hub',
      region: 'eu',
      labels: { a: '1' },
      kubernetes: { url: first.url, token: 'from-the-file' },
    }
    const server = await registryServer(database, { seeds: [seed] })
    await server.run(updateCluster, { cluster: 'hub', region: 'us' })
    expect(server.clients.fleet.get('hub').region).toBe('us')
    // the login of the file stays in use: its upstream was not changed
    await server.clients.kubernetes.for('hub').version()
    expect(first.asked.at(-1)!.authorization).toBe('Bearer from-the-file')
    const moved = { ...seed, region: 'asia', labels: { a: '2' }, kubernetes: { url: second.url } }
    const next = await registryServer(database, { seeds: [moved] })
    expect(next.clients.fleet.get('hub')).toMatchObject({
      region: 'us',
      labels: { a: '2' },
      endpoints: { kubernetes: second.url },
    })
  })

  it('a secret that was given for one address goes to no other', async () => {
    const [first, second] = [await upstream(), await upstream()]
    const seed = {
      name: 'hub',
      kubernetes: { url: first.url },
      prometheus: { url: first.url, bearerToken: 'from-the-file' },
    }
    const server = await registryServer(database, { seeds: [seed] })
    const id = server.clients.fleet.get('hub').id!
    for (const service of ['kubernetes', 'prometheus'] as const)
      await database.db.insert(clusterCredentials).values({
        clusterId: id,
        service,
        kind: 'token',
        ...(await server.vault.seal(JSON.stringify({ kind: 'token', token: 'stored-token' }), purposeOf(id, service))),
        validation: {},
        validatedAt: now,
        expiresAt: now,
        createdBy: 'Ada',
        createdAt: now,
      })
    const change = { cluster: 'hub', endpoints: { prometheus: second.url } }
    const plan = await server.plan(updateCluster, change)
    expect(plan.checks.at(-1)).toMatchObject({ label: 'Credentials of Prometheus', state: 'warn' })
    await server.run(updateCluster, change)
    await server.clients.prometheus.for('hub').ready()
    expect(second.asked.map(({ authorization }) => authorization)).toEqual(second.asked.map(() => undefined))
    await server.clients.kubernetes.for('hub').version()
    expect(first.asked.at(-1)!.authorization).toBe('Bearer stored-token')
    const left = await database.db.select().from(clusterCredentials).where(eq(clusterCredentials.clusterId, id))
    expect(left.map(({ service }) => service)).toEqual(['kubernetes'])
  })

  it('nothing to change, or an address that is none, is said', async () => {
    const api = await upstream()
    const server = await registryServer(database, {
      seeds: [{ name: 'hub', region: 'eu', kubernetes: { url: api.url } }],
    })
    const of = (input: object) => failureOf(server.plan(updateCluster, { cluster: 'hub', ...input }))
    expect((await of({})).message).toContain('Nothing of hub')
    expect((await of({ region: 'eu' })).code).toBe('invalid-input')
    expect((await of({ apiServerUrl: 'http://10.9.9.9' })).options.field).toBe('apiServerUrl')
    expect((await failureOf(server.plan(updateCluster, { cluster: 'no' }))).code).toBe('cluster-not-found')
  })

  it('a plan that was made before another change is not run on it', async () => {
    const api = await upstream()
    let at = now
    const server = await registryServer(database, {
      seeds: [{ name: 'hub', kubernetes: { url: api.url } }],
      at: () => at,
    })
    const before = await server.plan(updateCluster, { cluster: 'hub', region: 'eu' })
    at = new Date(now.getTime() + 1000)
    await server.run(updateCluster, { cluster: 'hub', region: 'us' })
    const after = await server.plan(updateCluster, { cluster: 'hub', region: 'eu' })
    expect(after.guard).not.toEqual(before.guard)
  })
})

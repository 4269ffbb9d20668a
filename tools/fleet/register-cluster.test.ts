import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { clusters } from '#db/schema/fleet.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { failureOf } from '../clients/failure-suite.ts'
import { refusedUrl, serveNoise, type TestServer } from '../clients/testing.ts'
import { registerCluster } from './register-cluster.tool.ts'
import { fakeUpstream, registryServer } from './registry-testing.ts'

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

describe('register_cluster', () => {
  it('is there at once for every tool, in the database and as an event (FLT-001, FLT-002, FLT-004, FLT-015)', async () => {
    const api = await upstream()
    const server = await registryServer(database)
    const input = {
      name: 'late',
      apiServerUrl: api.url,
      region: 'eu',
      labels: { team: 'ml' },
      endpoints: { prometheus: api.url },
    }
    const { data } = await server.run(registerCluster, input)
    const view = data.cluster
    expect(view).toMatchObject({
      id: 'late',
      displayName: 'late',
      type: 'spoke',
      source: 'registered',
      region: 'eu',
      labels: { team: 'ml' },
      endpoints: { kubernetes: api.url, prometheus: api.url },
      credentials: [],
    })
    expect(server.clients.prometheus.names()).toEqual(['late'])
    expect((await server.clients.kubernetes.for('late').version()).gitVersion).toBe('v1.36.0')
    expect(server.events.map(({ name, subject, cluster }) => [name, subject, cluster])).toEqual([
      ['cluster.registered', 'fleet/cluster/late', 'late'],
    ])
    expect(server.events[0]!.data).toMatchObject({ id: 'late', clusterId: view.clusterId })
    expect(server.changes()).toBe(1)
    // and after a restart
    const next = await registryServer(database)
    expect(next.names()).toEqual(['late'])
    expect(next.clients.fleet.get('late')).toMatchObject({ id: view.clusterId, region: 'eu', labels: { team: 'ml' } })
  })

  it('the plan really asks the addresses and says what it found', async () => {
    const [api, denying] = [await upstream(), await upstream({ login: () => 401 })]
    const noise = await serveNoise()
    servers.push(noise)
    const server = await registryServer(database)
    const checks = async (apiServerUrl: string, endpoints = {}) =>
      (await server.plan(registerCluster, { name: 'late', apiServerUrl, endpoints })).checks.map(
        ({ label, state, detail }) => [label, state, detail],
      )
    expect(await checks(api.url, { prometheus: api.url })).toEqual([
      ['API server', 'pass', 'Kubernetes v1.36.0'],
      ['Prometheus', 'pass', 'ready'],
    ])
    expect(await checks(denying.url)).toEqual([['API server', 'pass', expect.stringContaining('wants credentials')]])
    expect(await checks(noise.url)).toEqual([['API server', 'fail', expect.stringContaining('does not speak HTTP')]])
    expect(await checks(await refusedUrl())).toEqual([['API server', 'warn', expect.stringContaining('refused')]])
    expect(server.names()).toEqual([])
  })

  it.each([
    [{ name: 'Late' }, 'name'],
    [{ name: 'la' }, 'name'],
    [{ name: '-late' }, 'name'],
    [{ name: 'x'.repeat(64) }, 'name'],
    [{ apiServerUrl: 'late.example' }, 'apiServerUrl'],
    [{ apiServerUrl: 'http://late.example:6443' }, 'apiServerUrl'],
    [{ apiServerUrl: 'https://ada:secret@late.example' }, 'apiServerUrl'],
    [{ apiServerUrl: 'https://late.example?a=b' }, 'apiServerUrl'],
    [{ endpoints: { loki: 'ftp://late.example' } }, 'endpoints.loki'],
    [{ caCertificate: 'no PEM' }, 'caCertificate'],
  ])('%j is refused with its argument (FLT-005, FLT-006)', async (wrong, field) => {
    const server = await registryServer(database)
    const input = { name: 'late', apiServerUrl: 'https://10.0.0.1:6443', ...wrong }
    const error = await failureOf(server.plan(registerCluster, input))
    expect([error.code, error.options.field, error.options.changed]).toEqual(['invalid-input', field, 'nothing'])
    expect(JSON.stringify([error.message, error.options])).not.toContain('secret')
  })

  it('plain http needs an explicit word, and loopback does not (FLT-006)', async () => {
    const server = await registryServer(database)
    const url = 'http://late.example:6443'
    expect((await server.plan(registerCluster, { name: 'late', apiServerUrl: url, insecure: true })).verb).toContain(
      'late',
    )
    expect((await server.plan(registerCluster, { name: 'late', apiServerUrl: await refusedUrl() })).verb).toContain(
      'late',
    )
  })

  it('a name that is taken is said so, also where another server took it meanwhile (FLT-005)', async () => {
    const api = await upstream()
    const [one, other] = [await registryServer(database), await registryServer(database)]
    const input = { name: 'late', apiServerUrl: api.url }
    await one.run(registerCluster, input)
    for (const work of [one.plan(registerCluster, input), other.run(registerCluster, input)]) {
      const error = await failureOf(work)
      expect([error.code, error.options.field]).toEqual(['already-exists', 'name'])
    }
    expect(await database.db.select().from(clusters)).toHaveLength(1)
  })

  it('keeps nothing of a refused registration', async () => {
    const server = await registryServer(database, { seeds: [{ name: 'hub', prometheus: { url: 'http://10.0.0.1' } }] })
    await failureOf(server.run(registerCluster, { name: 'hub', apiServerUrl: 'https://10.0.0.1:6443' }))
    expect([server.events, server.changes()]).toEqual([[], 0])
  })
})

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { clusterCredentials, clusters } from '#db/schema/fleet.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { failureOf } from '../clients/failure-suite.ts'
import { refusedUrl } from '../clients/testing.ts'
import { watchCredentials } from './credentials.job.ts'
import { getCluster } from './get-cluster.tool.ts'
import { fakeUpstream, key, now, registryServer } from './registry-testing.ts'
import { setClusterCredentials } from './set-cluster-credentials.tool.ts'

let database: TestDatabase
let api: Awaited<ReturnType<typeof fakeUpstream>>
const status: Record<string, number> = {
  'Bearer good-token-1': 200,
  'Bearer good-token-2': 200,
  'Bearer weak-token-1': 403,
}
beforeAll(async () => {
  database = await testDatabase()
  api = await fakeUpstream({ login: (authorization) => status[authorization ?? ''] ?? 401 })
})
afterEach(async () => {
  api.asked.length = 0
  await database.db.delete(clusters)
})
afterAll(async () => {
  await api.close()
  await database.close()
})

const seeds = () => [{ name: 'hub', kubernetes: { url: api.url }, prometheus: { url: api.url } }]
const token = (text: string) => ({ kind: 'token', token: text })
const dayMs = 86_400_000
const rows = () => database.db.select().from(clusterCredentials)
const who = async (server: Awaited<ReturnType<typeof registryServer>>) => {
  await server.clients.kubernetes.for('hub').version()
  return api.asked.at(-1)!.authorization
}

describe('set_cluster_credentials', () => {
  it('are tried, sealed, in force at once and after a restart; told of without a word of them (FLT-022, FLT-023, FLT-029, FLT-030)', async () => {
    const server = await registryServer(database, { seeds: seeds() })
    const reply = await server.run(setClusterCredentials, { cluster: 'hub', kubernetes: token('good-token-1') })
    expect(reply.data).toMatchObject({
      status: 'stored',
      validation: [
        { service: 'kubernetes', result: 'success', outcome: 'valid', detail: 'Kubernetes v1.36.0, signed in as ada' },
        { service: 'prometheus', result: 'skipped' },
      ],
      expiresAt: { kubernetes: new Date(now.getTime() + 30 * dayMs).toISOString() },
    })
    expect(await who(server)).toBe('Bearer good-token-1')
    expect(await who(await registryServer(database, { seeds: seeds() }))).toBe('Bearer good-token-1')
    expect(server.secrets).toContain('good-token-1')
    expect(server.events.find(({ name }) => name === 'cluster.credentials-updated')).toMatchObject({
      subject: 'fleet/cluster/hub',
      data: { id: 'hub', credentials: [{ service: 'kubernetes', kind: 'token', state: 'valid' }] },
    })
    const everything = JSON.stringify([reply, server.events, await rows()])
    expect(everything).not.toContain('good-token-1')
    expect(everything).not.toContain(Buffer.from('good-token-1').toString('base64'))
  })

  it.each([
    ['wrong', 'bad-token-11', 'invalid'],
    ['without rights', 'weak-token-1', 'insufficient-permissions'],
    [
      'over',
      `e30.${Buffer.from(JSON.stringify({ exp: now.getTime() / 1000 - 1 })).toString('base64url')}.x`,
      'expired',
    ],
  ])('%s: nothing changes and the old ones stay in force (FLT-026, FLT-037, FLT-038)', async (_, wrong, outcome) => {
    const server = await registryServer(database, { seeds: seeds() })
    await server.run(setClusterCredentials, { cluster: 'hub', kubernetes: token('good-token-1') })
    const [before, events] = [await rows(), server.events.length]
    const input = { cluster: 'hub', kubernetes: token(wrong), prometheus: token('good-token-2') }
    const error = await failureOf(server.run(setClusterCredentials, input))
    expect([error.code, error.status, error.options.field]).toEqual(['credentials-invalid', 400, 'kubernetes'])
    expect(error.message).toContain(outcome)
    expect(JSON.stringify([error.message, error.options])).not.toContain(wrong)
    expect(await rows()).toEqual(before)
    expect(server.events).toHaveLength(events)
    expect(await who(server)).toBe('Bearer good-token-1')
  })

  it('a cluster that does not answer takes none (FLT-037)', async () => {
    const dead = [{ name: 'dead', kubernetes: { url: await refusedUrl() } }]
    const server = await registryServer(database, { seeds: dead })
    const error = await failureOf(
      server.run(setClusterCredentials, { cluster: 'dead', kubernetes: token('good-token-1') }),
    )
    expect([error.code, error.message.includes('unreachable')]).toEqual(['credentials-invalid', true])
    expect(await rows()).toEqual([])
  })

  it('new ones replace the old ones while questions are under way (FLT-026)', async () => {
    const server = await registryServer(database, { seeds: seeds() })
    await server.run(setClusterCredentials, { cluster: 'hub', kubernetes: token('good-token-1') })
    let running = true
    const asked = (async () => {
      let count = 0
      for (; running; count += 1) await server.clients.kubernetes.for('hub').version()
      return count
    })()
    await server.run(setClusterCredentials, { cluster: 'hub', kubernetes: token('good-token-2') })
    running = false
    expect(await asked).toBeGreaterThan(0)
    expect(await who(server)).toBe('Bearer good-token-2')
    expect(await rows()).toHaveLength(1)
  })

  it.each<[object, string]>([
    [{}, 'kubernetes'],
    [{ kubernetes: { kind: 'token' } }, 'kubernetes.token'],
    [{ kubernetes: { kind: 'token', token: 'canary canary' } }, 'kubernetes.token'],
    [{ kubernetes: { kind: 'token', token: 'canary-token', password: 'canary' } }, 'kubernetes.password'],
    [{ prometheus: { kind: 'kubeconfig', kubeconfig: 'canary' } }, 'prometheus.kind'],
    [{ kubernetes: { kind: 'kubeconfig', kubeconfig: 'canary: [' } }, 'kubernetes.kubeconfig'],
    [{ kubernetes: { kind: 'certificate', certificate: 'canary', key: 'canary' } }, 'kubernetes.certificate'],
    [
      { kubernetes: { kind: 'oidc', issuer: 'http://id.example', clientId: 'a', clientSecret: 'canary' } },
      'kubernetes.issuer',
    ],
    [{ kubernetes: { kind: 'oidc', issuer: 'https://id.example', clientId: 'a' } }, 'kubernetes.refreshToken'],
    [{ kubernetes: { kind: 'basic', username: 'ada' } }, 'kubernetes.password'],
  ])('%j is refused with its argument and without its text', async (given, field) => {
    const server = await registryServer(database, { seeds: seeds() })
    const error = await failureOf(server.run(setClusterCredentials, { cluster: 'hub', ...given }))
    expect([error.code, error.options.field, error.options.changed]).toEqual(['invalid-input', field, 'nothing'])
    expect(JSON.stringify([error.message, error.options])).not.toContain('canary')
    expect(api.asked).toEqual([])
  })

  it('end when they end by themselves, and not later (FLT-024)', async () => {
    const server = await registryServer(database, { seeds: seeds() })
    const end = new Date(now.getTime() + 3 * dayMs)
    const jwt = `e30.${Buffer.from(JSON.stringify({ exp: end.getTime() / 1000 })).toString('base64url')}.x`
    status[`Bearer ${jwt}`] = 200
    await server.run(setClusterCredentials, { cluster: 'hub', kubernetes: token(jwt) })
    expect((await rows())[0]!.expiresAt).toEqual(end)
  })
})

describe('in the course of time', () => {
  const job = (server: Awaited<ReturnType<typeof registryServer>>) => {
    const { clients, ...ctx } = server.contextOf()
    return watchCredentials.run({ ...ctx, clients } as never)
  }

  it('a warning comes once, seven days ahead, and expired ones are still tried and said (FLT-034)', async () => {
    let at = now
    const server = await registryServer(database, { seeds: seeds(), at: () => at })
    await server.run(setClusterCredentials, { cluster: 'hub', kubernetes: token('good-token-1'), expiresInDays: 10 })
    const warnings = () => server.events.filter(({ name }) => name === 'cluster.credentials-updated').slice(1)
    await job(server)
    expect(warnings()).toEqual([])
    at = new Date(now.getTime() + 3 * dayMs + 1)
    await job(server)
    await job(server)
    expect(warnings()).toMatchObject([{ data: { credentials: [{ state: 'expiring' }] } }])
    at = new Date(now.getTime() + 11 * dayMs)
    const { data } = await server.run(getCluster, { cluster: 'hub' })
    expect(data.checks.find(({ id }) => id === 'credentials-kubernetes')!.state).toBe('expired')
    expect(await who(server)).toBe('Bearer good-token-1')
  })

  it('another key: both open, the job seals anew, then the old key can go', async () => {
    const old = await registryServer(database, { seeds: seeds(), keys: [key(1)] })
    await old.run(setClusterCredentials, { cluster: 'hub', kubernetes: token('good-token-1') })
    const both = await registryServer(database, { seeds: seeds(), keys: [key(2), key(1)] })
    expect(await who(both)).toBe('Bearer good-token-1')
    await job(both)
    expect((await rows())[0]!.keyId).toBe(await both.vault.keyId())
    expect(await who(await registryServer(database, { seeds: seeds(), keys: [key(2)] }))).toBe('Bearer good-token-1')
    // with the wrong key the cluster is asked without a login, and the rest of the fleet is there
    const wrong = await registryServer(database, { seeds: seeds(), keys: [key(3)] })
    expect((await failureOf(wrong.clients.kubernetes.for('hub').version())).code).toBe('upstream-denied')
  })
})

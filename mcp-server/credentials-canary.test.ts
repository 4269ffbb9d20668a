import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { approvals, audit, events, results } from '#db/schema/core.ts'
import { clusterCredentials, clusters } from '#db/schema/fleet.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { fakeUpstream } from '#tools/fleet/registry-testing.ts'
import { agent, owner, startApp, type TestApp } from './testing/app.ts'
import { json, send } from './testing/rest-client.ts'

/** No shape of a known secret, so that only knowing it can mask it. */
const canary = (name: string) => `canary${name}Zq7vKx2mPw9`
const good = canary('good')
const secrets = ['good', 'other', 'wrong', 'inner', 'pass', 'slip', 'agent', 'body', 'deep', 'nested', 'refresh'].map(
  canary,
)

let database: TestDatabase
let api: Awaited<ReturnType<typeof fakeUpstream>>
let app: TestApp
const log: string[] = []
const replies: unknown[] = []
beforeAll(async () => {
  database = await testDatabase()
  const accepted = [`Bearer ${good}`, `Bearer ${canary('inner')}`, `Basic ${btoa(`ada:${canary('pass')}`)}`]
  api = await fakeUpstream({ login: (authorization) => (accepted.includes(authorization ?? '') ? 200 : 401) })
  app = await startApp({
    upstreams: { clusters: [{ name: 'hub', kubernetes: { url: api.url }, prometheus: { url: api.url } }] },
    database,
    config: { logLevel: 'debug' },
    writeLog: (line) => log.push(line),
  })
})
afterAll(async () => {
  await app?.close()
  await database?.close()
  await api?.close()
})

const path = '/api/v1/clusters/hub/credentials'
const post = async (to: string, body: unknown) => {
  const reply = await send(app, to, json(body))
  replies.push(reply.body)
  return [reply.status, reply.body.error?.code]
}
const token = (text: string) => ({ kind: 'token', token: text })
const kubeconfig = JSON.stringify({
  'current-context': 'here',
  clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1:6443' } }],
  users: [{ name: 'u', user: { token: canary('inner') } }],
  contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
})

describe('what is given as a credential (FLT-030)', () => {
  it('is taken over REST from a person, whatever its kind', async () => {
    expect(await post(path, { kubernetes: token(good) })).toEqual([200, undefined])
    const basic = { kind: 'basic', username: 'ada', password: canary('pass') }
    const both = { kubernetes: { kind: 'kubeconfig', kubeconfig }, prometheus: basic }
    expect(await post(`${path}/rotate`, both)).toEqual([200, undefined])
    expect(await post(`${path}/validate`, {})).toEqual([200, undefined])
    const removal = await send(app, path, { method: 'DELETE' })
    expect([removal.status, removal.body.approval?.state]).toEqual([202, 'pending'])
    replies.push(removal.body)
  })

  it('leaves what the cluster is for everybody to read, by name and by id (FLT-010)', async () => {
    const named = await send(app, '/api/v1/clusters/by-name/hub')
    const { clusterId, credentials } = named.body.data!.cluster as { clusterId: string; credentials: object[] }
    expect([named.status, credentials.length]).toEqual([200, 2])
    const identified = await send(app, `/api/v1/clusters/${clusterId}`)
    expect(identified.body.data!.cluster).toEqual(named.body.data!.cluster)
    replies.push(named.body)
  })

  it('is refused where it is wrong, and on every wrong way', async () => {
    expect(await post(path, { kubernetes: token(canary('wrong')) })).toEqual([400, 'credentials-invalid'])
    const slips: [string, unknown][] = [
      [path, { kubernets: token(canary('slip')) }],
      [path, { kubernetes: { kind: 'token', [canary('other')]: canary('other') } }],
      [path, { kubernetes: canary('slip') }],
      [path, { kubernetes: { kind: canary('slip') } }],
      [path, `{"kubernetes": ${canary('body')}`],
      [path, { kubernetes: { kind: 'kubeconfig', kubeconfig: `a: [${canary('body')}` } }],
      [
        path,
        { kubernetes: { kind: 'oidc', issuer: `${api.url}/id`, clientId: 'qm', refreshToken: canary('refresh') } },
      ],
      ['/api/v1/tools/set_cluster_credential', { cluster: 'hub', kubernetes: token(canary('slip')) }],
      ['/api/v1/tools/run_tool', { name: 'set_cluster_credential', input: { kubernetes: token(canary('deep')) } }],
      ['/api/v1/clusters/none/credentials', { kubernetes: token(canary('nested')) }],
    ]
    for (const [to, body] of slips) {
      const [status] = await post(to, body)
      if (to.endsWith('run_tool')) continue
      expect(status, JSON.stringify(body).slice(0, 60)).toBeGreaterThanOrEqual(400)
    }
    const inner = { name: 'set_cluster_credentials', input: { cluster: 'hub', kubernetes: token(good) } }
    expect(await post('/api/v1/tools/run_tool', inner)).toEqual([200, undefined])
  })

  it('is never taken from a model, by whatever face', async () => {
    const input = { cluster: 'hub', kubernetes: token(canary('agent')) }
    for (const [tool, given] of [
      ['set_cluster_credentials', input],
      ['run_tool', { name: 'set_cluster_credentials', input }],
    ] as const) {
      const answered = await app.call(tool, given, { actor: agent, face: 'mcp' })
      expect([answered.answer.error?.code, JSON.stringify(answered.answer).includes('permission-denied')]).toContain(
        tool === 'run_tool' ? true : 'permission-denied',
      )
      replies.push(answered)
    }
    const found = await app.call('search_tools', { query: 'cluster credentials' }, { actor: agent })
    expect(found.text).not.toContain('set_cluster_credentials')
    for (const tool of ['get_cluster', 'list_clusters', 'get_audit_log'])
      replies.push(
        await app.call(tool, tool === 'get_cluster' ? { cluster: 'hub' } : {}, { actor: owner, face: 'rest' }),
      )
  })

  it('is nowhere afterwards: not in an answer, the audit, an approval, an event, a result, a row or the log', async () => {
    await app.core.audit.drain()
    const tables = { approvals, audit, events, results, clusters, clusterCredentials }
    const places: Record<string, string> = { replies: JSON.stringify(replies), log: log.join('\n') }
    for (const [name, table] of Object.entries(tables))
      places[name] = JSON.stringify(await database.db.select().from(table))
    for (const secret of secrets)
      for (const form of [secret, Buffer.from(secret).toString('base64').slice(0, -4)])
        for (const [place, text] of Object.entries(places))
          expect(text.includes(form), `${form} in ${place}`).toBe(false)
    expect(places.audit).toContain('set_cluster_credentials')
    expect(places.audit).toContain('[not recorded]')
  })

  it('each access and each change is in the audit (FLT-036)', async () => {
    const rows = await database.db.select().from(audit)
    const of = (tool: string) => rows.filter((row) => row.tool === tool)
    expect(of('set_cluster_credentials').length).toBeGreaterThan(3)
    expect(of('validate_cluster_credentials')).toHaveLength(1)
    expect(of('set_cluster_credentials')[0]!.input).toMatchObject({
      cluster: 'hub',
      kubernetes: { kind: '[not recorded]' },
    })
  })
})

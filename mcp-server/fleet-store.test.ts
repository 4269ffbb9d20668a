import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { lazyOver, type TestDatabase, testDatabase } from '#db/testing.ts'
import { fakeUpstream } from '#tools/fleet/registry-testing.ts'
import { readConfig } from './config.ts'
import type { Core } from './core.ts'
import { build } from './main.ts'
import { owner, quiet } from './testing/app.ts'
import { readUpstreams } from './upstreams.ts'

let database: TestDatabase
let api: Awaited<ReturnType<typeof fakeUpstream>>
let folder: string
const cores: Core[] = []
beforeAll(async () => {
  api = await fakeUpstream()
})
beforeEach(async () => {
  database = await testDatabase()
  folder = await mkdtemp(join(tmpdir(), 'quartermaster-fleet-'))
})
afterEach(async () => {
  for (const core of cores.splice(0)) await core.close()
  await database.close()
  await rm(folder, { recursive: true, force: true })
})
afterAll(() => api.close())

/** A server that opens its database when it first needs it, as over stdio. */
async function server(upstreams: object = {}, open = async () => database as Awaited<ReturnType<typeof testDatabase>>) {
  let opened = 0
  const built = await build({
    config: {
      ...readConfig({ QM_APPROVAL_CANCEL_SECONDS: '0' }),
      dataDir: folder,
      secret: 'a test secret of enough characters',
      rateLimits: undefined,
    },
    env: {},
    upstreams,
    database: lazyOver('pglite', async () => {
      opened += 1
      return open()
    }),
    log: quiet,
  })
  cores.push(built.core)
  const call = (tool: string, input: object = {}) => built.core.road({ tool, input, actor: owner, face: 'rest' })
  return { built, call, opened: () => opened }
}

async function approved(call: Awaited<ReturnType<typeof server>>['call'], tool: string, input: object) {
  const { answer } = await call(tool, input)
  const { id, plan } = answer.approval!
  const typedName = plan.typedName && { typedName: plan.typedName }
  return (await call('decide_approval', { id, approve: true, ...typedName })).answer
}

describe('the registry of an embedded database', () => {
  it('stays closed while nobody registered anything', async () => {
    const one = await server({ clusters: [{ name: 'hub', kubernetes: { url: api.url } }] })
    expect((await one.call('list_clusters')).answer.error).toBeUndefined()
    expect((await one.call('get_cluster', { cluster: 'hub' })).answer.error).toBeUndefined()
    expect(one.opened()).toBe(0)
  })

  it('is read before the first call once it has a cluster of its own; the tools come with it (FLT-001)', async () => {
    const first = await server()
    expect((await first.call('list_pods')).answer.error?.code).toBe('not-configured')
    await approved(first.call, 'register_cluster', { name: 'late', apiServerUrl: api.url })
    expect(existsSync(join(folder, 'fleet-registry'))).toBe(true)
    expect((await first.call('list_pods')).answer.error).toBeUndefined()

    const next = await server()
    expect(next.opened()).toBe(0)
    expect((await next.call('list_pods')).answer.error).toBeUndefined()
    expect(next.opened()).toBe(1)
  })

  it('reading stored credentials at a start is in the audit (FLT-036); an id stands for its name in every tool', async () => {
    const clusters = [{ name: 'hub', kubernetes: { url: api.url } }]
    const first = await server({ clusters })
    const kubernetes = { kind: 'token', token: 'a-stored-token' }
    expect((await first.call('set_cluster_credentials', { cluster: 'hub', kubernetes })).answer.error).toBeUndefined()
    const next = await server({ clusters })
    const { clusterId } = (await next.call('get_cluster', { cluster: 'hub' })).answer.data!.cluster as {
      clusterId: string
    }
    expect((await next.call('get_cluster_status', { cluster: clusterId })).answer.subject).toBe('fleet/cluster/hub')
    const { rows } = (await next.call('get_audit_log', { tool: 'open_cluster_credentials' })).answer.data as {
      rows: { actor: string }[]
    }
    expect(rows).toMatchObject([{ actor: 'system' }])
  })

  it('a database that cannot be opened leaves the configuration in force', async () => {
    const first = await server()
    await approved(first.call, 'register_cluster', { name: 'late', apiServerUrl: api.url })
    const broken = await server({ clusters: [{ name: 'hub', kubernetes: { url: api.url } }] }, async () => {
      throw new Error('broken')
    })
    const { answer } = await broken.call('get_cluster', { cluster: 'hub' })
    expect([answer.error, answer.data?.state]).toEqual([undefined, 'online'])
  })
})

describe('a pod with a service account and nothing configured', () => {
  it('is a fleet of its own cluster, and not the demo', async () => {
    const env = { KUBERNETES_SERVICE_HOST: '10.96.0.1' }
    expect([readConfig(env, folder).inCluster, readConfig(env, folder).demo]).toEqual([false, true])
    await writeFile(join(folder, 'token'), 'abc')
    const config = readConfig(env, folder)
    expect([config.inCluster, config.demo]).toEqual([true, false])
    expect(readConfig({ ...env, KUBECONFIG: '/x' }, folder).inCluster).toBe(false)
    const upstreams = await readUpstreams({ env, inCluster: config.inCluster })
    expect(upstreams.config.clusters).toMatchObject([{ name: 'in-cluster', kubernetes: { inCluster: true } }])
  })
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lazyDatabase } from '#db/open.ts'
import { quiet as silent } from '#db/testing.ts'
import { fakeUpstream } from '#tools/fleet/registry-testing.ts'
import { available, type Postgres, startPostgres } from '../engines/index.ts'
import { readConfig } from './config.ts'
import { type Built, build } from './main.ts'
import { owner, quiet } from './testing/app.ts'

/** Base64 of 32 bytes */
const key = (byte: number) => Buffer.alloc(32, byte).toString('base64')

describe.skipIf(!available('postgres').ok)('the registry of two servers on one PostgreSQL', () => {
  let engine: Postgres
  let folder: string
  let api: Awaited<ReturnType<typeof fakeUpstream>>
  const servers: { built: Built; close(): Promise<void> }[] = []

  async function server(name: string, credentialsKey?: string) {
    const database = lazyDatabase({ url: engine.url, log: silent })
    const config = {
      ...readConfig({ QM_APPROVAL_CANCEL_SECONDS: '0' }),
      dataDir: join(folder, name),
      secret: 'a test secret of enough characters',
    }
    const built = await build({
      config: { ...config, rateLimits: undefined, ...(credentialsKey && { credentialsKey }) },
      env: {},
      upstreams: { clusters: [{ name: 'hub', kubernetes: { url: api.url } }] },
      database,
      log: quiet,
    })
    const close = async () => {
      await built.core.close()
      await database.close()
    }
    servers.push({ built, close })
    const call = async (tool: string, input: object = {}) =>
      (await built.core.road({ tool, input, actor: owner, face: 'rest' })).answer
    const approved = async (tool: string, input: object) => {
      const { id, plan } = (await call(tool, input)).approval!
      return call('decide_approval', { id, approve: true, ...(plan.typedName && { typedName: plan.typedName }) })
    }
    return { call, approved, login: () => api.asked.at(-1)!.authorization }
  }

  beforeAll(async () => {
    engine = await startPostgres()
    api = await fakeUpstream()
    folder = await mkdtemp(join(tmpdir(), 'quartermaster-fleet-'))
  })
  afterAll(async () => {
    for (const { close } of servers) await close()
    await api?.close()
    await engine?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it('a change on one reaches the other: registered, given credentials, changed, removed', async () => {
    const [one, two] = [await server('one', key(1)), await server('two', key(1))]
    await Promise.all([one.call('list_clusters'), two.call('list_clusters')])
    const seen = async () =>
      (await two.call('get_cluster', { cluster: 'late' })).data?.cluster as { region?: string } | undefined
    expect(await seen()).toBeUndefined()

    await one.approved('register_cluster', { name: 'late', apiServerUrl: api.url, region: 'eu' })
    await expect.poll(async () => (await seen())?.region).toBe('eu')

    const token = { kind: 'token', token: 'a-token-for-both' }
    const given = await one.call('set_cluster_credentials', { cluster: 'late', kubernetes: token })
    expect(given.error).toBeUndefined()
    await expect
      .poll(async () => {
        await two.call('list_pods', { clusters: ['late'] })
        return api.asked.at(-1)!.authorization
      })
      .toBe('Bearer a-token-for-both')

    await two.approved('update_cluster', { cluster: 'late', region: 'us' })
    await expect
      .poll(async () => (await one.call('get_cluster', { cluster: 'late' })).data?.cluster)
      .toMatchObject({ region: 'us' })

    await two.approved('remove_cluster', { cluster: 'late' })
    await expect
      .poll(async () => (await one.call('get_cluster', { cluster: 'late' })).error?.code)
      .toBe('cluster-not-found')
  })

  it('without a configured key none are taken, and the answer says what to set', async () => {
    const bare = await server('bare')
    const { error } = await bare.call('set_cluster_credentials', {
      cluster: 'hub',
      kubernetes: { kind: 'token', token: 'a-token-of-nobody' },
    })
    expect([error?.code, error?.next?.includes('QM_CREDENTIALS_KEY')]).toEqual(['not-configured', true])
  })
})

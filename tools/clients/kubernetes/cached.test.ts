import type http from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { startKubernetes } from '../../../mocks/kubernetes/server.ts'
import { testWorld } from '../../../mocks/testing.ts'
import { failureOf } from '../failure-suite.ts'
import { serve, testHttp } from '../testing.ts'
import { createBudget, createCached } from './cached.ts'
import { deploymentKind, endpointOf, openKubernetes, refusal } from './testing.ts'
import { type KubeObject, nodeKind, podKind } from './types.ts'

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

/** The mock API server with the paths it was asked for, and a client of it. */
async function world() {
  const world = testWorld()
  const asked: string[] = []
  const server = await startKubernetes({
    world,
    cluster: 'gpu-east',
    guard: (handler) => (request, response) => {
      const { searchParams, pathname } = request.url
      if (request.method !== 'GET') asked.push(request.method)
      else if (searchParams.get('watch')) asked.push('watch')
      else asked.push(searchParams.get('limit') === '1' ? 'probe' : `list ${pathname.split('/').at(-1)}`)
      return handler(request, response)
    },
  })
  const http = testHttp()
  open.push(server.close, () => http.close())
  const client = openKubernetes(server.url, { http })
  /** Asked until a watch follows */
  const warm = async () => {
    await client.cached(podKind)
    await client.cached(podKind)
    await expect.poll(() => asked.includes('watch')).toBe(true)
    await expect
      .poll(async () => {
        asked.length = 0
        await client.cached(podKind)
        return asked.join()
      })
      .toBe('probe')
    asked.length = 0
  }
  return { world, cluster: world.cluster('gpu-east'), server, http, client, asked, warm }
}

const names = (objects: readonly KubeObject[]) => objects.map(({ metadata }) => metadata.name).sort()

describe('objects that are remembered', () => {
  it('are listed once, listed and followed the second time, and then cost one small request', async () => {
    const { client, asked, warm } = await world()
    const first = await client.cached(podKind)
    expect(asked).toEqual(['list pods'])
    await warm()
    expect(names(await client.cached(podKind))).toEqual(names(first))
    expect(asked).toEqual(['probe'])
  })

  it('change, come and go as the watch tells', async () => {
    const { client, cluster, warm } = await world()
    await warm()
    const before = await client.cached(podKind)
    const { name, namespace = '' } = before[0]!.metadata
    cluster.store.edit('pods', { name, namespace }, (pod) => ({
      ...pod,
      metadata: { ...pod.metadata, labels: { changed: 'yes' } },
    }))
    cluster.store.remove('pods', before[1]!.metadata.namespace, before[1]!.metadata.name)
    const after = await client.cached(podKind)
    expect(after.find(({ metadata }) => metadata.name === name)?.metadata.labels).toEqual({ changed: 'yes' })
    expect(names(after)).not.toContain(before[1]!.metadata.name)
    expect(names(after)).toEqual(names((await client.list(podKind)).items))
  })

  it('are filtered by namespace, and a namespace alone is listed for real', async () => {
    const { client, asked, warm } = await world()
    await client.cached(podKind, { namespace: 'gateway' })
    await client.cached(podKind, { namespace: 'gateway' })
    expect(asked).toEqual(['list pods', 'list pods'])
    await warm()
    const some = await client.cached(podKind, { namespace: 'gateway' })
    expect(asked).toEqual(['probe'])
    expect(names(some)).toEqual(names((await client.list(podKind, { namespace: 'gateway' })).items))
  })

  it('are listed for real after a change of our own', async () => {
    const { client, asked, warm, cluster } = await world()
    await warm()
    const { name, namespace = '' } = cluster.store.list('deployments.apps')[0]!.metadata
    await client.delete(deploymentKind, { name, namespace })
    asked.length = 0
    await client.cached(podKind)
    expect(asked).toEqual(['list pods'])
  })

  it('are an error when the server is gone, and never old facts', async () => {
    const { client, server, warm } = await world()
    await warm()
    await server.close()
    expect((await failureOf(client.cached(podKind))).code).toBe('cluster-unreachable')
  })

  it('are an error when we may not list any more', async () => {
    const { client, warm, world: one } = await world()
    await warm()
    const denied = openKubernetes((await startNobody(one)).url, { token: 'nobody' })
    expect((await failureOf(denied.cached(podKind))).code).toBe('upstream-denied')
    expect((await client.cached(podKind)).length).toBeGreaterThan(0)
  })

  it('end with the client', async () => {
    const { http, asked, warm, client } = await world()
    await warm()
    http.close()
    await client.cached(podKind)
    await client.cached(podKind)
    expect(asked.filter((one) => one === 'watch')).toEqual([])
  })

  it('keep of other kinds everything, and remember nothing', async () => {
    const { client, asked } = await world()
    for (const _ of [1, 2, 3]) await client.cached(deploymentKind)
    expect(asked).toEqual(['list deployments', 'list deployments', 'list deployments'])
    expect((await client.cached(deploymentKind))[0]?.spec?.template).toBeDefined()
  })
})

async function startNobody(world: ReturnType<typeof testWorld>) {
  const server = await startKubernetes({ world, cluster: 'gpu-east', token: 'operator' })
  open.push(server.close)
  return server
}

type Watch = (response: http.ServerResponse, turn: number) => void

/** A server with one pod, whose watches go as the test says, and what it was asked. */
async function scripted(watch: Watch, more: { now?: () => number; objects?: number; budget?: number } = {}) {
  const asked: string[] = []
  let turn = 0
  const items = Array.from({ length: more.objects ?? 1 }, (_, index) => ({ metadata: { name: `p${index}` } }))
  const server = await serve((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://x')
    if (searchParams.get('watch')) {
      asked.push(`watch ${searchParams.get('resourceVersion')}`)
      response.writeHead(200, { 'content-type': 'application/json' })
      response.flushHeaders()
      return watch(response, turn++)
    }
    asked.push(searchParams.get('limit') === '1' ? 'probe' : 'list')
    response.end(JSON.stringify({ kind: 'NodeList', metadata: { resourceVersion: '7' }, items }))
  })
  const http = testHttp()
  open.push(server.close, () => http.close())
  const { cached } = createCached(endpointOf(server.url, { http }), {
    now: more.now ?? (() => 0),
    credential: 'none',
    explain: () => undefined,
    budget: createBudget(more.budget ?? 100),
  })
  /** What the next question costs */
  const cost = async () => {
    asked.length = 0
    await cached(nodeKind)
    return asked.filter((one) => !one.startsWith('watch')).join()
  }
  return { cached: () => cached(nodeKind), asked, cost }
}

const event = (type: string, metadata: object, more: object = {}) =>
  `${JSON.stringify({ type, object: { metadata, ...more } })}\n`

describe('a watch that', () => {
  it('ends as agreed goes on where it was', async () => {
    const { cached, asked, cost } = await scripted((response, turn) => {
      if (turn === 0) response.end(event('BOOKMARK', { resourceVersion: '9' }))
      else response.write(event('ADDED', { name: 'new', resourceVersion: '10' }))
    })
    await cached()
    await cached()
    await expect.poll(() => asked).toContain('watch 9')
    await expect.poll(async () => names(await cached())).toEqual(['new', 'p0'])
    expect(await cost()).toBe('probe')
  })

  it.each<[string, Watch]>([
    ['breaks off', (response) => response.destroy()],
    ['says nonsense', (response) => response.write('<html>\n')],
    ['tells an event that is none', (response) => response.write(event('SURPRISE', { name: 'x' }))],
    ['ends at once', (response) => response.end()],
  ])('%s twice is given up: every question lists for real', async (_, watch) => {
    const { cached, asked, cost } = await scripted(watch)
    await cached()
    await cached()
    await expect.poll(() => asked.filter((one) => one.startsWith('watch')).length).toBe(2)
    await expect.poll(cost).toBe('list')
    expect(await cost()).toBe('list')
    expect(asked.some((one) => one.startsWith('watch'))).toBe(false)
  })

  it('is tried again after a pause that grows', async () => {
    let now = 0
    const { cached, asked } = await scripted((response) => response.destroy(), { now: () => now })
    const watches = async (atMs: number) => {
      now = atMs
      const before = asked.filter((one) => one.startsWith('watch')).length
      await cached()
      // Its two attempts, or none
      await new Promise((resolve) => setTimeout(resolve, 100))
      return asked.filter((one) => one.startsWith('watch')).length - before
    }
    expect(await watches(0)).toBe(0)
    expect(await watches(10)).toBe(2)
    expect(await watches(500)).toBe(0)
    expect(await watches(1_100)).toBe(2)
    expect(await watches(2_200)).toBe(0)
    expect(await watches(3_200)).toBe(2)
  })

  it('is too old (410) is begun anew from a new list', async () => {
    const gone = refusal(410, 'Expired')
    const { cached, asked } = await scripted((response, turn) => {
      if (turn === 0) response.write(`${JSON.stringify({ type: 'ERROR', object: gone })}\n`)
      else response.write(event('MODIFIED', { name: 'p0', resourceVersion: '8', labels: { a: 'b' } }))
    })
    await cached()
    await cached()
    await expect.poll(async () => (await cached())[0]?.metadata.labels).toEqual({ a: 'b' })
    expect(asked.filter((one) => one === 'watch 7')).toHaveLength(2)
  })

  it('has been silent for longer than bookmarks come is not trusted', async () => {
    let now = 0
    const { cached, cost } = await scripted((response) => response.flushHeaders(), { now: () => now })
    await cached()
    await cached()
    await expect.poll(cost).toBe('probe')
    now = 101_000
    expect(await cost()).toBe('probe,list')
  })

  it('nobody asked for within five minutes is not begun', async () => {
    let now = 0
    const { cached, asked } = await scripted((response) => response.flushHeaders(), { now: () => now })
    await cached()
    now = 6 * 60_000
    await cached()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(asked).toEqual(['list', 'list'])
  })

  it('would take more room than there is is left', async () => {
    const { cached, asked, cost } = await scripted((response) => response.flushHeaders(), { objects: 3, budget: 2 })
    await cached()
    await cached()
    expect(await cost()).toBe('list')
    const growing = await scripted((response) => response.write(event('ADDED', { name: 'n', resourceVersion: '8' })), {
      budget: 1,
    })
    await growing.cached()
    await growing.cached()
    await expect.poll(growing.cost).toBe('list')
    expect(asked).toEqual(['list'])
  })
})

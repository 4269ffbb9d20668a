import { afterEach, describe, expect, it } from 'vitest'
import { createEndpoint } from '../endpoint.ts'
import { failureOf } from '../failure-suite.ts'
import { editDistance, nearestTo } from '../near.ts'
import { serve, type TestServer, testHttp } from '../testing.ts'
import { createDiscovery } from './discovery.ts'

let server: TestServer
afterEach(() => server?.close())

function open(now: () => number = () => 0) {
  const connector = { canRefresh: false, connect: async () => ({ baseUrl: server.url, headers: {} }) }
  const http = testHttp()
  return createDiscovery(
    createEndpoint({ upstream: 'kubernetes', cluster: 'x', credential: 'c', connector, http }),
    now,
  )
}

const ray = {
  resource: 'rayclusters',
  responseKind: { kind: 'RayCluster' },
  scope: 'Namespaced',
  singularResource: 'raycluster',
}
const podsAggregated = { resource: 'pods', responseKind: { kind: 'Pod' }, scope: 'Namespaced', shortNames: ['po'] }
const aggregatedWith = (groups: object[]) => ({
  '/api': {
    kind: 'APIGroupDiscoveryList',
    items: [{ metadata: {}, versions: [{ version: 'v1', resources: [podsAggregated] }] }],
  },
  '/apis': { kind: 'APIGroupDiscoveryList', items: groups },
})
const rayGroup = {
  metadata: { name: 'ray.io' },
  versions: [
    { version: 'v1', resources: [ray] },
    { version: 'v1alpha1', resources: [ray] },
  ],
}
const legacy: Record<string, object> = {
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/api/v1': {
    resources: [
      { name: 'pods', singularName: 'pod', namespaced: true, kind: 'Pod', shortNames: ['po'], verbs: ['get'] },
      { name: 'pods/log', singularName: '', namespaced: true, kind: 'Pod', verbs: ['get'] },
    ],
  },
  '/apis': {
    kind: 'APIGroupList',
    groups: [
      { name: 'ray.io', versions: [{ version: 'v1alpha1' }, { version: 'v1' }], preferredVersion: { version: 'v1' } },
      { name: 'metrics.k8s.io', versions: [{ version: 'v1beta1' }] },
    ],
  },
  '/apis/ray.io/v1': {
    resources: [{ name: 'rayclusters', singularName: 'raycluster', namespaced: true, kind: 'RayCluster' }],
  },
  '/apis/ray.io/v1alpha1': {
    resources: [{ name: 'rayclusters', singularName: 'raycluster', namespaced: true, kind: 'RayCluster' }],
  },
}
const serveTree = async (tree: () => Record<string, object>) => {
  server = await serve((request, response) => {
    const found = tree()[request.url!]
    response.statusCode = found ? 200 : 503
    response.end(JSON.stringify(found ?? {}))
  })
}
const rayKind = { group: 'ray.io', version: 'v1', resource: 'rayclusters', kind: 'RayCluster', namespaced: true }

describe('discovery', () => {
  it('learns everything in two questions from aggregated discovery, and remembers', async () => {
    await serveTree(() => aggregatedWith([rayGroup]))
    const discovery = open()
    expect(await discovery.resolve('rayclusters.ray.io')).toEqual(rayKind)
    expect(await discovery.resolve('RayCluster')).toEqual(rayKind)
    expect(await discovery.resolve('rayclusters.v1alpha1.ray.io')).toEqual({ ...rayKind, version: 'v1alpha1' })
    expect(await discovery.servedVersions('ray.io')).toEqual(['v1', 'v1alpha1'])
    expect(server.requests.sort()).toEqual(['GET /api', 'GET /apis'])
  })

  it('asks group by group where that is not served; the preferred version is first and a dead group is left out', async () => {
    await serveTree(() => legacy)
    const discovery = open()
    expect(await discovery.servedVersions('ray.io')).toEqual(['v1', 'v1alpha1'])
    expect(await discovery.resolve('raycluster')).toEqual(rayKind)
    expect(await discovery.resolve('po')).toMatchObject({ resource: 'pods', group: '' })
  })

  it('asks again after five minutes', async () => {
    await serveTree(() => aggregatedWith([rayGroup]))
    let nowMs = 0
    const discovery = open(() => nowMs)
    await discovery.resolve('po')
    nowMs = 299_000
    await discovery.resolve('po')
    expect(server.requests).toHaveLength(2)
    nowMs = 301_000
    await discovery.resolve('po')
    expect(server.requests).toHaveLength(4)
  })

  it('a CRD that was just installed is found before the five minutes are over', async () => {
    let groups: object[] = []
    await serveTree(() => aggregatedWith(groups))
    let nowMs = 0
    const discovery = open(() => nowMs)
    expect(await discovery.servedVersions('ray.io')).toEqual([])
    groups = [rayGroup]
    nowMs = 6_000
    expect(await discovery.servedVersions('ray.io')).toEqual(['v1', 'v1alpha1'])
    expect(await discovery.resolve('raycluster')).toEqual(rayKind)
  })

  it('many questions at once load once, also when a group is missing and the knowledge is old', async () => {
    await serveTree(() => aggregatedWith([rayGroup]))
    let nowMs = 0
    const discovery = open(() => nowMs)
    const ask = () =>
      Promise.all(['ray.io', 'serving.kserve.io', 'nvidia.com'].map((one) => discovery.servedVersions(one)))
    expect(await ask()).toEqual([['v1', 'v1alpha1'], [], []])
    expect(server.requests).toHaveLength(2)
    nowMs = 6_000
    await ask()
    expect(server.requests).toHaveLength(4)
  })

  it('a load that somebody cancels does not fail who waits for it', async () => {
    await serveTree(() => aggregatedWith([rayGroup]))
    const discovery = open()
    const controller = new AbortController()
    const [first, second] = [discovery.resolve('po', controller.signal), discovery.resolve('po')]
    controller.abort()
    expect((await failureOf(first)).code).toBe('cancelled')
    expect(await second).toMatchObject({ kind: 'Pod' })
  })

  it('a load that somebody cancelled does not fail the next', async () => {
    await serveTree(() => aggregatedWith([rayGroup]))
    const discovery = open()
    expect((await failureOf(discovery.resolve('po', AbortSignal.abort()))).code).toBe('cancelled')
    expect(await discovery.resolve('po')).toMatchObject({ kind: 'Pod' })
  })
})

describe('near names', () => {
  it.each([
    ['pods', 'pods', 0],
    ['podz', 'pods', 1],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
  ])('%s and %s are %i edits apart', (a, b, edits) => {
    expect(editDistance(a, b)).toBe(edits)
  })

  it('nearest first, far ones left out', () => {
    expect(nearestTo('deploymnet', ['pods', 'deployment', 'deployments', 'daemonsets'])).toEqual([
      'deployment',
      'deployments',
    ])
    expect(nearestTo('xyz', ['pods', 'nodes'])).toEqual([])
  })
})

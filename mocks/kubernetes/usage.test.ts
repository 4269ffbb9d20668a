import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fetchJson, testWorld } from '../testing.ts'
import { createSeriesSource } from '../world/source.ts'
import { startKubernetes } from './server.ts'
import { usageOf } from './usage.ts'

describe('a metrics server beside the API server', () => {
  let server: Awaited<ReturnType<typeof startKubernetes>>
  beforeAll(async () => {
    const world = testWorld()
    server = await startKubernetes({ world, cluster: 'hub', usage: usageOf(createSeriesSource(world), 'hub') })
  })
  afterAll(() => server.close())
  const get = (path: string) => fetchJson(`${server.url}/apis/metrics.k8s.io${path}`)

  it('is discovered, and can only be read', async () => {
    const { body } = await get('/v1beta1')
    expect(body.resources.map((one: { name: string; verbs: string[] }) => [one.name, one.verbs])).toEqual([
      ['pods', ['get', 'list']],
      ['nodes', ['get', 'list']],
    ])
  })

  it('tells what containers of running pods use, and nodes as their sum', async () => {
    const pods = (await get('/v1beta1/pods')).body
    expect(pods.kind).toBe('PodMetricsList')
    expect(pods.items.length).toBeGreaterThan(50)
    const { containers, metadata } = pods.items[0]
    expect(containers[0].usage.cpu).toMatch(/^\d+n$/)
    expect(Number.parseInt(containers[0].usage.memory, 10)).toBeGreaterThan(0)
    const some = (await get(`/v1beta1/namespaces/${metadata.namespace}/pods`)).body.items
    expect(new Set(some.map((one: typeof pods) => one.metadata.namespace))).toEqual(new Set([metadata.namespace]))
    const cores = (items: { usage?: { cpu: string }; containers?: { usage: { cpu: string } }[] }[]) =>
      items.reduce((sum, one) => sum + Number.parseInt((one.usage ?? one.containers![0]!.usage).cpu, 10), 0)
    const nodes = (await get('/v1beta1/nodes')).body.items
    expect(cores(nodes) / cores(pods.items)).toBeCloseTo(1, 3)
    expect((await get(`/v1beta1/nodes/${nodes[0].metadata.name}`)).body.usage).toEqual(nodes[0].usage)
    expect((await get('/v1beta1/nodes/nowhere')).status).toBe(404)
  })
})

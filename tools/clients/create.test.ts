import { afterEach, describe, expect, it } from 'vitest'
import { clientsConfig } from './config.ts'
import { failureOf } from './failure-suite.ts'
import { podKind } from './kubernetes/types.ts'
import { refusedUrl, serveJson, type TestServer, testClients } from './testing.ts'

let server: TestServer
afterEach(() => server?.close())
const failing = (ask: () => unknown) => failureOf(Promise.resolve().then(ask))

const fleet = {
  clusters: [
    {
      name: 'gpu-east',
      displayName: 'GPU East',
      type: 'spoke',
      environment: 'production',
      region: 'eu-1',
      labels: { team: 'ml' },
      kubernetes: { url: 'https://10.0.0.1:6443', token: { env: 'EAST_TOKEN' } },
      prometheus: { url: 'http://10.0.0.1:9090' },
    },
    { name: 'edge-lab', kubernetes: { context: 'lab' } },
  ],
  ray: [{ name: 'train', dashboardUrl: 'http://10.0.0.9:8265' }],
  prices: { source: 'list', asOf: '2026-11-01', gpuHourUsdCents: { H100: 250 } },
}

describe('createClients', () => {
  it('tells the fleet without asking it, and knows which cluster has what', () => {
    const clients = testClients(fleet)
    expect(clients.fleet.get('gpu-east')).toEqual({
      name: 'gpu-east',
      displayName: 'GPU East',
      type: 'spoke',
      environment: 'production',
      region: 'eu-1',
      labels: { team: 'ml' },
      endpoints: { kubernetes: 'https://10.0.0.1:6443', prometheus: 'http://10.0.0.1:9090' },
    })
    expect(clients.fleet.list().map(({ name }) => name)).toEqual(['gpu-east', 'edge-lab'])
    expect(clients.kubernetes.names()).toEqual(['gpu-east', 'edge-lab'])
    expect(clients.dynamo.names()).toEqual(['gpu-east', 'edge-lab'])
    expect(clients.prometheus.names()).toEqual(['gpu-east'])
    expect(clients.ray.names()).toEqual(['train'])
    expect(clients.prices.gpuHourUsdCents).toEqual({ H100: 250 })
    expect((['prometheus', 'loki', 'qubic', 'vllm', 'prices', 'fleet'] as const).map(clients.has)).toEqual([
      true,
      false,
      false,
      false,
      true,
      true,
    ])
  })

  it('nothing is resolved at creation: a secret that is missing fails the question, and names its variable', async () => {
    const clients = testClients(fleet)
    const error = await failureOf(clients.kubernetes.for('gpu-east').list(podKind))
    expect(error.code).toBe('not-configured')
    expect(error.message).toContain('EAST_TOKEN')
    expect(error.message).toContain('clusters[gpu-east].kubernetes.token')
  })

  it('is one client for each cluster, so that its circuit and its knowledge are shared', () => {
    const clients = testClients(fleet)
    expect(clients.kubernetes.for('gpu-east')).toBe(clients.kubernetes.for('gpu-east'))
    expect(clients.kubernetes.for('gpu-east')).not.toBe(clients.kubernetes.for('edge-lab'))
  })

  it.each([
    ['prometheus', 'edge-lab', 'not-configured', '"prometheus": { "url"'],
    ['alertmanager', 'gpu-east', 'not-configured', '"alertmanager": { "url"'],
    ['loki', 'gpu-east', 'loki-not-available', '"loki": { "url"'],
    ['kubernetes', 'gpu-aest', 'cluster-not-found', 'gpu-east'],
    ['dynamo', 'nowhere', 'cluster-not-found', 'edge-lab'],
    ['ray', 'tran', 'not-found', 'train'],
  ] as const)('%s of %s: %s with %s', async (upstream, name, code, word) => {
    const error = await failing(() => testClients(fleet)[upstream].for(name))
    expect(error.code).toBe(code)
    expect(error.options.next).toContain(word)
  })

  it.each([
    ['qubic', '"qubic": { "url"'],
    ['vllm', '"llm": { "baseUrl"'],
    ['prices', '"gpuHourUsdCents"'],
  ] as const)('%s that is not configured: the line to add', async (name, line) => {
    const clients = testClients({})
    const error = await failing(() => clients[name])
    expect(error.code).toBe('not-configured')
    expect(error.options.next).toContain(line)
    expect(() => ({ ...clients })).not.toThrow()
  })

  it('without Ray clusters and without clusters says what to add', async () => {
    const ray = await failing(() => testClients({}).ray.for('train'))
    expect(ray.options.next).toContain('"dashboardUrl"')
    const cluster = await failing(() => testClients({}).kubernetes.for('x'))
    expect(cluster.options.next).toContain('"clusters"')
  })

  it('a dead cluster does not touch another', async () => {
    server = await serveJson({ gitVersion: 'v1.36.0' })
    const clients = testClients({
      clusters: [
        { name: 'dead', kubernetes: { url: await refusedUrl() } },
        { name: 'alive', kubernetes: { url: server.url } },
      ],
    })
    const [dead, alive] = await Promise.all([
      failureOf(clients.kubernetes.for('dead').version()),
      clients.kubernetes.for('alive').version(),
    ])
    expect([dead.code, dead.options.cluster, alive.gitVersion]).toEqual(['cluster-unreachable', 'dead', 'v1.36.0'])
  })
})

describe('clientsConfig', () => {
  it('an empty configuration is one', () => {
    expect(clientsConfig.parse({})).toEqual({ clusters: [], ray: [] })
  })

  it.each([
    [{ cluster: [] }, 'cluster'],
    [{ clusters: [{ name: 'x' }] }, '3 to 63'],
    [{ clusters: [{ name: 'Gpu_East' }] }, '3 to 63'],
    [{ clusters: [{ name: 'east' }, { name: 'east' }] }, 'twice'],
    [{ clusters: [{ name: 'east', prometheus: { url: 'http://x', bearer: 'a' } }] }, 'bearer'],
    [{ clusters: [{ name: 'east', kubernetes: {} }] }, 'exactly one'],
    [{ ray: [{ name: 'a', dashboardUrl: 'x' }] }, 'http'],
    [{ prices: { source: 'a', asOf: 'yesterday', gpuHourUsdCents: {} } }, 'asOf'],
    [{ prices: { source: 'a', asOf: '2026-01-01', gpuHourUsdCents: { H100: 2.5 } } }, 'int'],
  ])('%j is refused (FRM-043)', (config, word) => {
    const parsed = clientsConfig.safeParse(config)
    expect(JSON.stringify(parsed.error?.issues)).toContain(word)
  })

  it('every member is described', async () => {
    const { toJSONSchema } = await import('zod')
    const missing: string[] = []
    const visit = (node: unknown, path: string): void => {
      const { properties, items, anyOf, description } = node as Record<string, unknown>
      if (path !== '' && !path.endsWith('[]') && description === undefined) missing.push(path)
      for (const [name, child] of Object.entries(properties ?? {})) visit(child, `${path}.${name}`)
      if (items) visit(items, `${path}[]`)
      for (const option of (anyOf as unknown[]) ?? []) {
        for (const [name, child] of Object.entries((option as { properties?: object }).properties ?? {}))
          visit(child, `${path}.${name}`)
      }
    }
    visit(toJSONSchema(clientsConfig), '')
    expect(missing).toEqual([])
  })
})

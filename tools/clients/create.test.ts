import { afterEach, describe, expect, it } from 'vitest'
import { clientsConfig } from './config.ts'
import { createClients } from './create.ts'
import { failureOf } from './failure-suite.ts'
import { podKind } from './kubernetes/types.ts'
import { refusedUrl, serve, serveJson, type TestServer, testClients } from './testing.ts'

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

describe('clusters that come and go (FLT-001, FLT-011, FLT-012)', () => {
  const cluster = (more: object) => clientsConfig.parse({ clusters: [{ name: 'late', ...more }] }).clusters[0]!

  it('one that is registered later is there at once, with its kinds of upstream', () => {
    const clients = testClients({})
    expect([clients.has('prometheus'), clients.has('kubernetes'), clients.has('registry')]).toEqual([
      false,
      false,
      true,
    ])
    clients.registry.put(cluster({ region: 'eu', prometheus: { url: 'http://10.0.0.1:9090' } }))
    expect([clients.has('prometheus'), clients.has('kubernetes')]).toEqual([true, false])
    expect(clients.fleet.get('late').region).toBe('eu')
    expect(clients.prometheus.names()).toEqual(['late'])
    clients.registry.put(cluster({ kubernetes: { url: 'https://10.0.0.1:6443' } }))
    expect([clients.has('prometheus'), clients.has('kubernetes')]).toEqual([false, true])
    expect(clients.kubernetes.names()).toEqual(['late'])
  })

  it('one that is removed is unknown, and the others do not notice', async () => {
    const clients = testClients(fleet)
    const east = clients.kubernetes.for('gpu-east')
    clients.registry.remove('edge-lab')
    expect(clients.fleet.list().map(({ name }) => name)).toEqual(['gpu-east'])
    expect((await failing(() => clients.kubernetes.for('edge-lab'))).code).toBe('cluster-not-found')
    expect((await failing(() => clients.fleet.get('edge-lab'))).code).toBe('cluster-not-found')
    expect(clients.kubernetes.for('gpu-east')).toBe(east)
  })

  it('a changed one gets new clients, an unchanged one keeps its own', () => {
    const clients = testClients({})
    clients.registry.put(cluster({ prometheus: { url: 'http://10.0.0.1:9090' } }))
    const before = clients.prometheus.for('late')
    clients.registry.put(cluster({ prometheus: { url: 'http://10.0.0.1:9090' } }))
    expect(clients.prometheus.for('late')).toBe(before)
    clients.registry.put(cluster({ prometheus: { url: 'http://10.0.0.2:9090' } }))
    expect(clients.prometheus.for('late')).not.toBe(before)
  })

  it('old connections end: idle ones at once, one in use when its answer is there', async () => {
    const sockets = new Set<object>()
    let answer = () => {}
    let arrived = () => {}
    const waiting = new Promise<void>((resolve) => {
      arrived = resolve
    })
    server = await serve((request, response) => {
      sockets.add(request.socket)
      request.socket.once('close', () => sockets.delete(request.socket))
      const send = () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"gitVersion":"v1.36.0"}')
      if (request.headers.traceparent === undefined) send()
      else {
        answer = send
        arrived()
      }
    })
    let slow = false
    const clients = createClients(clientsConfig.parse({}), {
      now: () => new Date(),
      env: {},
      traceparent: () => (slow ? '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' : undefined),
    })
    clients.registry.put(cluster({ kubernetes: { url: server.url } }))
    const old = clients.kubernetes.for('late')
    await old.version()
    expect(sockets.size).toBe(1)
    slow = true
    const late = old.version()
    await waiting
    clients.registry.put(cluster({ kubernetes: { url: server.url, timeoutMs: 5_000 } }))
    answer()
    expect((await late).gitVersion).toBe('v1.36.0')
    await expect.poll(() => sockets.size).toBe(0)
    slow = false
    await clients.kubernetes.for('late').version()
    expect(sockets.size).toBe(1)
    clients.registry.remove('late')
    await expect.poll(() => sockets.size).toBe(0)
  })

  it('a service that was found behind the API server stands in for an address that is not configured', async () => {
    const paths: string[] = []
    server = await serve((request, response) => {
      paths.push(request.url!.split('?')[0]!)
      response.writeHead(request.headers.authorization === 'Bearer t0k3n' ? 200 : 401).end('ready')
    })
    const clients = testClients({})
    const kubernetes = { url: server.url, token: 't0k3n' }
    clients.registry.put(cluster({ kubernetes }))
    const service = { namespace: 'monitoring', name: 'https:prometheus-k8s', port: 9091 }
    clients.registry.found('late', { prometheus: service })
    clients.registry.found('nobody', { prometheus: service })
    expect([clients.prometheus.names(), clients.loki.names()]).toEqual([['late'], []])
    expect(await clients.prometheus.for('late').ready()).toBe(true)
    expect(paths).toEqual(['/api/v1/namespaces/monitoring/services/https%3Aprometheus-k8s%3A9091/proxy/-/ready'])
    // an address of its own wins, and without an API server there is nothing to go through
    clients.registry.put(cluster({ kubernetes, prometheus: { url: `${server.url}/own`, bearerToken: 't0k3n' } }))
    await clients.prometheus.for('late').ready()
    expect(paths.at(-1)).toBe('/own/-/ready')
    clients.registry.put(cluster({ loki: { url: server.url } }))
    clients.registry.found('late', { prometheus: service })
    expect(clients.prometheus.names()).toEqual([])
  })

  it('one on trial is asked and is in no list', async () => {
    server = await serveJson({ gitVersion: 'v1.36.0' })
    const clients = testClients({})
    const trial = clients.registry.trial(cluster({ kubernetes: { url: server.url } }))
    expect((await trial.kubernetes.for('late').version()).gitVersion).toBe('v1.36.0')
    expect(clients.fleet.list()).toEqual([])
    trial.close()
  })
})

describe('clientsConfig', () => {
  it('an empty configuration is one', () => {
    expect(clientsConfig.parse({})).toMatchObject({ clusters: [], ray: [] })
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

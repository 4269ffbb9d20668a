import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { available, type Kubernetes, startKubernetes } from '../../engines/index.ts'
import { fillFleet } from '../../engines/kubernetes-fleet.ts'
import { type ConfiguredClients, clientsConfig, createClients } from '../clients/create.ts'
import type { ClientName } from '../clients/index.ts'
import type { Context, Reply, Tool } from '../define.ts'
import { testContext } from '../testing.ts'
import type { FailureRow } from './failing-rows.ts'
import { listNodes } from './list-nodes.tool.ts'
import { listPods } from './list-pods.tool.ts'
import { whatIsFailing } from './what-is-failing.tool.ts'

const fleet = { nodes: 500, pods: 10_000, failing: 107 }

describe.skipIf(!available('kubernetes').ok)('500 nodes and 10,000 pods on a real API server', () => {
  let engine: Kubernetes
  let clients: ConfiguredClients
  let ctx: Context<ClientName>
  let requests = 0

  const run = async (tool: Tool, input: object = {}) => {
    requests = 0
    const reply: Reply<Record<string, unknown>> = await tool.run(tool.input.parse(input) as never, ctx)
    return { reply, requests, rows: (reply.data?.rows ?? []) as FailureRow[] }
  }
  const failing = async () => {
    const { reply, rows } = await run(whatIsFailing)
    expect(reply.clusters?.[0]?.error).toBeUndefined()
    return rows.reduce((sum, row) => sum + row.pods, 0)
  }

  beforeAll(async () => {
    engine = await startKubernetes()
    await fillFleet(engine, fleet)
    // Its controllers look at every new pod; until they have, it answers in seconds.
    for (let round = 0, tookMs = 1_000; round < 40 && tookMs > 300; round++) {
      const startedAt = performance.now()
      await engine.api({ path: '/api/v1/pods?limit=500' })
      tookMs = performance.now() - startedAt
      await sleep(500)
    }
    clients = createClients(
      clientsConfig.parse({
        clusters: [{ name: 'real', kubernetes: { kubeconfig: engine.kubeconfigPath, context: 'real' } }],
      }),
      { now: () => new Date(), env: {}, onRequest: () => requests++ },
    )
    const plain = testContext({ clients, now: () => new Date() })
    ctx = { ...plain, fanOut: (names, task, limits) => plain.fanOut(names, task, { timeoutMs: 20_000, ...limits }) }
  }, 120_000)
  afterAll(async () => {
    clients?.close()
    await engine?.stop()
  })

  it('are all counted, page by page', async () => {
    const { reply, requests } = await run(listNodes)
    expect(reply.data?.summary).toMatchObject({ nodes: 500, gpuCapacity: 1_000 })
    expect(requests).toBeGreaterThanOrEqual(21)
    expect((await run(listPods)).reply.data?.title).toBe('10000 pods')
    expect(await failing()).toBe(fleet.failing)
  })

  it('cost two small requests once a watch follows them', async () => {
    await expect.poll(async () => (await run(listNodes)).requests, { timeout: 20_000 }).toBe(2)
    expect((await run(listNodes)).reply.data?.summary).toMatchObject({ nodes: 500, gpuCapacity: 1_000 })
    expect(await failing()).toBe(fleet.failing)
  })

  it('change as the watch tells: a pod that recovers, one that goes, a node that is cordoned', async () => {
    const pod = '/api/v1/namespaces/shop/pods/worker-0-0'
    const merge = 'application/strategic-merge-patch+json'
    const status = { containerStatuses: [{ name: 'main', ready: true, state: { waiting: null, running: {} } }] }
    await engine.api({ method: 'PATCH', path: `${pod}/status`, contentType: merge, body: { status } })
    await expect.poll(failing).toBe(fleet.failing - 1)
    await engine.api({ method: 'DELETE', path: '/api/v1/namespaces/shop/pods/worker-0-1' })
    await expect.poll(failing, { timeout: 20_000 }).toBe(fleet.failing - 2)
    const body = { spec: { unschedulable: true } }
    await engine.api({ method: 'PATCH', path: '/api/v1/nodes/node-7', contentType: merge, body })
    const cordoned = async () => ((await run(listNodes, { status: 'cordoned' })).reply.data?.nodes as unknown[])?.length
    await expect.poll(cordoned).toBe(1)
    expect((await run(listNodes)).requests).toBe(2)
  })
})

import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import type { Planning, Tool } from '#define'
import { available, type Kubernetes, startKubernetes } from '../../../engines/index.ts'
import { type ConfiguredClients, clientsConfig, createClients } from '../../clients/create.ts'
import type { KubeObject, KubernetesCluster } from '../../clients/kubernetes/types.ts'
import { testContext } from '../../testing.ts'
import { insertApproval } from '../../testing-world.ts'
import { deleteDeployment } from '../delete-deployment.tool.ts'
import { rollbackDeployment } from '../rollback-deployment.tool.ts'
import { dynamo } from '../runtimes/dynamo/runtime.ts'
import { plain } from '../runtimes/plain/runtime.ts'
import { configOf } from '../runtimes/testing.ts'
import type { Runtime } from '../runtimes/types.ts'
import { scaleDeployment } from '../scale-deployment.tool.ts'
import { updateDeployment } from '../update-deployment.tool.ts'
import { revisionsOf } from './claim.ts'
import { recordChange } from './revisions.ts'

const namespace = 'inference'
const here = available('kubernetes').ok && available('dynamo-crds').ok

/** A deployment's life on a real API server with the real definitions: deploy, update, roll back, scale, delete. */
describe.skipIf(!here)('deployments changed on a real API server', () => {
  let engine: Kubernetes
  let database: TestDatabase
  let clients: ConfiguredClients
  let client: KubernetesCluster

  beforeAll(async () => {
    engine = await startKubernetes({ crds: ['dynamo'], nodes: [{ count: 2, gpus: 8, pool: 'h100' }] })
    database = await testDatabase()
    const caFile = join(tmpdir(), `quartermaster-deployments-${process.pid}.pem`)
    writeFileSync(caFile, engine.caPem)
    const kubernetes = { url: engine.url, token: engine.token, caFile }
    const prices = { source: 'test', asOf: '2026-11-01', gpuHourUsdCents: { H100: 250 } }
    clients = createClients(clientsConfig.parse({ clusters: [{ name: 'real', kubernetes }], prices }), {
      now: () => new Date(),
      env: {},
    })
    client = clients.kubernetes.for('real')
    await client.apply(await client.resolveKind('ns'), { metadata: { name: namespace } })
  })
  afterAll(async () => {
    clients?.close()
    await database?.close()
    await engine?.stop()
  })

  const context = (idempotencyKey = 'plan') =>
    testContext({ clients, db: database.db, now: () => new Date(), events: [], idempotencyKey })
  async function settled(tool: Tool, input: object): Promise<Planning<Record<string, unknown>>> {
    const plan = await tool.plan!(tool.input.parse({ cluster: 'real', ...input }) as never, context())
    expect(plan.checks.filter(({ state }) => state === 'fail')).toEqual([])
    return plan
  }
  async function run(tool: Tool, input: object, key: string): Promise<void> {
    await insertApproval(database.db, key).catch(() => undefined)
    await tool.run(tool.input.parse({ cluster: 'real', ...input }) as never, context(key))
  }
  async function change(tool: Tool, input: object, key: string) {
    const plan = await settled(tool, input)
    await run(tool, plan.input!, key)
    return plan
  }
  const get = async (kind: string, name: string): Promise<KubeObject> =>
    client.get(await client.resolveKind(kind), { name, namespace })
  const exists = (kind: string, name: string) =>
    get(kind, name).then(
      () => true,
      () => false,
    )
  const numbers = async (name: string) =>
    (await revisionsOf(context(), { cluster: 'real', namespace, name })).map(({ revision }) => revision)

  async function deploy(runtime: Runtime, name: string): Promise<void> {
    const config = configOf(runtime, { name, contextLength: 8192 })
    const manifests = runtime.manifests(config, runtime.root.versions[0]!)
    const stored: KubeObject[] = []
    for (const object of manifests) stored.push(await client.apply(await client.resolveKind(object.kind!), object))
    const key = `deploy-${name}`
    await insertApproval(database.db, key)
    await recordChange(context(key), {
      ...{ cluster: 'real', namespace, name, config, manifests, runtime: runtime.id, action: 'deploy' },
      ...{ model: config.modelId, engine: config.engine, mode: config.mode, replicas: 1, gpus: 1, change: 'deployed' },
      root: stored[0]!,
    })
  }

  describe.each([
    ['dynamo', dynamo, 'dynamographdeployments.nvidia.com'],
    ['plain', plain, 'deployments.apps'],
  ] as const)('%s', (id, runtime, kind) => {
    const name = `life-${id}`
    const words = async () => JSON.stringify((await get(kind, name)).spec)

    it('MOD-055: is updated, rolled back to exactly what it was, scaled and deleted', async () => {
      await deploy(runtime, name)
      const before = (await get(kind, name)).spec
      await change(
        updateDeployment,
        { name, contextLength: 16_384, maxSequences: 64, engineArgs: ['--seed', '7'], memory: '32Gi' },
        `update-${id}`,
      )
      expect(await words()).toContain('"16384"')
      await change(rollbackDeployment, { name }, `back-${id}`)
      expect((await get(kind, name)).spec).toEqual(before)
      const plan = await change(scaleDeployment, { name, replicas: 3 }, `scale-${id}`)
      expect(plan.diff).toMatch(/\+\s+replicas: 3/)
      expect(await words()).toContain('"replicas":3')
      await change(rollbackDeployment, { name }, `unscale-${id}`)
      expect((await get(kind, name)).spec).toEqual(before)
      expect(await numbers(name)).toEqual([5, 4, 3, 2, 1])

      const going = await settled(deleteDeployment, { name })
      expect(going.typedName).toBe(name)
      await run(deleteDeployment, going.input!, `delete-${id}`)
      await vi.waitFor(async () => expect(await exists(kind, name)).toBe(false), { timeout: 30_000, interval: 250 })
      // As after a crash between the deletion and its record
      await run(deleteDeployment, going.input!, `delete-${id}`)
    })

    it('two approvals at once follow each other, and both stand', async () => {
      const other = `both-${id}`
      await deploy(runtime, other)
      await Promise.all([
        run(updateDeployment, { name: other, namespace, contextLength: 4096 }, `both-1-${id}`),
        run(updateDeployment, { name: other, namespace, maxSequences: 32 }, `both-2-${id}`),
        run(scaleDeployment, { name: other, namespace, replicas: 2 }, `both-3-${id}`),
      ])
      const spec = JSON.stringify((await get(kind, other)).spec)
      for (const part of ['"4096"', '"32"', '"replicas":2']) expect(spec).toContain(part)
      expect(await numbers(other)).toEqual([4, 3, 2, 1])
    })

    it('made by somebody else: flags in place, and back to how it was found', async () => {
      const other = `found-${id}`
      const [root] = runtime.manifests(configOf(runtime, { name: other }), runtime.root.versions[0]!)
      const { labels: _, ...metadata } = root!.metadata
      const kindOf = await client.resolveKind(kind)
      await client.create(kindOf, { ...root!, metadata } as KubeObject)
      const before = (await get(kind, other)).spec
      await change(updateDeployment, { name: other, contextLength: 4096, cpu: '8' }, `found-1-${id}`)
      expect(JSON.stringify((await get(kind, other)).spec)).toContain('"--max-model-len","4096"')
      await change(rollbackDeployment, { name: other }, `found-2-${id}`)
      expect((await get(kind, other)).spec).toEqual(before)
      const rows = await revisionsOf(context(), { cluster: 'real', namespace, name: other })
      expect(rows.map(({ action }) => action)).toEqual(['rollback', 'update', 'found'])
    })
  })

  it('with an HPA: its bounds move, and a rollback leaves it its replicas', async () => {
    await deploy(plain, 'led')
    await change(updateDeployment, { name: 'led', autoscaling: { minReplicas: 1, maxReplicas: 4 } }, 'led-1')
    const plan = await change(scaleDeployment, { name: 'led', replicas: 2 }, 'led-2')
    expect(plan.steps[0]).toMatchObject({ target: 'HPA inference/led' })
    expect((await get('hpa', 'led')).spec).toMatchObject({ minReplicas: 2, maxReplicas: 4 })
    await change(rollbackDeployment, { name: 'led', revision: 1 }, 'led-3')
    expect(await exists('hpa', 'led')).toBe(false)
  })
})

import { afterEach, describe, expect, it } from 'vitest'
import { startKubernetes } from '../../../mocks/kubernetes/server.ts'
import { testWorld } from '../../../mocks/testing.ts'
import { servedModelsProxy } from '../../../mocks/vllm/served.ts'
import { createFaults, type FaultKind } from '../../../mocks/world/faults.ts'
import { createSeriesSource } from '../../../mocks/world/source.ts'
import { failureOf } from '../../clients/failure-suite.ts'
import { testClients } from '../../clients/testing.ts'
import type { DeploymentConfig } from '../config.ts'
import { findEndpoint } from './endpoint.ts'
import { kserve } from './kserve/runtime.ts'
import { kserveLlm } from './kserve-llm/runtime.ts'
import { plain } from './plain/runtime.ts'
import { rayServiceRuntime } from './ray-service/runtime.ts'
import { findServed, servedKind } from './served.ts'
import { configOf } from './testing.ts'
import type { Runtime } from './types.ts'

const signal = AbortSignal.timeout(120_000)
const cluster = 'gpu-west'
const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function open() {
  const world = testWorld()
  const proxy = servedModelsProxy(world, createSeriesSource(world), 50)
  const server = await startKubernetes({ world, cluster, proxy })
  const clients = testClients({ clusters: [{ name: cluster, kubernetes: { url: server.url } }] })
  closing.push(
    () => clients.close(),
    () => server.close(),
  )
  const client = clients.kubernetes.for(cluster)
  const named = (name: string) => findServed(client, { name, signal })
  return {
    world,
    server,
    client,
    named,
    async deploy(runtime: Runtime, more: Partial<DeploymentConfig> = {}) {
      const { version } = (await servedKind(client, runtime, signal))!
      for (const object of runtime.manifests(configOf(runtime, { gpus: 1, name: 'fresh', ...more }), version)) {
        const kind = await client.resolveKind(object.kind!)
        await client.apply(kind, object, { dryRun: true, signal })
        await client.apply(kind, object, { signal })
      }
    },
    /** Ticks until it is in this phase, and gives all that were seen */
    async until(phase: string, name = 'fresh') {
      const seen: string[] = []
      for (let step = 0; step < 60 && seen.at(-1) !== phase; step++) {
        const now = (await named(name)).phase
        if (seen.at(-1) !== now) seen.push(now)
        if (now !== phase) world.tick(5)
      }
      return seen
    },
    podsOf: (app = 'fresh') =>
      world
        .cluster(cluster)
        .pods()
        .filter(({ metadata }) => metadata.name.startsWith(app)),
  }
}

const cases: [Runtime, Partial<DeploymentConfig>, number][] = [
  [kserve, {}, 2],
  [kserve, { engine: 'trtllm' }, 2],
  [kserveLlm, {}, 2],
  [kserveLlm, { mode: 'disaggregated' }, 5],
  [rayServiceRuntime, {}, 3],
  [plain, { engine: 'sglang' }, 2],
]

describe('the operators of the demo world', () => {
  it.each(cases)(
    '%o %j: pods come up, it answers as its model, and goes with all it had',
    async (runtime, more, pods) => {
      const { deploy, until, named, client, world, server, podsOf } = await open()
      await deploy(runtime, { replicas: 2, ...more })
      const seen = await until('running')
      expect(seen.at(-1)).toBe('running')
      expect(seen.some((phase) => phase === 'deploying' || phase === 'pending')).toBe(true)
      world.tick(60)
      const found = await named('fresh')
      expect(found).toMatchObject({ runtime: runtime.id, phase: 'running', model: 'Qwen/Qwen3-8B' })
      expect(found.components.every((one) => one.readyReplicas === one.replicas)).toBe(true)
      expect(podsOf()).toHaveLength(pods)
      const listed = await client.list(await client.resolveKind('pods'), {
        namespace: 'inference',
        labelSelector: found.podSelector,
        signal,
      })
      expect(listed.items).toHaveLength(pods)
      const endpoint = (await findEndpoint(client, found, signal))!
      const at = `${server.url}/api/v1/namespaces/inference/services/${endpoint.service}:${endpoint.port}/proxy`
      const answer = (await (await fetch(`${at}${endpoint.path}/models`)).json()) as { data: { id: string }[] }
      expect(answer.data.map(({ id }) => id)).toEqual(['Qwen/Qwen3-8B'])
      const kind = (await servedKind(client, runtime, signal))!
      await client.delete(kind, { namespace: 'inference', name: 'fresh' })
      expect((await failureOf(named('fresh'))).code).toBe('not-found')
      world.tick(30)
      expect(podsOf()).toEqual([])
      expect(
        world
          .cluster(cluster)
          .store.list('services')
          .filter(({ metadata }) => metadata.name.startsWith('fresh-')),
      ).toEqual([])
    },
  )

  it.each<[Runtime, FaultKind, object]>([
    [kserve, 'load-oom', { phase: 'failed', reason: 'ModelLoadFailed' }],
    [kserve, 'gated-download', { phase: 'failed', reason: 'ModelLoadFailed' }],
    [kserve, 'unschedulable', { phase: 'deploying', reason: 'MinimumReplicasUnavailable' }],
    [kserveLlm, 'load-oom', { phase: 'deploying', reason: 'MinimumReplicasUnavailable' }],
    [kserveLlm, 'image-pull', { phase: 'deploying', reason: 'MinimumReplicasUnavailable' }],
    [rayServiceRuntime, 'gated-download', { phase: 'failed', reason: 'DEPLOY_FAILED' }],
    [rayServiceRuntime, 'unschedulable', { phase: 'deploying', reason: 'Initializing' }],
  ])('%o says %s in its status', async (runtime, fault, expected) => {
    const { deploy, named, world } = await open()
    const faults = createFaults(world)
    const { id } = faults.inject(fault, { cluster, namespace: 'inference', app: 'fresh' })
    await deploy(runtime)
    world.tick(100)
    expect(await named('fresh')).toMatchObject(expected)
    faults.clear(id)
    world.tick(500)
    expect((await named('fresh')).phase).toBe('running')
  })

  it('another engine image takes a new Ray cluster, and the old one serves until it is there', async () => {
    const { deploy, until, named, world } = await open()
    await deploy(rayServiceRuntime)
    await until('running')
    const clusters = () =>
      world
        .cluster(cluster)
        .store.list('rayclusters.ray.io')
        .filter(({ metadata }) => metadata.name.startsWith('fresh-'))
    const [first] = clusters()
    await deploy(rayServiceRuntime, { replicas: 2 })
    world.tick(60)
    expect(clusters().map(({ metadata }) => metadata.uid)).toEqual([first!.metadata.uid])
    await deploy(rayServiceRuntime, { replicas: 2, image: 'rayproject/ray-llm:2.59.1-py312-cu130' })
    world.tick(5)
    expect(clusters()).toHaveLength(2)
    expect(await named('fresh')).toMatchObject({ phase: 'running', reason: 'UpgradeInProgress' })
    world.tick(120)
    expect(clusters().map(({ metadata }) => metadata.uid)).not.toContain(first!.metadata.uid)
    expect(await named('fresh')).toMatchObject({ phase: 'running' })
    expect((await named('fresh')).reason).toBeUndefined()
  })

  it.each([
    ['kserve', 'qwen3-14b', 'trtllm', 'trtllm_kv_cache_utilization'],
    ['kserve-llm', 'mistral-small-24b', 'vllm', 'vllm:kv_cache_usage_perc'],
    ['ray-service', 'qwen3-4b-ray', 'vllm', 'vllm:kv_cache_usage_perc'],
    ['plain', 'qwen3-4b-chat', 'sglang', 'sglang:token_usage'],
    ['plain', 'qwen3-6-27b', 'vllm', 'vllm:kv_cache_usage_perc'],
  ])('%s serves %s from the start, measured as %s measures itself', async (runtime, name, engine, metric) => {
    const { named, client, server } = await open()
    const found = await named(name)
    expect(found).toMatchObject({ runtime, engine, phase: 'running' })
    const { service, port } = (await findEndpoint(client, found, signal))!
    const at = `${server.url}/api/v1/namespaces/inference/services/${service}:${port}/proxy`
    expect(await (await fetch(`${at}/metrics`)).text()).toMatch(new RegExp(`^${metric}\\{[^}]*\\} [\\d.e+-]+$`, 'm'))
  })

  it('an edge without the operators serves neither kind', async () => {
    const world = testWorld()
    const server = await startKubernetes({ world, cluster: 'edge-lab' })
    const clients = testClients({ clusters: [{ name: 'edge-lab', kubernetes: { url: server.url } }] })
    closing.push(
      () => clients.close(),
      () => server.close(),
    )
    for (const runtime of [kserve, kserveLlm, rayServiceRuntime])
      expect(await servedKind(clients.kubernetes.for('edge-lab'), runtime, signal)).toBeUndefined()
  })
})

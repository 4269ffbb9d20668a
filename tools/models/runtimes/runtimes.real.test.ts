import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { available, type Kubernetes, startKubernetes } from '../../../engines/index.ts'
import type { KubeObject, KubernetesCluster, ResourceKind } from '../../clients/kubernetes/types.ts'
import { podKind } from '../../clients/kubernetes/types.ts'
import { testClients } from '../../clients/testing.ts'
import { asPod } from '../../kubernetes/service.ts'
import type { DeploymentConfig } from '../config.ts'
import { findEndpoint } from './endpoint.ts'
import { kserve } from './kserve/runtime.ts'
import { kserveLlm } from './kserve-llm/runtime.ts'
import { plain } from './plain/runtime.ts'
import { rayServiceRuntime } from './ray-service/runtime.ts'
import { findServed, servedKind } from './served.ts'
import { anyAccepted, configOf } from './testing.ts'
import type { Runtime } from './types.ts'

const isThere = available('kubernetes').ok && available('kserve-crds').ok && available('kuberay-crds').ok
const signal = new AbortController().signal
const namespace = 'default'

const kinds: Record<string, Omit<ResourceKind, 'version'>> = {
  Deployment: { group: 'apps', resource: 'deployments', kind: 'Deployment', namespaced: true },
  Service: { group: '', resource: 'services', kind: 'Service', namespaced: true },
  HorizontalPodAutoscaler: {
    group: 'autoscaling',
    resource: 'horizontalpodautoscalers',
    kind: 'HorizontalPodAutoscaler',
    namespaced: true,
  },
}
const kindOf = (object: KubeObject, { root }: Runtime): ResourceKind => {
  const version = object.apiVersion!.split('/').at(-1)!
  if (object.kind === root.kind) return { ...root, version, namespaced: true }
  return { ...kinds[object.kind!]!, version }
}

async function start(crds: 'kserve' | 'kserve-minimal') {
  const engine = await startKubernetes({
    crds: [crds, 'kuberay'],
    nodes: [{ count: 2, gpus: 8, model: 'NVIDIA-H100-80GB-HBM3', pool: 'h100' }],
  })
  const clients = testClients({
    clusters: [{ name: 'real', kubernetes: { kubeconfig: engine.kubeconfigPath, context: 'real' } }],
  })
  const stop = async () => {
    clients.close()
    await engine.stop()
  }
  return { engine, client: clients.kubernetes.for('real'), stop }
}

/** Applies all objects of a configuration; warnings of the server are failures. */
async function apply(
  client: KubernetesCluster,
  runtime: Runtime,
  { config, version, dryRun }: { config: DeploymentConfig; version: string; dryRun: boolean },
) {
  const warnings: string[] = []
  const applied: KubeObject[] = []
  for (const object of runtime.manifests(config, version))
    applied.push(
      await client.apply(kindOf(object, runtime), object, { dryRun, onWarning: (text) => warnings.push(text) }),
    )
  expect(warnings.filter((text) => !/deprecated/.test(text))).toEqual([])
  return applied
}

const all: [string, Runtime][] = [plain, kserve, kserveLlm, rayServiceRuntime].map((one) => [one.id, one])

describe.skipIf(!isThere)('runtimes on a real API server with the definitions of KServe and KubeRay', () => {
  let engine: Kubernetes
  let client: KubernetesCluster
  let stop: () => Promise<void>
  beforeAll(async () => {
    ;({ engine, client, stop } = await start('kserve'))
  })
  afterAll(() => stop?.())

  describe.each(all)('%s', (_id, runtime) => {
    it('is served in a version that is written', async () => {
      expect(await servedKind(client, runtime, signal)).toMatchObject({ version: runtime.root.versions[0] })
    })

    it('passes the schema and its rules with any configuration (MOD-035, QLT-050)', async () => {
      const names = { first: 'abcxyz', nameLength: 43 }
      await fc.assert(
        fc.asyncProperty(
          anyAccepted(runtime, names),
          fc.constantFrom(...runtime.root.versions),
          async (config, version) => {
            const [root] = await apply(client, runtime, { config: { ...config, namespace }, version, dryRun: true })
            const read = runtime.read('real', root!)
            const workers = read?.components.find(({ role }) => role === 'worker' || role === 'decode')
            expect(workers?.gpusPerReplica).toBe(config.gpus)
            expect(read).toMatchObject({ engine: config.engine, mode: config.mode })
          },
        ),
        { numRuns: 50, endOnFailure: true },
      )
    })

    it.each(
      runtime.engines.flatMap((engine) =>
        (['aggregated', 'disaggregated'] as const).map((mode) => [engine, mode] as const),
      ),
    )('%s %s is applied, or refused before (MOD-036)', async (engineName, mode) => {
      const name = `${runtime.id}-${engineName}-${mode === 'aggregated' ? 'agg' : 'dis'}`
      const image = runtime.defaultImage(engineName)
      const config = configOf(runtime, { name, namespace, engine: engineName, mode, image, gpus: 2, replicas: 2 })
      const refused = runtime.refusal(config)
      if (refused) {
        expect(refused.field).toBe('mode')
        return
      }
      await apply(client, runtime, { config, version: runtime.root.versions[0]!, dryRun: false })
      const found = await findServed(client, { name, namespace, signal })
      expect(found).toMatchObject({ runtime: runtime.id, engine: engineName, mode, model: 'Qwen/Qwen3-8B' })
      // The names of a field manager stand in what the server stored
      expect(found.keptBy).toBe('quartermaster')
      // Applied again it is the same
      const [again] = await apply(client, runtime, { config, version: runtime.root.versions[0]!, dryRun: false })
      expect(again?.metadata.generation).toBe(found.generation)
      await client.delete(kindOf(again!, runtime), { name, namespace })
    })

    it('refuses what would be stored and never run: a name that is too long', () => {
      const refused = runtime.refusal(configOf(runtime, { name: 'a'.repeat(63) }))
      expect(refused?.field).toBe(runtime === plain ? undefined : 'name')
    })
  })

  describe('a plain deployment on a control plane', () => {
    const deployments: ResourceKind = { ...kinds.Deployment!, version: 'v1' }
    const read = (name: string) => findServed(client, { name, namespace, signal })
    const pods = async (name: string) => {
      const { podSelector } = await read(name)
      return (await client.list(podKind, { namespace, labelSelector: podSelector })).items
    }

    it('is scheduled on GPU nodes, becomes ready, and scales', async () => {
      const config = configOf(plain, {
        name: 'chat',
        namespace,
        gpus: 2,
        replicas: 2,
        gpuModel: 'NVIDIA H100 80GB HBM3',
      })
      await apply(client, plain, { config, version: 'v1', dryRun: false })
      await expect.poll(async () => (await read('chat')).phase, { timeout: 90_000 }).toBe('running')
      const found = await read('chat')
      expect(found.components).toEqual([
        expect.objectContaining({ role: 'worker', replicas: 2, readyReplicas: 2, gpusPerReplica: 2 }),
      ])
      expect((await pods('chat')).map(({ spec }) => spec?.nodeName)).toEqual([
        expect.stringMatching(/^h100-/),
        expect.stringMatching(/^h100-/),
      ])
      expect(await findEndpoint(client, found, signal)).toEqual({ service: 'chat', port: 8000, path: '/v1' })
      const { endpoint: _, ...foreign } = found
      expect(await findEndpoint(client, foreign, signal)).toEqual({ service: 'chat', port: 8000, path: '/v1' })
      const lever = await plain.change!.lever({
        client,
        kind: deployments,
        object: found.raw,
        component: found.components[0]!,
        signal,
      })
      await client.patch(deployments, { name: 'chat', namespace, body: lever.body({ min: 4, max: 4 }) })
      await expect.poll(async () => (await read('chat')).components[0]?.readyReplicas, { timeout: 90_000 }).toBe(4)
    })

    it('says why it waits where no node has so many GPUs', async () => {
      const config = configOf(plain, { name: 'too-big', namespace, gpus: 16 })
      await apply(client, plain, { config, version: 'v1', dryRun: false })
      await expect.poll(async () => (await read('too-big')).phase, { timeout: 60_000 }).toBe('deploying')
      const reason = async () =>
        (await pods('too-big')).map((pod) => asPod(pod).status.conditions?.find(({ type }) => type === 'PodScheduled'))
      await expect
        .poll(reason, { timeout: 60_000 })
        .toEqual([
          expect.objectContaining({ reason: 'Unschedulable', message: expect.stringContaining('nvidia.com/gpu') }),
        ])
      expect((await read('too-big')).reason).toBe('ReplicaSetUpdated')
    })

    it('is gone with its Deployment', async () => {
      await client.delete(deployments, { name: 'chat', namespace })
      await expect
        .poll(async () => (await engine.api({ path: `/api/v1/namespaces/${namespace}/pods` })).status)
        .toBe(200)
      await expect(read('chat')).rejects.toThrow(/no model deployment named chat/)
    })
  })
})

describe.skipIf(!isThere || !available('kserve-minimal-crds').ok)('KServe without schemas', () => {
  it('stores what we write, which our own reading checks', async () => {
    const { client, stop } = await start('kserve-minimal')
    try {
      for (const runtime of [kserve, kserveLlm])
        for (const version of runtime.root.versions) {
          const config = configOf(runtime, { name: `m-${version}`, namespace, gpus: 2 })
          const [root] = await apply(client, runtime, { config, version, dryRun: false })
          expect(runtime.read('real', root!)).toMatchObject({
            model: 'Qwen/Qwen3-8B',
            engine: 'vllm',
            phase: 'pending',
          })
          await client.delete(kindOf(root!, runtime), { name: `m-${version}`, namespace })
        }
    } finally {
      await stop()
    }
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  available,
  type EngineName,
  type Kubernetes,
  type Operator,
  startDynamoOperator,
  startKserveController,
  startKuberayOperator,
  startKubernetes,
} from '../../../engines/index.ts'
import { testClients } from '../../clients/testing.ts'
import { ensureNamespace } from '../../manifest.ts'
import type { DeploymentConfig } from '../config.ts'
import { runtimeOf } from './index.ts'
import { findServed, servedKind } from './served.ts'
import { configOf } from './testing.ts'
import type { Runtime, ServedDeployment } from './types.ts'

const have = (...names: EngineName[]) => names.every((name) => available(name).ok)
const namespace = 'serving'
const signal = AbortSignal.timeout(540_000)

/** The operators themselves make the objects behind a deployment; the scheduler places its pods and kwok plays them. */
describe.skipIf(!have('kubernetes'))('deployments reconciled by their own operators', () => {
  let engine: Kubernetes
  const operators: Operator[] = []
  const clients = () =>
    testClients({ clusters: [{ name: 'real', kubernetes: { kubeconfig: engine.kubeconfigPath, context: 'real' } }] })
  let open: ReturnType<typeof clients>

  beforeAll(async () => {
    engine = await startKubernetes({
      crds: [
        ...(have('dynamo-crds') ? ['dynamo' as const] : []),
        ...(have('kuberay-crds') ? ['kuberay' as const] : []),
        ...(have('kserve-crds') ? ['kserve' as const] : []),
      ],
      nodes: [{ count: 3, gpus: 8, pool: 'h100', model: 'NVIDIA-H100-80GB-HBM3' }],
    })
    open = clients()
    await ensureNamespace(open.kubernetes.for('real'), namespace, signal)
  })
  afterAll(async () => {
    open?.close()
    for (const operator of operators) await operator.stop()
    await engine?.stop()
  })

  async function apply(runtime: Runtime, config: DeploymentConfig): Promise<void> {
    const client = open.kubernetes.for('real')
    const kind = await servedKind(client, runtime, signal)
    for (const object of runtime.manifests(config, kind!.version)) {
      const [group = '', version = ''] = object.apiVersion!.includes('/')
        ? object.apiVersion!.split('/')
        : ['', object.apiVersion!]
      const its = await client.resolveKind(group === '' ? object.kind! : `${object.kind}.${group}`, signal)
      await client.apply({ ...its, version }, object, { signal })
    }
  }
  const seen = (name: string): Promise<ServedDeployment> =>
    findServed(open.kubernetes.for('real'), { name, namespace, signal })
  const until = (name: string, phase: ServedDeployment['phase']) =>
    expect.poll(async () => (await seen(name)).phase, { timeout: 90_000, interval: 500 }).toBe(phase)

  describe.skipIf(!have('dynamo-crds', 'dynamo-operator'))('NVIDIA Dynamo', () => {
    beforeAll(async () => {
      operators.push(await startDynamoOperator({ kubernetes: engine, namespace }))
    })

    it.each([
      ['aggregated', 'vllm', 1],
      ['disaggregated', 'vllm', 2],
      ['aggregated', 'sglang', 2],
      ['disaggregated', 'trtllm', 1],
    ] as const)('%s on %s with %i replicas becomes ready', async (mode, engineName, replicas) => {
      const runtime = runtimeOf('dynamo')!
      const name = `${engineName}-${mode.slice(0, 5)}`
      await apply(runtime, configOf(runtime, { name, namespace, mode, engine: engineName, replicas }))
      await until(name, 'running')
      const { components } = await seen(name)
      const workers = components.filter(({ role }) => role !== 'frontend')
      expect(workers.map(({ readyReplicas }) => readyReplicas)).toEqual(workers.map(() => replicas))
    })

    it('says why one that finds no room does not get ready', async () => {
      const runtime = runtimeOf('dynamo')!
      await apply(runtime, configOf(runtime, { name: 'too-large', namespace, gpus: 16 }))
      await expect.poll(async () => (await seen('too-large')).message, { timeout: 60_000 }).toMatch(/ready|schedul/i)
      expect((await seen('too-large')).phase).not.toBe('running')
    })
  })

  describe.skipIf(!have('kserve-crds', 'kserve-controller'))('KServe', () => {
    beforeAll(async () => {
      operators.push(await startKserveController({ kubernetes: engine }))
    })

    it('an InferenceService becomes ready', async () => {
      const runtime = runtimeOf('kserve')!
      await apply(runtime, configOf(runtime, { name: 'isvc', namespace, replicas: 2 }))
      await until('isvc', 'running')
      expect((await seen('isvc')).components).toMatchObject([{ replicas: 2 }])
    })
  })

  describe.skipIf(!have('kuberay-crds', 'kuberay-operator'))('KubeRay', () => {
    beforeAll(async () => {
      operators.push(await startKuberayOperator({ kubernetes: engine }))
    })

    it('a RayService gets its Ray cluster and pods; without a dashboard it stays on its way', async () => {
      const runtime = runtimeOf('ray-service')!
      await apply(runtime, configOf(runtime, { name: 'rays', namespace }))
      const pods = { group: '', version: 'v1', resource: 'pods', kind: 'Pod', namespaced: true }
      const running = async () => {
        const { podSelector } = await seen('rays')
        const { items } = await open.kubernetes
          .for('real')
          .list(pods, { namespace, labelSelector: podSelector, signal })
        return items.filter(({ status }) => status?.phase === 'Running').length
      }
      await expect.poll(running, { timeout: 90_000 }).toBe(2)
      expect(['pending', 'deploying']).toContain((await seen('rays')).phase)
    })
  })
})

import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCrds } from '../../../../engines/crds.ts'
import { available, type Kubernetes, startKubernetes } from '../../../../engines/index.ts'
import type { KubeObject, KubernetesCluster, ResourceKind } from '../../../clients/kubernetes/types.ts'
import { testClients } from '../../../clients/testing.ts'
import { engines } from '../../catalogue.ts'
import type { DeploymentConfig } from '../../config.ts'
import { plainConfig } from '../../testing-config.ts'
import { runtimeImage } from './names.ts'
import { dynamoRequest } from './request.ts'
import { dynamo } from './runtime.ts'
import { fitting, fittingConfig } from './testing.ts'

const namespace = 'default'
const isThere = available('kubernetes').ok && available('dynamo-crds').ok

const modes = ['aggregated', 'disaggregated'] as const
const routers = ['none', 'kv', 'round-robin'] as const
const everything: Partial<DeploymentConfig> = {
  contextLength: 32_768,
  kvCacheDtype: 'fp8',
  gpuMemoryUtilization: 0.9,
  maxSequences: 128,
  expertParallel: true,
  enablePrefixCaching: true,
  trustRemoteCode: true,
  engineArgs: ['--seed', '7'],
  cpu: '16',
  memory: '200Gi',
  sharedMemory: '16Gi',
  gpuModel: 'NVIDIA-H100-80GB-HBM3',
  nodeSelector: { 'node-pool': 'h100' },
  tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'serving', effect: 'NoSchedule' }],
  spreadOver: 'topology.kubernetes.io/zone',
  priorityClass: 'serving',
  queue: 'team-a',
  hfTokenSecret: 'hf-token-secret',
  imagePullSecret: 'registry',
  env: { HTTPS_PROXY: 'http://proxy.example:3128' },
}
/** Sets of options that change the shape of the graph. */
const variants: Record<string, Partial<DeploymentConfig>> = {
  plain: {},
  'all options': { ...everything, gpus: 8, quantization: 'fp8' },
  'several nodes': { gpus: 16, pipelineParallel: 2, nodesPerReplica: 2, memory: '1Ti' },
  'scaled by load': { autoscaling: { minReplicas: 1, maxReplicas: 6 }, replicas: 2 },
  planned: { planner: true, autoscaling: { minReplicas: 1, maxReplicas: 4 }, goal: { ttftMs: 300, itlMs: 20 } },
  'weights on a claim': { storage: { claim: 'weights', path: 'qwen3-8b' } },
  'cache on a claim': { storage: { claim: 'cache', mountPath: '/cache' }, image: 'registry.example/runtime:nightly' },
}
const matrix = engines.flatMap((engine) => modes.map((mode) => [engine, mode] as const))
const combinations = (engine: DeploymentConfig['engine'], mode: DeploymentConfig['mode']) =>
  routers.flatMap((routerMode) =>
    Object.entries(variants).map(([variant, more]) =>
      fitting(
        plainConfig({
          name: `${engine}-${mode.slice(0, 3)}-${routerMode.slice(0, 2)}-${variant.slice(0, 4)}`.replace(
            /[^a-z0-9-]/g,
            '-',
          ),
          namespace,
          engine,
          mode,
          routerMode,
          image: runtimeImage(engine),
          ...(mode === 'disaggregated' && { prefillReplicas: 2 }),
          ...more,
        }),
      ),
    ),
  )

const kinds: Record<string, [string, string]> = {
  DynamoGraphDeployment: ['nvidia.com', 'dynamographdeployments'],
  DynamoGraphDeploymentRequest: ['nvidia.com', 'dynamographdeploymentrequests'],
  HorizontalPodAutoscaler: ['autoscaling', 'horizontalpodautoscalers'],
}
function kindOf({ apiVersion = '', kind = '' }: KubeObject): ResourceKind {
  const [group, resource] = kinds[kind]!
  return { group, resource, kind, version: apiVersion.split('/')[1]!, namespaced: true }
}

/** What the server gives back says the same as what was asked. */
const sameAs = ({ gpus, engine: asked, mode, replicas, modelId }: DeploymentConfig, object: KubeObject) => {
  const found = dynamo.read('real', object)!
  expect(found).toMatchObject({ engine: asked, mode, model: modelId, keptBy: 'quartermaster' })
  const workers = found.components.filter(({ gpusPerReplica }) => gpusPerReplica > 0)
  // A map of services comes back in the order of its names
  expect(workers.find(({ role }) => role !== 'prefill')).toMatchObject({ gpusPerReplica: gpus, replicas })
}

describe.skipIf(!isThere)('Dynamo on a real API server with its own definitions (MOD-035, QLT-050)', () => {
  let engine: Kubernetes
  let client: KubernetesCluster
  let close: () => void
  beforeAll(async () => {
    engine = await startKubernetes({ crds: ['dynamo'] })
    const clients = testClients({
      clusters: [{ name: 'real', kubernetes: { kubeconfig: engine.kubeconfigPath, context: 'real' } }],
    })
    client = clients.kubernetes.for('real')
    close = () => clients.close()
  })
  afterAll(async () => {
    close?.()
    await engine?.stop()
  })

  const apply = async (objects: readonly KubeObject[], options: { dryRun?: boolean } = {}) => {
    const applied: KubeObject[] = []
    for (const object of objects) applied.push(await client.apply(kindOf(object), object, options))
    return applied
  }
  it.each(matrix)(
    '%s, %s: every router and set of options is dry-run, applied and read back (MOD-036)',
    async (one, mode) => {
      const configs = combinations(one, mode)
      expect(configs).toHaveLength(21)
      for (const config of configs) {
        expect(dynamo.refusal(config)).toBeUndefined()
        const objects = dynamo.manifests(config, 'v1beta1')
        await apply(objects, { dryRun: true })
        const [graph] = await apply(objects)
        sameAs(config, graph!)
        const again = await client.get(kindOf(graph!), { name: config.name, namespace })
        sameAs(config, again)
        for (const object of objects) await client.delete(kindOf(object), { name: object.metadata.name, namespace })
      }
    },
  )

  it('takes any configuration that passes our own validation', async () => {
    const configs = fc.sample(fittingConfig, { numRuns: 120, seed: 20_261_120 })
    for (const any of configs) {
      const config = { ...any, namespace }
      expect(dynamo.refusal(config)).toBeUndefined()
      const [graph] = await apply(dynamo.manifests(config, 'v1beta1'), { dryRun: true })
      sameAs(config, graph!)
    }
  })

  it('refuses what we refuse too, by its rules', async () => {
    const [graph] = dynamo.manifests(plainConfig({ namespace }), 'v1beta1')
    const spec = graph!.spec as { components: Record<string, unknown>[] }
    const broken = (more: object): KubeObject => ({
      ...graph!,
      spec: { ...spec, components: [{ ...spec.components[0], ...more }, ...spec.components.slice(1)] },
    })
    for (const [more, words] of [
      [{ type: 'oddity' }, /oddity/],
      [{ multinode: { nodeCount: 1 } }, /greater than or equal to 2/],
      [{ eppConfig: { configMapRef: { key: 'x' } } }, /epp/i],
      [{ name: 'vllmworker' }, /unique case-insensitively/],
      [{ runtimeVersionOverride: 'newest' }, /runtimeVersionOverride/],
    ] as const)
      await expect(apply([broken(more)], { dryRun: true })).rejects.toThrowError(words)
  })

  const goals: Partial<DeploymentConfig>[] = [
    {},
    { goal: { ttftMs: 300, itlMs: 20, inputTokens: 3000, outputTokens: 500, concurrency: 8 } },
    { goal: { requestsPerSecond: 2.5, search: 'thorough' }, mode: 'disaggregated', gpuModel: 'NVIDIA-H200' },
    { storage: { claim: 'weights', mountPath: '/models', path: 'qwen' }, planner: true, env: { A: 'b' } },
    { image: 'registry.example/vllm-runtime:nightly', gpus: 2, replicas: 4, queue: 'team-a' },
  ]
  it.each(engines.flatMap((one) => [false, true].map((any) => [one, any] as const)))(
    'a request by goal for %s (any engine: %s) is dry-run, applied and read back',
    async (one, anyEngine) => {
      for (const [index, more] of goals.entries()) {
        const isThorough = more.goal?.search === 'thorough'
        const goal = { ...more.goal, ...(anyEngine && !isThorough && { anyEngine }) }
        const config = plainConfig({
          runtime: 'dynamo-request',
          name: `goal-${one}-${index}`,
          namespace,
          engine: one,
          image: runtimeImage(one),
          ...more,
          goal,
        })
        expect(dynamoRequest.refusal(config)).toBeUndefined()
        const objects = dynamoRequest.manifests(config, 'v1beta1')
        await apply(objects, { dryRun: true })
        const [request] = await apply(objects)
        expect(dynamoRequest.read('real', request!)).toMatchObject({
          name: config.name,
          model: config.modelId,
          phase: 'pending',
          keptBy: 'quartermaster',
        })
        await client.delete(kindOf(request!), { name: config.name, namespace })
      }
    },
  )
})

describe.skipIf(!isThere)('Dynamo 1.1, which serves nothing but v1alpha1 (MOD-029)', () => {
  let engine: Kubernetes
  beforeAll(async () => {
    engine = await startKubernetes()
    const crd = readCrds('dynamo').find(({ metadata }) => metadata.name.startsWith('dynamographdeployments.'))!
    const spec = crd.spec as typeof crd.spec & { versions: { name: string }[] }
    const versions = spec.versions.filter(({ name }) => name === 'v1alpha1')
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
    const older = { ...crd, spec: { ...spec, versions: versions.map((one) => ({ ...one, storage: true })) } }
    expect((await engine.api({ method: 'POST', path, body: older })).status).toBe(201)
    const served = async () => (await engine.api({ path: '/apis/nvidia.com/v1alpha1/dynamographdeployments' })).status
    while ((await served()) !== 200) await sleep(100)
  })
  afterAll(() => engine?.stop())

  it.each(matrix)('%s, %s: takes every router and set of options but the planner', async (one, mode) => {
    const configs = combinations(one, mode).filter(({ planner }) => !planner)
    expect(configs.length).toBeGreaterThanOrEqual(18)
    for (const config of configs) await applied(config)
  })

  it('takes any configuration that passes our own validation', async () => {
    const configs = fc.sample(fittingConfig, { numRuns: 100, seed: 20_261_121 }).filter(({ planner }) => !planner)
    expect(configs.length).toBeGreaterThanOrEqual(60)
    for (const config of configs) await applied({ ...config, namespace }, '&dryRun=All')
  })

  async function applied(config: DeploymentConfig, query = '') {
    const [body] = dynamo.manifests(config, 'v1alpha1')
    const { status, body: answer } = await engine.api({
      method: 'PATCH',
      path: `/apis/nvidia.com/v1alpha1/namespaces/${namespace}/dynamographdeployments/${config.name}?fieldManager=quartermaster&fieldValidation=Strict${query}`,
      contentType: 'application/apply-patch+yaml',
      body,
    })
    expect([status, status === 201 ? '' : answer]).toEqual([201, ''])
    sameAs(config, answer as KubeObject)
  }
})

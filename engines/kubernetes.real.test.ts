import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { available, type Kubernetes, startKubernetes } from './index.ts'

type Pod = { spec: { nodeName?: string }; status: { phase: string; conditions?: { type: string; reason?: string }[] } }

const PODS = '/api/v1/namespaces/default/pods'
const GRAPHS = '/apis/nvidia.com/v1beta1/namespaces/default/dynamographdeployments'

describe.skipIf(!available('kubernetes').ok)('a real Kubernetes control plane', () => {
  let engine: Kubernetes

  const pod = (name: string, gpus: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'main', image: 'example/none', resources: { limits: { 'nvidia.com/gpu': gpus } } }] },
  })
  const read = async (name: string) => (await engine.api({ path: `${PODS}/${name}` })).body as Pod

  beforeAll(async () => {
    engine = await startKubernetes({ nodes: [{ count: 2, gpus: 8, model: 'NVIDIA-H100-80GB-HBM3', pool: 'gpu-pool' }] })
  })
  afterAll(() => engine?.stop())

  it('gives its pinned version', async () => {
    expect((await engine.api({ path: '/version' })).body).toMatchObject({ major: '1', minor: '36' })
  })

  it('has nodes that carry GPUs and their labels', async () => {
    const { body } = await engine.api({ path: '/api/v1/nodes/gpu-pool-1' })
    expect(body).toMatchObject({
      metadata: { labels: { 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3', 'nvidia.com/gpu.memory': '81559' } },
      status: { allocatable: { 'nvidia.com/gpu': '8' } },
    })
  })

  it('schedules a pod that asks for GPUs onto one of them, where it runs', async () => {
    expect((await engine.api({ method: 'POST', path: PODS, body: pod('fits', '8') })).status).toBe(201)
    await expect.poll(async () => (await read('fits')).status.phase, { timeout: 60_000 }).toBe('Running')
    expect((await read('fits')).spec.nodeName).toMatch(/^gpu-pool-[01]$/)
  })

  it('leaves a pod pending that asks for more GPUs than a node has', async () => {
    await engine.api({ method: 'POST', path: PODS, body: pod('too-big', '9') })
    const conditions = async () => (await read('too-big')).status.conditions
    await expect
      .poll(conditions, { timeout: 60_000 })
      .toEqual([expect.objectContaining({ type: 'PodScheduled', reason: 'Unschedulable' })])
  })

  it('runs the pods of a Deployment', async () => {
    const labels = { app: 'web' }
    const spec = { containers: [{ name: 'main', image: 'example/none' }] }
    const body = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: { replicas: 3, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    }
    const path = '/apis/apps/v1/namespaces/default/deployments'
    expect((await engine.api({ method: 'POST', path, body })).status).toBe(201)
    const ready = async () =>
      ((await engine.api({ path: `${path}/web` })).body as { status: { readyReplicas?: number } }).status.readyReplicas
    await expect.poll(ready, { timeout: 60_000 }).toBe(3)
  })

  it('refuses strangers and people without a role', async () => {
    expect((await engine.api({ path: PODS, token: 'wrong' })).status).toBe(401)
    expect((await engine.api({ path: PODS, token: engine.powerlessToken })).status).toBe(403)
  })

  describe.skipIf(!available('dynamo-crds').ok)('with the definitions of Dynamo', () => {
    const component = (name: string, type: string, limits: Record<string, string>) => ({
      name,
      type,
      replicas: 1,
      podTemplate: { spec: { containers: [{ name: 'main', image: 'example/runtime:1.6.0', resources: { limits } }] } },
    })
    const graph = (components: unknown[]) => ({
      apiVersion: 'nvidia.com/v1beta1',
      kind: 'DynamoGraphDeployment',
      metadata: { name: 'smoke' },
      spec: { components },
    })
    const good = graph([
      component('Frontend', 'frontend', {}),
      component('Worker', 'worker', { 'nvidia.com/gpu': '2' }),
    ])
    const apply = (body: unknown, query: string) =>
      engine.api({
        method: 'PATCH',
        path: `${GRAPHS}/smoke?fieldManager=smoke&${query}`,
        body,
        contentType: 'application/apply-patch+yaml',
      })

    beforeAll(async () => {
      await engine.applyCrds('dynamo')
    })

    it('serves both versions', async () => {
      expect((await engine.api({ path: '/apis/nvidia.com' })).body).toMatchObject({
        versions: expect.arrayContaining([expect.objectContaining({ version: 'v1beta1' })]),
      })
    })

    it('checks a graph in a dry run and stores nothing', async () => {
      expect((await apply(good, 'dryRun=All')).status).toBe(201)
      expect((await engine.api({ path: `${GRAPHS}/smoke` })).status).toBe(404)
    })

    it('refuses a graph with an unknown component type', async () => {
      const { status, body } = await apply(graph([component('Worker', 'teapot', {})]), 'dryRun=All')
      expect(status).toBe(422)
      expect(JSON.stringify(body)).toContain('teapot')
    })

    it('applies a graph', async () => {
      expect((await apply(good, 'force=true')).status).toBe(201)
      const { body } = await engine.api({ path: `${GRAPHS}/smoke` })
      expect(body).toMatchObject({ spec: { components: [{ name: 'Frontend' }, { name: 'Worker' }] } })
    })
  })

  describe.skipIf(!available('kuberay-crds').ok)('with the definitions of KubeRay', () => {
    beforeAll(async () => {
      await engine.applyCrds('kuberay')
    })

    it('refuses a Ray cluster without a head in a dry run', async () => {
      const path = '/apis/ray.io/v1/namespaces/default/rayclusters?dryRun=All'
      const body = { apiVersion: 'ray.io/v1', kind: 'RayCluster', metadata: { name: 'headless' }, spec: {} }
      const answer = await engine.api({ method: 'POST', path, body })
      expect(answer.status).toBe(422)
      expect(JSON.stringify(answer.body)).toContain('headGroupSpec')
    })
  })
})

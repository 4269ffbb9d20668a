import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningServer } from '../http-server.ts'
import { fetchJson, type Json, testWorld } from '../testing.ts'
import type { World } from '../world/world.ts'
import { startKubernetes } from './server.ts'

let world: World
let server: RunningServer

beforeAll(async () => {
  world = testWorld()
  server = await startKubernetes({ world, cluster: 'gpu-east' })
})
afterAll(async () => {
  await server.close()
})

const get = (path: string, headers: Record<string, string> = {}) => fetchJson(server.url + path, { headers })
const send = (method: string, path: string, options: { body?: unknown; type?: string; token?: string } = {}) =>
  fetchJson(server.url + path, {
    method,
    headers: {
      'content-type': options.type ?? 'application/json',
      ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
    },
    ...(options.body === undefined
      ? {}
      : { body: typeof options.body === 'string' ? options.body : JSON.stringify(options.body) }),
  })

const DGD_PATH = '/apis/nvidia.com/v1beta1/namespaces/inference/dynamographdeployments'

describe('server-side apply', () => {
  const path = '/api/v1/namespaces/gateway/configmaps/settings'
  const apply = (manager: string, data: Record<string, string>, force = false) =>
    send('PATCH', `${path}?fieldManager=${manager}${force ? '&force=true' : ''}`, {
      type: 'application/apply-patch+yaml',
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data },
    })

  it('keeps apart who holds what: conflicts, force, and taking away what is no longer applied', async () => {
    expect((await apply('one', { a: '1', b: '1' })).status).toBe(201)
    expect((await apply('two', { c: '2' })).body.data).toEqual({ a: '1', b: '1', c: '2' })
    const clash = await apply('two', { a: '9', c: '2' })
    expect(clash).toMatchObject({
      status: 409,
      body: { reason: 'Conflict', message: 'Apply failed with 1 conflict: conflict with "one": .data.a' },
    })
    expect(clash.body.details.causes[0]).toEqual({
      reason: 'FieldManagerConflict',
      message: 'conflict with "one"',
      field: '.data.a',
    })
    expect((await apply('two', { a: '9', c: '2' }, true)).body.data).toEqual({ a: '9', b: '1', c: '2' })
    expect((await apply('one', { b: '1' })).body.data).toEqual({ a: '9', b: '1', c: '2' })
    expect((await apply('two', { c: '2' })).body.data).toEqual({ b: '1', c: '2' })
  })

  it('changes nothing when nothing is new', async () => {
    const first = (await apply('one', { b: '1' })).body.metadata.resourceVersion
    expect((await apply('one', { b: '1' })).body.metadata.resourceVersion).toBe(first)
  })
})

describe('writes', () => {
  it('answers with the reasons clients switch on', async () => {
    expect((await get('/api/v1/namespaces/gateway/pods/none')).body).toMatchObject({
      code: 404,
      reason: 'NotFound',
      message: 'pods "none" not found',
    })
    expect(
      (
        await send('POST', '/api/v1/namespaces', {
          body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'gateway' } },
        })
      ).body.reason,
    ).toBe('AlreadyExists')
    expect(
      (
        await send('POST', '/api/v1/namespaces/none/configmaps', {
          body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } },
        })
      ).body.message,
    ).toBe('namespaces "none" not found')
    expect(
      (
        await send('POST', '/api/v1/namespaces/gateway/configmaps', {
          body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'Bad_Name' } },
        })
      ).status,
    ).toBe(422)
    const stale = await send('PATCH', '/apis/apps/v1/namespaces/kube-system/deployments/coredns', {
      type: 'application/merge-patch+json',
      body: { metadata: { resourceVersion: '1' }, spec: { replicas: 3 } },
    })
    expect(stale.body).toMatchObject({ code: 409, reason: 'Conflict' })
    expect(
      (await send('PATCH', `${DGD_PATH}/qwen3-32b`, { type: 'application/strategic-merge-patch+json', body: {} }))
        .status,
    ).toBe(415)
  })

  it('scales a deployment through its scale subresource', async () => {
    const path = '/apis/apps/v1/namespaces/kube-system/deployments/coredns'
    const scale = await send('PATCH', `${path}/scale`, {
      type: 'application/merge-patch+json',
      body: { spec: { replicas: 4 } },
    })
    expect(scale.body).toMatchObject({ kind: 'Scale', spec: { replicas: 4 } })
    world.tick(20)
    expect((await get(path)).body.status).toMatchObject({ replicas: 4, readyReplicas: 4 })
  })

  it('scales a graph through its adapter where it has one, and refuses the direct way', async () => {
    const graphPath = `${DGD_PATH}/gpt-oss-120b`
    const spec = (await get(graphPath)).body.spec
    const direct = structuredClone(spec)
    direct.components[1].replicas = 5
    const refused = await send('PATCH', graphPath, { type: 'application/merge-patch+json', body: { spec: direct } })
    expect(refused.body).toMatchObject({
      code: 422,
      reason: 'Invalid',
      details: { causes: [{ field: 'spec.components[1].replicas' }] },
    })
    const adapter =
      '/apis/nvidia.com/v1beta1/namespaces/inference/dynamographdeploymentscalingadapters/gpt-oss-120b-vllmdecodeworker'
    expect((await get(`${adapter}/scale`)).body.spec.replicas).toBe(4)
    await send('PATCH', `${adapter}/scale`, { type: 'application/merge-patch+json', body: { spec: { replicas: 5 } } })
    world.tick(30)
    expect((await get(graphPath)).body.status.components.VllmDecodeWorker).toMatchObject({
      replicas: 5,
      readyReplicas: 5,
    })
    await send('PATCH', `${adapter}/scale`, { type: 'application/merge-patch+json', body: { spec: { replicas: 4 } } })
    world.tick(5)
  })

  it('rolls a deployment out and keeps the old pods while the new ones fail', async () => {
    const path = '/apis/apps/v1/namespaces/monitoring/deployments/kube-state-metrics'
    await send('PATCH', path, {
      type: 'application/strategic-merge-patch+json',
      body: {
        spec: { template: { spec: { containers: [{ name: 'kube-state-metrics', image: 'registry.invalid/x:1' }] } } },
      },
    })
    world.tick(30)
    const pods = (await get('/api/v1/namespaces/monitoring/pods?labelSelector=app=kube-state-metrics')).body.items
    const states = pods
      .map((pod: Json) => Object.values<Json>(pod.status.containerStatuses[0].state)[0].reason ?? 'Running')
      .sort()
    expect(states).toEqual(['ImagePullBackOff', 'Running'])
    expect((await get(path)).body.status).toMatchObject({ updatedReplicas: 1, readyReplicas: 1, replicas: 2 })
  })

  it('takes a pod down and brings another up', async () => {
    const before = (await get('/api/v1/namespaces/kube-system/pods?labelSelector=app=metrics-server')).body.items
    expect((await send('DELETE', `/api/v1/namespaces/kube-system/pods/${before[0].metadata.name}`)).status).toBe(200)
    expect(
      (await get(`/api/v1/namespaces/kube-system/pods/${before[0].metadata.name}`)).body.metadata.deletionTimestamp,
    ).toBeDefined()
    world.tick(20)
    const after = (await get('/api/v1/namespaces/kube-system/pods?labelSelector=app=metrics-server')).body.items
    expect(after.length).toBe(2)
    expect(after.map((pod: Json) => pod.metadata.name)).not.toContain(before[0].metadata.name)
  })
})

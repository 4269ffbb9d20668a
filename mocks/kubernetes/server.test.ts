import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningServer } from '../http-server.ts'
import { fetchJson, type Json, testWorld } from '../testing.ts'
import type { World } from '../world/world.ts'
import { startKubernetes } from './server.ts'

let world: World
let server: RunningServer
let edge: RunningServer

beforeAll(async () => {
  world = testWorld()
  server = await startKubernetes({ world, cluster: 'gpu-east' })
  edge = await startKubernetes({ world, cluster: 'edge-lab', token: 'sesame' })
})
afterAll(async () => {
  await server.close()
  await edge.close()
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

function graph(name: string, gpus: number, replicas = 1): Json {
  const main = (limits?: Record<string, string>) => ({
    name: 'main',
    image: 'nvcr.io/nvidia/ai-dynamo/vllm-runtime:1.6.0',
    ...(limits ? { resources: { limits } } : {}),
  })
  return {
    apiVersion: 'nvidia.com/v1beta1',
    kind: 'DynamoGraphDeployment',
    metadata: { name },
    spec: {
      components: [
        { name: 'Frontend', type: 'frontend', podTemplate: { spec: { containers: [main()] } } },
        {
          name: 'Worker',
          type: 'worker',
          replicas,
          podTemplate: { spec: { containers: [main({ 'nvidia.com/gpu': String(gpus) })] } },
        },
      ],
    },
  }
}

describe('discovery', () => {
  it('tells version, groups and the served versions of Dynamo per cluster', async () => {
    expect((await get('/version')).body.gitVersion).toBe('v1.36.2')
    const groups = (await get('/apis')).body.groups.map((group: Json) => group.name)
    expect(groups).toEqual(expect.arrayContaining(['apps', 'batch', 'nvidia.com', 'ray.io', 'authorization.k8s.io']))
    expect((await get('/apis/nvidia.com')).body.versions.map((one: Json) => one.version)).toEqual([
      'v1beta1',
      'v1alpha1',
    ])
    const edgeGroup = await fetchJson(`${edge.url}/apis/nvidia.com`, { headers: { authorization: 'Bearer sesame' } })
    expect(edgeGroup.body.versions.map((one: Json) => one.version)).toEqual(['v1alpha1'])
    const core = (await get('/api/v1')).body
    expect(core.resources.find((one: Json) => one.name === 'pods')).toMatchObject({
      namespaced: true,
      kind: 'Pod',
      shortNames: ['po'],
    })
    expect((await get('/apis/nvidia.com/v9')).status).toBe(404)
  })
})

describe('lists', () => {
  it('pages through all pods without losing or doubling one', async () => {
    const all = (await get('/api/v1/pods')).body
    const names: string[] = []
    let token = ''
    do {
      const page = (await get(`/api/v1/pods?limit=100${token ? `&continue=${token}` : ''}`)).body
      names.push(...page.items.map((pod: Json) => `${pod.metadata.namespace}/${pod.metadata.name}`))
      token = page.metadata.continue ?? ''
    } while (token)
    expect(names).toEqual(all.items.map((pod: Json) => `${pod.metadata.namespace}/${pod.metadata.name}`))
    expect(names.length).toBe(330)
    expect(all.items[0].kind).toBeUndefined()
  })

  it('selects by labels and fields, and says what it cannot select by', async () => {
    const gpu = (await get('/api/v1/nodes?labelSelector=nvidia.com/gpu.present%3Dtrue,node-pool%20in%20(h100,h200)'))
      .body.items
    expect(gpu.length).toBe(14)
    const node = gpu[0].metadata.name
    const here = (await get(`/api/v1/pods?fieldSelector=spec.nodeName=${node},status.phase!=Pending`)).body.items
    expect(here.length).toBeGreaterThan(5)
    expect(here.every((pod: Json) => pod.spec.nodeName === node)).toBe(true)
    expect((await get('/api/v1/pods?fieldSelector=spec.foo=1')).body).toMatchObject({
      code: 400,
      reason: 'BadRequest',
      message: 'field label not supported: spec.foo',
    })
    expect((await get('/api/v1/pods?labelSelector=a%20b%20c')).status).toBe(400)
  })

  it('answers kubectl with tables', async () => {
    const table = (await get('/api/v1/nodes', { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' })).body
    expect(table.kind).toBe('Table')
    expect(table.columnDefinitions.slice(0, 5).map((one: Json) => one.name)).toEqual([
      'Name',
      'Status',
      'Roles',
      'Age',
      'Version',
    ])
    expect(table.rows.length).toBe(20)
    const pods = (
      await get('/api/v1/namespaces/gateway/pods', { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' })
    ).body
    expect(pods.rows.map((row: Json) => row.cells[2])).toContain('ImagePullBackOff')
  })
})

describe('watch', () => {
  it('tells what comes after a list, agrees with the next list, and sends bookmarks', async () => {
    const before = (await get('/api/v1/namespaces/inference/pods')).body
    const aborter = new AbortController()
    const response = await fetch(
      `${server.url}/api/v1/namespaces/inference/pods?watch=1&allowWatchBookmarks=true&resourceVersion=${before.metadata.resourceVersion}`,
      { signal: aborter.signal },
    )
    await send('POST', DGD_PATH, { body: graph('watched', 1) })
    world.tick(40)
    const view = new Map<string, Json>(before.items.map((pod: Json) => [pod.metadata.uid, pod]))
    let bookmarks = 0
    for await (const line of linesOf(response)) {
      const event = JSON.parse(line)
      if (event.type === 'BOOKMARK') bookmarks++
      else if (event.type === 'DELETED') view.delete(event.object.metadata.uid)
      else view.set(event.object.metadata.uid, event.object)
      if (bookmarks > 0) break
    }
    aborter.abort()
    const after = (await get('/api/v1/namespaces/inference/pods')).body.items
    const versions = (pods: Iterable<Json>) =>
      [...pods].map((pod) => `${pod.metadata.name}@${pod.metadata.resourceVersion}`).sort()
    expect(after.length).toBe(before.items.length + 2)
    expect(versions(view.values())).toEqual(versions(after))
    await send('DELETE', `${DGD_PATH}/watched`)
    world.tick(5)
  })

  it('says that a revision is too old', async () => {
    const response = await fetch(`${server.url}/api/v1/pods?watch=1&resourceVersion=-1`)
    const event = JSON.parse((await response.text()).trim())
    expect(event).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } })
  })
})

async function* linesOf(response: Response): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    rest += Buffer.from(chunk).toString()
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}

describe('a model deployment', () => {
  it('dry-runs without a trace, then is applied, becomes ready in about twenty seconds and holds its GPUs', async () => {
    const apply = `${DGD_PATH}/fresh?fieldManager=quartermaster`
    const yaml = { type: 'application/apply-patch+yaml', body: graph('fresh', 2) }
    const dry = await send('PATCH', `${apply}&dryRun=All`, yaml)
    expect(dry.status).toBe(201)
    expect((await get(`${DGD_PATH}/fresh`)).status).toBe(404)

    expect((await send('PATCH', apply, yaml)).status).toBe(201)
    world.tick(3)
    const early = (await get(`${DGD_PATH}/fresh`)).body
    expect(early.status.conditions[0]).toMatchObject({ type: 'Ready', status: 'False', reason: 'pods_not_ready' })
    world.tick(20)
    const ready = (await get(`${DGD_PATH}/fresh`)).body
    expect(ready.status.state).toBe('successful')
    expect(ready.status.conditions[0]).toMatchObject({
      type: 'Ready',
      status: 'True',
      reason: 'all_resources_are_ready',
    })
    expect(ready.status.components.Worker).toMatchObject({ replicas: 1, readyReplicas: 1, componentKind: 'Deployment' })
    const worker = (
      await get(
        '/api/v1/pods?labelSelector=nvidia.com/dynamo-graph-deployment-name=fresh,nvidia.com/dynamo-component-type=worker',
      )
    ).body.items[0]
    expect(worker.spec.nodeName).toMatch(/^gpu-east-h/)
    expect(world.cluster('gpu-east').placement.gpusOf('inference', worker.metadata.name)?.indexes.length).toBe(2)

    await send('DELETE', `${DGD_PATH}/fresh`)
    world.tick(5)
    expect((await get('/api/v1/pods?labelSelector=nvidia.com/dynamo-graph-deployment-name=fresh')).body.items).toEqual(
      [],
    )
    expect(world.cluster('gpu-east').placement.gpusOf('inference', worker.metadata.name)).toBeUndefined()
  })

  it('stays pending with the scheduler’s own words when it does not fit', async () => {
    await send('POST', DGD_PATH, { body: graph('too-big', 16) })
    world.tick(5)
    const pods = (
      await get(
        '/api/v1/pods?labelSelector=nvidia.com/dynamo-graph-deployment-name=too-big,nvidia.com/dynamo-component-type=worker',
      )
    ).body.items
    const scheduled = pods[0].status.conditions.find((one: Json) => one.type === 'PodScheduled')
    expect(scheduled).toMatchObject({ status: 'False', reason: 'Unschedulable' })
    expect(scheduled.message).toMatch(
      /^0\/20 nodes are available: .*17 Insufficient nvidia\.com\/gpu.*\. preemption: 0\/20/,
    )
    const dgd = (await get(`${DGD_PATH}/too-big`)).body
    expect(dgd.status.conditions[0].reason).toBe('insufficient_capacity')
    const events = (await get('/api/v1/namespaces/inference/events?fieldSelector=reason=FailedScheduling')).body.items
    expect(events.some((event: Json) => event.involvedObject.name === pods[0].metadata.name)).toBe(true)
    await send('DELETE', `${DGD_PATH}/too-big`)
    world.tick(5)
  })

  it('is refused as the CRD and its webhook refuse', async () => {
    const noMain = graph('bad', 1)
    noMain.spec.components[1].podTemplate.spec.containers[0].name = 'vllm'
    const answer = await send('POST', DGD_PATH, { body: noMain })
    expect(answer).toMatchObject({
      status: 422,
      body: { kind: 'Status', reason: 'Invalid', details: { kind: 'DynamoGraphDeployment' } },
    })
    expect(answer.body.details.causes[0].message).toContain('container named "main"')

    const badTag = graph('bad', 1)
    badTag.spec.components[0].podTemplate.spec.containers[0].image = 'nvcr.io/nvidia/ai-dynamo/vllm-runtime:latest'
    expect((await send('POST', DGD_PATH, { body: badTag })).body.details.causes[0].field).toBe(
      'spec.components[0].runtimeVersionOverride',
    )
    const twins = graph('bad', 1)
    twins.spec.components[1].name = 'frontend'
    expect((await send('POST', DGD_PATH, { body: twins })).body.message).toContain('Duplicate value')
    const badGpu = graph('bad', 1)
    badGpu.spec.components[1].podTemplate.spec.containers[0].resources.limits['nvidia.com/gpu'] = 'two'
    expect((await send('POST', DGD_PATH, { body: badGpu })).status).toBe(422)
  })

  it('is read and written in the older version where both are served', async () => {
    const alpha = (await get('/apis/nvidia.com/v1alpha1/namespaces/inference/dynamographdeployments/qwen3-32b')).body
    expect(alpha.apiVersion).toBe('nvidia.com/v1alpha1')
    expect(alpha.spec.services.VllmDecodeWorker).toMatchObject({
      componentType: 'worker',
      replicas: 2,
      resources: { limits: { gpu: '2' } },
    })
    expect(alpha.status.services.Frontend.readyReplicas).toBe(1)
    const old = await fetchJson(`${edge.url}/apis/nvidia.com/v1alpha1/dynamographdeployments`, {
      headers: { authorization: 'Bearer sesame' },
    })
    expect(old.body.items[0].spec.services.Frontend.componentType).toBe('frontend')
    expect(
      (
        await fetchJson(`${edge.url}/apis/nvidia.com/v1beta1/dynamographdeployments`, {
          headers: { authorization: 'Bearer sesame' },
        })
      ).status,
    ).toBe(404)
  })
})

describe('access', () => {
  it('knows who may do what, and says so beforehand', async () => {
    const denied = await send('DELETE', `${DGD_PATH}/qwen3-32b`, { token: 'viewer' })
    expect(denied.body).toMatchObject({ code: 403, reason: 'Forbidden' })
    expect(denied.body.message).toContain(
      'cannot delete resource "dynamographdeployments" in API group "nvidia.com" in the namespace "inference"',
    )
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { verb: 'create', resource: 'pods' } },
    }
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
    expect((await send('POST', path, { body: review, token: 'viewer' })).body.status.allowed).toBe(false)
    expect((await send('POST', path, { body: review, token: 'any' })).body.status.allowed).toBe(true)
    const wrong = await fetchJson(`${edge.url}/api/v1/nodes`, { headers: { authorization: 'Bearer wrong' } })
    expect(wrong.body).toMatchObject({ code: 401, reason: 'Unauthorized' })
  })
})

describe('pod logs', () => {
  it('tail, previous container and errors', async () => {
    const pods = (await get('/api/v1/namespaces/vector-store/pods?labelSelector=app=embedding-cache')).body.items
    const crashing = pods[0].metadata.name
    const log = await fetch(
      `${server.url}/api/v1/namespaces/vector-store/pods/${crashing}/log?previous=true&tailLines=1`,
    )
    expect(await log.text()).toMatch(/allocating batch buffer" .* limit=512Mi\n$/)
    const worker = (
      await get(
        '/api/v1/pods?labelSelector=nvidia.com/dynamo-graph-deployment-name=qwen3-32b,nvidia.com/dynamo-component-type=worker',
      )
    ).body.items[0].metadata.name
    const tail = await (
      await fetch(`${server.url}/api/v1/namespaces/inference/pods/${worker}/log?tailLines=5&timestamps=true`)
    ).text()
    expect(tail.trim().split('\n').length).toBe(5)
    expect(tail).toMatch(/^2026-11-20T1\d:.*GPU KV cache usage/)
    expect((await get(`/api/v1/namespaces/inference/pods/${worker}/log?container=nope`)).body.message).toBe(
      `container nope is not valid for pod ${worker}`,
    )
    const pulling = (await get('/api/v1/namespaces/gateway/pods?labelSelector=app=prompt-filter')).body.items[0]
      .metadata.name
    expect((await get(`/api/v1/namespaces/gateway/pods/${pulling}/log`)).status).toBe(400)
  })
})

describe('Ray', () => {
  it('brings a Ray cluster up with head, workers and service, and suspends it', async () => {
    const path = '/apis/ray.io/v1/namespaces/ray/rayclusters'
    const container = (name: string, gpus?: string) => ({
      spec: {
        containers: [
          {
            name,
            image: 'rayproject/ray:2.59.0',
            resources: { limits: { cpu: '2', memory: '4Gi', ...(gpus ? { 'nvidia.com/gpu': gpus } : {}) } },
          },
        ],
      },
    })
    const body = {
      apiVersion: 'ray.io/v1',
      kind: 'RayCluster',
      metadata: { name: 'small' },
      spec: {
        rayVersion: '2.59.0',
        headGroupSpec: { rayStartParams: {}, template: container('ray-head') },
        workerGroupSpecs: [
          {
            groupName: 'gpu',
            replicas: 3,
            minReplicas: 3,
            maxReplicas: 3,
            rayStartParams: {},
            template: container('ray-worker', '1'),
          },
        ],
      },
    }
    expect((await send('POST', path, { body })).status).toBe(201)
    world.tick(25)
    const ready = (await get(`${path}/small`)).body.status
    expect(ready).toMatchObject({
      state: 'ready',
      readyWorkerReplicas: 3,
      desiredGPU: '3',
      head: { serviceName: 'small-head-svc' },
    })
    expect((await get('/api/v1/namespaces/ray/services/small-head-svc')).status).toBe(200)
    expect(
      (await get('/api/v1/namespaces/ray/pods?labelSelector=ray.io/cluster=small,ray.io/node-type=worker')).body.items
        .length,
    ).toBe(3)
    await send('PATCH', `${path}/small`, { type: 'application/merge-patch+json', body: { spec: { suspend: true } } })
    world.tick(5)
    expect((await get(`${path}/small`)).body.status.state).toBe('suspended')
    expect((await get('/api/v1/namespaces/ray/pods?labelSelector=ray.io/cluster=small')).body.items).toEqual([])
    await send('DELETE', `${path}/small`)
  })
})

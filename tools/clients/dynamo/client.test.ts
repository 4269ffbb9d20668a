import { afterEach, describe, expect, it } from 'vitest'
import { failureOf } from '../failure-suite.ts'
import type { KubeObject } from '../kubernetes/types.ts'
import { serve, type TestServer, testClients } from '../testing.ts'

let server: TestServer
afterEach(() => server?.close())

const versions = (...served: string[]) => ({
  kind: 'APIGroupDiscoveryList',
  items: [{ metadata: { name: 'nvidia.com' }, versions: served.map((version) => ({ version, resources: [] })) }],
})

/** An API server that serves these versions of nvidia.com and these answers by path; it keeps what was applied. */
async function open(served: string[], answers: Record<string, unknown> = {}) {
  const applied: unknown[] = []
  server = await serve((request, response, body) => {
    const path = new URL(request.url!, 'http://x').pathname
    if (path === '/api' || path === '/apis') return response.end(JSON.stringify(versions(...served)))
    if (request.method === 'PATCH') {
      applied.push(JSON.parse(body))
      return response.end(body)
    }
    if (!(path in answers)) {
      response.statusCode = 404
      return response.end('404 page not found')
    }
    return response.end(JSON.stringify(answers[path]))
  })
  const clients = testClients({ clusters: [{ name: 'gpu-east', kubernetes: { url: server.url } }] })
  return { dynamo: clients.dynamo.for('gpu-east'), applied }
}

const listPath = (version: string) => `/apis/nvidia.com/${version}/dynamographdeployments`
const main = (more: object) => ({ spec: { containers: [{ name: 'sidecar' }, { name: 'main', ...more }] } })
const beta = (components: object[], more: Partial<KubeObject> = {}): KubeObject => ({
  apiVersion: 'nvidia.com/v1beta1',
  kind: 'DynamoGraphDeployment',
  metadata: { name: 'llm', namespace: 'inference', generation: 2, creationTimestamp: '2026-11-20T12:00:00Z' },
  spec: { components },
  ...more,
})
const worker = (container: object, more: object = {}) => ({
  name: 'Worker',
  type: 'decode',
  replicas: 3,
  podTemplate: main(container),
  ...more,
})

async function readOne(object: KubeObject, version = 'v1beta1') {
  const { dynamo } = await open([version], { [listPath(version)]: { metadata: {}, items: [object] } })
  return (await dynamo.list())[0]!
}

describe('dynamo: reading', () => {
  it('v1beta1: components, GPUs over all nodes of a replica, readiness and its reason', async () => {
    const container = {
      command: ['python3', '-m', 'dynamo.sglang'],
      args: ['--model-path', 'a/b'],
      resources: { limits: { 'nvidia.com/gpu': 4 } },
    }
    const status = {
      state: 'pending',
      observedGeneration: 2,
      conditions: [{ type: 'Ready', status: 'False', reason: 'pods_not_ready', message: 'Worker: 1 of 3' }],
      components: { Worker: { replicas: 3, readyReplicas: 1 } },
    }
    const found = await readOne(
      beta([{ name: 'Frontend', type: 'frontend' }, worker(container, { multinode: { nodeCount: 2 } })], { status }),
    )
    expect(found).toMatchObject({
      cluster: 'gpu-east',
      namespace: 'inference',
      name: 'llm',
      state: 'pending',
      ready: false,
      reason: 'pods_not_ready',
      message: 'Worker: 1 of 3',
      backend: 'sglang',
      model: 'a/b',
      createdAt: '2026-11-20T12:00:00Z',
      components: [
        { name: 'Frontend', type: 'frontend', replicas: 1, readyReplicas: 0, gpusPerReplica: 0 },
        { name: 'Worker', type: 'decode', replicas: 3, readyReplicas: 1, gpusPerReplica: 8 },
      ],
    })
  })

  it('v1alpha1: a map of services with its own names for the same things', async () => {
    const found = await readOne(
      {
        apiVersion: 'nvidia.com/v1alpha1',
        kind: 'DynamoGraphDeployment',
        metadata: { name: 'old', namespace: 'inference' },
        spec: {
          envs: [{ name: 'MODEL', value: 'meta/llama' }],
          services: {
            Frontend: { componentType: 'frontend', replicas: 1 },
            Prefill: {
              componentType: 'worker',
              subComponentType: 'prefill',
              replicas: 2,
              resources: { limits: { gpu: '2' } },
              extraPodSpec: {
                mainContainer: {
                  image: 'x/tensorrtllm-runtime:1',
                  command: ['sh', '-c'],
                  args: ['trtllm-serve serve --model $(MODEL)'],
                },
              },
            },
          },
        },
        status: {
          state: 'successful',
          conditions: [{ type: 'Ready', status: 'True' }],
          services: { Prefill: { readyReplicas: 2 } },
        },
      },
      'v1alpha1',
    )
    expect(found).toMatchObject({ state: 'successful', ready: true, backend: 'trtllm', model: 'meta/llama' })
    expect(found.components[1]).toEqual({
      name: 'Prefill',
      type: 'prefill',
      replicas: 2,
      readyReplicas: 2,
      gpusPerReplica: 2,
    })
  })

  it.each([
    [{ args: ['--model=Qwen/Qwen3-8B'] }, 'Qwen/Qwen3-8B'],
    [{ args: ['--model-path', '/models/x', '--served-model-name', 'qwen'] }, 'qwen'],
    [{ args: ['--served-model-name', 'qwen', '--model', 'Qwen/Qwen3-8B'] }, 'Qwen/Qwen3-8B'],
    [
      { command: ['/bin/sh', '-c'], args: ['exec python3 -m dynamo.vllm \\\n --model "Qwen/Qwen3-8B" --tp 2'] },
      'Qwen/Qwen3-8B',
    ],
    [{ command: ['vllm', 'serve', 'Qwen/Qwen3-8B', '--port', '8000'] }, 'Qwen/Qwen3-8B'],
    [{ env: [{ name: 'M', value: 'a/b' }], args: ['--model', '$(M)'] }, 'a/b'],
    [{ args: ['--model-path', 'a/b', '--model-name', 'c'] }, 'a/b'],
    [{ args: ['--model'] }, undefined],
    [{}, undefined],
  ])('the model of %j is %s', async (container, model) => {
    expect((await readOne(beta([worker(container)]))).model).toBe(model)
  })

  it.each([
    [{ command: ['python3', '-m', 'dynamo.vllm'] }, undefined, 'vllm'],
    [{ command: ['python3', '-m', 'dynamo.mocker'], image: 'x/vllm-runtime' }, undefined, undefined],
    [{ image: 'nvcr.io/nvidia/ai-dynamo/tensorrtllm-runtime:1.6.0' }, undefined, 'trtllm'],
    [{ image: 'my/own' }, 'sglang', 'sglang'],
    [{ image: 'my/own' }, 'noname', undefined],
  ])('the backend of %j with backendFramework %s is %s', async (container, backendFramework, backend) => {
    const object = beta([], { spec: { backendFramework, components: [worker(container)] } })
    expect((await readOne(object)).backend).toBe(backend)
  })

  it('what was observed of an older generation says nothing of this one', async () => {
    const status = { state: 'successful', observedGeneration: 1, conditions: [{ type: 'Ready', status: 'True' }] }
    expect(await readOne(beta([], { status }))).toMatchObject({ ready: false, state: 'pending' })
  })

  it('without a status its state is unknown', async () => {
    expect(await readOne(beta([]))).toMatchObject({ ready: false, state: 'unknown' })
  })

  it('a member that does not fit is garbage, by its place', async () => {
    const { dynamo } = await open(['v1beta1'], {
      [listPath('v1beta1')]: { metadata: {}, items: [beta([{ type: 'worker' }])] },
    })
    const error = await failureOf(dynamo.list())
    expect(error.options.details?.member).toBe('spec.components[0].name')
  })

  it('not installed: no deployments, and an apply says what to install', async () => {
    const { dynamo } = await open([])
    expect(await dynamo.apiVersion()).toBeUndefined()
    expect(await dynamo.list()).toEqual([])
    expect(await dynamo.get({ namespace: 'a', name: 'b' })).toBeUndefined()
    const error = await failureOf(dynamo.apply(beta([])))
    expect([error.code, error.options.changed]).toEqual(['not-configured', 'nothing'])
  })

  it('the group without the kind (the GPU operator has it too): no deployments', async () => {
    const { dynamo } = await open(['v1beta1'])
    expect(await dynamo.list()).toEqual([])
  })
})

describe('dynamo: writing', () => {
  it('writes v1beta1 as it is where that is served', async () => {
    const { dynamo, applied } = await open(['v1alpha1', 'v1beta1'])
    expect(await dynamo.apiVersion()).toBe('v1beta1')
    await dynamo.apply(beta([worker({})]))
    expect(applied).toEqual([beta([worker({})])])
  })

  it('turns v1beta1 into v1alpha1 where nothing newer is served', async () => {
    const { dynamo, applied } = await open(['v1alpha1'])
    const container = {
      image: 'x/vllm-runtime:1.1.0',
      args: ['--model', 'a/b'],
      envFrom: [{ secretRef: { name: 'hf-token-secret' } }],
      resources: { limits: { 'nvidia.com/gpu': 2, cpu: '4', 'rdma/ib': 1 }, requests: { memory: '8Gi' } },
    }
    const podTemplate = {
      metadata: { labels: { team: 'a' } },
      spec: { nodeSelector: { pool: 'gpu' }, containers: [{ name: 'main', ...container }] },
    }
    const component = {
      name: 'Decode',
      type: 'decode',
      replicas: 2,
      podTemplate,
      sharedMemorySize: '16Gi',
      scalingAdapter: {},
    }
    await dynamo.apply(
      beta([], { spec: { backendFramework: 'vllm', env: [{ name: 'A', value: 'b' }], components: [component] } }),
    )
    const { resources: _resources, ...mainContainer } = container
    expect(applied).toEqual([
      {
        ...beta([]),
        apiVersion: 'nvidia.com/v1alpha1',
        spec: {
          backendFramework: 'vllm',
          envs: [{ name: 'A', value: 'b' }],
          services: {
            Decode: {
              componentType: 'worker',
              subComponentType: 'decode',
              replicas: 2,
              resources: { limits: { cpu: '4', gpu: '2', custom: { 'rdma/ib': 1 } }, requests: { memory: '8Gi' } },
              sharedMemory: { size: '16Gi' },
              scalingAdapter: { enabled: true },
              extraPodMetadata: { labels: { team: 'a' } },
              extraPodSpec: { nodeSelector: { pool: 'gpu' }, mainContainer },
            },
          },
        },
      },
    ])
  })

  it('refuses what v1alpha1 has no place for, by name, and writes nothing', async () => {
    const { dynamo, applied } = await open(['v1alpha1'])
    const error = await failureOf(dynamo.apply(beta([worker({}, { compilationCache: { pvcName: 'x' } })])))
    expect(error.options).toMatchObject({ field: 'spec.components[Worker].compilationCache', changed: 'nothing' })
    expect(applied).toEqual([])
  })
})

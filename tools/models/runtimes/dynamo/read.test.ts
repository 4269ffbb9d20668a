import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../../clients/kubernetes/types.ts'
import { readGraph } from './read.ts'

const main = (more: object) => ({ spec: { containers: [{ name: 'sidecar' }, { name: 'main', ...more }] } })
const beta = (components: object[], more: Partial<KubeObject> = {}): KubeObject => ({
  apiVersion: 'nvidia.com/v1beta1',
  kind: 'DynamoGraphDeployment',
  metadata: { name: 'llm', namespace: 'inference', generation: 2, creationTimestamp: '2026-11-20T12:00:00Z' },
  spec: { components },
  ...more,
})
const alpha = (status: Record<string, unknown>): KubeObject => ({
  apiVersion: 'nvidia.com/v1alpha1',
  kind: 'DynamoGraphDeployment',
  metadata: { name: 'old', namespace: 'inference' },
  status,
})
const worker = (container: object, more: object = {}) => ({
  name: 'Worker',
  type: 'decode',
  replicas: 3,
  podTemplate: main(container),
  ...more,
})
const read = (object: KubeObject) => readGraph('gpu-east', object)

describe('reading a graph (MOD-040, MOD-041)', () => {
  it('v1beta1: components, GPUs over all nodes of a replica, readiness with its reason and conditions', () => {
    const container = {
      command: ['python3', '-m', 'dynamo.sglang'],
      args: ['--model-path', 'a/b', '--served-model-name', 'chat'],
      resources: { limits: { 'nvidia.com/gpu': 4 } },
    }
    const ready = {
      type: 'Ready',
      status: 'False',
      reason: 'pods_not_ready',
      message: 'Worker: 1 of 3',
      lastTransitionTime: '2026-11-20T12:01:00Z',
    }
    const status = {
      state: 'pending',
      observedGeneration: 2,
      conditions: [ready],
      components: { Worker: { replicas: 3, readyReplicas: 1 } },
    }
    const planner = { name: 'Planner', type: 'planner', replicas: 1, podTemplate: main({}) }
    expect(
      read(
        beta([{ name: 'Frontend', type: 'frontend' }, planner, worker(container, { multinode: { nodeCount: 2 } })], {
          status,
        }),
      ),
    ).toMatchObject({
      runtime: 'dynamo',
      cluster: 'gpu-east',
      namespace: 'inference',
      name: 'llm',
      phase: 'pending',
      reason: 'pods_not_ready',
      message: 'Worker: 1 of 3',
      conditions: [{ type: 'Ready', status: 'False', since: '2026-11-20T12:01:00Z' }],
      engine: 'sglang',
      model: 'a/b',
      servedModelName: 'chat',
      createdAt: '2026-11-20T12:00:00Z',
      endpoint: { service: 'llm-frontend', port: 8000, path: '/v1' },
      podSelector: 'nvidia.com/dynamo-graph-deployment-name=llm',
      components: [
        { name: 'Frontend', role: 'frontend', replicas: 1, readyReplicas: 0, gpusPerReplica: 0 },
        { name: 'Planner', role: 'planner', replicas: 1, readyReplicas: 0, gpusPerReplica: 0 },
        { name: 'Worker', role: 'decode', replicas: 3, readyReplicas: 1, gpusPerReplica: 8, nodesPerReplica: 2 },
      ],
    })
  })

  it('v1alpha1: a map of services with its own names for the same things', () => {
    const object = alpha({
      state: 'successful',
      conditions: [{ type: 'Ready', status: 'True' }],
      services: { Prefill: { readyReplicas: 2 } },
    })
    object.spec = {
      envs: [{ name: 'MODEL', value: 'meta/llama' }],
      services: {
        Frontend: { componentType: 'frontend', replicas: 1 },
        Prefill: {
          componentType: 'worker',
          subComponentType: 'prefill',
          replicas: 2,
          multinode: { nodeCount: 2 },
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
    }
    expect(read(object)).toMatchObject({
      phase: 'running',
      engine: 'trtllm',
      model: 'meta/llama',
      mode: 'disaggregated',
    })
    expect(read(object).components[1]).toEqual({
      name: 'Prefill',
      role: 'prefill',
      replicas: 2,
      readyReplicas: 2,
      gpusPerReplica: 4,
      nodesPerReplica: 2,
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
  ])('the model of %j is %s', (container, model) => {
    expect(read(beta([worker(container)])).model).toBe(model)
  })

  it('a folder of a claim is the model that the graph was made for', () => {
    const metadata = { name: 'llm', namespace: 'a', annotations: { 'quartermaster/model': 'Qwen/Qwen3-8B' } }
    const args = ['--model', '/models/qwen', '--served-model-name', 'chat']
    expect(read(beta([worker({ args })], { metadata }))).toMatchObject({
      model: 'Qwen/Qwen3-8B',
      servedModelName: 'chat',
    })
  })

  it.each([
    [{ command: ['python3', '-m', 'dynamo.vllm'] }, undefined, 'vllm'],
    [{ command: ['python3', '-m', 'dynamo.mocker'], image: 'x/vllm-runtime' }, undefined, undefined],
    [{ image: 'nvcr.io/nvidia/ai-dynamo/tensorrtllm-runtime:1.6.0' }, undefined, 'trtllm'],
    [{ image: 'my/own' }, 'sglang', 'sglang'],
    [{ image: 'my/own' }, 'noname', undefined],
  ])('the engine of %j with backendFramework %s is %s', (container, backendFramework, engine) => {
    const object = beta([], { spec: { backendFramework, components: [worker(container)] } })
    expect(read(object).engine).toBe(engine)
  })

  it.each([
    [{ type: 'prefill' }, [], 'prefill', 'disaggregated'],
    [{ type: 'worker' }, ['--disaggregation-mode', 'prefill'], 'prefill', 'disaggregated'],
    [{ type: 'worker' }, ['--is-prefill-worker'], 'prefill', 'disaggregated'],
    [{ type: 'worker' }, ['--disaggregation-mode', 'decode'], 'decode', 'aggregated'],
    [{ type: undefined }, [], 'worker', 'aggregated'],
    [{ type: 'epp' }, [], 'router', 'aggregated'],
  ])('a component with %j and %j is a %s: %s', (more, args, role, mode) => {
    const found = read(beta([worker({ args }, more)]))
    expect([found.components[0]!.role, found.mode]).toEqual([role, mode])
  })

  it.each([
    [{ limits: { 'nvidia.com/gpu': '2' } }, 2],
    [{ requests: { 'nvidia.com/gpu': '2' } }, 2],
    [{ limits: { 'amd.com/gpu': '8', memory: '64Gi' } }, 8],
    [{ limits: { 'nvidia.com/mig-1g.10gb': '1' } }, 1],
    [{ limits: { 'nvidia.com/gpu': 'many' } }, 0],
    [undefined, 0],
  ])('%j are %d GPUs', (resources, gpus) => {
    expect(read(beta([worker({ resources })])).components[0]!.gpusPerReplica).toBe(gpus)
  })

  it.each([
    [{ state: 'successful', observedGeneration: 1, conditions: [{ type: 'Ready', status: 'True' }] }, 'pending'],
    [{ state: 'successful', observedGeneration: 2, conditions: [{ type: 'Ready', status: 'True' }] }, 'running'],
    [{ state: 'failed', observedGeneration: 2, conditions: [{ type: 'Ready', status: 'False' }] }, 'failed'],
    [{ state: 'initializing', observedGeneration: 2 }, 'deploying'],
    [undefined, 'pending'],
  ])('a status of %j is %s (MOD-041)', (status, phase) => {
    expect(read(beta([], { status })).phase).toBe(phase)
  })

  it('one that is being deleted is terminating, whatever its status says', () => {
    const metadata = { name: 'llm', namespace: 'a', deletionTimestamp: '2026-11-20T12:00:00Z' }
    const status = { state: 'successful', conditions: [{ type: 'Ready', status: 'True' }] }
    expect(read(beta([], { metadata, status })).phase).toBe('terminating')
  })

  it('a member that does not fit is garbage, by its place', () => {
    expect(() => read(beta([{ type: 'worker' }]))).toThrowError(
      expect.objectContaining({
        code: 'upstream-garbage',
        options: expect.objectContaining({
          details: expect.objectContaining({ member: 'spec.components[0].name' }),
        }),
      }),
    )
  })

  it('says who keeps it', () => {
    const metadata = { name: 'llm', namespace: 'a', labels: { 'app.kubernetes.io/managed-by': 'Helm' } }
    expect(read(beta([], { metadata })).keptBy).toBe('Helm')
    expect(read(beta([]))).not.toHaveProperty('keptBy')
  })
})

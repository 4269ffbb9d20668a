import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../../clients/kubernetes/types.ts'
import { kubernetesOf } from '../../../testing-upstreams.ts'
import { engines } from '../../catalogue.ts'
import type { DeploymentConfig } from '../../config.ts'
import { configOf } from '../testing.ts'
import { plain } from './runtime.ts'

const config = (more: Partial<DeploymentConfig> = {}) => configOf(plain, more)
interface Written {
  metadata: { labels: Record<string, string> }
  spec: {
    replicas?: number
    strategy: unknown
    progressDeadlineSeconds: number
    template: {
      metadata: { labels: Record<string, string>; annotations: Record<string, string> }
      spec: Record<string, unknown> & {
        containers: {
          command: string[]
          args: string[]
          env?: { name: string; value?: string }[]
          resources: Record<string, Record<string, string>>
          startupProbe: { failureThreshold: number; periodSeconds: number; httpGet: { path: string } }
          volumeMounts: { name: string; mountPath: string }[]
        }[]
        volumes: Record<string, unknown>[]
      }
    }
  }
}
const write = (more: Partial<DeploymentConfig> = {}) => {
  const objects = plain.manifests(config(more), 'v1')
  const deployment = objects[0] as unknown as Written
  const pod = deployment.spec.template.spec
  return { objects, deployment, pod, container: pod.containers[0]! }
}

describe('the manifests of a plain deployment', () => {
  it.each(engines)('runs %s on the port of its Service, with every option (MOD-016, MOD-036)', (engine) => {
    const { container, deployment, objects } = write({
      engine,
      image: plain.defaultImage(engine),
      gpus: 4,
      pipelineParallel: 2,
      expertParallel: true,
      contextLength: 8192,
      quantization: 'fp8',
      kvCacheDtype: 'fp8',
      gpuMemoryUtilization: 0.9,
      maxSequences: 64,
      enforceEager: true,
      enablePrefixCaching: true,
      trustRemoteCode: true,
      servedModelName: 'chat',
      engineArgs: ['--seed', '7'],
    })
    const line = [...container.command, ...container.args].join(' ')
    const expected = {
      vllm: 'vllm serve Qwen/Qwen3-8B --host 0.0.0.0 --port 8000 --served-model-name chat --tensor-parallel-size 2 --pipeline-parallel-size 2 --enable-expert-parallel --max-model-len 8192 --quantization fp8 --kv-cache-dtype fp8 --gpu-memory-utilization 0.9 --max-num-seqs 64 --enforce-eager --enable-prefix-caching --trust-remote-code --seed 7',
      sglang:
        'python3 -m sglang.launch_server --model-path Qwen/Qwen3-8B --host 0.0.0.0 --port 8000 --served-model-name chat --tp-size 2 --pp-size 2 --ep-size 2 --context-length 8192 --quantization fp8 --kv-cache-dtype fp8_e4m3 --mem-fraction-static 0.9 --max-running-requests 64 --disable-cuda-graph --trust-remote-code --enable-metrics --seed 7',
      trtllm:
        'trtllm-serve Qwen/Qwen3-8B --host 0.0.0.0 --port 8000 --served_model_name chat --tp_size 2 --pp_size 2 --ep_size 2 --max_seq_len 8192 --max_batch_size 64 --kv_cache_free_gpu_memory_fraction 0.9 --trust_remote_code --extra_llm_api_options /etc/engine/engine.yaml --seed 7',
    }
    expect(line).toBe(expected[engine])
    expect(container.resources).toEqual({ limits: { 'nvidia.com/gpu': '4' } })
    expect(objects[1]).toMatchObject({ kind: 'Service', metadata: { name: 'chat' }, spec: { ports: [{ port: 8000 }] } })
    if (engine === 'trtllm') {
      expect(JSON.parse(deployment.spec.template.metadata.annotations['model-deployment/engine-file']!)).toEqual({
        cuda_graph_config: null,
        kv_cache_config: { dtype: 'fp8', enable_block_reuse: true },
        quant_config: { quant_algo: 'FP8' },
      })
      expect(container.volumeMounts).toContainEqual({ name: 'engine-file', mountPath: '/etc/engine', readOnly: true })
    }
  })

  it('carries the labels by which its pods are found (MOD-034, MOD-043)', () => {
    const { deployment, objects } = write()
    expect(deployment.spec.template.metadata.labels).toMatchObject({
      'app.kubernetes.io/name': 'model-deployment',
      'app.kubernetes.io/instance': 'chat',
      'app.kubernetes.io/managed-by': 'quartermaster',
    })
    for (const object of objects) expect(object.metadata.labels).toMatchObject({ 'app.kubernetes.io/instance': 'chat' })
  })

  it('never needs GPUs beside those of its replicas to roll out', () => {
    expect(write().deployment.spec.strategy).toMatchObject({ rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } })
  })

  it('gives a larger model more time to start, and the rollout more than that', () => {
    const seconds = (modelId: string) => {
      const { container, deployment } = write({ modelId })
      const { failureThreshold, periodSeconds, httpGet } = container.startupProbe
      expect(httpGet.path).toBe('/health')
      expect(deployment.spec.progressDeadlineSeconds).toBeGreaterThan(failureThreshold * periodSeconds)
      return failureThreshold * periodSeconds
    }
    expect(seconds('Qwen/Qwen3-0.6B')).toBeGreaterThanOrEqual(900)
    expect(seconds('meta-llama/Llama-3.3-70B-Instruct')).toBeGreaterThan(seconds('Qwen/Qwen3-0.6B') + 600)
  })

  it('takes weights from a folder of a claim, or keeps downloads in it', () => {
    const kept = write({ storage: { claim: 'weights' } })
    expect(kept.container.args).toContain('Qwen/Qwen3-8B')
    expect(kept.container.env).toContainEqual({ name: 'HF_HOME', value: '/model-cache' })
    const there = write({ storage: { claim: 'weights', mountPath: '/data/', path: '/qwen' } })
    expect(there.container.args).toContain('/data/qwen')
    expect(there.container.env).toBeUndefined()
    expect(there.pod.volumes).toContainEqual({ name: 'weights', persistentVolumeClaim: { claimName: 'weights' } })
  })

  it('carries where it may run, its queue, its secrets and its shared memory', () => {
    const { deployment, pod, container } = write({
      gpuModel: 'NVIDIA H100 80GB HBM3',
      nodeSelector: { 'node-pool': 'a' },
      tolerations: [{ key: 'dedicated', operator: 'Exists', effect: 'NoSchedule' }],
      spreadOver: 'topology.kubernetes.io/zone',
      priorityClass: 'high',
      queue: 'team-a',
      hfTokenSecret: 'hf-token-secret',
      imagePullSecret: 'registry',
      sharedMemory: '16Gi',
      cpu: '8',
      memory: '64Gi',
      env: { VLLM_LOGGING_LEVEL: 'DEBUG' },
    })
    expect(deployment.metadata.labels['kueue.x-k8s.io/queue-name']).toBe('team-a')
    expect(pod).toMatchObject({
      nodeSelector: { 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3', 'node-pool': 'a' },
      tolerations: [{ key: 'nvidia.com/gpu' }, { key: 'dedicated' }],
      topologySpreadConstraints: [{ topologyKey: 'topology.kubernetes.io/zone' }],
      priorityClassName: 'high',
      imagePullSecrets: [{ name: 'registry' }],
      enableServiceLinks: false,
    })
    expect(pod.volumes).toContainEqual({ name: 'shm', emptyDir: { medium: 'Memory', sizeLimit: '16Gi' } })
    expect(container.resources).toEqual({
      requests: { cpu: '8', memory: '64Gi' },
      limits: { 'nvidia.com/gpu': '1', memory: '64Gi' },
    })
    expect(container.env).toEqual([
      { name: 'HF_TOKEN', valueFrom: { secretKeyRef: { name: 'hf-token-secret', key: 'HF_TOKEN' } } },
      { name: 'VLLM_LOGGING_LEVEL', value: 'DEBUG' },
    ])
  })

  it('leaves the replicas to the autoscaler where there is one', () => {
    const { objects, deployment } = write({ autoscaling: { minReplicas: 1, maxReplicas: 4 } })
    expect(deployment.spec).not.toHaveProperty('replicas')
    expect(objects[2]).toMatchObject({
      kind: 'HorizontalPodAutoscaler',
      spec: { scaleTargetRef: { kind: 'Deployment', name: 'chat' }, minReplicas: 1, maxReplicas: 4 },
    })
  })

  it.each([
    ['mode', { mode: 'disaggregated' as const }, /dynamo or kserve-llm/],
    ['routerMode', { routerMode: 'kv' as const }, /dynamo/],
    ['goal', { goal: { ttftMs: 200 } }, /dynamo-request/],
    ['planner', { planner: true }, /autoscaling/],
    ['nodesPerReplica', { gpus: 16, nodesPerReplica: 2 }, /ray-service/],
  ])('refuses %s by name, with the runtime that can', (field, more, next) => {
    expect(plain.refusal(config(more))).toMatchObject({ field, next: expect.stringMatching(next) })
    expect(plain.refusal(config())).toBeUndefined()
  })
})

describe('changing plain deployments', () => {
  it('sets the replicas where they stand, and knows where its engine is', async () => {
    const object = plain.manifests(config({ replicas: 2 }), 'v1')[0]!
    const kind = { group: 'apps', version: 'v1', resource: 'deployments', kind: 'Deployment', namespaced: true }
    const [component] = plain.read('edge', object)!.components
    const look = { client: kubernetesOf({ cluster: 'edge' }), kind, object, component: component! }
    const lever = await plain.change!.lever({ ...look, signal: new AbortController().signal })
    expect(lever).toMatchObject({ replicas: 2, targets: [{ kind: 'Deployment', name: 'chat' }] })
    expect(lever.body({ min: 3, max: 3 })).toEqual({ spec: { replicas: 3 } })
    const [worker] = plain.change!.workers(object)
    const at = worker!.container.reduce<unknown>((value, key) => (value as never)[key], object)
    expect(at).toMatchObject({ command: ['vllm'] })
    expect(plain.change!.workers({ metadata: { name: 'x' } })).toEqual([])
  })
})

describe('reading plain deployments', () => {
  const foreign = (container: object, more: Partial<KubeObject> & { replicas?: number } = {}): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'llm', namespace: 'ml', generation: 2 },
    spec: {
      replicas: more.replicas ?? 2,
      selector: { matchLabels: { app: 'llm' } },
      template: { spec: { containers: [{ name: 'sidecar', image: 'envoy:1' }, container] } },
    },
    ...more,
  })
  const read = (object: KubeObject) => plain.read('edge', object)

  it.each([
    [
      { command: ['vllm', 'serve', 'a/b', '--served-model-name', 'b'] },
      { engine: 'vllm', model: 'a/b', servedModelName: 'b' },
    ],
    [
      { image: 'vllm/vllm-openai:v0.31.0', args: ['--model', 'a/b'] },
      { engine: 'vllm', model: 'a/b' },
    ],
    [
      { image: 'vllm/vllm-openai@sha256:00', args: ['a/b', '--port', '80'] },
      { engine: 'vllm', model: 'a/b' },
    ],
    [
      { image: 'reg.example:5000/x/vllm-cpu:1', args: ['serve', 'a/b'] },
      { engine: 'vllm', model: 'a/b' },
    ],
    [
      { command: ['python3', '-m', 'vllm.entrypoints.openai.api_server'], args: ['--model=a/b'] },
      { engine: 'vllm', model: 'a/b' },
    ],
    [
      {
        command: ['/bin/sh', '-c', 'vllm serve $MODEL --tensor-parallel-size 2'],
        env: [{ name: 'MODEL', value: 'a/b' }],
      },
      { engine: 'vllm', model: 'a/b' },
    ],
    [{ command: ['python', '-m', 'sglang.launch_server', '--model-path', 'a/b'] }, { engine: 'sglang', model: 'a/b' }],
    [
      { command: ['trtllm-serve', 'a/b', '--tp_size', '2', '--served_model_name', 'b'] },
      { engine: 'trtllm', model: 'a/b', servedModelName: 'b' },
    ],
    [{ command: ['/usr/bin/trtllm-serve', 'serve', 'a/b'] }, { engine: 'trtllm', model: 'a/b' }],
  ])('recognises %j', (container, expected) => {
    expect(read(foreign({ name: 'main', ...container }))).toMatchObject({ runtime: 'plain', ...expected })
  })

  it.each([
    { image: 'nginx:1' },
    { image: 'ghcr.io/ggml-org/llama.cpp:server', args: ['-m', '/models/x.gguf'] },
    { image: 'vllm/vllm-openai:v0.31.0', command: ['sleep', 'infinity'] },
    { image: 'lmcache/lmstack-router:1', args: ['--port', '8000'] },
    { image: 'vllm/vllm-router:1', args: ['--policy', 'kv'] },
    { image: 'nvcr.io/nvidia/ai-dynamo/vllm-runtime:1.6.0', command: ['python3', '-m', 'dynamo.vllm'] },
  ])('leaves alone what serves no model by itself: %j', (container) => {
    expect(read(foreign({ name: 'main', ...container }))).toBeUndefined()
  })

  it.each([
    { ownerReferences: [{ apiVersion: 'nvidia.com/v1beta1', kind: 'DynamoComponentDeployment', name: 'x', uid: '1' }] },
    { ownerReferences: [{ apiVersion: 'serving.kserve.io/v1beta1', kind: 'InferenceService', name: 'x', uid: '1' }] },
    { labels: { 'ray.io/cluster': 'x' } },
    { labels: { 'app.kubernetes.io/part-of': 'llminferenceservice' } },
  ])('leaves to another runtime what it owns: %j', (metadata) => {
    const object = foreign({ command: ['vllm', 'serve', 'a/b'] })
    expect(read({ ...object, metadata: { ...object.metadata, ...metadata } as KubeObject['metadata'] })).toBeUndefined()
  })

  it.each([
    ['nothing was said yet', {}, { phase: 'pending' }],
    ['an older generation', { observedGeneration: 1, readyReplicas: 2, updatedReplicas: 2 }, { phase: 'pending' }],
    ['pods exist', { observedGeneration: 2, replicas: 2 }, { phase: 'deploying' }],
    ['all ready', { observedGeneration: 2, replicas: 2, readyReplicas: 2, updatedReplicas: 2 }, { phase: 'running' }],
    [
      'one is away',
      {
        replicas: 2,
        readyReplicas: 1,
        updatedReplicas: 2,
        conditions: [{ type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' }],
      },
      { phase: 'running', reason: 'PartlyReady' },
    ],
    [
      'the deadline passed',
      {
        replicas: 2,
        conditions: [
          { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'timed out' },
        ],
      },
      { phase: 'failed', reason: 'ProgressDeadlineExceeded', message: 'timed out' },
    ],
    [
      'a quota refuses pods',
      { conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' }] },
      { phase: 'failed', reason: 'FailedCreate' },
    ],
  ])('says where it is: %s (MOD-041)', (_what, status, expected) => {
    expect(read(foreign({ command: ['vllm', 'serve', 'a/b'] }, { status }))).toMatchObject(expected)
  })

  it('says that it is leaving, and that it was scaled to nothing', () => {
    const engine = { command: ['vllm', 'serve', 'a/b'] }
    const gone = foreign(engine)
    gone.metadata.deletionTimestamp = '2026-11-20T11:00:00Z'
    expect(read(gone)?.phase).toBe('terminating')
    expect(read(foreign(engine, { replicas: 0 }))).toMatchObject({ phase: 'pending', reason: 'ScaledToZero' })
  })

  it('reads a StatefulSet, which says nothing of updates before its first', () => {
    const object = foreign(
      { command: ['vllm', 'serve', 'a/b'], resources: { limits: { 'nvidia.com/gpu': '4' } } },
      { kind: 'StatefulSet', status: { observedGeneration: 2, replicas: 2, readyReplicas: 2, updatedReplicas: 2 } },
    )
    expect(read(object)).toMatchObject({
      phase: 'running',
      components: [{ replicas: 2, readyReplicas: 2, gpusPerReplica: 4 }],
    })
  })

  it('is kept by what made it, or by who says so', () => {
    const object = foreign({ command: ['vllm', 'serve', 'a/b'] })
    const kept = (metadata: object) => read({ ...object, metadata: { ...object.metadata, ...metadata } })?.keptBy
    expect(kept({})).toBeUndefined()
    expect(kept({ labels: { 'app.kubernetes.io/managed-by': 'Helm' } })).toBe('Helm')
    const owner = { apiVersion: 'kaito.sh/v1', kind: 'Workspace', name: 'phi', uid: '1', controller: true }
    expect(kept({ ownerReferences: [owner] })).toBe('Workspace phi')
  })

  it.each([
    { metadata: { name: 'x' } },
    { metadata: { name: 'x' }, spec: { template: 'no' } as never },
    {
      metadata: { name: 'x' },
      spec: { template: { spec: { containers: ['no', null, { command: 'vllm serve' }] } } } as never,
    },
  ])('survives half an object: %j', (object) => {
    expect(read(object as KubeObject)).toBeUndefined()
  })

  it('survives a garbage status', () => {
    const object = foreign({ command: ['vllm', 'serve', 'a/b'] })
    const status = { observedGeneration: 'x', readyReplicas: -1, conditions: [null, 'no', { type: 3 }] }
    expect(read({ ...object, status: status as never })).toMatchObject({ phase: 'pending', conditions: [] })
    expect(read({ ...object, status: 'gone' as never })).toMatchObject({ phase: 'pending' })
  })
})

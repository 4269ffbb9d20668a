import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../../clients/kubernetes/types.ts'
import type { DeploymentConfig } from '../../config.ts'
import { plainConfig } from '../../testing-config.ts'
import { gpuSku } from './gpu-sku.ts'
import { dynamoRequest } from './request.ts'

const wanted = (more: Partial<DeploymentConfig> = {}) => plainConfig({ runtime: 'dynamo-request', ...more })
const specOf = (more: Partial<DeploymentConfig> = {}) => dynamoRequest.manifests(wanted(more), 'v1beta1')[0]!.spec

describe('a request by goal', () => {
  it('says the model, the goal and the most GPUs, and names the graph like itself', () => {
    const goal = { ttftMs: 300, itlMs: 20, inputTokens: 3000, outputTokens: 500, requestsPerSecond: 4 }
    const gpuModel = 'NVIDIA-H100-80GB-HBM3'
    expect(specOf({ goal, gpuModel, gpus: 2, replicas: 4, hfTokenSecret: 'hf-token-secret' })).toEqual({
      model: 'Qwen/Qwen3-8B',
      backend: 'vllm',
      image: 'nvcr.io/nvidia/ai-dynamo/dynamo-planner:1.6.0',
      hardware: { gpuSku: 'h100_sxm', totalGpus: 8 },
      workload: { isl: 3000, osl: 500, requestRate: 4 },
      sla: { ttft: 300, itl: 20 },
      overrides: {
        dgd: {
          apiVersion: 'nvidia.com/v1beta1',
          kind: 'DynamoGraphDeployment',
          metadata: { name: 'chat', labels: expect.objectContaining({ 'app.kubernetes.io/instance': 'chat' }) },
        },
      },
      searchStrategy: 'rapid',
      autoApply: true,
    })
  })

  it('with only a model leaves goal and workload to the defaults of Dynamo', () => {
    expect(Object.keys(specOf()!)).not.toEqual(expect.arrayContaining(['sla']))
    expect(specOf()).not.toHaveProperty('workload')
    expect(specOf()).not.toHaveProperty('features')
    expect(specOf({ goal: { anyEngine: true } })).toMatchObject({ backend: 'auto' })
  })

  it('tells the version of an image whose tag says none, where the weights are, and a planner its GPUs', () => {
    const storage = { claim: 'weights', mountPath: '/models', path: '/qwen3-8b' }
    expect(
      specOf({ image: 'registry.example/vllm-runtime:nightly', storage, planner: true, replicas: 2 }),
    ).toMatchObject({
      image: 'registry.example/dynamo-planner:nightly',
      runtimeVersionOverride: '1.6.0',
      modelCache: { pvcName: 'weights', pvcMountPath: '/models', pvcModelPath: 'qwen3-8b' },
      features: { planner: { max_gpu_budget: 2 } },
    })
  })

  it.each<[Partial<DeploymentConfig>, string]>([
    [{ tolerations: [{ operator: 'Exists' }] }, 'tolerations'],
    [{ contextLength: 4096 }, 'contextLength'],
    [{ engineArgs: ['--seed', '1'] }, 'engineArgs'],
    [{ routerMode: 'kv' }, 'routerMode'],
    [{ servedModelName: 'chat' }, 'servedModelName'],
    [{ gpuModel: 'NVIDIA-B300-SXM6-AC' }, 'gpuModel'],
    [{ mode: 'disaggregated' }, 'mode'],
    [{ goal: { search: 'thorough', anyEngine: true } }, 'engine'],
    [{ goal: { concurrency: 4, requestsPerSecond: 1 } }, 'goal.concurrency'],
    [{ hfTokenSecret: 'mine' }, 'hfTokenSecret'],
    [{ name: 'a'.repeat(44) }, 'name'],
  ])('%j is refused by its field %s', (more, field) => {
    expect(dynamoRequest.refusal(wanted(more))).toMatchObject({ field, next: expect.stringMatching(/.+/) })
  })

  it('takes what is empty or off', () => {
    const nothing = { tolerations: [], nodeSelector: {}, expertParallel: false, goal: { search: 'rapid' as const } }
    expect(dynamoRequest.refusal(wanted(nothing))).toBeUndefined()
    expect(dynamoRequest.refusal(wanted({ mode: 'disaggregated', goal: { search: 'thorough' } }))).toBeUndefined()
  })

  it.each([
    ['NVIDIA-H100-80GB-HBM3', 'h100_sxm'],
    ['NVIDIA H100 PCIe', 'h100_pcie'],
    ['NVIDIA-A100-SXM4-80GB', 'a100_sxm'],
    ['NVIDIA-A100-80GB-PCIe', 'a100_pcie'],
    ['NVIDIA-A100-PCIE-40GB', 'a100_pcie'],
    ['NVIDIA-H200', 'h200_sxm'],
    ['NVIDIA-H200-NVL', undefined],
    ['NVIDIA-B200', 'b200_sxm'],
    ['NVIDIA-GB200', 'gb200_sxm'],
    ['NVIDIA-B300-SXM6-AC', undefined],
    ['NVIDIA-L40S', 'l40s'],
    ['NVIDIA-L40', 'l40'],
    ['NVIDIA-L4', 'l4'],
    ['Tesla-T4', 't4'],
    ['Tesla-V100-SXM2-16GB', 'v100_sxm'],
    ['AMD-Instinct-MI300X', 'mi300'],
    ['NVIDIA-GeForce-RTX-4090', undefined],
  ])('a %s is %s to it', (product, sku) => {
    expect(gpuSku(product)).toBe(sku)
  })
})

const request = (status: Record<string, unknown> | undefined, metadata: object = {}): KubeObject => ({
  apiVersion: 'nvidia.com/v1beta1',
  kind: 'DynamoGraphDeploymentRequest',
  metadata: { name: 'chat', namespace: 'inference', uid: 'u', creationTimestamp: '2026-11-20T12:00:00Z', ...metadata },
  spec: { model: 'Qwen/Qwen3-8B', backend: 'auto' },
  ...(status && { status }),
})
const read = (status?: Record<string, unknown>, metadata?: object) =>
  dynamoRequest.read('gpu-east', request(status, metadata))

describe('reading a request', () => {
  it('is a deployment on its way, with what it searches', () => {
    const conditions = [{ type: 'Validation', status: 'True', reason: 'Valid', message: 'ok' }]
    const found = read({ phase: 'Profiling', profilingPhase: 'SweepingDecode', profilingJobName: 'p-1', conditions })
    expect(found).toMatchObject({
      runtime: 'dynamo-request',
      name: 'chat',
      model: 'Qwen/Qwen3-8B',
      phase: 'deploying',
      reason: 'SweepingDecode',
      message: 'Searching: sweeping decode, job p-1',
      conditions: [{ type: 'Validation', status: 'True' }],
      components: [],
    })
    expect(found).not.toHaveProperty('engine')
  })

  it('shows what was chosen before it runs', () => {
    const container = { name: 'main', args: ['--model', 'x'], resources: { limits: { 'nvidia.com/gpu': '2' } } }
    const selectedConfig = {
      apiVersion: 'nvidia.com/v1beta1',
      spec: {
        backendFramework: 'sglang',
        components: [{ name: 'w', type: 'worker', replicas: 3, podTemplate: { spec: { containers: [container] } } }],
      },
    }
    expect(read({ phase: 'Ready', profilingResults: { selectedConfig } })).toMatchObject({
      engine: 'sglang',
      mode: 'aggregated',
      phase: 'pending',
      message: expect.stringContaining('autoApply is off'),
      components: [{ role: 'worker', replicas: 3, gpusPerReplica: 2 }],
    })
  })

  it.each(['Deploying', 'Deployed'])('is nothing of its own once its graph is %s', (phase) => {
    expect(read({ phase, dgdName: 'chat' })).toBeUndefined()
    expect(read({ phase })).toBeDefined()
  })

  it('that failed says why, and stays to be seen', () => {
    const conditions = [
      { type: 'Succeeded', status: 'False', reason: 'Failed', message: 'overall' },
      { type: 'Profiling', status: 'False', reason: 'SweepingPrefillFailed', message: 'out of memory' },
    ]
    expect(read({ phase: 'Failed', dgdName: 'chat', conditions })).toMatchObject({
      phase: 'failed',
      reason: 'SweepingPrefillFailed',
      message: 'out of memory',
    })
  })

  it('that is new is pending, and one that is deleted is terminating', () => {
    expect(read()?.phase).toBe('pending')
    expect(read({ phase: 'Failed' }, { deletionTimestamp: '2026-11-20T12:00:00Z' })?.phase).toBe('terminating')
  })

  it('never throws on a status of any phase, and never invents one', () => {
    fc.assert(
      fc.property(fc.string(), (phase) => {
        expect(['pending', 'deploying', 'running', 'failed']).toContain(read({ phase })?.phase)
      }),
    )
  })
})

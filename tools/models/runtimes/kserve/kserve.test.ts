import { describe, expect, it } from 'vitest'
import { configOf } from '../testing.ts'
import { kserve } from './runtime.ts'

const service = (predictor: object, more: { status?: object; metadata?: object } = {}) => ({
  apiVersion: 'serving.kserve.io/v1beta1',
  kind: 'InferenceService',
  metadata: { name: 'chat', namespace: 'ml', generation: 2, ...more.metadata },
  spec: { predictor } as Record<string, unknown>,
  ...(more.status && { status: more.status as Record<string, unknown> }),
})
const read = (...args: Parameters<typeof service>) => kserve.read('edge', service(...args))
const engine = { containers: [{ name: 'kserve-container', command: ['vllm', 'serve', 'a/b'] }] }
const condition = (type: string, status: string, more: object = {}) => ({ type, status, ...more })

describe('the KServe InferenceService runtime', () => {
  it('writes a predictor of our own container in Standard mode', () => {
    const [object] = kserve.manifests(configOf(kserve, { gpus: 2, replicas: 3, queue: 'team-a' }), 'v1beta1')
    expect(object).toMatchObject({
      metadata: {
        annotations: { 'serving.kserve.io/deploymentMode': 'Standard' },
        labels: { 'kueue.x-k8s.io/queue-name': 'team-a' },
      },
      spec: {
        predictor: {
          minReplicas: 3,
          maxReplicas: 3,
          deploymentStrategy: { rollingUpdate: { maxSurge: 0 } },
          containers: [{ command: ['vllm'], resources: { limits: { 'nvidia.com/gpu': '2' } } }],
        },
      },
    })
  })

  it.each([
    [
      { model: { modelFormat: { name: 'huggingface' }, args: ['--model_name=llama', '--model_id=a/b'] } },
      { model: 'a/b', servedModelName: 'llama', engine: 'vllm', endpoint: { path: '/openai/v1' } },
    ],
    [
      { model: { modelFormat: { name: 'huggingface' }, storageUri: 'hf://a/b:main' } },
      { model: 'a/b', servedModelName: 'chat' },
    ],
    [
      { model: { modelFormat: { name: 'vLLM' }, runtime: 'vllm-runtime', storageUri: 'pvc://weights/b' } },
      { model: 'pvc://weights/b', endpoint: { path: '/v1' } },
    ],
    [
      { model: { modelFormat: { name: 'custom' }, runtime: 'sglang-runtime', storageUri: 'hf://a/b' } },
      { engine: 'sglang' },
    ],
  ])('reads what others wrote: %j', (predictor, expected) => {
    expect(read(predictor)).toMatchObject(expected)
  })

  it('leaves other kinds of model alone', () => {
    expect(read({ model: { modelFormat: { name: 'sklearn' }, storageUri: 'gs://x' } })).toBeUndefined()
    expect(read({})).toBeUndefined()
  })

  it.each([
    ['nothing was said', undefined, { phase: 'pending' }],
    [
      'ready',
      {
        conditions: [condition('Ready', 'True')],
        modelStatus: { transitionStatus: 'UpToDate', copies: { totalCopies: 1, failedCopies: 0 } },
        url: 'http://chat.example',
      },
      {
        phase: 'running',
        components: [{ readyReplicas: 1 }],
        endpoint: { url: 'http://chat.example', service: 'chat-predictor' },
      },
    ],
    [
      'ready of an older generation',
      { observedGeneration: 1, conditions: [condition('Ready', 'True')] },
      { phase: 'deploying' },
    ],
    [
      'starting',
      {
        conditions: [
          condition('Ready', 'False'),
          condition('PredictorReady', 'False', { reason: 'MinimumReplicasUnavailable', message: 'no pods' }),
        ],
      },
      { phase: 'deploying', reason: 'MinimumReplicasUnavailable', message: 'no pods' },
    ],
    [
      'the model did not load',
      {
        modelStatus: {
          transitionStatus: 'BlockedByFailedLoad',
          lastFailureInfo: { reason: 'ModelLoadFailed', message: 'CUDA out of memory', exitCode: 1 },
        },
        conditions: [condition('Ready', 'False')],
      },
      { phase: 'failed', reason: 'ModelLoadFailed', message: 'CUDA out of memory' },
    ],
    ['no runtime', { modelStatus: { transitionStatus: 'InvalidSpec' } }, { phase: 'failed', reason: 'InvalidSpec' }],
    [
      'the controller cannot make its objects',
      { conditions: [condition('PredictorReady', 'False', { reason: 'ReconcileFailed', message: 'no quantity' })] },
      { phase: 'failed', reason: 'ReconcileFailed', message: 'no quantity' },
    ],
    [
      'the rollout timed out',
      { conditions: [condition('PredictorReady', 'False', { reason: 'ProgressDeadlineExceeded' })] },
      { phase: 'failed' },
    ],
  ])('says where it is: %s (MOD-041)', (_what, status, expected) => {
    expect(read(engine, status ? { status } : {})).toMatchObject(expected)
  })

  it('says that it is stopped, and that it is leaving', () => {
    expect(read(engine, { metadata: { annotations: { 'serving.kserve.io/stop': 'true' } } })).toMatchObject({
      phase: 'pending',
      reason: 'Stopped',
    })
    expect(read(engine, { metadata: { deletionTimestamp: '2026-11-20T11:00:00Z' } })?.phase).toBe('terminating')
  })

  it.each([
    ['mode', { mode: 'disaggregated' as const }],
    ['routerMode', { routerMode: 'kv' as const }],
    ['nodesPerReplica', { gpus: 16, nodesPerReplica: 2 }],
    ['goal', { goal: {} }],
    ['planner', { planner: true }],
    ['name', { name: '9b' }],
  ])('refuses %s by name', (field, more) => {
    expect(kserve.refusal(configOf(kserve, more))).toMatchObject({ field })
  })
})

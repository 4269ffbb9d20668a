import { describe, expect, it } from 'vitest'
import type { DeploymentConfig } from '../../config.ts'
import { configOf } from '../testing.ts'
import { kserveLlm } from './runtime.ts'

const write = (more: Partial<DeploymentConfig> = {}, version = 'v1alpha2') =>
  kserveLlm.manifests(configOf(kserveLlm, more), version)[0]!
const read = (status: object | undefined, more: { spec?: object; metadata?: object } = {}) =>
  kserveLlm.read('edge', {
    metadata: { name: 'chat', namespace: 'ml', ...more.metadata },
    spec: { model: { uri: 'hf://a/b', name: 'b' }, replicas: 2, ...more.spec },
    ...(status && { status: status as Record<string, unknown> }),
  })!
const condition = (type: string, status: string, more: object = {}) => ({ type, status, ...more })

describe('the KServe LLMInferenceService runtime', () => {
  it('writes the model, the degrees and what the preset would not know', () => {
    const object = write({
      gpus: 4,
      expertParallel: true,
      contextLength: 8192,
      engineArgs: ['--seed', '7'],
      replicas: 2,
    })
    expect(object).toMatchObject({
      apiVersion: 'serving.kserve.io/v1alpha2',
      spec: {
        model: { uri: 'hf://Qwen/Qwen3-8B', name: 'Qwen/Qwen3-8B' },
        replicas: 2,
        parallelism: { tensor: 4, expert: true },
        template: { containers: [{ name: 'main', resources: { limits: { 'nvidia.com/gpu': '4' } } }] },
      },
    })
    expect(object.spec).not.toHaveProperty('router')
    expect(write({}, 'v1alpha1').apiVersion).toBe('serving.kserve.io/v1alpha1')
  })

  it('keeps prefill apart behind a scheduler (MOD-033)', () => {
    const object = write({ mode: 'disaggregated', replicas: 2, prefillReplicas: 3 })
    expect(object.spec).toMatchObject({
      replicas: 2,
      prefill: { replicas: 3, template: { containers: [{ name: 'main' }] } },
      router: { scheduler: {}, route: {}, gateway: {} },
    })
    expect(kserveLlm.read('edge', object)).toMatchObject({
      mode: 'disaggregated',
      components: [
        { name: 'decode', role: 'decode', replicas: 2 },
        { name: 'prefill', role: 'prefill', replicas: 3 },
      ],
    })
  })

  it.each([
    ['none', undefined],
    ['round-robin', { gateway: {}, route: {} }],
    ['kv', { gateway: {}, route: {}, scheduler: {} }],
  ] as const)('routes %s (MOD-019)', (routerMode, router) => {
    expect(write({ routerMode }).spec?.router).toEqual(router)
  })

  it('spreads a pipeline over nodes as leader and workers, and scales by itself where asked', () => {
    const object = write({
      gpus: 16,
      nodesPerReplica: 2,
      pipelineParallel: 2,
      autoscaling: { minReplicas: 1, maxReplicas: 3 },
    })
    expect(object.spec).toMatchObject({
      parallelism: { tensor: 8, pipeline: 2 },
      worker: {},
      scaling: { minReplicas: 1, maxReplicas: 3, wva: { hpa: {} } },
    })
    expect(object.spec).not.toHaveProperty('replicas')
    expect(kserveLlm.read('edge', object)?.components[0]?.gpusPerReplica).toBe(16)
  })

  it('takes weights from a folder of a claim', () => {
    expect(write({ storage: { claim: 'weights', path: '/qwen' } }).spec?.model).toMatchObject({
      uri: 'pvc://weights/qwen',
    })
  })

  it.each([
    ['nothing was said', undefined, { phase: 'pending' }],
    [
      'ready',
      { conditions: [condition('Ready', 'True')], url: 'https://chat.example' },
      { phase: 'running', components: [{ readyReplicas: 2 }], endpoint: { url: 'https://chat.example' } },
    ],
    [
      'ready, counted',
      {
        conditions: [condition('Ready', 'True')],
        workloads: { primary: { kind: 'Deployment', name: 'x', readyReplicas: 1 } },
      },
      { phase: 'running', components: [{ readyReplicas: 1 }] },
    ],
    [
      'a preset is missing',
      {
        conditions: [
          condition('PresetsCombined', 'False', { reason: 'CombineBaseError', message: 'no such config' }),
          condition('Ready', 'False'),
        ],
      },
      { phase: 'failed', reason: 'CombineBaseError' },
    ],
    [
      'engines start',
      {
        conditions: [
          condition('MainWorkloadReady', 'False', { reason: 'Progressing', message: 'waiting' }),
          condition('Ready', 'False'),
        ],
      },
      { phase: 'deploying', reason: 'Progressing', message: 'waiting', components: [{ readyReplicas: 0 }] },
    ],
    [
      'the rollout timed out',
      { conditions: [condition('MainWorkloadReady', 'False', { reason: 'ProgressDeadlineExceeded' })] },
      { phase: 'failed' },
    ],
    [
      'the router is not there',
      {
        conditions: [
          condition('MainWorkloadReady', 'True'),
          condition('RouterReady', 'False', { reason: 'GatewaysNotReady' }),
        ],
      },
      { phase: 'deploying', reason: 'GatewaysNotReady', components: [{ readyReplicas: 2 }] },
    ],
  ])('says where it is: %s (MOD-041)', (_what, status, expected) => {
    expect(read(status)).toMatchObject(expected)
  })

  it.each([
    ['engine', { engine: 'sglang' as const }],
    ['engineArgs', { engineArgs: ['--x', '{"a": 1}'] }],
    ['servedModelName', { servedModelName: 'my model' }],
    ['storage', { storage: { claim: 'cache' } }],
    ['nodesPerReplica', { gpus: 16, nodesPerReplica: 2 }],
    ['goal', { goal: {} }],
    ['name', { name: 'a'.repeat(44) }],
  ])('refuses %s by name', (field, more) => {
    expect(kserveLlm.refusal(configOf(kserveLlm, more))).toMatchObject({ field })
  })
})

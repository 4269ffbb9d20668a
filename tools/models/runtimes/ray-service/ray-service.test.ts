import { describe, expect, it } from 'vitest'
import type { DeploymentConfig } from '../../config.ts'
import { configOf } from '../testing.ts'
import { keywordsOf } from './engine-kwargs.ts'
import { rayServiceRuntime as ray } from './runtime.ts'
import { readServeConfig } from './serve-config.ts'

const write = (more: Partial<DeploymentConfig> = {}) => ray.manifests(configOf(ray, more), 'v1')[0]!
const read = (status: object, more: Partial<DeploymentConfig> = {}) =>
  ray.read('edge', { ...write({ replicas: 2, ...more }), status: status as Record<string, unknown> })!
const app = (status: string, message = '') => ({
  rayClusterName: 'chat-abc',
  applicationStatuses: { llm: { status, message } },
})

describe('the Ray Serve LLM runtime', () => {
  it('writes one application and a group of workers that has room for it', () => {
    const object = write({
      gpus: 4,
      pipelineParallel: 2,
      replicas: 3,
      contextLength: 8192,
      engineArgs: ['--seed', '7', '--no-enable-x'],
      storage: { claim: 'weights' },
    })
    const spec = object.spec as { serveConfigV2: string; rayClusterConfig: { workerGroupSpecs: object[] } }
    expect(spec.serveConfigV2).toContain('import_path: ray.serve.llm:build_openai_app')
    expect(readServeConfig(spec.serveConfigV2)).toEqual({
      application: 'llm',
      routePrefix: '/',
      model: 'Qwen/Qwen3-8B',
      servedModelName: 'Qwen/Qwen3-8B',
      gpus: 4,
      replicas: 3,
    })
    expect(spec.serveConfigV2).toMatch(
      /tensor_parallel_size: 2\n.*pipeline_parallel_size: 2\n.*max_model_len: 8192\n.*seed: 7\n.*enable_x: false/,
    )
    expect(spec.rayClusterConfig).toMatchObject({
      rayVersion: '2.59.0',
      authOptions: { mode: 'token' },
      headGroupSpec: { rayStartParams: { 'num-cpus': '0' } },
      workerGroupSpecs: [{ replicas: 3, minReplicas: 3, maxReplicas: 3 }],
    })
  })

  it('gives a replica that spans nodes a worker on each, and leaves numbers to the autoscaler of Ray', () => {
    expect(write({ gpus: 16, nodesPerReplica: 2, autoscaling: { minReplicas: 1, maxReplicas: 3 } }).spec).toMatchObject(
      {
        rayClusterConfig: {
          enableInTreeAutoscaling: true,
          workerGroupSpecs: [
            {
              replicas: 2,
              minReplicas: 2,
              maxReplicas: 6,
              template: { spec: { containers: [{ resources: { limits: { 'nvidia.com/gpu': '8' } } }] } },
            },
          ],
        },
      },
    )
  })

  it.each([
    ['nothing was said', {}, { phase: 'pending', podSelector: 'app.kubernetes.io/instance=chat' }],
    [
      'its cluster starts',
      { pendingServiceStatus: { rayClusterName: 'chat-abc' } },
      { phase: 'deploying', podSelector: 'ray.io/cluster=chat-abc' },
    ],
    ['the application starts', { pendingServiceStatus: app('DEPLOYING') }, { phase: 'deploying' }],
    [
      'it runs',
      {
        activeServiceStatus: { ...app('RUNNING'), rayClusterStatus: { readyWorkerReplicas: 1 } },
        conditions: [{ type: 'Ready', status: 'True' }],
      },
      { phase: 'running', components: [{ readyReplicas: 1 }, { replicas: 2, readyReplicas: 1 }] },
    ],
    [
      'a new cluster takes over',
      {
        activeServiceStatus: app('RUNNING'),
        pendingServiceStatus: { ...app('DEPLOYING'), rayClusterName: 'chat-def' },
        conditions: [{ type: 'UpgradeInProgress', status: 'True', message: 'both' }],
      },
      { phase: 'running', reason: 'UpgradeInProgress', podSelector: 'ray.io/cluster in (chat-abc,chat-def)' },
    ],
    [
      'the new one fails',
      { activeServiceStatus: app('RUNNING'), pendingServiceStatus: app('DEPLOY_FAILED', 'bad flag') },
      { phase: 'running', reason: 'UpgradeFailed', message: 'bad flag' },
    ],
    [
      'it failed',
      { pendingServiceStatus: app('DEPLOY_FAILED', 'no GPU') },
      { phase: 'failed', reason: 'DEPLOY_FAILED', message: 'no GPU' },
    ],
    [
      'it is unhealthy',
      { activeServiceStatus: app('UNHEALTHY', 'engine died') },
      { phase: 'failed', message: 'engine died' },
    ],
    [
      'a rule was broken',
      { conditions: [{ type: 'Ready', status: 'False', reason: 'ValidationFailed', message: 'name too long' }] },
      { phase: 'failed', message: 'name too long' },
    ],
  ])('says where it is: %s (MOD-041)', (_what, status, expected) => {
    expect(read(status)).toMatchObject(expected)
  })

  it('reads programs of others that serve a language model, and leaves other applications alone', () => {
    const text = (application: string) => `applications:\n- name: a\n  route_prefix: /\n${application}`
    expect(
      readServeConfig(text('  import_path: serve_llm:model\n  runtime_env:\n    env_vars: {MODEL_ID: a/b}')),
    ).toMatchObject({ model: 'a/b' })
    expect(readServeConfig(text('  import_path: fruit.deployment_graph'))).toBeUndefined()
    expect(readServeConfig('applications: [')).toBeUndefined()
    expect(readServeConfig(undefined)).toBeUndefined()
    const fruit = { metadata: { name: 'x' }, spec: { serveConfigV2: text('  import_path: fruit.deployment_graph') } }
    expect(ray.read('edge', fruit)).toBeUndefined()
  })

  it('turns words into keywords', () => {
    expect(keywordsOf(['--a-b', '1', '--c=x', '--d', '--no-e', '--f', '{"g": [1]}'])).toEqual({
      a_b: 1,
      c: 'x',
      d: true,
      e: false,
      f: { g: [1] },
    })
    expect(keywordsOf(['lonely'])).toBeUndefined()
  })

  it.each([
    ['engine', { engine: 'trtllm' as const }],
    ['mode', { mode: 'disaggregated' as const }],
    ['routerMode', { routerMode: 'kv' as const }],
    ['engineArgs', { engineArgs: ['7'] }],
    ['planner', { planner: true }],
    ['name', { name: 'a'.repeat(48) }],
  ])('refuses %s by name', (field, more) => {
    expect(ray.refusal(configOf(ray, more))).toMatchObject({ field })
  })
})

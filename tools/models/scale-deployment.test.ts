import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bench, benchNamespace as namespace, startBench } from './change/testing.ts'
import { scaleDeployment } from './scale-deployment.tool.ts'

const prices = { source: 'test', asOf: '2026-11-01', gpuHourUsdCents: { H100: 250, A100: 180, H200: 400, L40S: 90 } }
let bench: Bench
beforeAll(async () => {
  bench = await startBench(['gpu-east', 'gpu-west', 'edge-lab'], { prices })
})
afterAll(() => bench.close())

const east = (name: string, replicas: number, more: object = {}) => ({ cluster: 'gpu-east', name, replicas, ...more })
const componentsOf = async (cluster: string, name: string) => {
  const { spec } = await bench.get(cluster, 'dynamographdeployments.nvidia.com', name)
  return spec as { components?: { name: string; replicas: number }[]; services?: Record<string, { replicas: number }> }
}
const hpa = (name: string, target: string, more: object = {}) => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name, namespace },
  spec: {
    scaleTargetRef: { apiVersion: 'nvidia.com/v1beta1', kind: 'DynamoGraphDeploymentScalingAdapter', name: target },
    minReplicas: 2,
    maxReplicas: 6,
    ...more,
  },
})

describe('MOD-055: the plan of scale_deployment', () => {
  it('says where the number stands, what it costs, and who sets it back', async () => {
    const plan = await bench.plan(scaleDeployment, east('gemma-4-31b', 2))
    expect(plan.summary).toBe('Scale gemma-4-31b on gpu-east from 3 to 2 replicas (VllmDecodeWorker)')
    expect(plan.steps[0]).toMatchObject({
      target: 'component VllmDecodeWorker of DynamoGraphDeployment inference/gemma-4-31b',
      detail: '3 → 2 replicas',
    })
    expect(plan.diff).toMatch(/-\s+replicas: 3\n\+\s+replicas: 2/)
    expect(plan.checks.find(({ label }) => label === 'gitops keeps it')).toMatchObject({ state: 'warn' })
    expect(plan.impact).toEqual(
      expect.arrayContaining([
        { label: 'Replicas', value: '3 → 2' },
        { label: 'GPUs', value: '3 → 2' },
        { label: 'Saved per hour', value: expect.stringMatching(/^\$\d/) },
      ]),
    )
    expect(plan.input).toMatchObject({ namespace, component: 'VllmDecodeWorker' })
    expect(plan.guard).toMatchObject({ revision: 'none', replicas: expect.stringContaining('3') })
  })

  it('goes through the scaling adapter where a component has one', async () => {
    const plan = await bench.plan(scaleDeployment, east('gpt-oss-120b', 3))
    expect(plan.steps[0]).toMatchObject({
      target: 'scaling adapter gpt-oss-120b-vllmdecodeworker',
      detail: '4 → 3 replicas',
    })
    expect(plan.guard).toHaveProperty('scaling adapter gpt-oss-120b-vllmdecodeworker')
  })

  it('0 replicas: warns that the model vanishes', async () => {
    const plan = await bench.plan(scaleDeployment, east('gemma-4-31b', 0))
    expect(plan.checks.find(({ label }) => label === 'The model is served no more')).toMatchObject({
      state: 'warn',
      detail: expect.stringContaining('/v1/models'),
    })
  })

  it('chooses decode workers, and prefill where that is said', async () => {
    expect((await bench.plan(scaleDeployment, east('llama-3-1-8b', 1))).summary).toContain('VllmDecodeWorker')
    expect((await bench.plan(scaleDeployment, east('llama-3-1-8b', 0, { component: 'prefill' }))).summary).toContain(
      'VllmPrefillWorker',
    )
  })

  it.each([
    [east('gemma-4-31b', 3), 'invalid-request', 'already', 'Nothing'],
    [east('gemma-4-31b', 11), 'invalid-request', 'at most 10', 'serving.maxReplicas'],
    [east('gemma-4-31x', 1), 'not-found', 'no model deployment', 'gemma-4-31b'],
    [east('gemma-4-31b', 1, { component: 'prefill' }), 'invalid-input', 'called prefill', 'VllmDecodeWorker'],
    [east('minimax-m2-7', 10), 'invalid-request', 'room for', ''],
    [{ cluster: 'gpu-esat', name: 'x', replicas: 1 }, 'cluster-not-found', '', ''],
  ])('MOD-023 refuses %j before a person is asked: %s', async (input, code, message, next) => {
    const error = await bench.refusal(scaleDeployment, input)
    expect(error).toMatchObject({ code })
    expect(error.message).toContain(message)
    expect(error.next).toContain(next)
  })
})

describe('scaling a model deployment', () => {
  it('somebody else made: what was found is kept first, then the new number; both versions of the API', async () => {
    await bench.change(scaleDeployment, east('gemma-4-31b', 2), 'less')
    expect((await componentsOf('gpu-east', 'gemma-4-31b')).components![1]).toMatchObject({ replicas: 2 })
    const [second, first] = await bench.revisions('gpu-east', 'gemma-4-31b')
    expect(first).toMatchObject({ revision: 1, action: 'found', config: null, change: 'as it was found' })
    expect(second).toMatchObject({ revision: 2, action: 'scale', change: 'VllmDecodeWorker 3 → 2 replicas' })
    expect(JSON.stringify(first!.manifests)).toContain('"replicas":3')
    expect(JSON.stringify(second!.manifests)).toContain('"replicas":2')
    expect(await bench.row('gpu-east', 'gemma-4-31b')).toMatchObject({
      action: 'scale',
      replicas: 2,
      gpus: 2,
      revision: 2,
    })
    expect(bench.events.at(-1)).toMatchObject({
      name: 'deployment.requested',
      subject: 'models/deployment/gpu-east/inference/gemma-4-31b',
    })

    await bench.change(scaleDeployment, { cluster: 'edge-lab', name: 'qwen3-0-6b', replicas: 0 }, 'none')
    const { services } = await componentsOf('edge-lab', 'qwen3-0-6b')
    expect(Object.values(services!).map(({ replicas }) => replicas)).toContain(0)
  })

  it('by its adapter: the graph follows', async () => {
    await bench.change(scaleDeployment, east('gpt-oss-120b', 3), 'adapted')
    await bench.follow(4)
    expect((await componentsOf('gpu-east', 'gpt-oss-120b')).components![1]).toMatchObject({ replicas: 3 })
  })

  it('with an HPA in charge: its bounds change and it stays in charge', async () => {
    await bench.apply('gpu-east', hpa('oss', 'gpt-oss-120b-vllmdecodeworker'))
    const plan = await bench.plan(scaleDeployment, east('gpt-oss-120b', 2))
    expect(plan.steps[0]).toMatchObject({ target: 'HPA inference/oss', detail: 'between 2 and 6 → between 2 and 2' })
    expect(plan.checks.find(({ label }) => label.startsWith('HPA inference/oss sets'))).toMatchObject({ state: 'warn' })
    await bench.run(scaleDeployment, plan.input!, 'bounded')
    expect((await bench.get('gpu-east', 'hpa', 'oss')).spec).toMatchObject({ minReplicas: 2, maxReplicas: 2 })
    expect((await bench.revisions('gpu-east', 'gpt-oss-120b'))[0]).toMatchObject({ action: 'scale' })
  })

  it('run twice under one approval, as after a crash, is done and written once', async () => {
    const plan = await bench.plan(scaleDeployment, { cluster: 'gpu-west', name: 'qwen3-8b', replicas: 3 })
    await bench.run(scaleDeployment, plan.input!, 'crashed')
    await bench.run(scaleDeployment, plan.input!, 'crashed')
    expect((await bench.revisions('gpu-west', 'qwen3-8b')).map(({ revision }) => revision)).toEqual([2, 1])
    expect((await componentsOf('gpu-west', 'qwen3-8b')).components![1]).toMatchObject({ replicas: 3 })
  })

  it('two at once: both are written, in order, and the last one is what runs', async () => {
    const ask = (replicas: number) => ({ cluster: 'gpu-west', name: 'gpt-oss-20b', namespace, replicas })
    await Promise.all([2, 3, 1].map((replicas) => bench.run(scaleDeployment, ask(replicas), `at-once-${replicas}`)))
    const revisions = await bench.revisions('gpu-west', 'gpt-oss-20b')
    expect(revisions.map(({ revision }) => revision)).toEqual([4, 3, 2, 1])
    const wanted = Number(/→ (\d)/.exec(revisions[0]!.change)![1])
    expect((await componentsOf('gpu-west', 'gpt-oss-20b')).components![1]).toMatchObject({ replicas: wanted })
  })
})

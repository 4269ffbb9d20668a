import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bench, benchNamespace as namespace, startBench } from './change/testing.ts'
import { deleteDeployment } from './delete-deployment.tool.ts'
import { dynamo } from './runtimes/dynamo/runtime.ts'
import { plain } from './runtimes/plain/runtime.ts'
import { configOf } from './runtimes/testing.ts'

const prices = { source: 'test', asOf: '2026-11-01', gpuHourUsdCents: { H100: 250, A100: 180, H200: 400, L40S: 90 } }
const dgd = 'dynamographdeployments.nvidia.com'
let bench: Bench
beforeAll(async () => {
  bench = await startBench(['gpu-east', 'edge-lab'], { prices })
  for (const runtime of [dynamo, plain])
    await bench.deploy(
      'gpu-east',
      configOf(runtime, { name: `mine-${runtime.id}`, autoscaling: { minReplicas: 1, maxReplicas: 2 } }),
    )
})
afterAll(() => bench.close())
const ask = (name: string, more: object = {}, cluster = 'gpu-east') => ({ cluster, name, ...more })
const exists = (kind: string, name: string) =>
  bench.get('gpu-east', kind, name).then(
    ({ metadata }) => metadata.deletionTimestamp === undefined,
    () => false,
  )

describe('MOD-047: the plan of delete_deployment', () => {
  it('names what goes, what stays, what is freed and saved; its name is typed', async () => {
    const plan = await bench.plan(deleteDeployment, ask('gemma-4-31b'))
    expect(plan.typedName).toBe('gemma-4-31b')
    expect(plan.summary).toContain('Delete gemma-4-31b on gpu-east')
    expect(plan.impact).toEqual(
      expect.arrayContaining([
        { label: 'Pods', value: '4' },
        { label: 'Replicas', value: '3 → 0' },
        { label: 'GPUs freed', value: expect.stringMatching(/^3 /) },
        { label: 'Saved per hour', value: expect.stringMatching(/^\$\d/) },
      ]),
    )
    expect(plan.checks).toContainEqual({ label: 'Stays', state: 'pass', detail: 'Secret hf-token-secret' })
    expect(plan.checks.find(({ label }) => label === 'gitops keeps it')).toMatchObject({ state: 'warn' })
    expect(plan.input).toMatchObject({ namespace, uid: expect.any(String), runtime: 'dynamo' })
    expect(plan.diff).toContain('-kind: DynamoGraphDeployment')
  })

  it('lists what was made with it', async () => {
    const plan = await bench.plan(deleteDeployment, ask('mine-plain'))
    expect(plan.steps.map(({ verb, target }) => `${verb} ${target}`)).toEqual([
      'Delete Service mine-plain',
      'Delete HorizontalPodAutoscaler mine-plain',
      'Delete Deployment inference/mine-plain',
      expect.stringMatching(/^Wait until/),
    ])
  })

  it('and the request that a graph was made for', async () => {
    const client = bench.client('gpu-east')
    const kind = await client.resolveKind('dgdr')
    await client.apply(kind, { metadata: { name: 'goal', namespace }, spec: { model: 'Qwen/Qwen3-8B' } } as never)
    await client.patch(kind, {
      name: 'goal',
      namespace,
      subresource: 'status',
      body: { status: { dgdName: 'qwen3-32b' } },
    })
    const plan = await bench.plan(deleteDeployment, ask('qwen3-32b'))
    expect(plan.steps[0]).toMatchObject({ target: 'DynamoGraphDeploymentRequest goal' })
    await bench.run(deleteDeployment, plan.input!, 'with-request')
    expect(await exists('dgdr', 'goal')).toBe(false)
    expect(await exists(dgd, 'qwen3-32b')).toBe(false)
  })

  it('a request that has no graph yet is deleted alone', async () => {
    const client = bench.client('gpu-east')
    const kind = await client.resolveKind('dgdr')
    await client.apply(kind, { metadata: { name: 'waits', namespace }, spec: { model: 'Qwen/Qwen3-8B' } } as never)
    const plan = await bench.plan(deleteDeployment, ask('waits'))
    expect(plan.steps[0]).toMatchObject({ target: 'DynamoGraphDeploymentRequest inference/waits' })
    await bench.run(deleteDeployment, plan.input!, 'waits')
    expect(await exists('dgdr', 'waits')).toBe(false)
  })

  it.each([
    [ask('nothing'), 'not-found', ''],
    [ask('gemma-4-31b', { uid: 'another' }), 'invalid-request', 'get_deployment'],
    [ask('gemma-4-31b', { runtime: 'plain' }), 'invalid-request', 'runtime'],
  ])('refuses %j', async (input, code, next) => {
    const error = await bench.refusal(deleteDeployment, input)
    expect(error).toMatchObject({ code })
    expect(error.next).toContain(next)
  })
})

describe('deleting a model deployment', () => {
  it.each([
    ['mine-dynamo', dgd],
    ['mine-plain', 'deployments.apps'],
  ])('%s goes with what was made for it; its revisions stay', async (name, kind) => {
    const plan = await bench.plan(deleteDeployment, ask(name))
    await bench.run(deleteDeployment, plan.input!, `gone-${name}`)
    expect(await exists(kind, name)).toBe(false)
    const { items } = await bench
      .client('gpu-east')
      .list(await bench.client('gpu-east').resolveKind('hpa'), { namespace })
    expect(items.filter(({ metadata }) => metadata.name.startsWith(name))).toEqual([])
    expect(await bench.row('gpu-east', name)).toMatchObject({ action: 'delete', state: 'terminating', replicas: 0 })
    expect(await bench.revisions('gpu-east', name)).toHaveLength(1)
    expect(bench.events.at(-1)).toMatchObject({ name: 'deployment.requested', subject: expect.stringContaining(name) })
  })

  it('again under the same approval, as after a crash, is done; another one of the name is not touched', async () => {
    const plan = await bench.plan(deleteDeployment, ask('gemma-4-31b'))
    await bench.run(deleteDeployment, plan.input!, 'crashed')
    await bench.run(deleteDeployment, plan.input!, 'crashed')
    expect(await exists(dgd, 'gemma-4-31b')).toBe(false)
    await bench.follow(4)
    await bench.deploy('gpu-east', configOf(dynamo, { name: 'gemma-4-31b' }))
    await bench.run(deleteDeployment, plan.input!, 'crashed')
    expect(await exists(dgd, 'gemma-4-31b')).toBe(true)
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bench, benchNamespace as namespace, startBench } from './change/testing.ts'
import { rollbackDeployment } from './rollback-deployment.tool.ts'
import { dynamo } from './runtimes/dynamo/runtime.ts'
import { plain } from './runtimes/plain/runtime.ts'
import { configOf } from './runtimes/testing.ts'
import { updateDeployment } from './update-deployment.tool.ts'

const prices = { source: 'test', asOf: '2026-11-01', gpuHourUsdCents: { H100: 250, A100: 180, H200: 400, L40S: 90 } }
const dgd = 'dynamographdeployments.nvidia.com'
let bench: Bench
beforeAll(async () => {
  bench = await startBench(['gpu-east', 'gpu-west', 'edge-lab'], { prices })
  for (const runtime of [dynamo, plain])
    await bench.deploy('gpu-east', configOf(runtime, { name: `mine-${runtime.id}`, contextLength: 8192 }))
})
afterAll(() => bench.close())

const ask = (name: string, more: object = {}, cluster = 'gpu-east') => ({ cluster, name, ...more })
const words = async (kind: string, name: string, cluster = 'gpu-east') =>
  JSON.stringify((await bench.get(cluster, kind, name)).spec)

describe.each([
  ['dynamo', 'mine-dynamo', dgd],
  ['plain', 'mine-plain', 'deployments.apps'],
])('MOD-058: update_deployment of what we made on %s', (_, name, kind) => {
  it('shows diff, replaced workers and the way back', async () => {
    const plan = await bench.plan(updateDeployment, ask(name, { contextLength: 16_384 }))
    expect(plan.summary).toBe(`Update ${name} on gpu-east: contextLength 8192 → 16384`)
    expect(plan.diff).toMatch(/\n-.*8192/)
    expect(plan.diff).toMatch(/\n\+.*16384/)
    expect(plan.impact).toEqual(
      expect.arrayContaining([
        { label: 'Workers replaced', value: '1' },
        { label: 'Revision', value: '1 → 2' },
      ]),
    )
    expect(plan.checks.find(({ label }) => label === 'Memory')).toMatchObject({ state: 'pass' })
    expect(plan.rollback).toBe('rollback_deployment to revision 1')
    expect(plan.guard.revision).toBe('1')
  })

  it('changes it in place, keeps the revision, and goes back', async () => {
    const before = await words(kind, name)
    await bench.change(
      updateDeployment,
      ask(name, { contextLength: 16_384, engineArgs: ['--seed', '7'] }),
      `up-${name}`,
    )
    expect(await words(kind, name)).toContain('"16384"')
    expect(await words(kind, name)).toContain('"--seed","7"')
    expect((await bench.revisions('gpu-east', name))[0]).toMatchObject({
      revision: 2,
      action: 'update',
      config: { contextLength: 16_384, engineArgs: ['--seed', '7'] },
      change: 'contextLength 8192 → 16384, engineArgs [] → ["--seed","7"]',
    })
    expect(await bench.row('gpu-east', name)).toMatchObject({ action: 'update', revision: 2 })

    const back = await bench.plan(rollbackDeployment, ask(name))
    expect(back.summary).toContain('back to revision 1 (deploy, deployed)')
    expect(back.summary).toContain('contextLength 16384 →')
    expect(back.input).toMatchObject({ revision: 1 })
    await bench.run(rollbackDeployment, back.input!, `back-${name}`)
    expect(JSON.parse(await words(kind, name))).toEqual(JSON.parse(before))
    expect((await bench.revisions('gpu-east', name)).map(({ action }) => action)).toEqual([
      'rollback',
      'update',
      'deploy',
    ])
  })

  it('says what somebody changed since, and sets it back only as the diff shows', async () => {
    const live = await bench.get('gpu-east', kind, name)
    const { client } = bench
    const resolved = await client('gpu-east').resolveKind(kind)
    const text = JSON.stringify(live.spec).replace(/"image":"([^"]+)"/, '"image":"example.com/hand:1.6.0"')
    await client('gpu-east').patch(resolved, { name, namespace, body: { spec: JSON.parse(text) } })
    const plan = await bench.plan(updateDeployment, ask(name, { maxSequences: 64 }))
    expect(plan.checks.find(({ label }) => label === 'Somebody changed it since our last revision')).toMatchObject({
      state: 'warn',
      detail: expect.stringContaining('image'),
    })
    expect(plan.diff).toContain('example.com/hand:1.6.0')
  })

  it('adds an autoscaler and takes it away again when it is rolled back', async () => {
    await bench.change(updateDeployment, ask(name, { autoscaling: { minReplicas: 1, maxReplicas: 3 } }), `auto-${name}`)
    const scalers = async () => {
      const hpa = await bench.client('gpu-east').resolveKind('hpa')
      const { items } = await bench.client('gpu-east').list(hpa, { namespace })
      return items.filter(({ metadata }) => metadata.name.startsWith(name)).length
    }
    expect(await scalers()).toBe(1)
    const plan = await bench.plan(rollbackDeployment, ask(name))
    expect(plan.steps).toContainEqual(expect.objectContaining({ verb: 'Delete', detail: 'a later revision added it' }))
    await bench.run(rollbackDeployment, plan.input!, `unauto-${name}`)
    expect(await scalers()).toBe(0)
  })

  it('run twice under one approval is one revision; two at once lose nothing', async () => {
    const { length } = await bench.revisions('gpu-east', name)
    const settled = ask(name, { namespace, trustRemoteCode: true })
    await bench.run(updateDeployment, settled, `twice-${name}`)
    await bench.run(updateDeployment, settled, `twice-${name}`)
    expect(await bench.revisions('gpu-east', name)).toHaveLength(length + 1)
    await Promise.all(
      [{ contextLength: 4096 }, { maxSequences: 32 }, { gpuMemoryUtilization: 0.8 }].map((one, index) =>
        bench.run(updateDeployment, ask(name, { namespace, ...one }), `once-${name}-${index}`),
      ),
    )
    const revisions = await bench.revisions('gpu-east', name)
    expect(revisions.map(({ revision }) => revision)).toEqual(revisions.map((_one, index) => revisions.length - index))
    expect(revisions[0]!.config).toMatchObject({ contextLength: 4096, maxSequences: 32, gpuMemoryUtilization: 0.8 })
    const now = await words(kind, name)
    for (const value of ['"4096"', '"32"', '"0.8"']) expect(now).toContain(value)
  })
})

describe('update_deployment of what somebody else made', () => {
  it.each([
    ['gpu-east', 'gemma-4-31b'],
    ['edge-lab', 'qwen3-0-6b'],
    ['gpu-west', 'qwen3-32b-fp8'],
  ])('on %s, %s: flags are set in place, the rest is as it was', async (cluster, name) => {
    const before = await words(dgd, name, cluster)
    await bench.change(updateDeployment, ask(name, { contextLength: 4096 }, cluster), `found-${name}`)
    expect(await words(dgd, name, cluster)).toMatch(/"--(max-model-len|context-length)","4096"/)
    const [second, first] = await bench.revisions(cluster, name)
    expect(first).toMatchObject({ action: 'found', revision: 1 })
    expect(second).toMatchObject({ action: 'update', revision: 2, config: null })
    await bench.change(rollbackDeployment, ask(name, {}, cluster), `unfound-${name}`)
    expect(JSON.parse(await words(dgd, name, cluster))).toEqual(JSON.parse(before))
  })

  it('two at once lose nothing', async () => {
    await Promise.all(
      [{ contextLength: 4096 }, { maxSequences: 32 }].map((one, index) =>
        bench.run(updateDeployment, ask('qwen3-8b', { namespace, ...one }, 'gpu-west'), `foreign-${index}`),
      ),
    )
    const now = await words(dgd, 'qwen3-8b', 'gpu-west')
    expect(now).toContain('"--max-model-len","4096"')
    expect(now).toContain('"--max-num-seqs","32"')
  })
})

describe('what update_deployment refuses before a person is asked', () => {
  it.each([
    [ask('mine-dynamo', { model: 'Qwen3-0.6B' }), 'invalid-input', 'model of mine-dynamo', 'deploy_model'],
    [ask('mine-dynamo', { engine: 'sglang' }), 'invalid-input', 'engine of', 'delete_deployment'],
    [ask('mine-dynamo', { mode: 'disaggregated' }), 'invalid-input', 'mode of', 'delete_deployment'],
    [ask('mine-dynamo', { runtime: 'plain' }), 'invalid-input', 'runtime of', 'delete_deployment'],
    [ask('mine-dynamo'), 'invalid-input', 'Nothing', 'contextLength'],
    [ask('mine-dynamo', { contextLength: 4096, unset: ['contextLength'] }), 'invalid-input', 'both', ''],
    [ask('mine-dynamo', { contextLength: 99_000_000 }), 'invalid-input', 'context of at most', 'or less'],
    [ask('gemma-4-31b', { sharedMemory: '8Gi' }), 'invalid-request', 'sharedMemory', 'apply_manifest'],
    [ask('gemma-4-31b', { engineArgs: ['--api-key', 'x'] }), 'invalid-input', 'secret', 'Secret'],
    [ask('mine-dynamo', { engineArgs: ['--max-model-len 8'] }), 'invalid-input', '--max-model-len', 'contextLength'],
    [ask('no-such', { contextLength: 4096 }), 'not-found', 'no-such', ''],
  ])('%j', async (input, code, message, next) => {
    const error = await bench.refusal(updateDeployment, input)
    expect(error).toMatchObject({ code })
    expect(error.message).toContain(message)
    expect(error.next).toContain(next)
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bench, startBench } from './change/testing.ts'
import { rollbackDeployment } from './rollback-deployment.tool.ts'
import { dynamo } from './runtimes/dynamo/runtime.ts'
import { configOf } from './runtimes/testing.ts'
import { scaleDeployment } from './scale-deployment.tool.ts'
import { updateDeployment } from './update-deployment.tool.ts'

let bench: Bench
const mine = { cluster: 'gpu-east', name: 'mine' }
beforeAll(async () => {
  bench = await startBench(['gpu-east'], {
    prices: { source: 'test', asOf: '2026-11-01', gpuHourUsdCents: { H100: 250 } },
  })
  await bench.deploy('gpu-east', configOf(dynamo, { name: 'mine' }))
})
afterAll(() => bench.close())

describe('MOD-055: rollback_deployment', () => {
  it('without an earlier revision says so, for ours and for what somebody else made', async () => {
    const first = await bench.refusal(rollbackDeployment, mine)
    expect(first).toMatchObject({ code: 'invalid-request', message: expect.stringContaining('no revision before') })
    expect(first.next).toContain('1: ')
    const foreign = await bench.refusal(rollbackDeployment, { cluster: 'gpu-east', name: 'gemma-4-31b' })
    expect(foreign.next).toContain('None are kept')
  })

  it('to a number, with the revisions in the plan; the one before by default', async () => {
    await bench.change(updateDeployment, { ...mine, contextLength: 4096 }, 'second')
    await bench.change(updateDeployment, { ...mine, contextLength: 8192 }, 'third')
    expect((await bench.plan(rollbackDeployment, mine)).input).toMatchObject({ revision: 2 })
    const plan = await bench.plan(rollbackDeployment, { ...mine, revision: 1 })
    expect(
      plan.impact.filter(({ label }) => ['Now', 'Back to', 'Kept'].includes(label)).map(({ label }) => label),
    ).toEqual(['Now', 'Kept', 'Back to'])
    expect(plan.diff).toContain('-')
    await bench.run(rollbackDeployment, plan.input!, 'fourth')
    const [latest] = await bench.revisions('gpu-east', 'mine')
    expect(latest).toMatchObject({ revision: 4, action: 'rollback', change: 'back to revision 1' })
    expect(latest!.config).not.toHaveProperty('contextLength')
    expect(await bench.row('gpu-east', 'mine')).toMatchObject({ action: 'rollback', revision: 4 })
  })

  it('to what runs already, and to a number that is not kept, is refused with the list', async () => {
    const same = await bench.refusal(rollbackDeployment, { ...mine, revision: 1 })
    expect(same.message).toContain('as in revision 1 already')
    const none = await bench.refusal(rollbackDeployment, { ...mine, revision: 9 })
    expect(none).toMatchObject({ field: 'revision', next: expect.stringContaining('4: ') })
  })

  it('after scaling by hand puts the number back; a number that an adapter leads stays', async () => {
    await bench.change(scaleDeployment, { ...mine, replicas: 2 }, 'fifth')
    const replicasOf = async (name: string) =>
      (
        (await bench.get('gpu-east', 'dynamographdeployments.nvidia.com', name)).spec as {
          components: { replicas: number }[]
        }
      ).components[1]!.replicas
    expect(await replicasOf('mine')).toBe(2)
    await bench.change(rollbackDeployment, mine, 'sixth')
    expect(await replicasOf('mine')).toBe(1)

    const led = { cluster: 'gpu-east', name: 'gpt-oss-120b' }
    await bench.change(updateDeployment, { ...led, maxSequences: 8 }, 'led-1')
    await bench.change(scaleDeployment, { ...led, replicas: 3 }, 'led-2')
    await bench.follow(3)
    await bench.change(rollbackDeployment, { ...led, revision: 1 }, 'led-3')
    expect(await replicasOf('gpt-oss-120b')).toBe(3)
    expect(
      JSON.stringify((await bench.get('gpu-east', 'dynamographdeployments.nvidia.com', 'gpt-oss-120b')).spec),
    ).not.toContain('--max-num-seqs')
  })

  it('run twice under one approval, as after a crash, is one revision', async () => {
    const plan = await bench.plan(rollbackDeployment, { ...mine, revision: 3 })
    await bench.run(rollbackDeployment, plan.input!, 'crash')
    const { length } = await bench.revisions('gpu-east', 'mine')
    await bench.run(rollbackDeployment, plan.input!, 'crash')
    expect(await bench.revisions('gpu-east', 'mine')).toHaveLength(length)
  })
})

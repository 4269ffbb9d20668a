import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bench, startBench } from './change/testing.ts'
import { cordonNode } from './cordon-node.tool.ts'

let bench: Bench
const name = 'gpu-east-h100-01'
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.close())
const unschedulable = async () => (await bench.get('node', name)).spec!.unschedulable

describe('cordon_node', () => {
  it('plans with the diff, what is on it, and how to undo it', async () => {
    const plan = await bench.plan(cordonNode, { name })
    expect(plan.summary).toBe(`Let ${name} on gpu-east take no new pods; those on it stay`)
    expect(plan.diff).toContain('+  unschedulable: true')
    expect(Number(plan.impact.find(({ label }) => label === 'Pods on it')!.value)).toBeGreaterThan(0)
    expect(plan.rollback).toContain('uncordon: true')
    expect(await unschedulable()).toBeUndefined()
  })

  it('cordons and uncordons; run again it stays so', async () => {
    expect(await bench.change(cordonNode, { name }, 'cordon')).toMatchObject({ state: 'succeeded', percent: 100 })
    await bench.rerun(cordonNode, { name }, 'cordon')
    expect(await unschedulable()).toBe(true)
    expect(await bench.refusal(cordonNode, { name })).toMatchObject({
      message: expect.stringContaining('cordoned already'),
    })
    await bench.change(cordonNode, { name, uncordon: true }, 'uncordon')
    expect((await unschedulable()) ?? false).toBe(false)
    expect(await bench.refusal(cordonNode, { name, uncordon: true })).toMatchObject({
      message: expect.stringContaining('takes work already'),
    })
  })

  it('heartbeats do not move the guard, a cordon by somebody else does', async () => {
    const { guard } = await bench.plan(cordonNode, { name })
    const node = await bench.client.resolveKind('node')
    await bench.client.patch(node, { name, body: { metadata: { annotations: { 'example.com/heartbeat': '1' } } } })
    expect((await bench.plan(cordonNode, { name })).guard).toEqual(guard)
    await bench.client.patch(node, { name, body: { spec: { unschedulable: true } } })
    expect((await bench.plan(cordonNode, { name, uncordon: true })).guard).not.toEqual(guard)
  })

  it('names near nodes for one that is not there', async () => {
    expect(await bench.refusal(cordonNode, { name: 'gpu-east-h100-1' })).toMatchObject({
      code: 'not-found',
      next: expect.stringContaining('gpu-east-h100'),
    })
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bench, startBench } from './change/testing.ts'
import { findServed } from './runtimes/served.ts'
import { scaleDeployment } from './scale-deployment.tool.ts'

const prices = { source: 'test', asOf: '2026-11-01', gpuHourUsdCents: { A100: 180, L40S: 90 } }
let bench: Bench
beforeAll(async () => {
  bench = await startBench(['gpu-west'], { prices })
})
afterAll(() => bench.close())

const signal = AbortSignal.timeout(60_000)
const replicasOf = async (name: string) => {
  const { components } = await findServed(bench.client('gpu-west'), { name, signal })
  return components.map(({ replicas, readyReplicas }) => `${readyReplicas}/${replicas}`).at(-1)
}

describe('MOD-055: scaling what each owner of a number holds, until its pods are there', () => {
  it.each([
    ['HPA', 'qwen3-6-27b', 'HPA inference/qwen3-6-27b', 3],
    ['KEDA', 'qwen3-4b-chat', 'KEDA ScaledObject inference/qwen3-4b-chat', 2],
    ['KServe, whose own HPA follows it', 'qwen3-14b', 'predictor of InferenceService inference/qwen3-14b', 2],
    ['KServe for language models', 'mistral-small-24b', 'main of LLMInferenceService inference/mistral-small-24b', 2],
    ['Ray Serve', 'qwen3-4b-ray', 'application llm of RayService inference/qwen3-4b-ray', 2],
  ])('%s', async (_owner, name, target, replicas) => {
    const plan = await bench.plan(scaleDeployment, { cluster: 'gpu-west', name, replicas })
    expect(plan.steps[0]).toMatchObject({ target })
    await bench.run(scaleDeployment, plan.input!, `more ${name}`)
    await bench.follow(6)
    expect(await replicasOf(name)).toBe(`${replicas}/${replicas}`)
    await bench.change(scaleDeployment, { cluster: 'gpu-west', name, replicas: 1 }, `less ${name}`)
    await bench.follow(6)
    expect(await replicasOf(name)).toBe('1/1')
  })
})

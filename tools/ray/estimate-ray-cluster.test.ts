import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testContext } from '../testing.ts'
import { type TestFleet, testFleet } from '../testing-world.ts'
import { estimateRayCluster } from './estimate-ray-cluster.tool.ts'

const prices = { source: 'test', asOf: '2026-11-01', gpuHourUsdCents: { H100: 250, A100: 180, H200: 400 } }
let fleet: TestFleet
beforeAll(async () => {
  fleet = await testFleet(['hub', 'gpu-east', 'gpu-west'], { prices })
})
afterAll(() => fleet.close())

const run = async (input: object) => {
  const ctx = testContext({ clients: fleet.clients, now: fleet.now })
  const reply = await estimateRayCluster.run(estimateRayCluster.input.parse(input) as never, ctx)
  return {
    ...reply,
    data: reply.data as unknown as {
      state: string
      summary: string
      facts: { label: string; value: string }[]
      lines: { label: string; quantity: string; cost?: { amount: number } }[]
      totals: { amount: number }[]
      unpriced: number
      checks: { id: string; state: string; detail: string }[]
    },
  }
}
const fact = (data: { facts: { label: string; value: string }[] }, label: string) =>
  data.facts.find((one) => one.label === label)?.value

describe('estimate_ray_cluster', () => {
  it('adds up GPUs, cores, memory and price, and says where it would go (RAY-005, RAY-006)', async () => {
    const { data, next } = await run({ workers: 3, gpusPerWorker: 2, gpuModel: 'H100' })
    expect(data.state).toBe('fits')
    expect(fact(data, 'GPUs')).toBe('6')
    expect(fact(data, 'CPU cores')).toBe(String(4 + 3 * 16))
    expect(fact(data, 'Price')).toBe('$15.00 an hour')
    expect(data.lines).toMatchObject([
      { label: 'Workers', quantity: '3 × 2 NVIDIA H100 80GB HBM3', cost: { amount: 1500 } },
    ])
    expect(data.totals).toEqual([{ amount: 1500, currency: 'usd-cent' }])
    expect(data.summary).toContain('gpu-east')
    expect(next![0]).toContain('launch_ray_cluster')
  })

  it('tells for each cluster what would find room, best first', async () => {
    const { data } = await run({ workers: 30, gpusPerWorker: 4 })
    expect(data.state).toBe('no room')
    expect(data.checks.at(-1)).toMatchObject({ id: 'hub', state: 'no KubeRay' })
    const placed = data.checks.slice(0, 2).map(({ detail }) => Number(/room for (\d+) of 30 workers/.exec(detail)![1]))
    expect(placed[0]).toBeGreaterThanOrEqual(placed[1]!)
    expect(placed[0]).toBeGreaterThan(0)
  })

  it('guesses no price that is not configured', async () => {
    const { data } = await run({ workers: 1, gpuModel: 'L40S' })
    expect(fact(data, 'Price')).toBe('no price is configured')
    expect(data).toMatchObject({ totals: [], unpriced: 1 })
  })

  it('says the same in words', async () => {
    const { data } = await run({ workers: 1 })
    const text = estimateRayCluster.text(data as never, { shown: 0, total: 0 })
    expect(text).toContain('room for the head and all 1 worker')
    expect(text).toContain('hub')
  })

  it('fails where nothing has KubeRay', async () => {
    await expect(run({ cluster: 'hub' })).rejects.toMatchObject({ code: 'not-configured' })
  })
})

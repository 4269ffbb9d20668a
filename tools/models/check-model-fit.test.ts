import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startHuggingFace } from '../../mocks/huggingface/server.ts'
import { nodeOf } from '../kubernetes/testing.ts'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf, kubernetesOf, perCluster } from '../testing-upstreams.ts'
import { type TestFleet, testFleet } from '../testing-world.ts'
import { checkModelFit } from './check-model-fit.tool.ts'

interface Row {
  cluster: string
  gpuModel: string
  verdict: string
  room: number
  free: number
  reason: string
  gpus: number
  sequences: number
  maxContext: number
  tokensPerSecond?: number
  price?: { amount: number }
}
const prices = {
  source: 'test',
  asOf: '2026-11-01',
  gpuHourUsdCents: { H100: 250, A100: 180, H200: 400, L40S: 90, L4: 40 },
}
let fleet: TestFleet
let hub: Awaited<ReturnType<typeof startHuggingFace>>
beforeAll(async () => {
  hub = await startHuggingFace()
  fleet = await testFleet(['hub', 'gpu-east', 'gpu-west', 'edge-lab'], { prices, huggingface: { url: hub.url } })
})
afterAll(async () => {
  await fleet.close()
  await hub.close()
})

const run = async (input: object, ctx = testContext({ clients: fleet.clients, now: fleet.now })) => {
  const reply = await checkModelFit.run(checkModelFit.input.parse(input) as never, ctx)
  return { ...reply, rows: (reply.data?.rows ?? []) as unknown as Row[] }
}

describe('check_model_fit', () => {
  it('tells for each cluster and GPU model whether the model fits and for how many replicas there is room', async () => {
    const { rows } = await run({ model: 'Qwen3-8B', gpus: 2, contextLength: 8192 })
    expect([...new Set(rows.map(({ cluster }) => cluster))].sort()).toEqual(['edge-lab', 'gpu-east', 'gpu-west'])
    expect(rows.every(({ verdict, gpus }) => verdict === 'fits' && gpus === 2)).toBe(true)
    expect(rows.every(({ room, free }) => room <= free / 2)).toBe(true)
    expect(rows[0]!.room).toBeGreaterThan(0)
  })

  it('names the deployment that was reckoned with as the next call: GPUs of that kind, context and quantisation', async () => {
    const { rows, next } = await run({ model: 'Qwen3-32B', contextLength: 8192, options: 'users=40,fp8,kv=fp8' })
    const [best] = rows
    expect(JSON.parse(next![0]!.replace('deploy_model ', ''))).toEqual({
      model: 'Qwen/Qwen3-32B',
      cluster: best!.cluster,
      gpus: best!.gpus,
      gpuModel: best!.gpuModel,
      contextLength: 8192,
      options: { quantization: 'fp8', kvCacheDtype: 'fp8' },
    })
    const shorter = await run({ model: 'Qwen3-32B', gpus: 1, gpuModel: 'H100' })
    expect(shorter.rows[0]!.verdict).toBe('fits-with-less-context')
    expect(shorter.next![0]).toContain(`"contextLength":${shorter.rows[0]!.maxContext}`)
    const none = await run({ model: 'Llama-3.3-70B-Instruct', gpus: 1, gpuModel: 'L4' })
    expect(none.rows[0]!.verdict).toBe('does-not-fit')
    expect(none.next!.join()).not.toContain('deploy_model')
  })

  it('puts the cheapest that fits and has room first', async () => {
    const { rows } = await run({ model: 'Qwen3-8B', contextLength: 8192 })
    const startable = rows.filter(({ verdict, room }) => verdict === 'fits' && room > 0)
    expect(startable.length).toBeGreaterThan(1)
    expect(rows.slice(0, startable.length)).toEqual(startable)
    const amounts = startable.map(({ price }) => price!.amount)
    expect(amounts).toEqual([...amounts].sort((a, b) => a - b))
  })

  it('takes as few GPUs as it fits on where none are named', async () => {
    const { rows } = await run({ model: 'Llama-3.3-70B-Instruct', contextLength: 8192 })
    const h100 = rows.find(({ gpuModel, verdict }) => gpuModel.includes('H100') && verdict === 'fits')!
    expect(h100.gpus).toBe(2)
    expect(h100.price!.amount).toBe(500)
    expect(h100.tokensPerSecond).toBeGreaterThan(10)
  })

  it('says what would fit where it does not', async () => {
    const { rows } = await run({ model: 'Qwen3-32B', gpus: 1, contextLength: 8192 })
    const edge = rows.find(({ cluster, gpuModel }) => cluster === 'edge-lab' && gpuModel.includes('L4'))!
    expect(edge).toMatchObject({ verdict: 'does-not-fit', room: 0 })
    expect(edge.reason).toContain('with 4 GPUs it fits')
  })

  it('reckons with what was asked for: weights, cache, sequences, engine, split', async () => {
    const only = { model: 'Llama-3.3-70B-Instruct', gpus: 2, gpuModel: 'H100', contextLength: 8192 }
    const [plain] = (await run(only)).rows
    const [small] = (await run({ ...only, options: 'fp8, kv=fp8' })).rows
    expect(small!.sequences).toBeGreaterThan(plain!.sequences * 2)
    const [many] = (await run({ ...only, options: 'users=500' })).rows
    expect(many!.verdict).not.toBe('fits')
    const [staged] = (await run({ ...only, gpus: 4, options: 'pp=2 sglang' })).rows
    expect(staged!.reason).toContain('pipeline 2')
  })

  it('spreads the experts where engines refuse to divide them', async () => {
    const { rows } = await run({ model: 'MiniMax-M2.7', gpus: 8, gpuModel: 'H100' })
    expect(rows[0]!.reason).toContain('experts spread')
    const [kept] = (await run({ model: 'MiniMax-M2.7', gpuModel: 'H100', options: 'tp=8, pp=1' })).rows
    expect(kept!.gpus).toBe(8)
  })

  it.each([
    ['fp9', 'fp9'],
    ['pp=0', 'pp=0'],
    ['kv=int2', 'kv=int2'],
  ])('names the word of the options that means nothing: %s', async (options, word) => {
    await expect(run({ model: 'Qwen3-8B', options })).rejects.toMatchObject({
      code: 'invalid-input',
      message: expect.stringContaining(word),
      options: { field: 'options', next: expect.stringContaining('kv=fp8') },
    })
  })

  it('refuses a context that the model does not have, and an engine it does not run on', async () => {
    await expect(run({ model: 'Qwen3-8B', contextLength: 1_000_000 })).rejects.toMatchObject({
      options: { field: 'contextLength', next: 'Use 40960 or less' },
    })
    await expect(run({ model: 'Phi-3-mini-4k-instruct', options: 'trtllm' })).rejects.toMatchObject({
      options: { field: 'options', next: expect.stringContaining('vllm') },
    })
  })

  it('explains where the memory goes, and the method', async () => {
    const { data } = await run({ model: 'Qwen3-8B', gpus: 1, contextLength: 8192 })
    const words = checkModelFit.text(data as never, { shown: 1, total: 1 })
    expect(words).toMatch(/weights 15\.3GiB, activations .*, engine 3\.5GiB, left for cache/)
    expect(words).toContain('144KiB a token')
    expect(words).toContain('aiconfigurator')
  })

  it('sizes a model of the hub that is in no catalogue (MOD-059)', async () => {
    const { rows, data } = await run({ model: 'harbor-labs/Harbor-9B-Instruct', contextLength: 8192 })
    expect(data!.title).toContain('harbor-labs/Harbor-9B-Instruct')
    expect(rows[0]).toMatchObject({ verdict: 'fits' })
  })

  it('says what to do about a gated one, and about a hub that is away', async () => {
    await expect(run({ model: 'northwind-ai/Northwind-160B-A14B' })).rejects.toMatchObject({
      code: 'upstream-denied',
      options: { field: 'model', next: expect.stringContaining('HF_TOKEN') },
    })
    const away = await testFleet(['hub'], { prices, huggingface: { url: 'http://127.0.0.1:9' } })
    const ctx = testContext({ clients: away.clients, now: away.now })
    await expect(run({ model: 'nobody/Nothing-1B' }, ctx)).rejects.toMatchObject({
      code: 'upstream-unreachable',
      options: { field: 'model', next: expect.stringMatching(/QM_HUGGINGFACE_URL.*config\.json/) },
    })
    await away.close()
  })

  it('counts no node that takes no work', async () => {
    const closed = [
      nodeOf({ name: 'a', gpus: 8, cordoned: true }),
      { ...nodeOf({ name: 'b', gpus: 8 }), spec: { taints: [{ key: 'dedicated', effect: 'NoSchedule' }] } },
    ]
    const ctx = testContext({
      clients: {
        fleet: fleetOf([clusterInfo('east')]),
        kubernetes: perCluster({ east: kubernetesOf({ cluster: 'east', objects: { nodes: closed } }) }),
      },
    })
    expect((await run({ model: 'Qwen3-8B' }, ctx)).empty!.title).toContain('no GPUs')
  })

  it('knows the memory of a GPU whose node does not say it', async () => {
    const node = nodeOf({ name: 'a', gpus: 1, labels: { 'nvidia.com/gpu.memory': '' } })
    const ctx = testContext({
      clients: {
        fleet: fleetOf([clusterInfo('east')]),
        kubernetes: perCluster({ east: kubernetesOf({ cluster: 'east', objects: { nodes: [node] } }) }),
      },
    })
    expect((await run({ model: 'Qwen3-8B' }, ctx)).rows[0]).toMatchObject({ verdict: 'fits', room: 1, gpus: 1 })
  })

  it('names near models for one that is not known', async () => {
    await expect(run({ model: 'Qwen3-9B' })).rejects.toMatchObject({
      code: 'not-found',
      options: { field: 'model', next: expect.stringContaining('Qwen/Qwen3-8B') },
    })
  })
})

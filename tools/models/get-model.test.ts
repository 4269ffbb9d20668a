import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startHuggingFace } from '../../mocks/huggingface/server.ts'
import { testContext } from '../testing.ts'
import { type TestFleet, testFleet } from '../testing-world.ts'
import { getModel } from './get-model.tool.ts'

const prices = { source: 'test', asOf: '2026-11-01', gpuHourUsdCents: { H100: 250, L4: 40 } }
let fleet: TestFleet
let hub: Awaited<ReturnType<typeof startHuggingFace>>
beforeAll(async () => {
  hub = await startHuggingFace()
  fleet = await testFleet(['gpu-east', 'edge-lab'], { prices, huggingface: { url: hub.url } })
})
afterAll(async () => {
  await fleet.close()
  await hub.close()
})

const run = async (input: object, ctx = testContext({ clients: fleet.clients, now: fleet.now })) => {
  const reply = await getModel.run(getModel.input.parse(input) as never, ctx)
  const data = reply.data as { facts: { label: string; value: string }[]; yaml: string; title: string; note?: string }
  const fact = (label: string) => data.facts.find((one) => one.label === label)?.value
  return { ...reply, data, fact, text: getModel.text(data as never, { shown: 1, total: 1 }) }
}

describe('get_model', () => {
  it('tells what it is and what it needs (MOD-012)', async () => {
    const { fact, data, text } = await run({ model: 'Qwen3-30B-A3B', contextLength: 8192 })
    expect(fact('Parameters')).toBe('30.5 B, 3.3 B active')
    expect(fact('Attention')).toContain('48 layers of grouped-query attention, 4 key-value heads of 128; 128 experts')
    expect(fact('Cache')).toBe('96KiB a token in bf16')
    expect(data.yaml).toMatch(/H100 SXM5 80GB: "1: weights 56\.9GiB/)
    expect(data.yaml).toMatch(/L4: "4 /)
    expect(data.yaml).toContain('gpu-east: "fits on')
    expect(text).toContain('aiconfigurator')
  })

  it('tells latent attention and states in words', async () => {
    expect((await run({ model: 'DeepSeek-V3.2' })).fact('Attention')).toContain('latent attention, 576 values a token')
    expect((await run({ model: 'Qwen3.8-27B' })).fact('Cache')).toBe('64KiB a token, 144MiB a sequence in bf16')
  })

  it('reads a model of the hub, and says what is not known of it', async () => {
    const { fact, data } = await run({ model: 'harbor-labs/Harbor-9B-Instruct-FP8' })
    expect(fact('Source')).toBe('the hub')
    expect(fact('Weights')).toContain('fp8 in blocks of 128')
    expect(data.note).toContain('not checked')
  })

  it('says of one without safetensors that its weights are counted', async () => {
    const { fact, data } = await run({ model: 'quarry/Quarry-7B-v1' })
    expect(fact('Parameters')).toBe('6.74 B')
    expect(data.note).toContain('counted from the shapes')
  })

  it('takes a config.json, so that no hub is needed, and no cluster', async () => {
    const config = {
      model_type: 'llama',
      num_hidden_layers: 80,
      hidden_size: 8192,
      intermediate_size: 28_672,
      num_attention_heads: 64,
      num_key_value_heads: 8,
      vocab_size: 128_256,
      max_position_embeddings: 131_072,
    }
    const { fact, data } = await run({ model: 'my/own-70b', config }, testContext({ clients: {} }))
    expect(fact('Parameters')).toBe('70.6 B')
    expect(fact('Cache')).toBe('320KiB a token in bf16')
    expect(data.yaml).not.toContain('clusters:')
  })

  it('names what a given config.json lacks', async () => {
    const ctx = testContext({ clients: {} })
    await expect(run({ model: 'a/b', config: { model_type: 'bert' } }, ctx)).rejects.toMatchObject({
      code: 'invalid-input',
      options: { field: 'config.num_hidden_layers' },
    })
  })

  it('says what to configure where there is no hub', async () => {
    await expect(run({ model: 'a/b' }, testContext({ clients: {} }))).rejects.toMatchObject({
      code: 'not-found',
      options: { next: expect.stringMatching(/QM_HUGGINGFACE_URL.*config\.json/) },
    })
  })

  it('goes on without a cluster that is away', async () => {
    const { clusters, data } = await run({ model: 'Qwen3-8B' })
    expect(clusters).toHaveLength(2)
    expect(data.title).toBe('Qwen/Qwen3-8B')
  })
})

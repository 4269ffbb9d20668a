import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startHuggingFace } from '../../mocks/huggingface/server.ts'
import type { ConfiguredClients } from '../clients/create.ts'
import { testClients } from '../clients/testing.ts'
import { testContext } from '../testing.ts'
import { models } from './catalogue.ts'
import { listModels } from './list-models.tool.ts'

interface Row {
  id: string
  engines: string
  weightsGb?: number
  paramsB?: number
  license?: string
  gated: boolean
  source: string
  memoryGb?: number
  curated: boolean
}
const run = async (input: object = {}, clients: Partial<ConfiguredClients> = {}) => {
  const reply = await listModels.run(listModels.input.parse(input) as never, testContext({ clients }))
  return { ...reply, rows: (reply.data?.rows ?? []) as unknown as Row[] }
}

describe('list_models', () => {
  it('lists the catalogue, curated models first (MOD-001)', async () => {
    const { rows } = await run()
    expect(rows).toHaveLength(models().length)
    expect(rows.slice(0, 8).every((row) => row.curated)).toBe(true)
    expect(rows.find(({ id }) => id === 'Qwen/Qwen3-8B')!.weightsGb).toBeCloseTo(16.4)
  })

  it('finds by words, engine, task and list (MOD-011)', async () => {
    expect((await run({ text: 'llama' })).rows.every(({ id }) => /llama/i.test(id))).toBe(true)
    const { rows } = await run({ engine: 'trtllm' })
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.every(({ engines }) => engines.includes('trtllm'))).toBe(true)
    expect((await run({ curated: true })).rows).toHaveLength(8)
    expect((await run({ task: 'text-generation' })).rows.map(({ id }) => id)).toEqual(['Qwen/Qwen3-0.6B'])
  })

  it('filters by licence, gate and size', async () => {
    const { rows } = await run({ license: 'apache', gated: false, minParamsB: 20, maxParamsB: 40 })
    expect(rows.length).toBeGreaterThan(3)
    expect(
      rows.every((row) => /apache/i.test(row.license!) && !row.gated && row.paramsB! >= 20 && row.paramsB! <= 40),
    ).toBe(true)
    expect((await run({ gated: true })).rows.every(({ id }) => id.startsWith('meta-llama/'))).toBe(true)
    await expect(run({ minParamsB: 40, maxParamsB: 20 })).rejects.toMatchObject({ options: { field: 'minParamsB' } })
  })

  it('knows what one GPU of a kind holds, with the context it has room for (MOD-011)', async () => {
    const { rows, data } = await run({ fitsOn: 'L40S' })
    expect(data!.title).toBe('Models that fit on one L40S')
    const ids = rows.map(({ id }) => id)
    expect(ids).toContain('Qwen/Qwen3-8B')
    expect(ids).not.toContain('Qwen/Qwen3-32B')
    expect(rows.length).toBeLessThan(models().length)
    // The smaller of two GPUs of that name: what fits there fits on both
    expect((await run({ fitsOn: 'a100' })).rows.map(({ id }) => id)).not.toContain('Qwen/Qwen3-32B')
    expect((await run({ fitsOn: 'NVIDIA H200' })).rows.map(({ id }) => id)).toContain('Qwen/Qwen3-32B')
    await expect(run({ fitsOn: 'Voodoo 2' })).rejects.toMatchObject({
      options: { field: 'fitsOn', next: expect.stringContaining('L40S') },
    })
  })

  it('says when nothing matches', async () => {
    const { empty } = await run({ task: 'fill-mask' })
    expect(empty!.next.length).toBeGreaterThan(0)
  })

  it('names id, size and licence in words', async () => {
    const { data } = await run({ text: 'Qwen3-8B' })
    const text = listModels.text(data as never, { shown: 1, total: 1 })
    expect(text).toContain('Qwen/Qwen3-8B\t8.2\t40960\t16.4')
  })
})

describe('list_models where the catalogue has none', () => {
  let hub: Awaited<ReturnType<typeof startHuggingFace>>
  let clients: ConfiguredClients
  beforeAll(async () => {
    hub = await startHuggingFace()
    clients = testClients({ huggingface: { url: hub.url } })
  })
  afterAll(async () => {
    clients.close()
    await hub.close()
  })

  it('searches the hub, with an estimate of the memory (MOD-059)', async () => {
    const { rows, data } = await run({ text: 'harbor' }, clients)
    expect(data!.title).toContain('hub')
    expect(rows[0]).toMatchObject({ id: 'harbor-labs/Harbor-9B-Instruct', source: 'hub', paramsB: 9.7, memoryGb: 24 })
    expect(listModels.text(data as never, { shown: 2, total: 2 })).toContain('"harbor-labs/Harbor-9B-Instruct"')
  })

  it('asks it only for words', async () => {
    expect((await run({ task: 'fill-mask' }, clients)).empty!.title).toContain('No model')
  })

  it('says that it was away', async () => {
    const away = testClients({ huggingface: { url: 'http://127.0.0.1:9' } })
    const { empty } = await run({ text: 'harbor' }, away)
    expect(empty!.likely.join()).toContain('refused')
    expect(empty!.next.join()).toContain('QM_HUGGINGFACE_URL')
    away.close()
  })
})

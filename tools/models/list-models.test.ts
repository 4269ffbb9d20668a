import { describe, expect, it } from 'vitest'
import { testContext } from '../testing.ts'
import { models } from './catalogue.ts'
import { listModels } from './list-models.tool.ts'

interface Row {
  id: string
  engines: string
  weightsGb?: number
  curated: boolean
}
const run = async (input: object = {}) => {
  const reply = await listModels.run(listModels.input.parse(input) as never, testContext({ clients: {} }))
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

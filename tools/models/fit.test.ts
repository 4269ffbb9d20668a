import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findModel, type Model, models } from './catalogue.ts'
import { checkFit } from './fit.ts'

const mib = 1024 ** 2
const gib = 1024 ** 3
/** What nvidia-smi reports for the columns of the catalogue */
const memoryMib: Record<string, number> = {
  'l4-24': 23034,
  'l40s-48': 46068,
  'a100/h100-80': 81559,
  'h200-141': 143771,
  'b200-180': 183359,
  'b300-269': 275040,
}
const catalogue = JSON.parse(readFileSync(new URL('./data/models.json', import.meta.url), 'utf8')) as {
  models: { id: string; minGpus: Record<string, number | null> }[]
}
const cells = catalogue.models.flatMap(({ id, minGpus }) =>
  Object.entries(minGpus).map(([gpu, wanted]) => [id, gpu, wanted] as const),
)

describe('how many GPUs a model needs at least', () => {
  it.each(cells)('%s on %s: %s (8k context, one sequence, vLLM)', (id, gpu, wanted) => {
    const model = findModel(id)!
    const contextLength = Math.min(8192, model.contextLength)
    const needed = [1, 2, 4, 8, 16].find(
      (gpus) => checkFit({ model, gpus, gpuMemoryBytes: memoryMib[gpu]! * mib, contextLength }).verdict === 'fits',
    )
    expect(needed ?? null).toBe(wanted)
  })

  it('saw the whole table', () => {
    expect(cells.length).toBeGreaterThanOrEqual(150)
  })
})

const anyModel = fc.constantFrom(...models())
const anyGpus = fc.constantFrom(1, 2, 4, 8)
const anyMemory = fc.integer({ min: 8, max: 300 }).map((size) => size * gib)
const anyContext = fc.option(fc.integer({ min: 256, max: 200_000 }), { nil: undefined })
const request = (
  model: Model,
  gpus: number,
  gpuMemoryBytes: number | undefined,
  contextLength: number | undefined,
) => ({
  model,
  gpus,
  gpuMemoryBytes,
  ...(contextLength !== undefined && { contextLength }),
})
const rank = { fits: 0, 'fits-with-less-context': 1, 'does-not-fit': 2, unknown: 3 }

describe('the verdict', () => {
  it('is never worse with more memory', () => {
    fc.assert(
      fc.property(anyModel, anyGpus, anyMemory, anyContext, (model, gpus, memory, context) => {
        const less = checkFit(request(model, gpus, memory, context))
        const more = checkFit(request(model, gpus, memory * 1.5, context))
        expect(rank[more.verdict]).toBeLessThanOrEqual(rank[less.verdict])
        expect(more.maxContext).toBeGreaterThanOrEqual(less.maxContext)
      }),
    )
  })

  it('fits exactly where one sequence of the wanted context fits', () => {
    fc.assert(
      fc.property(anyModel, anyGpus, anyMemory, anyContext, (model, gpus, memory, context) => {
        const fit = checkFit(request(model, gpus, memory, context))
        if (fit.verdict === 'fits') expect(fit.sequences).toBeGreaterThanOrEqual(1)
        if (fit.verdict === 'fits-with-less-context')
          expect(fit.maxContext).toBeLessThan(context ?? model.contextLength)
      }),
    )
  })

  it('names as smallest a number of GPUs on which it does fit', () => {
    fc.assert(
      fc.property(anyModel, anyGpus, anyMemory, anyContext, (model, gpus, memory, context) => {
        const { smallestGpus, verdict } = checkFit(request(model, gpus, memory, context))
        if (smallestGpus === undefined || verdict === 'fits') return
        expect(checkFit(request(model, smallestGpus, memory, context)).verdict).toBe('fits')
      }),
    )
  })

  it('a context cut to what is said to be possible is possible', () => {
    fc.assert(
      fc.property(anyModel, anyGpus, anyMemory, (model, gpus, memory) => {
        const fit = checkFit(request(model, gpus, memory, undefined))
        if (fit.verdict !== 'fits-with-less-context') return
        expect(checkFit(request(model, gpus, memory, fit.maxContext)).verdict).toBe('fits')
      }),
    )
  })

  it('says that attention heads cannot be split over that many GPUs', () => {
    const model: Model = { ...findModel('Qwen3-8B')!, sizes: { ...findModel('Qwen3-8B')!.sizes!, attentionHeads: 28 } }
    expect(checkFit(request(model, 8, 80 * gib, 8192))).toMatchObject({
      verdict: 'does-not-fit',
      reason: expect.stringContaining('28 attention heads'),
      smallestGpus: 1,
    })
  })

  it('says that it is an estimate where the configuration of the model is not known', () => {
    expect(checkFit(request(findModel('mistral-7b')!, 1, 80 * gib, 8192)).reason).toContain('estimated')
  })

  it('is unknown where nobody knows the memory', () => {
    expect(checkFit(request(findModel('Qwen3-8B')!, 1, undefined, 8192)).verdict).toBe('unknown')
  })
})

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kvBytesPerToken, stateBytesPerSequence } from '../catalogue/architecture.ts'
import { findModel, type Model, models } from '../catalogue.ts'
import { checkFit } from './fit.ts'
import { type MemoryRule, servingRule } from './memory.ts'

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
interface Reference {
  id: string
  kvBytesPerTokenBf16: number
  fixedBytesPerSeqBf16: number
  minGpus: Record<string, number | null>
}
const reference = JSON.parse(readFileSync(new URL('./reference.test-data.json', import.meta.url), 'utf8')) as {
  models: Reference[]
}
const cells = reference.models.flatMap(({ id, minGpus }) =>
  Object.entries(minGpus).map(([gpu, wanted]) => [id, gpu, wanted] as const),
)
/** The rule the table states: weights, 3.5 GiB and the cache of 8k tokens, whatever the engine refuses to divide. */
const tableRule: MemoryRule = { ...servingRule, batchedTokens: 0, communication: false }
const undivided = (model: Model): Model => {
  const { blockSize: _, ...weights } = model.weights
  return { ...model, weights }
}

describe('what a sequence costs', () => {
  it.each(reference.models)('$id: as its configuration has it, within 3 %', (known) => {
    const { architecture } = findModel(known.id)!
    const perToken = kvBytesPerToken(architecture!)
    expect(Math.abs(perToken / known.kvBytesPerTokenBf16 - 1)).toBeLessThan(0.03)
    const state = stateBytesPerSequence(architecture!)
    // Kimi K3 keeps 69 layers of recurrent state that the reference did not count
    if (known.id === 'moonshotai/Kimi-K3') return expect(state).toBe(69 * 96 * 128 * 128 * 4)
    expect(Math.abs(state - known.fixedBytesPerSeqBf16)).toBeLessThanOrEqual(known.fixedBytesPerSeqBf16 * 0.03)
  })

  it('saw all of them', () => expect(reference.models).toHaveLength(25))
})

describe('how many GPUs a model needs at least', () => {
  it.each(cells)('%s on %s: %s (8k context, one sequence, vLLM)', (id, gpu, wanted) => {
    const model = undivided(findModel(id)!)
    const contextLength = Math.min(8192, model.contextLength)
    const gpuMemoryBytes = memoryMib[gpu]! * mib
    const needed = [1, 2, 4, 8, 16].find(
      (gpus) => checkFit({ model, gpus, gpuMemoryBytes, contextLength, rule: tableRule }).verdict === 'fits',
    )
    expect(needed ?? null).toBe(wanted)
  })

  it('saw the whole table', () => {
    expect(cells).toHaveLength(150)
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
    const known = findModel('Qwen3-8B')!
    const model: Model = { ...known, architecture: { ...known.architecture!, attentionHeads: 28 } }
    expect(checkFit(request(model, 8, 80 * gib, 8192))).toMatchObject({
      verdict: 'does-not-fit',
      reason: expect.stringContaining('28 attention heads'),
      smallestGpus: 1,
    })
  })

  it('says that it is an estimate where the configuration of the model is not known', () => {
    const { architecture: _, ...model } = findModel('mistral-7b')!
    expect(checkFit(request(model, 1, 80 * gib, 8192)).reason).toContain('estimated')
  })

  it('is unknown where nobody knows the memory', () => {
    expect(checkFit(request(findModel('Qwen3-8B')!, 1, undefined, 8192)).verdict).toBe('unknown')
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { models } from '../catalogue.ts'
import { checkFit, type FitRequest, smallestOf } from './fit.ts'
import { memoryOf } from './memory.ts'
import { chooseParallelism, parallelRefusal } from './parallelism.ts'

const gib = 1024 ** 3
const anyRequest: fc.Arbitrary<FitRequest> = fc.record({
  model: fc.constantFrom(...models()),
  gpus: fc.constantFrom(1, 2, 4, 8),
  gpuMemoryBytes: fc.integer({ min: 16, max: 280 }).map((size) => size * gib),
  contextLength: fc.integer({ min: 256, max: 200_000 }),
  concurrency: fc.constantFrom(1, 2, 7, 64),
  engine: fc.constantFrom('vllm' as const, 'sglang' as const, 'trtllm' as const),
  kvCacheDtype: fc.constantFrom('auto' as const, 'fp8' as const),
  parallelism: fc.constantFrom('auto' as const, undefined, { expert: true }, { pipeline: 2 }),
})
const rank = { fits: 0, 'fits-with-less-context': 1, 'does-not-fit': 2, unknown: 3 }
const worse = (left: FitRequest, right: FitRequest) => rank[checkFit(left).verdict] >= rank[checkFit(right).verdict]
const holds = (property: (request: FitRequest) => void) =>
  fc.assert(
    fc.property(anyRequest, (request) => {
      property(request)
    }),
    { numRuns: 300 },
  )

describe('fit', () => {
  it('never needs more memory of a GPU when there are more of them', () => {
    holds(({ model, gpuMemoryBytes, gpus }) => {
      const need = (count: number) => {
        const { weightBytes, activationBytes, communicationBytes, kvBytesPerToken, stateBytesPerSequence } = memoryOf({
          model,
          gpuMemoryBytes: gpuMemoryBytes!,
          parallelism: { tensor: count, pipeline: 1, expert: false },
        })
        return weightBytes + activationBytes + communicationBytes + kvBytesPerToken * 8192 + stateBytesPerSequence
      }
      expect(need(gpus * 2)).toBeLessThanOrEqual(need(gpus))
    })
  })

  it('is never better for a longer context', () => {
    holds((request) => expect(worse({ ...request, contextLength: request.contextLength! * 2 }, request)).toBe(true))
  })

  it('is never better for more sequences at once', () => {
    holds((request) => expect(worse({ ...request, concurrency: request.concurrency! + 5 }, request)).toBe(true))
  })

  it('is never worse with a smaller cache', () => {
    holds((request) =>
      expect(worse({ ...request, kvCacheDtype: 'auto' }, { ...request, kvCacheDtype: 'fp8' })).toBe(true),
    )
  })

  it('is never worse with more GPUs that may share the work in the same way', () => {
    holds((request) => {
      const more = { ...request, gpus: request.gpus * 2, parallelism: undefined }
      if (parallelRefusal(request.model, { tensor: more.gpus, pipeline: 1, expert: false })) return
      expect(worse({ ...request, parallelism: undefined }, more)).toBe(true)
    })
  })

  it('gives the wanted sequences the context it names', () => {
    holds((request) => {
      const { verdict, maxContext } = checkFit(request)
      if (verdict === 'fits-with-less-context')
        expect(checkFit({ ...request, contextLength: maxContext }).verdict).toBe('fits')
    })
  })

  it('names as smallest what fits, and nothing smaller does', () => {
    holds((request) => {
      const found = smallestOf(request)
      for (const gpus of [1, 2, 4, 8].filter((count) => count <= (found ?? 8)))
        expect(checkFit({ ...request, gpus }).verdict === 'fits').toBe(gpus === found)
    })
  })

  it('finds a way that no engine refuses for any number of GPUs', () => {
    holds(({ model, gpus }) => {
      const found = chooseParallelism(model, gpus, 'auto')!
      expect(found.tensor * found.pipeline).toBe(gpus)
      expect(parallelRefusal(model, found)).toBeUndefined()
    })
  })
})

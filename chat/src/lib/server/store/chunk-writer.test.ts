import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createChunkWriter } from './chunk-writer.ts'

const row = (runId: string, seq: number) => ({ runId, seq, chunk: { at: 0, chunks: [] } })

it('stores each row once and in order, many in one insert, whatever single rows fail', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ run: fc.constantFrom('a', 'b', 'deleted'), wait: fc.boolean() }), { maxLength: 40 }),
      async (pieces) => {
        const stored: string[] = []
        const writer = createChunkWriter(async (rows) => {
          await Promise.resolve()
          if (rows.some(({ runId }) => runId === 'deleted')) throw new Error('no such run')
          for (const { runId, seq } of rows) stored.push(`${runId}${seq}`)
        }, 0)
        const outcomes = []
        for (const [seq, { run, wait }] of pieces.entries()) {
          outcomes.push(writer.write(row(run, seq)))
          if (wait) await Promise.resolve()
        }
        const settled = await Promise.allSettled(outcomes)
        expect(settled.map(({ status }) => status === 'rejected')).toEqual(pieces.map(({ run }) => run === 'deleted'))
        const good = pieces.flatMap(({ run }, seq) => (run === 'deleted' ? [] : [`${run}${seq}`]))
        expect(stored).toEqual(good)
      },
    ),
    { numRuns: 40 },
  )
})

it('takes what came during an insert and shortly after it into the next one', async () => {
  const sizes: number[] = []
  const writer = createChunkWriter(async (rows) => {
    sizes.push(rows.length)
  }, 5)
  await Promise.all(Array.from({ length: 200 }, (_, seq) => writer.write(row('a', seq))))
  expect(sizes).toEqual([1, 199])
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coalesceDeltas } from './coalesce.ts'

type Part = { type: string; id?: string; delta?: string }

async function through(parts: Part[]): Promise<Part[]> {
  const source = new ReadableStream<Part>({
    start(controller) {
      for (const part of parts) controller.enqueue(part)
      controller.close()
    },
  })
  const out: Part[] = []
  for await (const part of source.pipeThrough(coalesceDeltas<Part>())) out.push(part)
  return out
}

describe('joining deltas', () => {
  it('keeps every character, every other part and their order', async () => {
    const part = fc.oneof(
      fc.record({
        type: fc.constantFrom('text-delta', 'reasoning-delta'),
        id: fc.constantFrom('a', 'b'),
        delta: fc.string(),
      }),
      fc.record({ type: fc.constantFrom('text-start', 'tool-call', 'finish') }),
    )
    const flat = (parts: Part[]) =>
      parts.flatMap(({ type, id, delta }) =>
        delta === undefined ? [type] : [...delta].map((char) => `${type}${id}${char}`),
      )
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 60 }), async (parts) => {
        expect(flat(await through(parts))).toEqual(flat(parts))
      }),
    )
  })

  it('makes few pieces of many that come at once', async () => {
    const parts = Array.from({ length: 4000 }, (_, index) => ({ type: 'text-delta', id: 't', delta: `${index} ` }))
    expect((await through(parts)).length).toBeLessThan(200)
  })

  it('lets a piece that comes alone go on at once', async () => {
    const stream = coalesceDeltas<Part>()
    const writer = stream.writable.getWriter()
    const reader = stream.readable.getReader()
    void writer.write({ type: 'text-delta', id: 't', delta: 'alone' })
    expect((await reader.read()).value).toMatchObject({ delta: 'alone' })
    await reader.cancel()
  })
})

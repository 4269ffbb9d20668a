import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutToBytes, shrink } from './shrink.ts'

const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value))
const text = fc.string({ maxLength: 4_000, unit: 'binary' })

describe('an answer of any shape', () => {
  it('fits when it is bulk of texts, lists and records', () => {
    const bulk = fc.record({
      words: text,
      list: fc.array(fc.record({ id: fc.string({ maxLength: 40 }), note: text }), { maxLength: 80 }),
      labels: fc.dictionary(fc.string({ maxLength: 30 }), fc.string({ maxLength: 60 }), { maxKeys: 400 }),
      deep: fc.record({ inner: fc.array(fc.string({ maxLength: 50 }), { maxLength: 500 }) }),
    })
    fc.assert(
      fc.property(bulk, fc.integer({ min: 6_000, max: 20_000 }), (value, room) => {
        const shrunk = shrink(value, room)
        expect(bytes(shrunk)).toBeLessThanOrEqual(room)
        expect(Object.keys(shrunk)).toEqual(Object.keys(value))
      }),
      { numRuns: 60 },
    )
  })

  it('is left alone when it fits', () => {
    const value = { a: 'x'.repeat(5_000), b: [1, 2, 3] }
    expect(shrink(value, 6_000)).toBe(value)
  })

  it('keeps short facts and lists whole while a long text can be cut', () => {
    const value = { state: 'succeeded', rows: [{ id: 'a' }, { id: 'b' }], diff: `${'line\n'.repeat(5_000)}` }
    const shrunk = shrink(value, 4_000)
    expect(shrunk).toMatchObject({ state: 'succeeded', rows: [{ id: 'a' }, { id: 'b' }] })
    expect(shrunk.diff).toMatch(/… cut: \d+ of \d+ characters shown$/)
  })
})

describe('words', () => {
  it('are at most so many bytes of UTF-8, and say what is missing', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 9_000, unit: 'grapheme' }), (words) => {
        const cut = cutToBytes(words, 2_000)
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(2_000)
        expect(cut === words || cut.includes('… cut: ')).toBe(true)
      }),
      { numRuns: 60 },
    )
  })
})

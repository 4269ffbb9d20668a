import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createAssembler, toParts } from './chunks.ts'

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }).map((one) => one.repeat(400)),
)

it('any text comes back from its parts, which fit a NOTIFY, also where those of others come in between', () => {
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 6 }), fc.integer(), (texts, order) => {
      const wellFormed = texts.map((one) => one.toWellFormed())
      const parts = wellFormed.flatMap((one, index) => toParts(`${index}`, one))
      for (const part of parts) expect(Buffer.byteLength(part)).toBeLessThanOrEqual(7_000)
      const mixed = parts.map((part, index) => ({ part, key: (index * 7919 + order) % 101 }))
      mixed.sort((left, right) => left.key - right.key)
      const assemble = createAssembler()
      const got = mixed.flatMap(({ part }) => assemble(part) ?? [])
      expect(got.sort()).toEqual([...wellFormed].sort())
    }),
  )
})

it('what never becomes whole is forgotten', () => {
  const assemble = createAssembler(2)
  const long = 'x'.repeat(20_000)
  const parts = ['a', 'b', 'c'].map((id) => toParts(id, long))
  for (const [first] of parts) expect(assemble(first!)).toBeUndefined()
  expect(parts[0]!.slice(1).map((part) => assemble(part))).not.toContain(long)
  expect(
    parts[2]!
      .slice(1)
      .map((part) => assemble(part))
      .at(-1),
  ).toBe(long)
})

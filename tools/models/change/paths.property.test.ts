import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mergePatch, valueAt, withValue } from './paths.ts'

const leaf = fc.oneof(fc.integer(), fc.string({ maxLength: 4 }), fc.boolean())
const key = fc.constantFrom('a', 'b', 'c', 'd')
const tree = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(key, tie('node'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).node
const record = fc.dictionary(key, tree, { maxKeys: 4, noNullPrototype: true })

/** RFC 7386, as its own text has it. */
function applied(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const next: Record<string, unknown> =
    typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...(target as object) } : {}
  for (const [name, value] of Object.entries(patch))
    if (value === null) delete next[name]
    else next[name] = applied(next[name], value)
  return next
}

describe('a merge patch between two states', () => {
  it('makes the one into the other, and is nothing where they are alike', () => {
    fc.assert(
      fc.property(record, record, (before, after) => {
        const patch = mergePatch(before, after)
        expect(patch === undefined ? before : applied(before, patch)).toEqual(after)
        expect(mergePatch(before, structuredClone(before))).toBeUndefined()
      }),
    )
  })

  it('there and back is where it was', () => {
    fc.assert(
      fc.property(record, record, (before, after) => {
        const there = applied(before, mergePatch(before, after) ?? {})
        expect(applied(there, mergePatch(there, before) ?? {})).toEqual(before)
      }),
    )
  })

  it('a value stands where it was set, and nothing else moves', () => {
    fc.assert(
      fc.property(record, fc.array(key, { minLength: 1, maxLength: 3 }), leaf, (object, path, value) => {
        const next = withValue(object, path, value)
        expect(valueAt(next, path)).toEqual(value)
        for (const other of Object.keys(object)) if (other !== path[0]) expect(next[other]).toEqual(object[other])
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matches } from './bus.ts'
import { createInterest, overlaps } from './interest.ts'

const segment = fc.constantFrom('gpu', 'node', 'a')
const subject = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))
const pattern = fc.oneof(
  subject,
  subject.map((one) => `${one}/*`),
)

describe('who watches', () => {
  it('is whoever would get such an event (property: overlap means a subject that fits both)', () => {
    fc.assert(
      fc.property(pattern, pattern, (left, right) => {
        // a subject below both, if there is any, is the longer of the two
        const [longer] = [left, right].sort((a, b) => b.replace('/*', '/x').length - a.replace('/*', '/x').length)
        const below = longer!.replace('/*', '/x')
        const both = [left, right].every((one) =>
          matches({ subjects: [one] }, { subject: below, name: 'x', at: '', data: {} }),
        )
        expect(overlaps(left, right)).toBe(both)
        expect(overlaps(right, left)).toBe(both)
      }),
    )
  })

  it('counts readers of everything and readers by name, and forgets those who left', () => {
    const interest = createInterest()
    expect(interest.has('gpu/node/*', 'gpu.updated')).toBe(false)
    const one = interest.add({ subjects: [], names: ['gpu.updated'] })
    expect(interest.has('gpu/node/*', 'gpu.updated')).toBe(true)
    expect(interest.has('gpu/node/*')).toBe(false)
    const other = interest.add({ subjects: [], names: [] })
    expect(interest.has('gpu/node/*')).toBe(true)
    one()
    other()
    expect(interest.has('gpu/node/*', 'gpu.updated')).toBe(false)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findMarks, stripMarks, strippedOffset } from './evidence-marks.ts'

describe('marks of evidence', () => {
  it.each([
    ['gpu-east is full [e1].', 'gpu-east is full.'],
    ['Both agree [e1][e4].', 'Both agree.'],
    ['Both agree [e1, e4].', 'Both agree.'],
    ['See [e1](https://x.example) and `[e2]`.', 'See [e1](https://x.example) and `[e2]`.'],
    ['```\n[e1]\n```\nDone [e2].', '```\n[e1]\n```\nDone.'],
    ['An array[e] and [early] stay.', 'An array[e] and [early] stay.'],
  ])('are taken out of %j', (text, stripped) => {
    expect(stripMarks(text)).toBe(stripped)
  })

  it.each(['Full [', 'Full [e', 'Full [e1', 'Full [e1, ', 'Full [e1, e4'])(
    'do not flicker while %j streams',
    (text) => {
      expect(stripMarks(text, true)).toBe('Full')
    },
  )

  it('leave every other character where it was', () => {
    const piece = fc.constantFrom('a', ' ', '[e1]', '[e2, e3]', '\n', '`', '.', '[', ']', 'e1')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('')
        const marks = findMarks(text)
        const stripped = stripMarks(text)
        for (let at = 0; at < text.length; at++) {
          if (marks.some(({ start, end }) => at >= start && at < end)) continue
          expect(stripped[strippedOffset(marks, at)]).toBe(text[at])
        }
        expect(strippedOffset(marks, text.length)).toBe(stripped.length)
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Claim } from '../types.ts'
import { toBlocks } from './blocks.ts'
import { claimPieces } from './claims.ts'
import { pieces, withoutHalfMark, withoutMarks } from './marks.ts'

const claim = (source: string, words: string, state: Claim['state'], ids: string[] = []): Claim => {
  const start = source.indexOf(words)
  return { part: 0, start, end: start + words.length, ids, state }
}
const drawn = (source: string, ...claims: Claim[]) =>
  [...claimPieces(toBlocks(source, false), source, claims).values()].flat()

describe('marks of sources', () => {
  it('are taken out of the text, alone and in lists', () => {
    expect(pieces('12 are free [e3], 4 not [e4, e5].')).toEqual([
      { text: '12 are free', ids: ['e3'] },
      { text: ', 4 not', ids: ['e4', 'e5'] },
      { text: '.', ids: [] },
    ])
    expect(withoutMarks('a [e1] b[e2]')).toBe('a b')
    expect(pieces('[example] [x]')).toEqual([{ text: '[example] [x]', ids: [] }])
  })

  it('never show while they come in letter by letter', () => {
    const whole = '3 nodes are ready [e12, e3] and 4 wait [e4].'
    for (let cut = 0; cut <= whole.length; cut++) {
      const seen = pieces(withoutHalfMark(whole.slice(0, cut)))
        .map(({ text }) => text)
        .join('')
      expect(seen).not.toMatch(/[[\]]|e\d/)
    }
  })
})

describe('claims over a text', () => {
  it('mark what no call says, across bold words and code, and say so once', () => {
    const source = 'All is well. The pool **has `40` GPUs** in all. Fine.'
    const found = drawn(source, claim(source, 'The pool **has `40` GPUs** in all.', 'unsupported'))
    expect(
      found
        .filter(({ unsupported }) => unsupported)
        .map(({ text }) => text)
        .join(''),
    ).toBe('The pool has 40 GPUs in all.')
    expect(found.filter(({ endsUnsupported }) => endsUnsupported)).toHaveLength(1)
  })

  it('reach into lists and tables', () => {
    const source = '- one node\n- two pods fail\n\n| a | b |\n|---|---|\n| gpu-1 | 61 °C |\n'
    const found = drawn(source, claim(source, 'two pods fail', 'unsupported'), claim(source, '61 °C', 'found', ['e2']))
    expect(found.find(({ unsupported }) => unsupported)?.text).toBe('two pods fail')
    expect(found.find(({ ids }) => ids.length > 0)).toMatchObject({ text: '61 °C', ids: ['e2'] })
  })

  it('change no letter of what is read', () => {
    const word = fc.constantFrom('gpu ', '**bold** ', '`code` ', '[e1] ', 'end. ', '*x* ', '12 ')
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 12 }), fc.nat(40), fc.nat(40), (words, from, length) => {
        const source = `x ${words.join('')}y`
        const blocks = toBlocks(source, false)
        const noted = claimPieces(blocks, source, [
          { part: 0, start: from, end: from + length + 1, ids: [], state: 'unsupported' },
        ])
        for (const [leaf, list] of noted)
          expect(
            list
              .map(({ text }) => text)
              .join('')
              .replace(/ +/g, ' ')
              .trim(),
          ).toBe(
            leaf.type === 'codespan'
              ? (leaf as { text: string }).text
              : withoutMarks((leaf as { text: string }).text)
                  .replace(/ +/g, ' ')
                  .trim(),
          )
      }),
      { numRuns: 300 },
    )
  })
})

import fc from 'fast-check'
import remend from 'remend'
import { describe, expect, it } from 'vitest'
import { closeWith, safeHref, toBlocks } from './blocks.ts'

closeWith(remend)

const types = (text: string, growing = false) => toBlocks(text, growing).map(({ token }) => token.type)

describe('markdown blocks', () => {
  it('reads what answers are made of', () => {
    expect(types('# A\n\ntext\n\n- a\n- b\n\n```sh\nls\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |')).toEqual([
      'heading',
      'paragraph',
      'list',
      'code',
      'table',
    ])
  })

  it('closes what is half open while a text grows', () => {
    const [block] = toBlocks('this is **bold', true)
    expect(block!.token).toMatchObject({ tokens: [{ type: 'text' }, { type: 'strong', text: 'bold' }] })
  })

  it('gives a grown text the same blocks as a whole one', () => {
    const piece = fc.constantFrom(
      'word ',
      '**b** ',
      '\n\n',
      '\n',
      '- item\n',
      '```\ncode\n```\n\n',
      '`x` ',
      '> q\n',
      '1. one\n',
      '| a |\n|---|\n| 1 |\n\n',
      '## h\n\n',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
        const text = `${pieces.join('')}\n\nend`
        for (let cut = 1; cut < pieces.length; cut++) toBlocks(pieces.slice(0, cut).join(''), true)
        expect(toBlocks(text, true).map(({ token }) => token.raw.trim())).toEqual(
          toBlocks(text, false).map(({ token }) => token.raw.trim()),
        )
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    ['javascript:alert(1)', undefined],
    ['JaVaScRiPt:alert(1)', undefined],
    ['data:text/html,x', undefined],
    ['vbscript:x', undefined],
    ['//evil.example/x', undefined],
    ['/approvals/1', '/approvals/1'],
    ['https://example.org/a', 'https://example.org/a'],
  ])('follows %s only if it is safe', (href, safe) => {
    expect(safeHref(href)).toBe(safe)
  })
})

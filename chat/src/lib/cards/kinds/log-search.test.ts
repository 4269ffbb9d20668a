import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isHit, levelsOf, pieces } from './log-search.ts'

describe('search in log lines', () => {
  it('cuts a line at its hits, whatever the case', () => {
    expect(pieces('NCCL WARN nccl timeout', 'nccl')).toEqual(['', 'NCCL', ' WARN ', 'nccl', ' timeout'])
    expect(pieces('nothing', 'x')).toEqual(['nothing'])
    expect(pieces('all', '')).toEqual(['all'])
  })

  it('loses no character of any line, and marks only what was searched for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ minLength: 1, maxLength: 3 }), (text, search) => {
        const parts = pieces(text, search)
        expect(parts.join('')).toBe(text)
        parts.forEach((part, index) => {
          if (index % 2 === 1) expect(part.toLowerCase()).toBe(search.toLowerCase())
        })
      }),
    )
  })

  it('finds levels and sources too', () => {
    const line = { n: 1, level: 'error' as const, source: 'gpu-east/pod-1', text: 'out of memory' }
    expect([
      isHit(line, 'ERROR'),
      isHit(line, 'pod-1'),
      isHit(line, 'Memory'),
      isHit(line, 'xid'),
      isHit(line, ''),
    ]).toEqual([true, true, true, false, false])
    expect(levelsOf([line, { n: 2, text: 'x', level: 'debug' }, { n: 3, text: 'y' }])).toEqual(['error', 'debug'])
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judged, sources } from './claims.test-data.ts'
import { claimsOf } from './claims.ts'
import { indexSource } from './corpus.ts'

const indexed = sources.map(indexSource)
const stateOf = (text: string) => {
  const claims = claimsOf(0, text, indexed)
  return claims.length === 0 ? 'none' : claims.map(({ state }) => state).join(' ')
}

describe('what a sentence rests on', () => {
  it.each(judged)('%s → %s', (text, state, ids) => {
    expect(stateOf(text)).toBe(state)
    if (ids !== undefined) expect(claimsOf(0, text, indexed).flatMap((claim) => claim.ids)).toEqual(ids)
  })

  it('names the place of each claim in its text', () => {
    const text = 'Hello.\n- gpu-east-gpu-00 has 8 free GPUs [e1].\n- Check the node.\n'
    expect(claimsOf(3, text, indexed).map(({ part, start, end }) => [part, text.slice(start, end)])).toEqual([
      [3, 'gpu-east-gpu-00 has 8 free GPUs [e1].'],
    ])
  })

  it('never says that a sentence is supported by a call that is not there, and stays inside the text', () => {
    const word = fc.constantFrom(
      'gpu-east-gpu-00',
      '8',
      '[e1]',
      '[e9]',
      'is',
      'ready',
      '.',
      '?',
      '|',
      '`',
      '-',
      '\n',
      '42%',
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), (words) => {
        const text = words.join(' ')
        let last = 0
        for (const { start, end, ids, state } of claimsOf(0, text, indexed)) {
          expect(start).toBeGreaterThanOrEqual(last)
          expect(end).toBeGreaterThan(start)
          expect(end).toBeLessThanOrEqual(text.length)
          last = end
          if (state !== 'unsupported') {
            expect(ids.length).toBeGreaterThan(0)
            for (const id of ids) expect(indexed.some((source) => source.id === id)).toBe(true)
          }
        }
      }),
    )
  })

  it('finds every number of an answer that is told as it stands there', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1001, max: 9_999_999 }), (value) => {
        const source = indexSource({ id: 'e1', callId: 'c', text: `tokens ${value} in all`, asked: '{}' })
        expect(claimsOf(0, `There were ${value.toLocaleString('en')} tokens.`, [source])[0]?.state).toBe('found')
        expect(claimsOf(0, `There were ${value + 1} tokens.`, [source])[0]?.state).toBe('unsupported')
      }),
    )
  })
})

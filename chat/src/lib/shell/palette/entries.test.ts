import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Entry, fitness, grouped, inScope, ranked, readQuery } from './entries.ts'

const entry = (title: string, more: Partial<Entry> = {}): Entry => ({
  id: title,
  group: 'go',
  icon: 'right',
  title,
  run: () => {},
  ...more,
})

describe('rows of the palette', () => {
  it('reads the scope from the first character', () => {
    expect(readQuery('> drain')).toEqual({ scope: 'actions', text: 'drain' })
    expect(readQuery('@gpu-east')).toEqual({ scope: 'resources', text: 'gpu-east' })
    expect(readQuery(' #xid')).toEqual({ scope: 'chats', text: 'xid' })
    expect(readQuery('why > 3?')).toEqual({ text: 'why > 3?' })
    expect(inScope('resources', 'chats')).toBe(false)
    expect(inScope('ask', 'chats')).toBe(true)
  })

  it('puts the start of a title before the start of a word before its middle before other words', () => {
    const rows = [entry('Unfleeting'), entry('Settings', { words: 'fleet' }), entry('The fleet'), entry('Fleet')]
    expect(ranked(rows, 'fleet', 9).map(({ title }) => title)).toEqual(['Fleet', 'The fleet', 'Unfleeting', 'Settings'])
  })

  it('wants every word, in any order, and minds neither case nor accents', () => {
    expect(fitness('chat new', entry('New chat'))).toBeGreaterThan(0)
    expect(fitness('ausfuhren', entry('Ausführen'))).toBeGreaterThan(0)
    expect(fitness('new node', entry('New chat'))).toBe(0)
  })

  it('never invents, doubles or loses a row', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 1 })), fc.string(), (titles, typed) => {
        const rows = titles.map((title) => entry(title))
        const found = ranked(rows, typed.trim(), 1_000)
        expect(new Set(found).size).toBe(found.length)
        for (const one of found) expect(rows).toContain(one)
        if (typed.trim() === '') expect(found).toEqual(rows)
        expect(grouped(found, ['go']).flatMap(({ items }) => items)).toEqual(found)
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hinders, isChord, type Press, shown, stepsOf, written } from './keys.ts'

const press = (key: string, more: Partial<Press> = {}): Press => ({
  key,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...more,
})

describe('keys of shortcuts', () => {
  it('writes a press the same way on every system', () => {
    expect(written(press('k', { ctrlKey: true }))).toBe('mod+k')
    expect(written(press('k', { metaKey: true }))).toBe('mod+k')
    expect(written(press('O', { ctrlKey: true, shiftKey: true }))).toBe('mod+shift+o')
    expect(written(press('?', { shiftKey: true }))).toBe('?')
    expect(written(press('G'))).toBe('g')
    expect(written(press(' '))).toBe('space')
    expect(written(press('Shift', { shiftKey: true }))).toBeUndefined()
  })

  it('knows which work inside text fields', () => {
    expect(['mod+k', 'alt+n', 'g f', '?', 'a', 'shift+enter'].map(isChord)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ])
  })

  it('a sequence and how it begins hinder each other, both ways round', () => {
    expect(hinders('g', 'g f')).toBe(true)
    expect(hinders('g f', 'g d')).toBe(false)
    expect(hinders('mod+k', 'mod+k')).toBe(true)
    expect(hinders('', 'g')).toBe(false)
    const keys = fc.array(fc.constantFrom('g', 'f', 'mod+k'), { maxLength: 2 }).map((steps) => steps.join(' '))
    fc.assert(fc.property(keys, keys, (one, other) => hinders(one, other) === hinders(other, one)))
  })

  it('shows them as the system of the person writes them', () => {
    expect(shown('mod+shift+o', { mac: false, next: 'then' })).toBe('Ctrl+Shift+O')
    expect(shown('mod+shift+o', { mac: true, next: 'then' })).toBe('⌘⇧O')
    expect(shown('g f', { mac: false, next: 'then' })).toBe('g then f')
    expect(shown('?', { mac: false, next: 'then' })).toBe('?')
    expect(shown('mod+.', { mac: true, next: 'then' })).toBe('⌘.')
    expect(stepsOf(' G  F ')).toEqual(['g', 'f'])
  })
})

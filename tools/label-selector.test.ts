import { describe, expect, it } from 'vitest'
import { labelKeys, labelMatcher } from './label-selector.ts'

const labels = { app: 'web', tier: 'front', 'node-role/gpu': '' }

describe('labelMatcher', () => {
  it.each([
    ['', true],
    [undefined, true],
    ['app=web', true],
    ['app == web, tier!=db', true],
    ['app=db', false],
    ['missing!=x', true],
    ['app in (api, web)', true],
    ['app notin (api,web)', false],
    ['missing notin (a)', true],
    ['node-role/gpu', true],
    ['!node-role/gpu', false],
    ['!missing,app', true],
  ])('%s → %s', (selector, holds) => {
    expect(labelMatcher(selector)(labels)).toBe(holds)
  })
  it('refuses what is no selector', () => {
    expect(() => labelMatcher('app is web')).toThrow(expect.objectContaining({ code: 'invalid-input' }))
  })
})

it('names the labels it speaks of', () => {
  expect(labelKeys('a=b,c in (d,e),!f')).toEqual(['a', 'c', 'f'])
  expect(labelKeys(undefined)).toEqual([])
})

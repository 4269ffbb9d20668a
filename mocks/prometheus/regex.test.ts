import { describe, expect, it } from 'vitest'
import { formatDurationMs, formatPlain, formatValue, parseDurationMs, parseNumber } from './literals.ts'
import { anchoredRegex, expandTemplate } from './regex.ts'

describe('Go regular expressions', () => {
  it.each([
    ['a|b', 'b', true],
    ['a|b', 'ab', false],
    ['(?i)abc|d', 'D', true],
    ['x(?i)y', 'xY', true],
    ['x(?i)y', 'XY', false],
    ['(a(?i)b)c', 'aBC', false],
    ['[[:digit:]]+', '12', true],
    ['[]a]', ']', true],
    ['[^]a]', 'b', true],
    ['a{,2}', 'a{,2}', true],
    ['(?P<n>x)y', 'xy', true],
    ['\\Aab\\z', 'ab', true],
  ])('%s on %s: %s', (pattern, text, expected) => {
    expect(anchoredRegex(pattern, false).test(text)).toBe(expected)
  })

  it('lets a dot match a newline from 3.0 on', () => {
    expect(anchoredRegex('a.b', true).test('a\nb')).toBe(true)
    expect(anchoredRegex('a.b', false).test('a\nb')).toBe(false)
  })

  it.each([
    ['(?=a)', 'invalid or unsupported Perl syntax: `(?=`'],
    ['(a)\\1', 'invalid escape sequence: `\\1`'],
    ['a)', 'unexpected )'],
    ['[b-a]', 'invalid character class range'],
    ['*', 'missing argument to repetition operator: `*`'],
    ['a{1001}', 'invalid repeat count: `{1001}`'],
    ['a\\', 'trailing backslash'],
  ])('refuses %s', (pattern, message) => {
    expect(() => anchoredRegex(pattern, false)).toThrow(message)
  })

  it('expands templates', () => {
    const match = anchoredRegex('(?P<first>\\w)(\\w)', false).exec('ab') as RegExpExecArray
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Go's template syntax
    expect(expandTemplate('$2-${first}-$$-$9-$1x', match)).toBe('b-a-$--')
  })
})

describe('literals', () => {
  it('reads durations and prints them', () => {
    expect(parseDurationMs('1h30m')).toBe(5_400_000)
    expect(parseDurationMs('5m1h')).toBeUndefined()
    expect([90_000, 86_400_000, 36_000_000, 0, 691_200_000].map(formatDurationMs)).toEqual([
      '1m30s',
      '1d',
      '10h',
      '0s',
      '8d',
    ])
  })
  it('reads numbers', () => {
    expect(['0x1F', '1e3', '-Inf', '017', '1_000', '5m'].map(parseNumber)).toEqual([
      31,
      1000,
      Number.NEGATIVE_INFINITY,
      15,
      1000,
      300,
    ])
  })
  it('writes values as Go does', () => {
    expect([1e21, 1e-7, -0, Number.NaN, 0.1, 123456789].map(formatValue)).toEqual([
      '1e+21',
      '1e-07',
      '-0',
      'NaN',
      '0.1',
      '123456789',
    ])
    expect([1.5e-9, 2.5e21, -12].map(formatPlain)).toEqual(['0.0000000015', '2500000000000000000000', '-12'])
  })
})

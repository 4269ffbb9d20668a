import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesText, cell, figure, quoted, shortTime, span, tsv } from './text.ts'

describe('quoted', () => {
  it('stays on one line inside its quotes whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const out = quoted(text, 100)
        if (out === '') return
        expect(out.length).toBeLessThanOrEqual(102)
        expect(out.slice(1, -1)).not.toMatch(/["\n\r\u2028\u202e]/)
        expect(out.at(0)).toBe('"')
        expect(out.at(-1)).toBe('"')
      }),
    )
  })
})

describe('tsv', () => {
  it('says what all rows share once, leaves empty columns out, and keeps one line a row', () => {
    const rows = ['a', 'b', 'c'].map((name) => ['gpu-east', `${name}\tx\ny`, undefined, 1])
    expect(tsv(['cluster', 'name', 'note', 'n'], rows)).toBe(
      'rows below: cluster=gpu-east n=1\nname\na x y\nb x y\nc x y',
    )
  })
  it('keeps every column of few rows', () => {
    expect(
      tsv(
        ['cluster', 'n'],
        [
          ['gpu-east', 1],
          ['gpu-east', 1],
        ],
      ),
    ).toBe('cluster\tn\ngpu-east\t1\ngpu-east\t1')
    expect(tsv(['a'], [])).toBe('')
  })
})

it('writes spans, figures, bytes and times shortly', () => {
  expect([45, 600, 19_200, 100_000, 273_600, 30 * 86_400].map(span)).toEqual([
    '45s',
    '10m',
    '5h20m',
    '27h',
    '3d4h',
    '30d',
  ])
  expect([0, 0.123456, 12.3456, 12345.6, 3e12, 1e-7, Number.NaN, Number.POSITIVE_INFINITY].map(figure)).toEqual([
    '0',
    '0.1235',
    '12.35',
    '12346',
    '3e+12',
    '1e-7',
    'NaN',
    '+Inf',
  ])
  expect([512, 1536, 80 * 2 ** 30].map(bytesText)).toEqual(['512B', '1.5KiB', '80GiB'])
  expect(shortTime('2026-11-18T09:12:44Z')).toBe('11-18 09:12')
  expect(cell('x'.repeat(200), 10)).toHaveLength(10)
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answerLimitBytes } from '#contract'
import { bound, boundClusters, footer } from './bound.ts'

type Data = Record<string, unknown>
const size = (value: unknown) => Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value))
const table = (rows: Data[]) => ({ title: 'T', columns: [], rows })
const text = (data: Data, page: { shown: number; total: number }) =>
  `${page.shown}/${page.total}\n${(data.rows as Data[]).map((row) => Object.values(row).join('\t')).join('\n')}`

describe('a bounded answer', () => {
  it('is whole when it fits', () => {
    const data = table([{ id: 'a' }, { id: 'b' }])
    expect(bound({ kind: 'table', data, text, limit: 50 })).toMatchObject({ data, shown: 2, total: 2, partial: false })
  })

  it('keeps the first items, the exact total, and says that it is partial', () => {
    const rows = Array.from({ length: 2_000 }, (_, n) => ({ id: `pod-${n}`, status: 'Running' }))
    const out = bound({ kind: 'table', data: table(rows), text, limit: 50 })
    expect(out).toMatchObject({ shown: 50, total: 2_000, partial: true })
    expect((out.data.rows as Data[])[49]).toEqual(rows[49])
    expect(out.text.startsWith('50/2000\n')).toBe(true)
  })

  it('pages: an offset shows what follows', () => {
    const rows = Array.from({ length: 120 }, (_, n) => ({ id: String(n) }))
    const out = bound({ kind: 'table', data: table(rows), text, limit: 50, offset: 100 })
    expect((out.data.rows as Data[]).map(({ id }) => id)).toEqual(rows.slice(100).map(({ id }) => id))
  })

  it('never exceeds the limit in data or text, for items of any size', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ id: fc.string(), long: fc.string({ maxLength: 3_000, unit: 'grapheme' }) }), {
          maxLength: 60,
        }),
        fc.integer({ min: 1, max: 200 }),
        (rows, limit) => {
          const out = bound({ kind: 'table', data: table(rows), text, limit })
          expect(size(out.data)).toBeLessThanOrEqual(answerLimitBytes)
          expect(size(out.text)).toBeLessThanOrEqual(answerLimitBytes)
          expect(out.partial || out.shown === rows.length).toBe(true)
          expect(out.shown).toBeLessThanOrEqual(limit)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('thins the points of series before it drops a series, and keeps the newest point', () => {
    const values = Array.from({ length: 240 }, (_, n) => [n, String(n)])
    const series = Array.from({ length: 12 }, (_, n) => ({ id: String(n), values }))
    const out = bound({ kind: 'time-series', data: { series }, text: () => 'x', limit: 50 })
    expect(out).toMatchObject({ shown: 12, total: 12, partial: true })
    for (const one of out.data.series as { values: unknown[] }[]) expect(one.values.at(-1)).toEqual([239, '239'])
  })

  it('cuts the longest text of a single object on a line, and says how much is left', () => {
    const yaml = Array.from({ length: 3_000 }, (_, n) => `line ${n}`).join('\n')
    const out = bound({ kind: 'record', data: { title: 't', yaml }, text: (data) => String(data.yaml), limit: 1 })
    expect(size(out.data)).toBeLessThanOrEqual(answerLimitBytes)
    expect(String(out.data.yaml)).toMatch(/line \d+\n… cut: \d+ of \d+ characters shown$/)
    expect(out.partial).toBe(true)
  })
})

describe('the footer', () => {
  it('names the next page, and the clusters that did not answer', () => {
    const words = footer({
      shown: 50,
      total: 213,
      result: 'r1',
      cursor: '50',
      clusters: [
        { cluster: 'a', status: 'success', tookMs: 1 },
        { cluster: 'b', status: 'timeout', tookMs: 2_000, error: 'no answer within 2 s' },
      ],
    })
    expect(words).toContain('shown 50 of 213; more: get_result {"result":"r1","cursor":"50"}')
    expect(words).toContain('NOT complete, without: b (no answer within 2 s)')
  })

  it('names every cluster that did not answer, also where reasons and rows run out of room', () => {
    const all = Array.from({ length: 25 }, (_, n) => ({
      cluster: `site-${n}`,
      status: 'error' as const,
      tookMs: 1,
      error: `${'it closed the connection without an answer, '.repeat(10)}`,
    }))
    const words = footer({ clusters: boundClusters(all) }, all)
    expect(words.length).toBeLessThan(1_000)
    const said = (words.match(/site-\d+/g) ?? []).length
    expect(words).toMatch(/site-0 \(.*…\); .*; \d+ more: /)
    expect(Number(/(\d+) more: /.exec(words)![1]) + (words.match(/ \(it closed/g) ?? []).length).toBe(25)
    expect(said).toBeGreaterThan(20)
  })

  it('does not call an answer shortened whose chart alone has fewer points', () => {
    expect(footer({ card: 'time-series', shown: 2, total: 2, result: 'r1' })).toBe(
      'points thinned for the chart; all of them: get_result {"result":"r1"}',
    )
    expect(footer({ card: 'record', result: 'r1' })).toContain('shortened')
  })

  it('says nothing when everything is there', () => expect(footer({ shown: 2, total: 2 })).toBe(''))
})

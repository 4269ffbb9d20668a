import { describe, expect, it } from 'vitest'
import { exampleAnswer, exampleTable } from '../../../../testing/examples.ts'
import { aligned } from '../chart/chart-data.ts'
import { toCsv, toJson, toMarkdown } from '../copy.ts'
import { formatAge, formatBytes, formatMoney, formatSeconds, formatUnit, shorten } from '../format.ts'
import { appendPage } from '../lists.ts'
import { filterRows } from './row-filter.ts'
import { moneyOf, sortRows } from './rows.ts'

const rows = [
  { id: 'a', name: 'node-10', free: 3 },
  { id: 'b', name: 'node-9', free: undefined },
  { id: 'c', name: 'node-1', free: 11 },
]
const ids = (list: { id: string }[]) => list.map(({ id }) => id).join('')

describe('rows', () => {
  it('sort numbers as numbers, names with their digits counted, missing ones last both ways', () => {
    expect(ids(sortRows(rows, { key: 'free', down: false }, 'number'))).toBe('acb')
    expect(ids(sortRows(rows, { key: 'free', down: true }, 'number'))).toBe('cab')
    expect(ids(sortRows(rows, { key: 'name', down: false }, 'text'))).toBe('cba')
    expect(ids(sortRows(rows, undefined))).toBe('abc')
  })

  it('sort ages from young to old', () => {
    const aged = [
      { id: 'old', since: '2026-01-01T00:00:00Z' },
      { id: 'new', since: '2026-11-01T00:00:00Z' },
    ]
    expect(sortRows(aged, { key: 'since', down: false }, 'age')[0]?.id).toBe('new')
  })

  it('filter by every word, and by one column', () => {
    expect(ids(filterRows(rows, 'node 9'))).toBe('b')
    expect(ids(filterRows(rows, 'name:node-1'))).toBe('ac')
    expect(ids(filterRows(rows, 'free:11'))).toBe('c')
    expect(ids(filterRows(rows, ''))).toBe('abc')
  })

  it('sort and filter 5,000 rows at once', () => {
    const { rows: many, columns } = exampleTable(5000)
    const sorted = sortRows(filterRows(many, 'gpu'), { key: 'value', down: true }, columns[3]!.type)
    expect(sorted.length).toBeGreaterThan(1000)
    expect(Number(sorted[0]!.value)).toBeGreaterThanOrEqual(Number(sorted.at(-1)!.value))
  })
})

describe('copying', () => {
  it('disarms what a spreadsheet would run, and leaves numbers alone', () => {
    const csv = toCsv({
      card: 'table',
      at: '',
      data: {
        title: 't',
        columns: [{ key: 'a', label: 'A', type: 'text' }],
        rows: [
          { id: '1', a: '=cmd()' },
          { id: '2', a: '-5' },
          { id: '3', a: 'x,"y"' },
        ],
      },
    })
    expect(csv).toBe('A\r\n\'=cmd()\r\n-5\r\n"x,""y"""')
  })

  it('gives tables as Markdown and everything as JSON', () => {
    expect(toMarkdown(exampleAnswer('table', exampleTable(1)))).toContain('| critical | GpuXidError |')
    expect(toMarkdown(exampleAnswer('status'))).toContain('- **Nodes:** 23 of 24 ready')
    expect(JSON.parse(toJson(exampleAnswer('approval')))).toMatchObject({ id: 'apr_7f31' })
    expect(toCsv(exampleAnswer('status'))).toContain('API server,ok,12 ms')
  })
})

describe('formats', () => {
  it('read as people write', () => {
    expect(formatBytes(16.4 * 1024 ** 3)).toBe('16.4 GiB')
    expect(formatSeconds(0.254)).toBe('254 ms')
    expect(formatMoney({ amount: -1250, currency: 'usd-cent' })).toBe('−$12.50')
    expect(formatMoney({ amount: 1_250_000, currency: 'qu' })).toBe('1,250,000 QU')
    expect(formatUnit(0.873, 'ratio')).toBe('87.3 %')
    expect(formatUnit(Number.NaN, 'seconds')).toBe('–')
    expect(formatAge('2026-11-20T08:00:00Z', Date.parse('2026-11-20T09:05:00Z'))).toBe('1 h 5 m')
    expect(formatAge('not a time', 0)).toBe('not a time')
    expect(shorten('a'.repeat(60), 20)).toHaveLength(19)
  })
})

describe('charts', () => {
  it('share one time axis, with gaps where a series has nothing', () => {
    const series = (id: string, values: [number, string][]) => ({
      id,
      name: id,
      cluster: 'c',
      metric: {},
      values,
      points: values.length,
    })
    expect(
      aligned([
        series('a', [
          [1, '1'],
          [2, 'NaN'],
        ]),
        series('b', [
          [2, '5'],
          [3, '+Inf'],
        ]),
      ]),
    ).toEqual([
      [1, 2, 3],
      [1, null, null],
      [null, 5, null],
    ])
  })
})

describe('pages', () => {
  it('join behind what is there, each row once', () => {
    const answer = { ...exampleAnswer('table', exampleTable(3)), shown: 3, total: 5, cursor: '3' }
    const page = { ...exampleAnswer('table', exampleTable(5)), shown: 5, total: 5 }
    const joined = appendPage(answer, page)
    expect((joined.data as { rows: unknown[] }).rows).toHaveLength(5)
    expect(joined).toMatchObject({ shown: 5, total: 5, cursor: undefined })
  })
})

describe('money in a row', () => {
  const rows = [
    { id: 'a', price: { amount: 295, currency: 'usd-cent' } },
    { id: 'b', price: { amount: 98, currency: 'usd-cent' } },
    { id: 'c' },
  ]
  it('is read as the tools write it, and as a number beside its currency', () => {
    expect(moneyOf(rows[0]!, 'price')).toEqual({ amount: 295, currency: 'usd-cent' })
    expect(moneyOf({ price: 12, priceCurrency: 'qu' }, 'price')).toEqual({ amount: 12, currency: 'qu' })
    expect(moneyOf({ price: 12 }, 'price')).toEqual({ amount: 12, currency: 'usd-cent' })
    expect(moneyOf(rows[2]!, 'price')).toBeUndefined()
    expect(moneyOf({ price: { amount: '1' } }, 'price')).toBeUndefined()
  })

  it('is sorted by its amount, what has no price last', () => {
    const sorted = sortRows<{ id: string }>(rows, { key: 'price', down: false }, 'money')
    expect(sorted.map(({ id }) => id)).toEqual(['b', 'a', 'c'])
  })
})

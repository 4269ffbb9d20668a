import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CardKind } from '#contract'
import { cards as german } from '../words/de/cards.ts'
import { cards as english } from '../words/en/cards.ts'
import { asText } from './as-text.ts'
import { toCsv, toMarkdown } from './copy.ts'
import { exhibitsOf, kinds } from './examples/exhibits.ts'
import { exampleAnswer, examples } from './examples/index.ts'
import { freshnessOf } from './freshness.ts'
import { argumentsInWords } from './input-words.ts'
import { balances } from './kinds/ledger-balance.ts'
import { scopeOf } from './scope.ts'
import { filterRows } from './table/row-filter.ts'
import { choiceOf, requestFor } from './table/row-verbs.ts'

describe('a card as text', () => {
  it.each(kinds.flatMap(exhibitsOf).map((one) => [`${one.kind}: ${one.name}`, one.answer] as const))(
    '%s can be read, copied as Markdown and as CSV, in both languages',
    (_, answer) => {
      for (const words of [english, german]) {
        expect(asText(answer, words).length).toBeGreaterThan(20)
        expect(toMarkdown(answer, words)).toMatch(/^### /)
        expect(toCsv(answer, words)).toMatch(/^.+/)
        expect(asText(answer, words)).not.toMatch(/undefined|NaN|\[object/)
      }
      const outsideCode = toMarkdown(answer).replace(/^(`{3,})[\s\S]*?^\1$/gm, '')
      expect(outsideCode).not.toMatch(/(?<!\\)<(img|script)/)
    },
  )

  it('is complete: every value of a table is in it', () => {
    const text = asText(exampleAnswer('table'))
    for (const row of examples.table.rows) expect(text).toContain(row.fingerprint)
  })

  it('writes a kind that nobody described plainly', () => {
    const text = asText({ card: 'new-kind', at: 'now', data: { title: 'T', left: 3, rows: [{ a: 1, b: 'x' }] } })
    expect(text).toContain('left: 3')
    expect(text).toContain('1  x')
  })

  it('survives data of any shape', () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.dictionary(fc.string(), fc.jsonValue()), (kind: CardKind, data) => {
        const answer = { card: kind, at: '2026-11-20T09:00:00Z', data }
        expect(typeof asText(answer)).toBe('string')
        expect(typeof toMarkdown(answer)).toBe('string')
        expect(typeof toCsv(answer)).toBe('string')
      }),
    )
  })
})

describe('the filter', () => {
  const rows = [
    { id: '1', name: 'node-1', state: 'notready', gpu: 'H100' },
    { id: '2', name: 'node-2', state: 'ready', gpu: 'H200' },
    { id: '3', name: 'a:b', state: 'ready', gpu: 'L4, spare' },
  ]
  const columns = [{ key: 'gpu', label: 'GPU model' }]
  const ids = (filter: string) =>
    filterRows(rows, filter, columns)
      .map(({ id }) => id)
      .join('')

  it.each([
    ['state:notready gpu:h100', '1'],
    ['state:ready', '123'],
    ['gpu:h100,h200', '12'],
    ['gpumodel:h200', '2'],
    ['node -h200', '1'],
    ['-state:notready', '23'],
    ['"l4, spare"', '3'],
    ['a:b', '3'],
    ['state:', '123'],
  ])('%s finds %s', (filter, found) => expect(ids(filter)).toBe(found))

  it('takes any text, only ever leaves rows out, and a word and its contrary split the rows', () => {
    fc.assert(
      fc.property(fc.string(), (filter) => {
        const found = filterRows(rows, filter, columns)
        expect(rows).toEqual(expect.arrayContaining(found))
        if (/^[a-z0-9]+$/.test(filter))
          expect(found.length + filterRows(rows, `-${filter}`, columns).length).toBe(rows.length)
      }),
    )
  })
})

describe('around a card', () => {
  it('names its scope from the answer, else from what was asked', () => {
    expect(scopeOf(undefined, { clusters: ['gpu-east'], namespace: 'ml', since: '1h' }, english)).toEqual([
      'gpu-east',
      'ml',
      'last 1h',
    ])
    const clusters = ['a', 'b', 'c'].map((cluster) => ({ cluster, status: 'success' as const, tookMs: 1 }))
    expect(scopeOf({ card: 'table', at: '', clusters }, { clusters: ['x'] }, english)).toEqual(['3 clusters'])
    expect(scopeOf({ card: 'table', at: '' }, 'nonsense', english)).toEqual([])
  })

  it('says how much of it still holds', () => {
    const at = '2026-11-20T09:00:00Z'
    const answer = { card: 'status', at, data: { title: 't', state: 'ok' } }
    const of = (over: object) =>
      freshnessOf(answer, { follows: true, connection: 'live', lost: false, now: Date.parse(at) + 600_000, ...over })
    expect(of({})).toBe('live')
    expect(of({ connection: 'waiting' })).toBe('known')
    expect(of({ follows: false })).toBe('stale')
    expect(of({ follows: false, now: Date.parse(at) + 1000 })).toBe('fresh')
    expect(of({ lost: true })).toBe('known')
    const done = { ...answer, card: 'progress', data: { title: 't', state: 'succeeded' } }
    expect(freshnessOf(done, { follows: true, connection: 'waiting', lost: false, now: 0 })).toBe('over')
  })

  it('says arguments in words', () => {
    expect(argumentsInWords({ clusters: ['a', 'b'], gpuModel: 'H100', perGpu: true })).toBe(
      'clusters a, b; gpu model H100; per gpu true',
    )
    expect(argumentsInWords(undefined)).toBe('')
  })

  it('asks for chosen rows by name and cluster', () => {
    const rows = ['node-1', 'node-2'].map((node) => ({ id: node, node, cluster: 'gpu-east' }))
    expect(requestFor('drain', rows, choiceOf('get_gpu_nodes')!, english)).toBe('Drain node-1, node-2 in gpu-east')
    expect(choiceOf('toString')).toBeUndefined()
  })

  it('runs the balance of an escrow along what has happened', () => {
    const [first] = examples.ledger.entries
    const out = { ...first!, id: 'out', from: 'escrow', to: 'provider', at: '2026-11-20T09:00:00Z' }
    const failed = { ...out, id: 'failed', status: 'failed' }
    const after = balances({ ...examples.ledger, entries: [out, failed, first!] })
    expect([...after.values()].map(({ amount }) => amount)).toEqual([1_250_000, 0, 0])
    expect(balances({ entries: [], parties: [] }).size).toBe(0)
  })
})

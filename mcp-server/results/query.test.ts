import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aggregate, select } from './query.ts'

const pods = [
  { id: '1', status: 'Running', restarts: 2, labels: { 'app.kubernetes.io/name': 'a' } },
  { id: '2', status: 'CrashLoopBackOff', restarts: 40, labels: { 'app.kubernetes.io/name': 'b' } },
  { id: '3', status: 'Running', restarts: 10 },
]

describe('asking a kept result', () => {
  it.each([
    ['status=Running', ['1', '3']],
    ['status != Running', ['2']],
    ['restarts>9', ['2', '3']],
    ['restarts<=2', ['1']],
    ['status~crash', ['2']],
    ['labels.app.kubernetes.io/name=b', ['2']],
    ['labels.app.kubernetes.io/name!=b', ['1', '3']],
  ] as const)('%j', (condition, ids) => {
    expect(select(pods, { where: [condition] }).map(({ id }) => id)).toEqual(ids)
  })

  it('sorts numbers as numbers', () => {
    expect(select(pods, { sort: '-restarts' }).map(({ id }) => id)).toEqual(['2', '3', '1'])
  })

  it('counts and sums per group, largest first', () => {
    expect(aggregate(pods, { groupBy: ['status'], aggregate: ['sum restarts'] })).toEqual([
      { id: '0', status: 'Running', count: 2, 'sum restarts': 12 },
      { id: '1', status: 'CrashLoopBackOff', count: 1, 'sum restarts': 40 },
    ])
  })

  it('names the fields there are for one that no item has', () => {
    expect(() => select(pods, { where: ['stauts=x'] })).toThrow(/No item has a field stauts/)
  })

  it.each([
    [{ where: ['status'] }, 'where'],
    [{ aggregate: ['median n'] }, 'aggregate'],
  ])('%j is refused with an example', (query, field) => {
    const ask = () => (field === 'where' ? select(pods, query) : aggregate(pods, query))
    expect(ask).toThrow(expect.objectContaining({ code: 'invalid-input', options: expect.objectContaining({ field }) }))
  })

  it('the groups of any result add up to all of it', () => {
    const rows = fc.array(fc.record({ g: fc.constantFrom('a', 'b', 'c'), n: fc.integer() }), { minLength: 1 })
    fc.assert(
      fc.property(rows, (items) => {
        const groups = aggregate(items, { groupBy: ['g'], aggregate: ['sum n'] })
        const total = (key: string) => groups.reduce((sum, group) => sum + (group[key] as number), 0)
        expect(total('count')).toBe(items.length)
        expect(total('sum n')).toBe(items.reduce((sum, { n }) => sum + n, 0))
      }),
    )
  })
})

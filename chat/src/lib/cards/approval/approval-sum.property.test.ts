import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Plan } from '#contract'
import { sumOfPlans } from './approval-sum.ts'

const plan = (impact: Plan['impact'], costPerHour?: Plan['costPerHour']): Plan => ({
  ...{ summary: 's', verb: 'Do', steps: [], checks: [], guard: {}, impact },
  ...(costPerHour && { costPerHour }),
})
const one = (label: string, ...values: string[]) =>
  sumOfPlans(values.map((value) => plan([{ label, value }]))).facts.map(({ value }) => value)

describe('what several changes do together (CHT-039)', () => {
  it.each([
    ['adds the same label and unit', 'GPUs', ['8', '1,016'], ['1,024']],
    ['keeps units apart', 'Memory', ['8 GiB', '4 GB', '2 GiB'], ['10 GiB', '4 GB']],
    ['adds both sides of an arrow, and not to a bare figure', 'Replicas', ['1 → 3', '2 → 0', '5'], ['3 → 3', '5']],
    ['adds decimals exactly', 'Load', ['0.1', '0.2', '1'], ['1.3']],
    ['keeps a plus, and subtracts a minus', 'Pods', ['+2', '+3', '−1'], ['+4']],
    ['leaves out words', 'Displaces', ['nothing', '2'], ['2']],
    ['leaves out what stands somewhere', 'Free afterwards', ['11 GPUs', '9 GPUs'], []],
  ])('%s', (_, label, values, sums) => {
    expect(one(label, ...values)).toEqual(sums)
  })

  it('never adds one currency to another', () => {
    const costs = sumOfPlans([
      plan([], { amount: 598, currency: 'usd-cent' }),
      plan([], { amount: 7, currency: 'qu' }),
      plan([], { amount: 2, currency: 'usd-cent' }),
    ]).costs
    expect(costs).toEqual([
      { amount: 600, currency: 'usd-cent' },
      { amount: 7, currency: 'qu' },
    ])
  })

  it('does not depend on the order, and nothing is lost', () => {
    const label = fc.constantFrom('GPUs', 'Pods', 'Replicas')
    const fact = fc.record({ label, value: fc.nat(10_000_000).map((value) => value.toLocaleString('en-US')) })
    fc.assert(
      fc.property(fc.array(fc.array(fact, { maxLength: 4 }), { maxLength: 8 }), (all) => {
        const sorted = (lists: typeof all) =>
          sumOfPlans(lists.map((impact) => plan(impact)))
            .facts.map(({ label, value }) => `${label} ${value}`)
            .sort()
        expect(sorted([...all].reverse())).toEqual(sorted(all))
        const number = (value: string) => Number(value.replaceAll(',', ''))
        const sum = (facts: { value: string }[]) => facts.reduce((total, { value }) => total + number(value), 0)
        expect(sum(sumOfPlans(all.map((impact) => plan(impact))).facts)).toBe(sum(all.flat()))
      }),
    )
  })

  it('survives any text', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ label: fc.string(), value: fc.string() })), (impact) => {
        for (const { value } of sumOfPlans([plan(impact)]).facts) expect(value).toMatch(/\d/)
      }),
    )
  })
})

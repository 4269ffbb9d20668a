import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { vectorOf } from './environment.ts'
import { newEnvironment } from './evaluate.ts'
import { print } from './format.ts'
import { labelsKey } from './labels.ts'
import { parse } from './parse.ts'
import { originMs, sourceOf, stepMs } from './testing/small.ts'
import type { RangeMode, Series } from './types.ts'

/** Laws that hold for any samples. */

const samples = fc.array(fc.option(fc.integer({ min: 0, max: 1000 }), { nil: undefined }), {
  minLength: 41,
  maxLength: 41,
})
const fleet = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), samples), { minLength: 1, maxLength: 6 })
type Fleet = [string, (number | undefined)[]][]

function ask(data: Fleet, query: string, mode: RangeMode = '3'): Series[] {
  const entries = data.map(
    ([x, values], index) => [`m{x="${x}",i="${index}"}`, (step: number) => values[step]] as const,
  )
  const source = sourceOf(Object.fromEntries(entries))
  const storage = { source, cluster: 'test', mode, nowMs: originMs + 40 * stepMs, lookbackMs: 300_000 }
  const grid = { startMs: originMs, stepMs: 2 * stepMs, count: 21 }
  return vectorOf(parse(query, mode), newEnvironment(storage, grid))
}

const total = (series: Series[], step: number) => series.reduce((sum, one) => sum + (one.values[step] ?? 0), 0)
const steps = Array.from({ length: 21 }, (_, step) => step)

describe('PromQL laws', () => {
  it('the sum of the parts is the sum', () => {
    fc.assert(
      fc.property(fleet, (data) => {
        const parts = ask(data, 'sum by (x) (m)')
        const whole = ask(data, 'sum(m)')
        for (const step of steps) expect(total(parts, step)).toBe(total(whole, step))
      }),
    )
  })

  it('topk keeps true samples, at most k of them, none below one left out', () => {
    fc.assert(
      fc.property(fleet, fc.integer({ min: 0, max: 7 }), (data, k) => {
        const all = new Map(ask(data, 'm').map((series) => [labelsKey(series.labels), series]))
        const kept = ask(data, `topk(${k}, m)`)
        for (const step of steps) {
          const chosen = kept.filter((series) => series.values[step] !== undefined)
          const present = [...all.values()].map((series) => series.values[step]).filter((value) => value !== undefined)
          expect(chosen).toHaveLength(Math.min(k, present.length))
          for (const series of chosen) expect(series.values[step]).toBe(all.get(labelsKey(series.labels))?.values[step])
          const sorted = present.sort((a, b) => b - a).slice(0, k)
          expect(chosen.map((series) => series.values[step] as number).sort((a, b) => b - a)).toEqual(sorted)
        }
      }),
    )
  })

  it('no counter has a negative rate, whatever its resets and gaps', () => {
    fc.assert(
      fc.property(
        fleet,
        fc.constantFrom('rate', 'increase', 'irate'),
        fc.constantFrom<RangeMode>('2', '3'),
        (data, name, mode) => {
          for (const series of ask(data, `${name}(m[2m])`, mode)) {
            for (const value of series.values) expect(value ?? 0).toBeGreaterThanOrEqual(0)
          }
        },
      ),
    )
  })

  it('and, or, unless split a vector without loss', () => {
    fc.assert(
      fc.property(fleet, fc.integer({ min: 0, max: 1000 }), (data, limit) => {
        const part = ask(data, `m and m > ${limit}`)
        const rest = ask(data, `m unless m > ${limit}`)
        const both = ask(data, `(m and m > ${limit}) or (m unless m > ${limit})`)
        for (const step of steps) {
          expect(total(part, step) + total(rest, step)).toBe(total(ask(data, 'm'), step))
          expect(total(both, step)).toBe(total(ask(data, 'm'), step))
        }
      }),
      { numRuns: 30 },
    )
  })

  it('one range query is as many instant queries', () => {
    const queries = [
      'm',
      'rate(m[3m])',
      'max_over_time(sum(m)[2m:15s])',
      'topk(2, m)',
      'm > on (i) m offset 1m',
      'absent(m{x="a"})',
    ]
    fc.assert(
      fc.property(fleet, fc.constantFrom(...queries), fc.integer({ min: 0, max: 20 }), (data, query, step) => {
        const ranged = ask(data, query).flatMap(({ labels, values }) =>
          values[step] === undefined ? [] : [[labelsKey(labels), values[step]]],
        )
        const entries = data.map(
          ([x, values], index) => [`m{x="${x}",i="${index}"}`, (at: number) => values[at]] as const,
        )
        const source = sourceOf(Object.fromEntries(entries))
        const storage = {
          source,
          cluster: 'test',
          mode: '3' as const,
          nowMs: originMs + 40 * stepMs,
          lookbackMs: 300_000,
        }
        const grid = { startMs: originMs + 2 * step * stepMs, stepMs: 1, count: 1 }
        const instant = vectorOf(parse(query), newEnvironment(storage, grid)).map(({ labels, values }) => [
          labelsKey(labels),
          values[0],
        ])
        expect(Object.fromEntries(instant)).toEqual(Object.fromEntries(ranged))
      }),
    )
  })

  it('printing and parsing again changes nothing', () => {
    const leaf = fc.constantFrom(
      'm',
      'm{x="a"}',
      '2',
      'rate(m[5m])',
      'm offset 1m',
      'm @ 5.000',
      'sum by (x) (m)',
      'vector(1)',
    )
    const { tree } = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc
          .tuple(tie('tree'), fc.constantFrom('+', '-', '*', '/', '^', '%'), tie('tree'))
          .map(([a, op, b]) => `${a} ${op} ${b}`),
        tie('tree').map((inner) => `(${inner})`),
        tie('tree').map((inner) => `-${inner}`),
      ),
    }))
    fc.assert(
      fc.property(tree, (text) => {
        const once = print(parse(text))
        expect(print(parse(once))).toBe(once)
      }),
    )
  })
})

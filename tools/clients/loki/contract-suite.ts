import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failureOf } from '../failure-suite.ts'
import type { Loki } from './types.ts'

export interface LokiUnderTest {
  client: Loki
  /** A selector that matches at least three lines between `start` and `end` */
  selector: string
  start: Date
  end: Date
  close(): Promise<void>
}

/** What we rely on of Loki. */
export function lokiContract(name: string, open: () => Promise<LokiUnderTest>): void {
  describe(`Loki contract: ${name}`, () => {
    let under: LokiUnderTest
    let client: Loki
    const ask = (query: string, more: { limit?: number; direction?: 'forward' | 'backward' } = {}) =>
      client.queryRange({ query, start: under.start, end: under.end, ...more })
    beforeAll(async () => {
      under = await open()
      client = under.client
    })
    afterAll(() => under?.close())

    it('is ready', async () => {
      expect(await client.ready()).toBe(true)
    })

    it('gives lines with their stream, newest first, times as nanosecond texts', async () => {
      const entries = await ask(under.selector)
      expect(entries.length).toBeGreaterThanOrEqual(3)
      const times = entries.map(({ timestampNs }) => BigInt(timestampNs))
      expect(times).toEqual([...times].sort((a, b) => (a < b ? 1 : a > b ? -1 : 0)))
      expect(times.every((time) => time / 1_000_000n >= BigInt(under.start.getTime()))).toBe(true)
      expect(Object.keys(entries[0]!.stream).length).toBeGreaterThan(0)
    })

    it('keeps limit and direction', async () => {
      const newest = await ask(under.selector, { limit: 2 })
      const oldest = await ask(under.selector, { limit: 2, direction: 'forward' })
      expect([newest.length, oldest.length]).toEqual([2, 2])
      expect(BigInt(oldest[0]!.timestampNs)).toBeLessThanOrEqual(BigInt(oldest[1]!.timestampNs))
      expect(BigInt(oldest[0]!.timestampNs)).toBeLessThanOrEqual(BigInt(newest[0]!.timestampNs))
    })

    it('line filters narrow', async () => {
      expect(await ask(`${under.selector} |= "no line has this text 1234567"`)).toEqual([])
      const [first] = await ask(under.selector, { limit: 1 })
      const same = await ask(`${under.selector} |= ${JSON.stringify(first!.line)}`)
      expect(same.map(({ line }) => line)).toContain(first!.line)
    })

    it.each(['{', '{a="b"', 'hello', '{a=~"("}', '{}'])('wrong LogQL %j is invalid-logql', async (query) => {
      const error = await failureOf(ask(query))
      expect(error.code).toBe('invalid-logql')
      expect(error.options.field).toBe('query')
    })

    it('a query that computes numbers is refused', async () => {
      const error = await failureOf(ask(`count_over_time(${under.selector}[5m])`))
      expect(error.code).toBe('invalid-logql')
    })

    it('computes numbers once and over a range, which lines are not', async () => {
      const { start, end } = under
      const range = (end.getTime() - start.getTime()) / 1000
      const query = `sum(count_over_time(${under.selector} [${range}s]))`
      const [once] = await client.seriesAt({ query, time: end })
      expect(Number(once!.values[0]![1])).toBeGreaterThanOrEqual(3)
      const each = await client.seriesRange({
        query: `sum by (pod) (count_over_time(${under.selector} [1m]))`,
        start,
        end,
        stepSeconds: 60,
      })
      expect(each.length).toBeGreaterThan(1)
      expect(each.every(({ metric, values }) => metric.pod !== undefined && values.length > 0)).toBe(true)
      const error = await failureOf(client.seriesRange({ query: under.selector, start, end, stepSeconds: 60 }))
      expect(error.code).toBe('invalid-logql')
      expect(
        await client.seriesAt({
          query: `sum(count_over_time(${under.selector} |= "no such 1234567" [1m]))`,
          time: end,
        }),
      ).toEqual([])
    })

    it('knows the streams of a selector and what it would read', async () => {
      const { start, end, selector } = under
      const streams = await client.streams({ match: selector, start, end })
      expect(streams.length).toBeGreaterThan(1)
      const stats = await client.stats({ selector, start, end })
      if (stats) expect(stats.streams).toBeGreaterThanOrEqual(0)
      const patterns = await client.patterns({ selector, start, end })
      if (patterns) expect(patterns.every(({ count }) => count > 0)).toBe(true)
    })

    it('label names and values', async () => {
      const names = await client.labelNames()
      expect(names.length).toBeGreaterThan(0)
      expect((await client.labelValues(names[0]!)).length).toBeGreaterThan(0)
      expect(await client.labelValues('no_such_label')).toEqual([])
    })
  })
}

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AnswerCache } from './answer-cache.ts'
import { cachedPrometheus } from './cached.ts'
import type { Prometheus, PrometheusResult } from './types.ts'

const minute = 60_000
const some: PrometheusResult = {
  resultType: 'vector',
  series: [{ metric: { a: 'b' }, values: [[1, '1']] }],
  warnings: [],
}

function open(answer: () => PrometheusResult = () => some) {
  const clock = { ms: 1_795_000_000_000 }
  const asked: string[] = []
  const told =
    <T>(name: string, value: T) =>
    async (q?: object) => {
      const { signal: _, ...rest } = (q ?? {}) as { signal?: AbortSignal }
      asked.push(`${name} ${JSON.stringify(rest)}`)
      return value
    }
  const client: Prometheus = {
    cluster: 'east',
    query: async (q) => {
      asked.push(q.query)
      return answer()
    },
    queryRange: async (q) => {
      asked.push(q.query)
      return answer()
    },
    labelNames: told('labels', ['job']),
    labelValues: told('values', ['x']),
    series: told('series', { series: [{ a: 'b' }], truncated: false }),
    metadata: told('metadata', { up: [{ type: 'gauge', help: '', unit: '' }] }),
    seriesCounts: told('counts', { series: 1, metrics: new Map([['up', 1]]), others: 0 }),
    server: told('server', { flavor: 'prometheus' as const }),
    alertingRules: async () => [],
    ready: async () => true,
  }
  const cache = new AnswerCache({ now: () => clock.ms })
  const now = () => clock.ms
  return { clock, asked, client, cache, cached: cachedPrometheus(client, cache, now), now }
}
const range = (clock: { ms: number }, lengthMs: number, stepSeconds = 60) => ({
  query: 'r',
  start: new Date(clock.ms - lengthMs),
  end: new Date(clock.ms),
  stepSeconds,
})

describe('cachedPrometheus', () => {
  it('an instant query lives 30 s, whichever millisecond of now it is for (MET-018)', async () => {
    const { clock, asked, cached } = open()
    await cached.query({ query: 'x', time: new Date(clock.ms) })
    clock.ms += 29_000
    const again = await cached.query({ query: 'x', time: new Date(clock.ms - 3) })
    expect(again.readAt).toEqual(new Date(clock.ms - 29_000))
    await cached.query({ query: 'x' })
    expect(asked).toHaveLength(1)
    clock.ms += 1_000
    expect((await cached.query({ query: 'x' })).readAt).toBeUndefined()
    await cached.query({ query: 'x', time: new Date(clock.ms - 60_000) })
    expect(asked).toHaveLength(3)
  })

  it.each([
    ['59 min', 59 * minute, minute],
    ['1 h', 60 * minute, 5 * minute],
    ['1 d', 1440 * minute, 5 * minute],
  ])('a range of %s lives its time (MET-019, MET-020)', async (_, lengthMs, ttlMs) => {
    const { clock, asked, cached } = open()
    const q = range(clock, lengthMs)
    await cached.queryRange(q)
    clock.ms += ttlMs - 1
    await cached.queryRange(q)
    expect(asked).toHaveLength(1)
    clock.ms += 1
    await cached.queryRange(q)
    expect(asked).toHaveLength(2)
  })

  it('query, start, end, step and credential are told apart (MET-022)', async () => {
    const { clock, asked, cached, client, cache, now } = open()
    const q = range(clock, minute)
    const other = cachedPrometheus(client, cache, now)
    await cached.queryRange(q)
    await cached.queryRange({ ...q, query: 'other' })
    await cached.queryRange({ ...q, stepSeconds: 15 })
    await cached.queryRange({ ...q, start: new Date(clock.ms - 2) })
    await cached.queryRange({ ...q, end: new Date(clock.ms - 1) })
    await other.queryRange(q)
    expect(asked).toHaveLength(6)
    await other.queryRange(q)
    expect(asked).toHaveLength(6)
  })

  it('names live 5 min, by label, selector and time (MET-021)', async () => {
    const { clock, asked, cached } = open()
    const all = async () => {
      await cached.labelNames()
      await cached.labelNames({ match: ['up'] })
      await cached.labelValues({ label: 'job' })
      await cached.labelValues({ label: 'job', match: ['up'] })
      await cached.labelValues({ label: 'job', start: new Date(0) })
      await cached.metadata()
      await cached.seriesCounts()
      await cached.server()
    }
    await all()
    clock.ms += 5 * minute - 1
    await all()
    expect(asked).toHaveLength(8)
    clock.ms += 1
    await all()
    expect(asked).toHaveLength(8 + 7)
  })

  it('what is empty or partial is asked again (MET-023)', async () => {
    for (const answer of [
      { ...some, series: [] },
      { ...some, partial: true as const },
    ]) {
      const { asked, cached } = open(() => answer)
      await cached.query({ query: 'x' })
      await cached.query({ query: 'x' })
      expect(asked).toHaveLength(2)
    }
  })

  it('knows how long the last query took, also one that failed', async () => {
    const { clock, client, cache, now } = open()
    const slow: Prometheus = {
      ...client,
      query: async () => {
        clock.ms += 700
        throw new Error('down')
      },
    }
    const cached = cachedPrometheus(slow, cache, now)
    expect(cached.paceMs).toBeUndefined()
    await expect(cached.query({ query: 'x' })).rejects.toThrow('down')
    expect(cached.paceMs).toBe(700)
  })

  it('never answers one question with another one', async () => {
    const question = fc.record({
      query: fc.constantFrom('a', 'b'),
      start: fc.integer({ min: 0, max: 3 }),
      length: fc.integer({ min: 1, max: 3 }),
      stepSeconds: fc.integer({ min: 1, max: 2 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(question, { maxLength: 30 }), async (questions) => {
        const { client, cache, now } = open()
        const echo: Prometheus = {
          ...client,
          queryRange: async ({ signal: _, ...q }) => ({ ...some, warnings: [JSON.stringify(q)] }),
        }
        const cached = cachedPrometheus(echo, cache, now)
        for (const { query, start, length, stepSeconds } of questions) {
          const q = { query, start: new Date(start), end: new Date(start + length), stepSeconds }
          expect((await cached.queryRange(q)).warnings).toEqual([JSON.stringify(q)])
        }
      }),
    )
  })
})

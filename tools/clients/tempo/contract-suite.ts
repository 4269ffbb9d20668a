import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failureOf } from '../failure-suite.ts'
import type { Tempo } from './types.ts'

export interface TempoUnderTest {
  client: Tempo
  /** A service with at least three traces between `start` and `end`, each with a child span, one with an error */
  service: string
  start: Date
  end: Date
  close(): Promise<void>
}

/** What we rely on of Tempo. */
export function tempoContract(name: string, open: () => Promise<TempoUnderTest>): void {
  describe(`Tempo contract: ${name}`, () => {
    let under: TempoUnderTest
    let client: Tempo
    const selector = () => `resource.service.name = ${JSON.stringify(under.service)}`
    const search = (query: string, limit?: number) =>
      client.search({ query, start: under.start, end: under.end, ...(limit && { limit }) })
    beforeAll(async () => {
      under = await open()
      client = under.client
    })
    afterAll(() => under?.close())

    it('is ready', async () => {
      expect(await client.ready()).toBe(true)
    })

    it('finds traces with root, duration, matched spans and spans by service', async () => {
      const found = await search(`{ ${selector()} }`)
      expect(found.length).toBeGreaterThanOrEqual(3)
      for (const one of found) {
        expect(one.traceId).toMatch(/^[0-9a-f]{32}$/)
        expect(one.rootName).toBeTruthy()
        expect(one.startMs).toBeGreaterThanOrEqual(under.start.getTime() - 60_000)
        expect(one.matches).toBeGreaterThanOrEqual(one.matched.length)
        expect(one.matched.length).toBeGreaterThan(0)
        expect(one.services.map((service) => service.name)).toContain(under.service)
      }
    })

    it('keeps the limit and gives the newest when asked to', async () => {
      const newest = await search(`{ ${selector()} } with (most_recent=true)`, 1)
      const all = await search(`{ ${selector()} }`, 100)
      expect(newest).toHaveLength(1)
      expect(newest[0]!.startMs).toBe(Math.max(...all.map(({ startMs }) => startMs)))
    })

    it.each([
      ['status = error', true],
      ['duration > 0ms && (name != "x" || kind = server)', true],
      ['traceDuration > 100h', false],
      ['name = "no span is \\"called\\" this \\\\"', false],
      ['name =~ "no.*span"', false],
      ['.no_such_attribute = 500 || .no_such_attribute = "500"', false],
    ])('takes { %s }', async (condition, some) => {
      expect((await search(`{ ${selector()} && (${condition}) }`)).length > 0).toBe(some)
    })

    it('gives one trace whole: parents, services, status', async () => {
      const [failed] = await search(`{ ${selector()} && status = error }`, 1)
      const trace = await client.trace(failed!.traceId)
      expect(trace!.traceId).toBe(failed!.traceId)
      expect(trace!.spans.length).toBeGreaterThanOrEqual(2)
      expect(trace!.spans.some(({ status }) => status === 'error')).toBe(true)
      const ids = new Set(trace!.spans.map(({ spanId }) => spanId))
      expect([...ids].every((id) => /^[0-9a-f]{16}$/.test(id))).toBe(true)
      const children = trace!.spans.filter(({ parentSpanId }) => parentSpanId !== undefined)
      expect(children.length).toBeGreaterThan(0)
      expect(children.every(({ parentSpanId }) => ids.has(parentSpanId!))).toBe(true)
      const found = failed!.matched[0]!
      const span = trace!.spans.find(({ spanId }) => spanId === found.spanId)!
      expect(span.startMs).toBe(found.startMs)
      expect(span.durationMs).toBeCloseTo(found.durationMs, 3)
      expect(failed!.services.reduce((sum, one) => sum + one.spans, 0)).toBe(trace!.spans.length)
    })

    it('a trace that is not there', async () => {
      expect(await client.trace('000000000000000000000000000000ab')).toBeUndefined()
    })

    it('names of tags by scope, and their values', async () => {
      const scopes = await client.tagNames({ start: under.start, end: under.end })
      expect(scopes.find(({ scope }) => scope === 'resource')!.tags).toContain('service.name')
      const values = await client.tagValues('resource.service.name', { start: under.start, end: under.end })
      expect(values).toContain(under.service)
      const query = `{ ${selector()} }`
      const names = await client.tagValues('name', { query, start: under.start, end: under.end })
      expect(names.length).toBeGreaterThan(0)
    })

    it.each(['{', '{ foo = 1 }', '{ status == error }', 'hello', '{ duration > }'])(
      'wrong TraceQL %j is invalid-traceql',
      async (query) => {
        const error = await failureOf(search(query))
        expect(error.code).toBe('invalid-traceql')
        expect(error.options.field).toBe('query')
      },
    )
  })
}

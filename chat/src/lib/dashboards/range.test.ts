import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { callWithin, rangeSeconds, ranges, scopeOf } from './range.ts'

interface Listed {
  name: string
  annotations?: { readOnlyHint?: boolean }
  inputSchema: { properties?: Record<string, { description?: string; enum?: string[] }> }
}
const listed = JSON.parse(
  readFileSync(new URL('../../../../mcp-server/surface/tools.json', import.meta.url), 'utf8'),
) as Listed[]
const nowMs = Date.parse('2026-11-20T12:00:00Z')
const call = (tool: string, input: Record<string, unknown>, range = '6h', clusters: string[] = []) => {
  const { inputSchema } = listed.find(({ name }) => name === tool)!
  return callWithin(
    { tool, input },
    { range, clusters },
    { takes: new Set(Object.keys(inputSchema.properties ?? {})), nowMs },
  )
}

describe('the time above the cards', () => {
  it('is a whole number and a unit, from a minute to a bit more than a year', () => {
    for (const range of ranges) expect(rangeSeconds(range)).toBeGreaterThan(0)
    expect([rangeSeconds('90m'), rangeSeconds('2w')]).toEqual([5_400, 1_209_600])
    for (const text of ['', '1', 'h', '0h', '-1h', '1.5h', '30s', '500d', '1h ', '1H'])
      expect(rangeSeconds(text), text).toBeUndefined()
    expect(scopeOf(new URLSearchParams('range=nonsense&clusters=a,,b'))).toEqual({ range: '1h', clusters: ['a', 'b'] })
  })

  it('becomes the argument that each tool takes', () => {
    expect(
      call('query_logs', { query: '{a="b"}', start: '2026-01-01T00:00:00Z', end: '2026-01-02T00:00:00Z' }),
    ).toEqual({
      input: { query: '{a="b"}', since: '6h' },
      timed: true,
    })
    expect(call('query_metrics', { query: 'up', since: '15m', step: '10s' }, '24h')).toMatchObject({
      input: { query: 'up', since: '24h' },
    })
    expect(call('get_metric_trends', {}, '2h')).toMatchObject({ input: { period: '6h' } })
    expect(call('get_audit_log', {}, '1h')).toMatchObject({ input: { since: '2026-11-20T11:00:00.000Z' } })
    expect(call('check_gpu_health', {}, '2w')).toMatchObject({ input: { since: '7d' } })
  })

  it('leaves alone what shows this moment', () => {
    expect(call('query_metrics', { query: 'up' })).toEqual({ input: { query: 'up' }, timed: false })
    expect(call('list_nodes', {})).toEqual({ input: {}, timed: false })
  })

  it('no tool takes a time that is left out here: whoever adds one says what it means', () => {
    const timeLike = /^(since|start|end|step|period|window|range|hours|days|from|until)$/
    const known = new Set(['since', 'start', 'end', 'step', 'period'])
    for (const { name, inputSchema } of listed)
      for (const argument of Object.keys(inputSchema.properties ?? {}))
        if (timeLike.test(argument)) expect(known.has(argument), `${name} ${argument}`).toBe(true)
    const instants = listed
      .filter(({ inputSchema }) => /ISO/.test(inputSchema.properties?.since?.description ?? ''))
      .map(({ name }) => name)
    expect(instants).toEqual(['get_audit_log'])
  })
})

describe('the clusters above the cards', () => {
  it('narrow what a card asks, and leave out what is about others', () => {
    expect(call('list_nodes', {}, '1h', ['a'])).toMatchObject({ input: { clusters: ['a'] } })
    expect(call('list_nodes', { clusters: ['a', 'b'] }, '1h', ['b', 'c'])).toMatchObject({ input: { clusters: ['b'] } })
    expect(call('list_nodes', { clusters: ['a'] }, '1h', ['b'])).toBe('left-out')
    expect(call('get_cluster', { cluster: 'a' }, '1h', ['b'])).toBe('left-out')
    expect(call('list_personas', {}, '1h', ['b'])).toMatchObject({ input: {} })
  })

  it('never widen what was pinned', () => {
    const names = fc.uniqueArray(fc.constantFrom<string>('a', 'b', 'c', 'd'), { minLength: 1 })
    fc.assert(
      fc.property(names, names, (own, chosen) => {
        const narrowed = call('list_nodes', { clusters: own }, '1h', chosen)
        if (narrowed !== 'left-out')
          for (const name of narrowed.input.clusters as string[])
            expect(own.includes(name) && chosen.includes(name)).toBe(true)
      }),
    )
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ToolError } from '#contract'
import { clusterStatus } from '#db/schema/fleet.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import type { Sample } from '../clients/prometheus/types.ts'
import { queryMetrics } from './query-metrics.tool.ts'
import { context, result, run, ttft } from './testing.ts'

const p95 = 'histogram_quantile(0.95, sum by (le, model_name) (rate(vllm:time_to_first_token_seconds_bucket[5m])))'

describe('query_metrics', () => {
  it('asks every cluster, keeps series apart, with statistics and a unit (MET-005, MET-013)', async () => {
    const ctx = context({
      east: { answer: () => result([ttft('qwen', 0.2, 0.4, 0.3), ttft('llama', 1, 3, 2)]) },
      west: { answer: () => result([ttft('qwen', 0.1, 0.1, 0.1)]) },
    })
    const { data } = await run({ query: p95, since: '1h' }, ctx)
    expect(data).toMatchObject({
      unit: 'seconds',
      resultType: 'matrix',
      stepSeconds: 60,
      start: '2026-11-20T11:00:00.000Z',
      end: '2026-11-20T12:00:00.000Z',
    })
    expect(data.series.map(({ name, last, min, avg, max }) => [name, last, min, Number(avg!.toFixed(3)), max])).toEqual(
      [
        ['east · llama', 2, 1, 2, 3],
        ['east · qwen', 0.3, 0.2, 0.3, 0.4],
        ['west · qwen', 0.1, 0.1, 0.1, 0.1],
      ],
    )
    expect(queryMetrics.text(data as never, { shown: 3, total: 3 })).toBe(
      [
        '3 series, unit seconds, 2026-11-20T11:00:00.000Z to 2026-11-20T12:00:00.000Z, step 60s',
        'all series: {job="vllm"}',
        'cluster\tseries\tlast\tmin\tavg\tmax\tmax at',
        'east\t{model_name="llama"}\t2\t1\t2\t3\t11-18 11:07',
        'east\t{model_name="qwen"}\t0.3\t0.2\t0.3\t0.4\t11-18 11:07',
        'west\t{model_name="qwen"}\t0.1\t0.1\t0.1\t0.1\t11-18 11:06',
      ].join('\n'),
    )
  })

  it.each([
    ['sum', 5],
    ['avg', 2.5],
    ['max', 4],
    ['min', 1],
  ])('joins equal series over clusters by %s (MET-013)', async (aggregate, last) => {
    const ctx = context({
      east: { answer: () => result([ttft('q', 1)]) },
      west: { answer: () => result([ttft('q', 4)]) },
    })
    const { data } = await run({ query: 'x', aggregate }, ctx)
    expect(data.series).toHaveLength(1)
    expect(data.series[0]).toMatchObject({ last, cluster: `${aggregate} of 2 clusters` })
  })

  it('refuses bad PromQL with its place before anything is sent (MET-014)', async () => {
    const asked: string[] = []
    const error = await run({ query: 'rate(up[5m]' }, context({ east: { asked } })).catch((thrown: ToolError) => thrown)
    expect(error).toMatchObject({ code: 'invalid-promql', options: { details: { position: { line: 1, column: 12 } } } })
    expect(asked).toEqual([])
  })

  it('passes on what the server refuses', async () => {
    const refusal = new ToolError('invalid-promql', 'expected type range vector', { next: 'Add [5m].' })
    await expect(run({ query: 'rate(up)' }, context({ east: refusal, west: refusal }))).rejects.toMatchObject({
      code: 'invalid-promql',
    })
  })

  it('gives what came and names who failed, hung or was partial (MET-009)', async () => {
    const ctx = context({
      east: { answer: () => ({ ...result([ttft('q', 1)], ['store down']), partial: true }) },
      dead: new Error('refused'),
      hung: 'hang',
    })
    const { data, clusters } = await run({ query: 'up', timeoutSeconds: 1 }, ctx)
    expect(data.series).toHaveLength(1)
    expect(data.warnings).toEqual(['store down'])
    expect(clusters!.map(({ cluster, status }) => [cluster, status])).toEqual([
      ['east', 'partial'],
      ['dead', 'error'],
      ['hung', 'timeout'],
    ])
  })

  it('shows NaN and Inf as values without letting them into the statistics (MET-012)', async () => {
    const values: Sample[] = [
      [1, 'NaN'],
      [2, '4'],
      [3, '+Inf'],
    ]
    const { data } = await run(
      { query: 'x', since: '1h' },
      context({ east: { answer: () => result([{ metric: {}, values }]) } }),
    )
    expect(data.series[0]).toMatchObject({ values, min: 4, avg: 4, max: 4, points: 3 })
    expect(data.series[0]!.last).toBeUndefined()
    expect(queryMetrics.text(data as never, { shown: 1, total: 1 })).toContain('+Inf')
  })
})

describe('when it asks', () => {
  it('picks a step that a chart can show, and refuses one that Prometheus would (MET-005)', async () => {
    const ctx = context({ east: { answer: () => result([ttft('q', 1, 2)]) } })
    expect((await run({ query: 'x', since: '1d' }, ctx)).data.stepSeconds).toBe(600)
    expect((await run({ query: 'x', since: '10m' }, ctx)).data.stepSeconds).toBe(60)
    expect((await run({ query: 'x', since: '1h', step: '15s' }, ctx)).data.stepSeconds).toBe(15)
    await expect(run({ query: 'x', since: '30d', step: '1s' }, ctx)).rejects.toMatchObject({ code: 'invalid-request' })
  })

  it('end alone is one moment, with a start it is a range (MET-001, MET-002)', async () => {
    const times: (Date | undefined)[] = []
    const ctx = context({
      east: {
        answer: ({ time, start }) => {
          times.push(time, start)
          return result([ttft('q', 1)])
        },
      },
    })
    await run({ query: 'x', end: '2026-11-20T11:00:00Z' }, ctx)
    await run({ query: 'x', end: '2026-11-20T11:00:00Z', since: '10m' }, ctx)
    const moment = (text: string) => new Date(`2026-11-20T${text}Z`)
    expect(times).toEqual([moment('11:00:00'), undefined, undefined, moment('10:50:00')])
  })

  it('says how old an answer from the cache is, and passes it by when asked to', async () => {
    const fresh: unknown[] = []
    const readAt = new Date('2026-11-20T11:59:50Z')
    const ctx = context({
      east: { answer: () => ({ ...result([ttft('q', 1)]), readAt }) },
      west: { answer: () => result([ttft('q', 2)]) },
    })
    const west = ctx.clients.prometheus.for('west')
    ctx.clients.prometheus.for = () => ({
      ...west,
      query: async (q) => {
        fresh.push(q.fresh)
        return { ...result([ttft('q', 1)]), ...(!q.fresh && { readAt }) }
      },
    })
    const { data } = await run({ query: 'x' }, ctx)
    expect(queryMetrics.text(data as never, { shown: 2, total: 2 })).toContain(
      'from the cache, read 2026-11-20T11:59:50',
    )
    const again = await run({ query: 'x', fresh: true }, ctx)
    expect(queryMetrics.text(again.data as never, { shown: 2, total: 2 })).not.toContain('cache')
    expect(fresh).toEqual([undefined, undefined, true, true])
  })

  it('gives the server the time it may take (MET-005)', async () => {
    const seen: unknown[] = []
    const ctx = context({ east: {} })
    const east = ctx.clients.prometheus.for('east')
    ctx.clients.prometheus.for = () => ({
      ...east,
      query: async (q) => {
        seen.push(q.timeoutMs)
        return result([ttft('q', 1)])
      },
    })
    await run({ query: 'x', timeoutSeconds: 45 }, ctx)
    expect(seen).toEqual([45_000])
  })
})

describe('clusters that are known to be offline', () => {
  const now = new Date('2026-11-20T12:00:07Z')
  let database: TestDatabase
  const seen = async (agoMs: number, prometheusUp: boolean) => {
    const row = (cluster: string, isUp: boolean): typeof clusterStatus.$inferInsert => ({
      cluster,
      state: isUp ? 'online' : 'offline',
      score: isUp ? 100 : 0,
      connectivity: isUp ? 'connected' : 'disconnected',
      services: [
        { service: 'kubernetes', ok: isUp, tookMs: 1, denied: false },
        { service: 'prometheus', ok: isUp || prometheusUp, tookMs: 1, denied: false },
      ],
      checkedAt: new Date(now.getTime() - agoMs),
    })
    const db = (await database.lazy.get()).db
    await db.delete(clusterStatus)
    await db.insert(clusterStatus).values([row('east', true), row('gone', false)])
    return db
  }
  beforeAll(async () => {
    database = await testDatabase()
  })
  afterAll(() => database.close())
  const ask = async (agoMs: number, input: object, prometheusUp = false) => {
    const asked: string[] = []
    const answer = () => result([ttft('q', 1)])
    const plain = context({ east: { answer }, gone: { answer, asked } })
    const db = await seen(agoMs, prometheusUp)
    const reply = await run({ query: 'x', ...input }, { ...plain, openDb: async () => db })
    return { asked, statuses: reply.clusters!.map(({ cluster, status }) => `${cluster} ${status}`) }
  }

  it('are left out and named, unless they are asked for (MET-006)', async () => {
    expect(await ask(10_000, {})).toEqual({ asked: [], statuses: ['east success', 'gone error'] })
    expect(await ask(10_000, { clusters: ['gone'] })).toEqual({ asked: ['x'], statuses: ['gone success'] })
  })

  it('are asked where their Prometheus still answered', async () => {
    expect((await ask(10_000, {}, true)).asked).toEqual(['x'])
  })

  it('are asked once that is long ago', async () => {
    expect((await ask(3_600_000, {})).asked).toEqual(['x'])
  })
})

describe('too many series', () => {
  it('keeps the highest, and says how many there are', async () => {
    const many = Array.from({ length: 300 }, (_, index) => ttft(`m${index}`, index))
    const { data } = await run({ query: 'x' }, context({ east: { answer: () => result(many) } }))
    expect(data.series).toHaveLength(200)
    expect(data.series[0]!.last).toBe(299)
    expect(data.warnings![0]).toMatch(/^300 series; only the 200 .*topk/)
  })
})

describe('a language that is more than PromQL', () => {
  it('is sent as it is where VictoriaMetrics answers', async () => {
    const asked: string[] = []
    const answer = () => result([ttft('q', 1)])
    const ctx = context({
      east: { asked, answer, server: { flavor: 'victoria-metrics' } },
      west: { answer },
    })
    const { data } = await run({ query: 'rate(x)' }, ctx)
    expect(asked).toEqual(['rate(x)'])
    expect(data.series).toHaveLength(2)
    await expect(run({ query: 'rate(x)', clusters: ['west'] }, ctx)).rejects.toMatchObject({ code: 'invalid-promql' })
  })
})

describe('after a failure', () => {
  it('asks again (MET-023)', async () => {
    let fails = true
    const ctx = context({
      east: {
        answer: () => {
          if (fails) throw new Error('down')
          return result([ttft('q', 1)])
        },
      },
    })
    await expect(run({ query: 'x' }, ctx)).rejects.toThrow('down')
    fails = false
    expect((await run({ query: 'x' }, ctx)).data.series).toHaveLength(1)
  })
})

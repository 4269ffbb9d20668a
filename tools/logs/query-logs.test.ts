import { describe, expect, it } from 'vitest'
import { ToolError } from '#contract'
import type { Loki } from '../clients/loki/types.ts'
import { queryLogs } from './query-logs.tool.ts'
import { entry, logContext, lokiOf } from './testing.ts'

const asked: Parameters<Loki['queryRange']>[0][] = []
const labels = { namespace: ['inference', 'shop'] }
const clients = {
  east: lokiOf('east', { asked, labels, entries: [entry(3, 'level=error msg="boom"'), entry(1, 'first')] }),
  west: lokiOf('west', { asked, entries: [entry(2, 'second', { level: 'warn', app: 'web' })] }),
  empty: lokiOf('empty', { labels }),
  bad: new ToolError('invalid-logql', 'parse error at line 1, col 5', { next: 'Correct it.' }),
  huge: lokiOf('huge', { entries: [entry(1, 'x')], stats: async () => ({ streams: 1, entries: 1, bytes: 2 ** 41 }) }),
}
const ctx = logContext(clients)
type Data = {
  title: string
  note?: string
  lines: { n: number; at: string; source?: string; level?: string; text: string }[]
}
const run = async (input: object) => {
  asked.length = 0
  const reply = await queryLogs.run(
    queryLogs.input.parse({ clusters: ['east', 'west'], query: '{a="b"}', ...input }) as never,
    ctx,
  )
  return { ...reply, data: reply.data as unknown as Data }
}

describe('query_logs', () => {
  it('merges clusters in time order with level and source (LGS-001, LGS-005)', async () => {
    const { data } = await run({})
    expect(data.lines.map(({ n, source, level, text }) => [n, source, level, text])).toEqual([
      [1, 'east/qwen-0', undefined, 'first'],
      [2, 'west/web', 'warn', 'second'],
      [3, 'east/qwen-0', 'error', 'level=error msg="boom"'],
    ])
    expect(data.lines[0]!.at).toBe('2026-11-18T11:06:41.000Z')
    expect(asked[0]).toMatchObject({
      limit: 100,
      direction: 'backward',
      end: new Date('2026-11-20T12:00:00Z'),
      start: new Date('2026-11-20T11:00:00Z'),
    })
  })

  it('takes the newest or the oldest over all clusters and says that there are more (LGS-002)', async () => {
    const newest = await run({ limit: 1 })
    expect(newest.data.lines.map(({ text }) => text)).toEqual(['level=error msg="boom"'])
    expect(newest.data.note).toBe('Only the newest 1 of east, west: there are more; their kinds: get_log_patterns')
    expect(queryLogs.input.safeParse({ query: '{}', limit: 5001 }).success).toBe(false)
  })

  it('refuses what is no LogQL with an example, and passes on what Loki refuses (LGS-006)', async () => {
    await expect(run({ query: 'errors please' })).rejects.toMatchObject({
      code: 'invalid-logql',
      options: { next: expect.stringContaining('{namespace="default"} |= "errors please"') },
    })
    await expect(run({ clusters: ['bad'] })).rejects.toMatchObject({ code: 'invalid-logql' })
  })

  it('explains an empty answer by the labels there are', async () => {
    const reply = await run({ clusters: ['empty'], query: '{namespace="infer"} |= "x"' })
    expect(reply.empty!.likely[0]).toBe('No stream has namespace="infer"; near: inference; values: inference, shop')
  })

  it('numbers go to the tool for them; no query without a selector is sent', async () => {
    await expect(run({ query: 'rate({a="b"}[5m])' })).rejects.toMatchObject({
      options: { next: 'query_log_series {"query":"rate({a=\\"b\\"}[5m])"}' },
    })
    await expect(run({ query: '{a=~".*"}' })).rejects.toMatchObject({ code: 'invalid-logql' })
    expect(asked).toEqual([])
  })

  it('refuses what would read too much, says so in shadow, and asks when the guard is off', async () => {
    const ask = (guarded: typeof ctx) =>
      queryLogs.run(queryLogs.input.parse({ query: '{a="b"}', clusters: ['huge'] }) as never, guarded)
    await expect(ask(ctx)).rejects.toMatchObject({ code: 'invalid-request', options: { details: { bytes: 2 ** 41 } } })
    const mostBytes = 1000
    const shadow = await ask(logContext(clients, { mode: 'shadow', mostBytes }))
    expect(shadow.data).toMatchObject({ note: '{a="b"} would read 2TiB on huge; more than 1000B are not read' })
    expect((await ask(logContext(clients, { mode: 'off', mostBytes }))).data!.note).toBeUndefined()
  })

  it('marks every line as data', async () => {
    const { data } = await run({ limit: 1, clusters: ['west'] })
    expect(
      queryLogs
        .text(data as never, { shown: 1, total: 1 })
        .split('\n')
        .at(-1),
    ).toBe('11-18 11:06:42 web| second')
  })
})

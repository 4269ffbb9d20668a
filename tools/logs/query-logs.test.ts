import { describe, expect, it } from 'vitest'
import { ToolError } from '#contract'
import type { LogEntry, Loki } from '../clients/loki/types.ts'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf, perCluster } from '../testing-upstreams.ts'
import { queryLogs } from './query-logs.tool.ts'

const ns = (seconds: number) => `${1_795_000_000 + seconds}000000123`
const entry = (seconds: number, line: string, stream: Record<string, string> = { pod: 'qwen-0' }): LogEntry => ({
  timestampNs: ns(seconds),
  line,
  stream,
})
const asked: Parameters<Loki['queryRange']>[0][] = []
const loki = (cluster: string, entries: LogEntry[]): Loki => ({
  cluster,
  queryRange: async (query) => {
    asked.push(query)
    return entries.slice(0, query.limit)
  },
  labelNames: async () => ['namespace'],
  labelValues: async (label) => (label === 'namespace' ? ['inference', 'shop'] : []),
  ready: async () => true,
})
const ctx = testContext({
  clients: {
    fleet: fleetOf(['east', 'west', 'empty', 'bad'].map((name) => clusterInfo(name))),
    loki: perCluster<Loki>({
      east: loki('east', [entry(3, 'level=error msg="boom"'), entry(1, 'first')]),
      west: loki('west', [entry(2, 'second', { detected_level: 'warn', app: 'web' })]),
      empty: loki('empty', []),
      bad: new ToolError('invalid-logql', 'parse error at line 1, col 5', { next: 'Correct it.' }),
    }),
  },
})
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
    expect(newest.data.note).toBe('Only the newest 1 of east, west: there are more')
    expect(queryLogs.input.safeParse({ query: '{}', limit: 5001 }).success).toBe(false)
  })

  it('refuses what is no LogQL with an example, and passes on what Loki refuses (LGS-006)', async () => {
    await expect(run({ query: 'errors please' })).rejects.toMatchObject({
      code: 'invalid-logql',
      options: { next: 'For example {namespace="default"} |= "errors please"' },
    })
    await expect(run({ clusters: ['bad'] })).rejects.toMatchObject({ code: 'invalid-logql' })
  })

  it('explains an empty answer by the labels there are', async () => {
    const reply = await run({ clusters: ['empty'], query: '{namespace="infer"} |= "x"' })
    expect(reply.empty!.likely[0]).toBe('No stream has namespace="infer"; values: inference, shop')
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

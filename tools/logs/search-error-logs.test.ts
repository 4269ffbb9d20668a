import { describe, expect, it } from 'vitest'
import type { Loki } from '../clients/loki/types.ts'
import { searchErrorLogs } from './search-error-logs.tool.ts'
import { entry, type LokiData, logContext, lokiOf } from './testing.ts'

const asked: { query: string }[] = []
const labels = { namespace: ['shop'], pod: [], app: [] }
const storm = Array.from({ length: 30 }, (_, i) =>
  entry(i, `level=error msg="request ${i} failed" dur=${i}ms`, { pod: `web-${i % 2}` }),
)
/** The lines that call themselves harmless are asked for apart: here there are none of them. */
const errorLoki = (cluster: string, { entries = [], ...data }: LokiData): Loki =>
  lokiOf(cluster, {
    ...data,
    queryRange: async ({ signal: _, ...query }) => {
      asked.push(query)
      return query.query.includes('!~') ? entries.slice(0, query.limit) : []
    },
  })
const ctx = logContext({
  east: errorLoki('east', {
    labels,
    entries: [
      ...storm,
      entry(40, 'sync completed in 3ms, 0 errors', { pod: 'agent', detected_level: 'error' }),
      entry(41, 'level=warn msg="slow, retry"'),
    ],
  }),
  west: errorLoki('west', {
    labels: { k8s_namespace_name: [], service_name: [] },
    entries: [entry(5, 'ValueError: no model', { service_name: 'api' })],
  }),
  calm: errorLoki('calm', { labels, entries: [entry(1, 'done: errors=0 failed=0')] }),
  dead: new Error('refused'),
})
type Row = {
  level: string
  count: number
  pattern: string
  sources: string
  first: string
  last: string
  clusters: string
}
const run = async (input: object) => {
  asked.length = 0
  const reply = await searchErrorLogs.run(searchErrorLogs.input.parse(input) as never, ctx)
  return { ...reply, rows: (reply.data?.rows ?? []) as Row[] }
}

describe('search_error_logs (LGS-008)', () => {
  it('folds errors of all clusters into kinds; "0 errors" is none, warnings only when asked for', async () => {
    const { rows, data, clusters } = await run({ clusters: ['east', 'west', 'dead'] })
    expect(rows.map(({ level, count, pattern, sources }) => [level, count, pattern, sources])).toEqual([
      ['error', 30, 'level=error msg="request <n> failed" dur=<n>', 'web-0 15, web-1 15'],
      ['error', 1, 'ValueError: no model', 'api'],
    ])
    expect(rows[0]).toMatchObject({
      first: '2026-11-18T11:06:40.000Z',
      last: '2026-11-18T11:07:09.000Z',
      clusters: 'east',
    })
    expect(data).toMatchObject({ title: '31 lines of 2 kinds' })
    expect(clusters!.map(({ status }) => status)).toEqual(['success', 'success', 'error'])
    const warned = await run({ clusters: ['east'], level: 'warn' })
    expect(warned.rows.map(({ level }) => level)).toEqual(['error', 'warn'])
  })

  it('asks each Loki in the labels it has, and escapes what people write', async () => {
    await run({ clusters: ['east', 'west'], namespace: 'shop', workload: 'we.b*', pod: 'a"b', text: 'no (space' })
    const selectors = asked.map(({ query }) => query.split(/ [!|]~ "\(\?i\)\\\\b/)[0])
    expect([...new Set(selectors)]).toEqual([
      '{namespace="shop", pod="a\\"b", app=~"we\\\\.b.*"} |~ "(?i)no" |~ "(?i)\\\\(space"',
      '{k8s_namespace_name="shop", pod="a\\"b", service_name=~"we\\\\.b.*"} |~ "(?i)no" |~ "(?i)\\\\(space"',
    ])
    await run({ clusters: ['west'], workload: '*' })
    expect(asked[0]!.query).toMatch(/^\{service_name=~"\.\*", k8s_namespace_name=~"\.\+"\}/)
  })

  it('says when only the newest were read', async () => {
    const { data } = await run({ clusters: ['east'], limit: 10 })
    expect(data).toMatchObject({ title: '10 lines of 1 kind; newest 10 lines only: east since 2026-11-18T11:06:40Z' })
  })

  it('no error is an answer', async () => {
    expect((await run({ clusters: ['calm'] })).empty!.likely[0]).toBe(
      '1 line named errors without being one, such as "0 errors"',
    )
  })
})

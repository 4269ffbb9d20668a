import * as z from 'zod'
import { ToolError } from '#contract'
import { defineTool } from '#define'
import { clusters, end, since, start, timeRange, wholeNumber } from '../arguments.ts'
import type { LogEntry, LogPattern } from '../clients/loki/types.ts'
import { requireSome } from '../fan-out.ts'
import { counted, tableOf } from '../table.ts'
import { cell, lines, outsideNote, quoted, shortTime, tsv } from '../text.ts'
import { createLineFolder, type LogKind } from './fold.ts'
import { kindColumns, kindRow, kindRowOf } from './kind-rows.ts'
import { readLogQl } from './logql.ts'
import { defaultLogGuard, explainNoLines, guarded, logTimeoutMs, msOfNs, sourceOf } from './read.ts'
import { severityOf } from './severity.ts'

/** Many lines, few kinds. */
export const getLogPatterns = defineTool({
  name: 'get_log_patterns',
  title: 'Kinds of log lines',
  about:
    'The few kinds that many log lines are, most frequent first, with counts, first and last time and an example: numbers, ids, times and addresses masked. For errors only: search_error_logs.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'loki'],
  input: z.strictObject({
    query: z.string().describe('LogQL: {namespace="x"}'),
    clusters,
    since,
    start,
    end,
    limit: wholeNumber(1, 5000).default(5000).describe('Lines read per cluster'),
  }),
  output: tableOf(kindRow),
  examples: [{ query: '{namespace="inference"}', since: '15m' }],
  route: { method: 'POST', path: '/logs/patterns' },
  text: ({ title, rows }) =>
    lines(
      title,
      outsideNote,
      tsv(
        ['lines', 'level', 'last(UTC)', 'clusters', 'from', 'pattern'],
        rows.map((row) => [
          row.count,
          row.level,
          shortTime(row.last),
          row.clusters,
          row.sources,
          quoted(row.pattern, 240),
        ]),
      ),
    ),
  async run(input, ctx) {
    const query = readLogQl(input.query)
    if (query.kind === 'numbers')
      throw new ToolError('invalid-logql', 'The query computes numbers; kinds are of log lines.', {
        next: `Ask for ${query.selectors[0]!.text}`,
        field: 'query',
      })
    const { loki } = ctx.clients
    const range = timeRange(input, { now: ctx.now() })
    const selector = query.selectors[0]!.text
    // Loki's own patterns are of whole streams: filters behind the selector would not count.
    const isPlain = input.query.trim() === selector
    const read = await ctx.fanOut(
      ctx.scopeOf(loki, input.clusters),
      async (cluster, signal): Promise<{ own?: LogPattern[]; lines?: LogEntry[] }> => {
        const client = loki.for(cluster)
        const own = isPlain ? await client.patterns({ selector, ...range, signal }).catch(() => undefined) : undefined
        if (own && own.length > 0) return { own }
        await guarded(client, { query, range, signal, guard: loki.guard ?? defaultLogGuard })
        return { lines: await client.queryRange({ query: input.query, ...range, limit: input.limit, signal }) }
      },
      { timeoutMs: logTimeoutMs },
    )
    const { values, clusters } = requireSome(read)
    const folder = createLineFolder()
    const own: LogKind[] = []
    for (const { cluster, value } of values) {
      for (const pattern of value.own ?? []) own.push(kindOf(pattern, cluster))
      for (const entry of value.lines ?? [])
        folder.add({
          text: entry.line,
          atMs: msOfNs(entry.timestampNs),
          severity: severityOf(entry.line, entry.stream),
          source: `${cluster}/${sourceOf(entry) ?? 'unknown'}`,
        })
    }
    const kinds = [...own, ...folder.kinds()].sort((a, b) => b.count - a.count)
    if (kinds.length === 0) {
      const names = values.map(({ cluster }) => cluster)
      return {
        empty: {
          title: 'The query is valid and found no lines',
          likely: await explainNoLines(ctx, { query, range, names }),
          next: ['get_log_patterns over a longer time', 'get_log_labels for labels and values'],
        },
        clusters,
      }
    }
    const total = kinds.reduce((sum, { count }) => sum + count, 0)
    const full = values.filter(({ value }) => (value.lines?.length ?? 0) >= input.limit).map(({ cluster }) => cluster)
    const counting = values.filter(({ value }) => value.own).map(({ cluster }) => cluster)
    return {
      data: {
        title: [
          `${counted(total, 'line')} of ${counted(kinds.length, 'kind')} for ${cell(input.query, 120)}`,
          full.length > 0 && `newest ${input.limit} lines only of ${full.join(', ')}`,
          counting.length > 0 && `counted by Loki itself: ${counting.join(', ')}`,
        ]
          .filter((part) => part)
          .join('; '),
        columns: kindColumns,
        rows: kinds.slice(0, 200).map(kindRowOf),
      },
      total: kinds.length,
      clusters,
    }
  },
})

const kindOf = ({ pattern, count, first, last }: LogPattern, cluster: string): LogKind => ({
  pattern: pattern.replaceAll('<_>', '<*>'),
  count,
  firstMs: first * 1000,
  lastMs: last * 1000,
  severity: severityOf(pattern),
  example: pattern,
  sources: new Map([[`${cluster}/all streams`, count]]),
})

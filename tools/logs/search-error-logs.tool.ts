import * as z from 'zod'
import { defineTool } from '#define'
import { clusters, end, namespace, optionalWord, since, start, text, timeRange, wholeNumber } from '../arguments.ts'
import type { Loki } from '../clients/loki/types.ts'
import { requireSome } from '../fan-out.ts'
import { counted, tableOf } from '../table.ts'
import { cell, factsLine, lines, outsideNote, quoted, shortTime, tsv } from '../text.ts'
import { createLineFolder } from './fold.ts'
import { kindColumns, kindRow, kindRowOf } from './kind-rows.ts'
import { escapedPattern, quotedText, readLogQl } from './logql.ts'
import { defaultLogGuard, guarded, logTimeoutMs, msOfNs, sourceOf } from './read.ts'
import { severityOf } from './severity.ts'

const input = z.strictObject({
  text,
  namespace,
  workload: optionalWord('App or job, web*'),
  pod: optionalWord('web-*'),
  level: z.enum(['error', 'warn']).default('error').describe('warn: warnings too'),
  clusters,
  since,
  start,
  end,
  limit: wholeNumber(1, 5000).default(2000).describe('Lines read per cluster'),
})
type Input = z.output<typeof input>

/** Loki narrows by these words; what they mean in a line is judged here. */
const errorWords =
  'error|fatal|panic|exception|traceback|critical|\\\\bcrit\\\\b|severe|emerg|\\\\berr\\\\b|fail|refused|denied|unreachable|timed out|killed|core dumped|NVRM: Xid|^[EF][0-9]{4} |"level": ?[56]0'
const warnWords = 'warn|deprecated|retry|throttl|^W[0-9]{4} |"level": ?40'

/** Lines that say "0 errors" would fill the bound with what is none; one that calls itself an error all the same is asked for apart. */
const harmlessWords = '(?i)\\\\b(0|no|zero) (errors?|failures?)\\\\b'
const ownLevel =
  '(level|severity|lvl)"?[=:] ?"?(error|ERROR|fatal|FATAL|crit|panic)|\\\\b(ERROR|FATAL|CRITICAL)\\\\b|^[EF][0-9]{4} '

/** What fails by its own words, over all clusters, folded into kinds (LGS-008). */
export const searchErrorLogs = defineTool({
  name: 'search_error_logs',
  title: 'Errors in logs',
  about:
    'Errors (and warnings) in the logs of all clusters, folded into kinds with counts, first and last time, example and where from; by words, namespace, workload, pod. Needs no LogQL. Single lines: query_logs.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'loki'],
  input,
  output: tableOf(kindRow),
  examples: [{}, { namespace: 'inference', since: '15m' }, { text: 'connection refused', level: 'warn' }],
  route: { method: 'GET', path: '/logs/errors' },
  text: ({ title, rows, facts }) =>
    lines(
      `${title}. ${factsLine(facts)}`,
      outsideNote,
      tsv(
        ['level', 'lines', 'first(UTC)', 'last(UTC)', 'clusters', 'from', 'example'],
        rows.map((row) => [
          row.level,
          row.count,
          shortTime(row.first),
          shortTime(row.last),
          row.clusters,
          row.sources,
          quoted(row.example, 200),
        ]),
      ),
    ),
  async run(input, ctx) {
    const { loki } = ctx.clients
    const range = timeRange(input, { now: ctx.now() })
    const folder = createLineFolder()
    let seen = 0
    const read = await ctx.fanOut(
      ctx.scopeOf(loki, input.clusters),
      async (cluster, signal) => {
        const client = loki.for(cluster)
        const queries = await queriesFor(client, input, signal)
        await guarded(client, { query: readLogQl(queries[0]!), range, signal, guard: loki.guard ?? defaultLogGuard })
        const found = await Promise.all(
          queries.map((query) => client.queryRange({ query, ...range, limit: input.limit, signal })),
        )
        return found.flat()
      },
      { timeoutMs: logTimeoutMs },
    )
    const { values, clusters } = requireSome(read)
    for (const { cluster, value } of values)
      for (const entry of value) {
        seen += 1
        const severity = severityOf(entry.line, entry.stream)
        if (severity !== 'error' && !(severity === 'warn' && input.level === 'warn')) continue
        folder.add({
          text: entry.line,
          atMs: msOfNs(entry.timestampNs),
          severity,
          source: `${cluster}/${sourceOf(entry) ?? 'unknown'}`,
        })
      }
    const kinds = folder.kinds()
    const full = values.filter(({ value }) => value.length >= input.limit)
    const oldest = full.map(
      ({ cluster, value }) =>
        `${cluster} since ${new Date(Math.min(...value.map(({ timestampNs }) => msOfNs(timestampNs)))).toISOString().slice(0, 19)}Z`,
    )
    if (kinds.length === 0)
      return {
        empty: {
          title: `No ${input.level === 'warn' ? 'errors or warnings' : 'errors'} in the logs`,
          likely: [
            seen > 0
              ? `${counted(seen, 'line')} named errors without being one, such as "0 errors"`
              : `No line names an error between ${range.start.toISOString()} and ${range.end.toISOString()}${input.text ? ` together with "${cell(input.text, 60)}"` : ''}`,
            ...(full.length > 0 ? [`Only the newest ${input.limit} lines were read: ${oldest.join(', ')}`] : []),
            ...(input.namespace || input.workload || input.pod ? ['Or there are no such streams: get_log_labels'] : []),
          ],
          next: [
            ...(input.level === 'error' ? ['search_error_logs with level warn'] : []),
            'search_error_logs over a longer time',
            'what_is_failing',
          ],
        },
        clusters,
      }
    const rank = { error: 0, warn: 1 } as Record<string, number>
    const rows = kinds.map(kindRowOf).sort((a, b) => rank[a.level]! - rank[b.level]! || b.count - a.count)
    const errors = rows.filter(({ level }) => level === 'error').reduce((sum, { count }) => sum + count, 0)
    return {
      data: {
        title: `${counted(folder.lines, 'line')} of ${counted(rows.length, 'kind')}${full.length > 0 ? `; newest ${input.limit} lines only: ${oldest.join(', ')}` : ''}`,
        columns: kindColumns,
        rows,
        facts: [
          { label: 'errors', value: String(errors), tone: errors > 0 ? ('bad' as const) : ('good' as const) },
          ...(input.level === 'warn'
            ? [{ label: 'warnings', value: String(folder.lines - errors), tone: 'warn' as const }]
            : []),
        ],
      },
      clusters,
    }
  },
})

/** Label names that people and collectors use for one thing (Promtail, Alloy, OpenTelemetry). */
const labelsFor = {
  namespace: ['namespace', 'k8s_namespace_name', 'kubernetes_namespace_name'],
  pod: ['pod', 'k8s_pod_name', 'kubernetes_pod_name', 'pod_name'],
  workload: ['app', 'service_name', 'k8s_deployment_name', 'app_kubernetes_io_name', 'job', 'container'],
}

/** The LogQL for one cluster, in the labels that its Loki has. */
async function queriesFor(client: Loki, input: Input, signal: AbortSignal): Promise<string[]> {
  const known = new Set(await client.labelNames(signal))
  const matchers: string[] = []
  for (const key of ['namespace', 'pod', 'workload'] as const) {
    const value = input[key]
    if (value === undefined) continue
    const label = labelsFor[key].find((name) => known.has(name)) ?? labelsFor[key][0]!
    const pattern = value.split('*').map(escapedPattern).join('.*')
    matchers.push(value.includes('*') ? `${label}=~${quotedText(pattern)}` : `${label}=${quotedText(value)}`)
  }
  if (!matchers.some((matcher) => !/=~"\.\*"$/.test(matcher))) {
    const some = [...labelsFor.namespace, 'job', 'service_name', ...known].find((name) => known.has(name)) ?? 'job'
    matchers.push(`${some}=~".+"`)
  }
  const words = input.level === 'warn' ? `${errorWords}|${warnWords}` : errorWords
  const wanted = (input.text ?? '').split(/\s+/).filter((word) => word !== '')
  const common = [
    `{${matchers.join(', ')}}`,
    ...wanted.map((word) => `|~ ${quotedText(`(?i)${escapedPattern(word)}`)}`),
  ].join(' ')
  return [
    `${common} !~ "${harmlessWords}" |~ "(?i)(${words.replaceAll('"', '\\"')})"`,
    `${common} |~ "${harmlessWords}" |~ "${ownLevel.replaceAll('"', '\\"')}"`,
  ]
}

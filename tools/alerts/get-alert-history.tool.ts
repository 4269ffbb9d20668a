import * as z from 'zod'
import type { Fact } from '#contract'
import { and, desc, eq, gte, inArray, lte, or, sql } from '#db/drizzle.ts'
import { alertEpisodes as table } from '#db/schema/alerts.ts'
import { defineTool } from '#define'
import { clusters, end, limit, matchesText, namespace, since, start, text, timeRange } from '../arguments.ts'
import { counted, tableOf } from '../table.ts'
import { factsLine, lines, outsideNote, quoted, shortTime, span, tsv } from '../text.ts'
import { alertRow, fromLabels } from './alert-rows.ts'
import { durationSeconds, type EpisodeRow, summaryOf } from './events.ts'

const historyRow = alertRow.omit({ alike: true, unread: true }).extend({
  id: z.string().describe('cluster/fingerprint/start'),
  fingerprint: z.string(),
  state: z.enum(['firing', 'resolved']),
  endsAt: z.string().optional().describe('ISO 8601'),
  durationSeconds: z.number().int().optional(),
})
type HistoryRow = z.output<typeof historyRow>

const input = z.strictObject({
  clusters,
  state: z.enum(['firing', 'resolved']).optional().describe('Default: both'),
  severity: z.enum(['critical', 'warning', 'info']).optional().describe('Severity'),
  namespace,
  text,
  since,
  start,
  end,
  limit,
})

/** What the store gives for one answer; more is said to be more. */
const mostEpisodes = 5_000

/** What fired when and for how long (ALR-003), with what fires most often and longest. */
export const getAlertHistory = defineTool({
  name: 'get_alert_history',
  title: 'Alerts of the past',
  about:
    'Alerts that fired in a time (default: the last 24 h), newest first, with durations, counts by alert, the most frequent and the longest. What fires now: list_alerts.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'alertmanager'],
  input,
  output: tableOf(historyRow),
  examples: [{}, { since: '7d', severity: 'critical' }, { clusters: ['gpu-east'], text: 'xid', since: '30d' }],
  route: { method: 'GET', path: '/alerts/history' },
  text: ({ title, rows, facts }) =>
    lines(
      `${title}. ${factsLine(facts)}`,
      outsideNote,
      tsv(
        [
          'cluster',
          'severity',
          'state',
          'alert',
          'began(UTC)',
          'lasted',
          'namespace',
          'object',
          'summary',
          'fingerprint',
        ],
        rows.map((row) => [
          row.cluster,
          row.severity,
          row.state,
          row.alert,
          shortTime(row.since),
          row.durationSeconds === undefined ? 'goes on' : span(row.durationSeconds),
          row.namespace,
          row.object,
          quoted(row.summary, 80),
          row.fingerprint,
        ]),
      ),
    ),
  async run(input, ctx) {
    const names = ctx.scopeOf(ctx.clients.alertmanager, input.clusters)
    const range = timeRange(input, { now: ctx.now(), defaultSince: '24h' })
    const db = await ctx.db()
    const found = await db
      .select()
      .from(table)
      .where(
        and(
          inArray(table.cluster, names),
          // every episode that touches the range
          lte(table.startsAt, range.end),
          or(eq(table.state, 'firing'), gte(table.endsAt, range.start)),
          input.state && eq(table.state, input.state),
          input.severity && eq(table.severity, input.severity),
          input.namespace === undefined ? undefined : eq(sql`${table.labels} ->> 'namespace'`, input.namespace),
        ),
      )
      .orderBy(desc(table.startsAt))
      .limit(mostEpisodes + 1)
    const whole = found.length <= mostEpisodes
    const rows = found
      .slice(0, mostEpisodes)
      .map(rowOf)
      .filter((row) => matchesText(input.text, [row.alert, row.object, row.namespace, row.summary]))
    if (rows.length === 0) return { empty: await explain(ctx.db, names, range) }
    return {
      data: {
        title: `${whole ? '' : 'The newest '}${counted(rows.length, 'episode')} from ${shortTime(range.start.toISOString())} to ${shortTime(range.end.toISOString())} UTC`,
        columns,
        rows,
        facts: factsOf(rows),
      },
    }
  },
})

function rowOf(row: EpisodeRow): HistoryRow {
  const { cluster, fingerprint, startsAt, endsAt, state } = row
  const { severityTone, ...rest } = fromLabels(row.labels, {
    id: `${cluster}/${fingerprint}/${startsAt.getTime()}`,
    cluster,
    state: 'firing',
    since: startsAt.toISOString(),
    summary: summaryOf(row.annotations),
  })
  return {
    ...rest,
    fingerprint,
    severityTone: state === 'firing' ? severityTone : 'neutral',
    state,
    ...(endsAt && { endsAt: endsAt.toISOString(), durationSeconds: durationSeconds({ startsAt, endsAt }) }),
  }
}

/** `KubePodCrashLooping 12 times, 3h20m in all` of the three that come first by `by`. */
function top(rows: readonly HistoryRow[], by: 'count' | 'seconds'): string {
  const groups = [...Map.groupBy(rows, ({ alert }) => alert)].map(([alert, list]) => ({
    alert,
    count: list.length,
    seconds: list.reduce((sum, { durationSeconds = 0 }) => sum + durationSeconds, 0),
  }))
  return groups
    .sort((left, right) => right[by] - left[by])
    .slice(0, 3)
    .filter((one) => one[by] > 0)
    .map(({ alert, count, seconds }) => `${alert} ${by === 'count' ? count : span(seconds)}`)
    .join(', ')
}

function factsOf(rows: readonly HistoryRow[]): Fact[] {
  const over = rows.flatMap(({ durationSeconds }) => durationSeconds ?? [])
  const longest = rows.toSorted((left, right) => (right.durationSeconds ?? 0) - (left.durationSeconds ?? 0))[0]
  const firing = rows.filter(({ state }) => state === 'firing').length
  return [
    { label: 'firing', value: String(firing) },
    { label: 'over', value: String(over.length) },
    { label: 'most often', value: top(rows, 'count') },
    ...(over.length > 0 && longest
      ? [
          { label: 'longest in all', value: top(rows, 'seconds') },
          {
            label: 'longest once',
            value: `${longest.alert} ${longest.object ?? ''} ${span(longest.durationSeconds ?? 0)}`.replace(/ +/g, ' '),
          },
          { label: 'average length', value: span(over.reduce((sum, one) => sum + one, 0) / over.length) },
        ]
      : []),
  ]
}

async function explain(
  open: () => Promise<import('#db/open.ts').Db>,
  names: readonly string[],
  range: { start: Date },
) {
  const db = await open()
  const [oldest] = await db
    .select({ at: sql<string | null>`min(${table.startsAt})`, count: sql<number>`count(*)` })
    .from(table)
    .where(inArray(table.cluster, [...names]))
  const known = Number(oldest?.count ?? 0)
  return {
    title: 'No alerts in this time',
    likely: [
      known === 0
        ? 'Nothing is remembered yet: this server has seen no alert since it was started'
        : `${counted(known, 'episode')} remembered, none of them matches; the oldest began ${new Date(oldest!.at!).toISOString()}, and the range begins ${range.start.toISOString()}`,
    ],
    next: ['get_alert_history with a longer since and fewer filters', 'list_alerts'],
  }
}

const columns = [
  { key: 'severity', label: 'Severity', type: 'state' as const },
  { key: 'alert', label: 'Alert', type: 'text' as const },
  { key: 'object', label: 'Object', type: 'text' as const },
  { key: 'since', label: 'Began', type: 'time' as const },
  { key: 'endsAt', label: 'Ended', type: 'time' as const },
  { key: 'state', label: 'State', type: 'text' as const },
  { key: 'summary', label: 'Summary', type: 'text' as const },
  { key: 'namespace', label: 'Namespace', type: 'text' as const },
  { key: 'cluster', label: 'Cluster', type: 'text' as const },
]

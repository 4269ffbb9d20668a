import * as z from 'zod'
import type { Fact, Tone } from '#contract'
import { type Context, defineTool } from '#define'
import { clusters, limit, matchesText, namespace, text } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { counted, tableOf } from '../table.ts'
import { factsLine, lines, outsideNote, quoted, shortTime, tsv } from '../text.ts'
import { type AlertRow, alertRow, byUrgency, fromLabels, rowOf } from './alert-rows.ts'
import { countedIn, foldAlike, linesOf } from './alike.ts'
import { allAlerts } from './events.ts'
import { withUnread } from './unread.ts'

const input = z.strictObject({
  clusters,
  state: z.enum(['firing', 'pending', 'silenced', 'inhibited']).optional().describe('Default: all'),
  severity: z.enum(['critical', 'warning', 'info']).optional().describe('Severity'),
  namespace,
  text,
  limit: limit.default(30),
})
type Input = z.output<typeof input>
type Ctx = Context<'fleet' | 'alertmanager', 'prometheus'>

/** What alerts now, on all clusters (ALR-001, ALR-006, ALR-012, ALR-014). */
export const listAlerts = defineTool({
  name: 'list_alerts',
  title: 'Alerts',
  about: 'Alerts now, most urgent first, alike ones in one line, silenced ones marked. One in depth: get_alert.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'alertmanager'],
  uses: ['prometheus'],
  input,
  output: tableOf(alertRow),
  examples: [{}, { severity: 'critical', state: 'firing' }, { clusters: ['gpu-east'], text: 'gpu' }],
  route: { method: 'GET', path: '/alerts' },
  text: ({ title, rows, facts }, page) =>
    lines(
      `${title}. ${factsLine(facts)}`,
      outsideNote,
      tsv(
        [
          'cluster',
          'severity',
          'state',
          'alert',
          'count',
          'since(UTC)',
          'namespace',
          'object',
          'summary',
          'fingerprint',
        ],
        linesOf(rows).map(({ row, count, objects }) => [
          row.cluster,
          row.severity,
          row.state,
          row.alert,
          count > 1 ? count : undefined,
          shortTime(row.since),
          row.namespace,
          objects,
          quoted(row.summary, 120),
          row.state === 'pending' ? undefined : row.id.slice(row.cluster.length + 1),
        ]),
      ),
      page && page.shown < page.total && countedIn(rows, page.total),
    ),
  async run(input, ctx) {
    const { alertmanager } = ctx.clients
    const names = ctx.scopeOf(alertmanager, input.clusters)
    const read = await ctx.fanOut(names, async (cluster, signal) => {
      const alerts = await alertmanager.for(cluster).alerts({ active: true, silenced: true, inhibited: true, signal })
      return [...alerts.map((alert) => rowOf(alert, cluster)), ...(await pending(ctx, { cluster, signal, input }))]
    })
    const { values, clusters } = requireSome(read)
    const all = values.flatMap(({ value }) => value)
    const rows = all.filter(
      (row) =>
        (input.state === undefined || row.state === input.state) &&
        (input.severity === undefined || row.severity === input.severity) &&
        (input.namespace === undefined || row.namespace === input.namespace) &&
        matchesText(input.text, [row.alert, row.object, row.namespace, row.summary]),
    )
    if (rows.length === 0) return { empty: explain(all), clusters }
    const sorted = await withUnread(ctx, rows.sort(byUrgency), names)
    return {
      subject: subjectFor(input, names, ctx.scopeOf(alertmanager)),
      data: { title: counted(rows.length, 'alert'), columns, rows: foldAlike(sorted), facts: factsOf(sorted) },
      clusters,
      next: sorted[0]!.state === 'pending' ? [] : [`get_alert {"fingerprint":"${sorted[0]!.id}"}`],
    }
  },
})

/** What the list follows: everything that it would have shown. Of words nobody knows whether a new alert has them. */
function subjectFor(input: Input, names: readonly string[], all: readonly string[]): string {
  const { state, severity, namespace, text } = input
  const wanted = new URLSearchParams({
    state: state ?? 'firing,silenced,inhibited',
    ...(severity && { severity }),
    ...(namespace && { namespace }),
    ...(names.length < all.length && { cluster: names.slice(0, 50).join(',') }),
    ...(text && { id: 'none' }),
  })
  return `${allAlerts}?${wanted}`
}

/** Alertmanager hears of an alert when it fires; that it is about to, only Prometheus knows. */
async function pending(
  ctx: Ctx,
  { cluster, signal, input }: { cluster: string; signal: AbortSignal; input: Input },
): Promise<AlertRow[]> {
  const { prometheus } = ctx.clients
  if (!prometheus?.names().includes(cluster) || (input.state !== undefined && input.state !== 'pending')) return []
  try {
    const { series } = await prometheus.for(cluster).query({ query: 'ALERTS{alertstate="pending"}', signal })
    return series.map(({ metric }) => {
      const { __name__: _, alertstate: __, ...labels } = ctx.redact(metric)
      const id = `${cluster}/pending/${JSON.stringify(Object.entries(labels).sort())}`
      return fromLabels(labels, { id, cluster, state: 'pending' })
    })
  } catch (error) {
    if (input.state === 'pending') throw error
    // What fires is known; that nothing is pending is not claimed anywhere.
    return []
  }
}

function factsOf(rows: AlertRow[]): Fact[] {
  const active = rows.filter((row) => row.state === 'firing')
  const count = (severity: AlertRow['severity']) => active.filter((row) => row.severity === severity).length
  const fact = (label: AlertRow['severity'], tone?: Tone): Fact => ({
    label,
    value: String(count(label)),
    ...(tone && { tone: count(label) > 0 ? tone : 'good' }),
    counts: { state: 'firing', severity: label },
  })
  const others = (['pending', 'silenced', 'inhibited'] as const)
    .map((state) => ({ state, value: rows.filter((row) => row.state === state).length }))
    .filter(({ value }) => value > 0)
    .map(({ state, value }): Fact => ({ label: state, value: String(value), counts: { state } }))
  const unread = rows.filter((row) => row.unread).length
  return [
    { label: 'firing', value: String(active.length), counts: { state: 'firing' } },
    fact('critical', 'bad'),
    fact('warning', 'warn'),
    fact('info'),
    ...others,
    ...(unread > 0 ? [{ label: 'unread', value: String(unread) }] : []),
  ]
}

const explain = (all: AlertRow[]) =>
  all.length === 0
    ? {
        title: 'No alerts',
        likely: [
          'Nothing fires, or no rule watches this yet: not even a Watchdog alert is there, which most set-ups have',
        ],
        next: ['list_pods with problemsOnly', 'get_events'],
      }
    : {
        title: 'No alert matches',
        likely: [
          `${counted(all.length, 'alert')} there: ${[...new Set(all.map((row) => row.alert))].slice(0, 12).join(', ')}`,
        ],
        next: ['list_alerts with fewer filters'],
      }

const columns = [
  { key: 'severity', label: 'Severity', type: 'state' as const },
  { key: 'alert', label: 'Alert', type: 'text' as const },
  // What it is about comes early: a phone shows the first three.
  { key: 'object', label: 'Object', type: 'text' as const },
  { key: 'since', label: 'Since', type: 'age' as const },
  { key: 'summary', label: 'Summary', type: 'text' as const },
  { key: 'state', label: 'State', type: 'text' as const },
  { key: 'namespace', label: 'Namespace', type: 'text' as const },
  { key: 'cluster', label: 'Cluster', type: 'text' as const },
]

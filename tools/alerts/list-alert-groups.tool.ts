import * as z from 'zod'
import { tone } from '#contract'
import { defineTool } from '#define'
import { clusters, limit, matchesText, text as words } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { counted, tableOf } from '../table.ts'
import { cell, lines, shortTime, tsv } from '../text.ts'
import { type AlertRow, rowOf } from './alert-rows.ts'

const groupRow = z.strictObject({
  id: z.string(),
  cluster: z.string(),
  receiver: z.string(),
  labels: z.string().describe('What the group has in common'),
  alerts: z.number().int(),
  firing: z.number().int().describe('Those that are neither silenced nor inhibited'),
  severity: z.enum(['critical', 'warning', 'info']).describe('The worst'),
  severityTone: tone,
  since: z.string().optional().describe('The newest, ISO 8601'),
})

const rank: Record<AlertRow['severity'], number> = { critical: 0, warning: 1, info: 2 }

/** How Alertmanager groups and routes what fires: who is told, of what together. */
export const listAlertGroups = defineTool({
  name: 'list_alert_groups',
  title: 'Alerts as they are notified',
  about:
    'Alerts in the groups in which Alertmanager notifies of them: who is told, of how many, the worst severity. The alerts themselves: list_alerts.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'alertmanager'],
  input: z.strictObject({ clusters, text: words, limit }),
  output: tableOf(groupRow),
  examples: [{}, { text: 'oncall' }],
  route: { method: 'GET', path: '/alert-groups' },
  text: ({ title, rows }) =>
    lines(
      title,
      tsv(
        ['cluster', 'receiver', 'group', 'alerts', 'firing', 'worst', 'newest(UTC)'],
        rows.map((row) => [
          row.cluster,
          row.receiver,
          row.labels,
          row.alerts,
          row.firing,
          row.severity,
          shortTime(row.since),
        ]),
      ),
    ),
  async run(input, ctx) {
    const { alertmanager } = ctx.clients
    const read = await ctx.fanOut(ctx.scopeOf(alertmanager, input.clusters), (cluster, signal) =>
      alertmanager.for(cluster).groups({ signal }),
    )
    const { values, clusters } = requireSome(read)
    const rows = values
      .flatMap(({ cluster, value }) =>
        value.map(({ labels, receiver, alerts }) => {
          const members = alerts.map((alert) => rowOf(alert, cluster))
          const worst = members.toSorted((left, right) => rank[left.severity] - rank[right.severity])[0]
          const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`)
          const since = members
            .flatMap((one) => one.since ?? [])
            .sort()
            .at(-1)
          return {
            id: `${cluster}/${receiver}/${JSON.stringify(labels)}`,
            cluster,
            receiver: cell(receiver, 120),
            labels: cell(pairs.join(', '), 240),
            alerts: members.length,
            firing: members.filter(({ state }) => state === 'firing').length,
            severity: worst?.severity ?? ('info' as const),
            severityTone: worst?.severityTone ?? ('neutral' as const),
            ...(since && { since }),
          }
        }),
      )
      .filter((row) => matchesText(input.text, [row.receiver, row.labels]))
      .sort((left, right) => rank[left.severity] - rank[right.severity] || right.firing - left.firing)
    if (rows.length === 0)
      return {
        empty: { title: 'No groups', likely: ['Nothing fires, or no group matches'], next: ['list_alerts'] },
        clusters,
      }
    return { data: { title: counted(rows.length, 'group'), columns, rows }, clusters }
  },
})

const columns = [
  { key: 'severity', label: 'Worst', type: 'state' as const },
  { key: 'labels', label: 'Group', type: 'text' as const },
  { key: 'receiver', label: 'Receiver', type: 'text' as const },
  { key: 'alerts', label: 'Alerts', type: 'number' as const },
  { key: 'firing', label: 'Firing', type: 'number' as const },
  { key: 'since', label: 'Newest', type: 'age' as const },
  { key: 'cluster', label: 'Cluster', type: 'text' as const },
]

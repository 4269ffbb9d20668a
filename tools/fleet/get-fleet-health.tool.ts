import * as z from 'zod'
import { tone } from '#contract'
import { defineTool } from '#define'
import { clusters } from '../arguments.ts'
import { counted, tableOf } from '../table.ts'
import { factsLine, lines, shortTime, tsv } from '../text.ts'
import { checkAccess, clusterAnswers, problemOf } from './check.ts'
import { noClusters, tally } from './get-fleet-summary.tool.ts'
import { readStatus, stateTones } from './health-store.ts'
import { lookAt } from './service.ts'

const row = z.strictObject({
  id: z.string(),
  name: z.string(),
  state: z.string(),
  stateTone: tone,
  score: z.number().int(),
  connectivity: z.string().optional(),
  checkedAt: z.string(),
  lastSeenAt: z.string().optional(),
  changedAt: z.string().optional().describe('Since when it is in this state'),
  problem: z.string().optional(),
  lastError: z.string().optional(),
})

/** Health of every cluster with the times of its last check and last sign of life (FLT-061). */
export const getFleetHealth = defineTool({
  name: 'get_fleet_health',
  title: 'Fleet health',
  about:
    'Health of each cluster: score, since when, last check, last sign of life, last error. Totals: get_fleet_summary.',
  risk: 'read',
  card: 'table',
  needs: ['fleet'],
  uses: ['kubernetes', 'prometheus', 'alertmanager', 'loki', 'tempo'],
  input: z.strictObject({ clusters }),
  output: tableOf(row),
  examples: [{}],
  route: { method: 'GET', path: '/fleet/health' },
  access: checkAccess,
  text: ({ title, rows, facts }) =>
    lines(
      `${title}. ${factsLine(facts)}`,
      tsv(
        ['cluster', 'state', 'score', 'connectivity', 'since(UTC)', 'checked', 'last seen', 'problem', 'last error'],
        rows.map((one) => [
          one.name,
          one.state,
          one.score,
          one.connectivity,
          shortTime(one.changedAt),
          shortTime(one.checkedAt),
          shortTime(one.lastSeenAt),
          one.problem,
          one.lastError,
        ]),
      ),
    ),
  async run(input, ctx) {
    const names = ctx.scope(input.clusters)
    if (names.length === 0) return { empty: noClusters }
    const db = await ctx.openDb()
    const [checks, stored] = await Promise.all([lookAt(ctx, names), db ? readStatus(db, names) : new Map()])
    const rows = checks
      .map((check) => {
        const { info, state, score, services, at } = check
        const known = stored.get(info.name)
        const problem = problemOf(services)
        return {
          id: info.name,
          name: info.name,
          state,
          stateTone: stateTones[state],
          score,
          checkedAt: at.toISOString(),
          ...(known?.checkedAt && { connectivity: known.connectivity }),
          ...(known?.lastSeenAt && { lastSeenAt: known.lastSeenAt.toISOString() }),
          ...(known?.changedAt && { changedAt: known.changedAt.toISOString() }),
          ...(problem && { problem }),
          ...(known?.lastError && state !== 'online' && { lastError: known.lastError }),
        }
      })
      .sort((left, right) => left.score - right.score || left.name.localeCompare(right.name))
    const facts = tally(rows, ({ state }) => state).map(([state, count]) => ({
      label: state,
      value: String(count),
      tone: stateTones[state as keyof typeof stateTones],
    }))
    return {
      data: { title: counted(rows.length, 'cluster'), columns, rows, facts },
      clusters: clusterAnswers(checks),
      subject: 'fleet/cluster/*',
    }
  },
})

const columns = [
  { key: 'name', label: 'Cluster', type: 'text' as const },
  { key: 'state', label: 'State', type: 'state' as const },
  { key: 'score', label: 'Health', type: 'number' as const },
  { key: 'connectivity', label: 'Connectivity', type: 'text' as const },
  { key: 'changedAt', label: 'Since', type: 'age' as const },
  { key: 'checkedAt', label: 'Checked', type: 'age' as const },
  { key: 'lastSeenAt', label: 'Last seen', type: 'age' as const },
  { key: 'problem', label: 'Problem', type: 'text' as const },
]

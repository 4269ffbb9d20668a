import * as z from 'zod'
import { defineTool } from '#define'
import { clusters, limit, matchesText, text } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { counted, tableOf } from '../table.ts'
import { factsLine, lines, outsideNote, quoted, shortTime, tsv } from '../text.ts'
import { type SilenceRow, silenceColumns, silenceRow, silenceRowOf } from './silence-rows.ts'

const input = z.strictObject({
  clusters,
  state: z.enum(['active', 'pending', 'expired']).optional().describe('Default: active and pending'),
  text,
  limit,
})

const order: Record<SilenceRow['state'], number> = { active: 0, pending: 1, expired: 2 }

/** What is silenced, by whom, why and until when. */
export const listSilences = defineTool({
  name: 'list_silences',
  title: 'Silences',
  about:
    'Silences of every Alertmanager: what they match, how many alerts they mute now, who made them, why, until when.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'alertmanager'],
  input,
  output: tableOf(silenceRow),
  examples: [{}, { state: 'expired', clusters: ['gpu-east'] }],
  route: { method: 'GET', path: '/silences' },
  text: ({ title, rows, facts }) =>
    lines(
      `${title}. ${factsLine(facts)}`,
      outsideNote,
      tsv(
        ['id', 'state', 'matchers', 'mutes', 'ends(UTC)', 'by', 'comment'],
        rows.map((row) => [
          row.id,
          row.state,
          row.matchers,
          row.mutes,
          shortTime(row.endsAt),
          quoted(row.createdBy, 60),
          quoted(row.comment, 120),
        ]),
      ),
    ),
  async run(input, ctx) {
    const { alertmanager } = ctx.clients
    const read = await ctx.fanOut(ctx.scopeOf(alertmanager, input.clusters), async (cluster, signal) => {
      const client = alertmanager.for(cluster)
      const [silences, muted] = await Promise.all([
        client.silences({ signal }),
        client.alerts({ active: false, inhibited: false, signal }),
      ])
      const count = (id: string) => muted.filter(({ silencedBy }) => silencedBy.includes(id)).length
      return silences.map((one) => silenceRowOf(one, cluster, one.state === 'active' ? count(one.id) : undefined))
    })
    const { values, clusters } = requireSome(read)
    const all = values.flatMap(({ value }) => value)
    const rows = all
      .filter(
        (row) =>
          (input.state === undefined ? row.state !== 'expired' : row.state === input.state) &&
          matchesText(input.text, [row.matchers, row.comment, row.createdBy, row.id]),
      )
      .sort((left, right) => order[left.state] - order[right.state] || (left.endsAt < right.endsAt ? -1 : 1))
    if (rows.length === 0) {
      const expired = all.filter(({ state }) => state === 'expired').length
      const likely =
        all.length === 0
          ? 'Nobody has silenced anything'
          : `${counted(all.length, 'silence')} there, ${expired} of them expired, and none matches`
      return { empty: { title: 'No silences', likely: [likely], next: ['list_alerts with state silenced'] }, clusters }
    }
    const muted = rows.reduce((sum, { mutes = 0 }) => sum + mutes, 0)
    return {
      data: {
        title: counted(rows.length, 'silence'),
        columns: silenceColumns,
        rows,
        facts: [{ label: 'alerts muted', value: String(muted) }],
      },
      clusters,
    }
  },
})

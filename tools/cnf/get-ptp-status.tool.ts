import * as z from 'zod'
import { tone } from '#contract'
import { defineTool } from '#define'
import { clusters, limit } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { counted, tableOf } from '../table.ts'
import { factsLine, lines, tsv } from '../text.ts'
import { type PtpClock, ptpProblem, readPtp } from './ptp.ts'

const row = z.strictObject({
  id: z.string(),
  cluster: z.string(),
  node: z.string(),
  interface: z.string(),
  process: z.string().describe('ptp4l: port to grandmaster; phc2sys: port to system clock; ts2phc: GNSS to port'),
  state: z.string().describe('locked, freerun, holdover, unknown'),
  stateTone: tone,
  offsetNs: z.number().optional(),
  maxOffsetNs: z.number().optional(),
  accuracy: z.string().describe('high below 50 ns, medium below 100 ns, low'),
  clockClass: z.number().optional().describe('6 locked to GNSS, 7 and 135 holdover, 248 free'),
  problem: z.string().optional(),
})
type Row = z.output<typeof row>

/** Whether the clocks of radio nodes follow their grandmaster (CNF-002, CNF-008, CNF-009, CNF-014). */
export const getPtpStatus = defineTool({
  name: 'get_ptp_status',
  title: 'Precision time',
  about: 'PTP clocks of each node: locked, holdover or freerun, offset to the master, accuracy; troubled ones first.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'prometheus'],
  input: z.strictObject({ clusters, problemsOnly: z.boolean().optional().describe('Not locked or off'), limit }),
  output: tableOf(row),
  examples: [{}, { problemsOnly: true }],
  route: { method: 'GET', path: '/cnf/ptp/status' },
  text: ({ title, rows, facts }) =>
    lines(
      `${title}. ${factsLine(facts)}`,
      tsv(
        ['cluster', 'node', 'interface', 'process', 'state', 'offset ns', 'max ns', 'accuracy', 'class', 'problem'],
        rows.map((one) => [
          one.cluster,
          one.node,
          one.interface,
          one.process,
          one.state,
          one.offsetNs,
          one.maxOffsetNs,
          one.accuracy,
          one.clockClass,
          one.problem,
        ]),
      ),
    ),
  async run(input, ctx) {
    const { prometheus } = ctx.clients
    const names = ctx.scopeOf(prometheus, input.clusters)
    const { values, clusters } = requireSome(
      await ctx.fanOut(names, (cluster, signal) => readPtp(prometheus.for(cluster), signal)),
    )
    const all = values.flatMap(({ cluster, value }) => value.map((clock) => rowOf(cluster, clock)))
    const rows = all
      .filter(({ problem }) => !input.problemsOnly || problem !== undefined)
      .sort(
        (left, right) =>
          Number(right.problem !== undefined) - Number(left.problem !== undefined) || left.id.localeCompare(right.id),
      )
    if (rows.length === 0) return { empty: explain(all.length), clusters }
    const shown = rows.slice(0, input.limit)
    return {
      data: { title: counted(all.length, 'PTP clock'), columns, rows: shown, facts: factsOf(all) },
      clusters,
      total: rows.length,
    }
  },
})

const tones: Record<PtpClock['state'], Row['stateTone']> = {
  locked: 'good',
  holdover: 'warn',
  freerun: 'bad',
  unknown: 'neutral',
}

function rowOf(cluster: string, clock: PtpClock): Row {
  const problem = ptpProblem(clock)
  const { node, process } = clock
  return {
    id: `${cluster}/${node}/${clock.interface}/${process}`,
    cluster,
    ...clock,
    stateTone: problem && clock.state === 'locked' ? 'warn' : tones[clock.state],
    ...(problem && { problem }),
  }
}

const explain = (clocks: number) =>
  clocks > 0
    ? { title: `All ${clocks} PTP clocks are locked and within 100 ns`, likely: [], next: ['get_ptp_status'] }
    : {
        title: 'No PTP clock reports',
        likely: [
          'No PTP operator on these clusters, or Prometheus does not scrape its daemons (openshift_ptp_clock_state)',
        ],
        next: ['get_fleet_capabilities', 'list_pods with namespace openshift-ptp'],
      }

/** CNF-009 */
export function ptpFacts(clocks: readonly { state: string; offsetNs?: number | undefined }[]) {
  const count = (state: string) => clocks.filter((one) => one.state === state).length
  const offsets = clocks.flatMap(({ offsetNs }) => (offsetNs === undefined ? [] : [Math.abs(offsetNs)]))
  const average = offsets.reduce((sum, offset) => sum + offset, 0) / offsets.length
  return [
    { label: 'locked', value: String(count('locked')), tone: 'good' as const },
    ...(['holdover', 'freerun'] as const).map((state) => ({
      label: state,
      value: String(count(state)),
      tone: count(state) > 0 ? tones[state] : ('good' as const),
    })),
    ...(offsets.length > 0 ? [{ label: 'average offset', value: `${Math.round(average)} ns` }] : []),
  ]
}
const factsOf = (rows: Row[]) => ptpFacts(rows)

const columns = [
  { key: 'cluster', label: 'Cluster', type: 'text' as const },
  { key: 'node', label: 'Node', type: 'text' as const },
  { key: 'interface', label: 'Interface', type: 'text' as const },
  { key: 'process', label: 'Process', type: 'text' as const },
  { key: 'state', label: 'State', type: 'state' as const },
  { key: 'offsetNs', label: 'Offset ns', type: 'number' as const },
  { key: 'accuracy', label: 'Accuracy', type: 'text' as const },
  { key: 'problem', label: 'Problem', type: 'text' as const },
]

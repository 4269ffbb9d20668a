import * as z from 'zod'
import { tone } from '#contract'
import { defineTool } from '#define'
import { clusters, limit } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { counted, tableOf } from '../table.ts'
import { factsLine, lines, quoted, shortTime, tsv } from '../text.ts'
import { type CnfType, cnfLabels, cnfTypes } from './service.ts'
import { type CnfWorkload, readWorkloads } from './workloads.ts'

const row = z.strictObject({
  id: z.string(),
  cluster: z.string(),
  namespace: z.string(),
  name: z.string(),
  type: z.string(),
  status: z.string(),
  statusTone: tone,
  reason: z.string().optional(),
  node: z.string().optional(),
  containers: z.string(),
  lastUpdated: z.string().optional(),
})
type Row = z.output<typeof row>

/** Network functions of the mobile core and the radio network, and how they are (CNF-001, CNF-006, CNF-014). */
export const getCnfWorkloads = defineTool({
  name: 'get_cnf_workloads',
  title: 'Network functions',
  about:
    'Pods of network functions (vDU, vCU, UPF, AMF, SMF, NRF, PTP) with state, node, containers; troubled ones first.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'kubernetes'],
  input: z.strictObject({ clusters, cnfType: z.enum(cnfTypes).optional().describe('Type'), limit }),
  output: tableOf(row),
  examples: [{}, { cnfType: 'upf' }],
  route: { method: 'GET', path: '/cnf/workloads' },
  access: [{ verbs: ['list'], group: '', resource: 'pods' }],
  text: ({ title, rows, facts }) =>
    lines(
      `${title}. ${factsLine(facts)}`,
      tsv(
        ['cluster', 'namespace', 'pod', 'type', 'status', 'node', 'containers', 'since(UTC)', 'reason'],
        rows.map((one) => [
          one.cluster,
          one.namespace,
          one.name,
          one.type,
          one.status,
          one.node,
          one.containers,
          shortTime(one.lastUpdated),
          quoted(one.reason, 160),
        ]),
      ),
    ),
  async run(input, ctx) {
    const { kubernetes } = ctx.clients
    const names = ctx.scopeOf(kubernetes, input.clusters)
    const { values, clusters } = requireSome(
      await ctx.fanOut(names, (cluster, signal) => readWorkloads(kubernetes.for(cluster), { now: ctx.now(), signal })),
    )
    const all = values.flatMap(({ cluster, value }) => value.map((workload) => ({ cluster, workload })))
    const wanted = all.filter(({ workload }) => input.cnfType === undefined || workload.type === input.cnfType)
    if (wanted.length === 0) return { empty: explain(all.length, input.cnfType), clusters }
    const rows = wanted
      .sort((left, right) => Number(left.workload.healthy) - Number(right.workload.healthy))
      .map(({ cluster, workload }) => rowOf(cluster, workload))
    return {
      data: {
        title: counted(rows.length, 'network function pod'),
        columns,
        rows: rows.slice(0, input.limit),
        facts: workloadFacts(wanted.map(({ workload }) => workload)),
      },
      clusters,
      total: rows.length,
    }
  },
})

const rowOf = (cluster: string, { type, status, healthy, containers, ...workload }: CnfWorkload): Row => ({
  id: `${cluster}/${workload.namespace}/${workload.name}`,
  cluster,
  ...workload,
  type: cnfLabels[type],
  status,
  statusTone: healthy ? 'good' : 'bad',
  containers: containers.join(', '),
})

const explain = (all: number, type: CnfType | undefined) => ({
  title: type ? `No ${cnfLabels[type]} runs` : 'No network function runs',
  likely: [
    all > 0
      ? `${counted(all, 'pod')} of other types run`
      : 'No pod, namespace or label app.kubernetes.io/component names one (du, cu, upf, amf, smf, nrf)',
  ],
  next: ['get_fleet_capabilities', 'list_pods'],
})

/** How many of each type, and how many of them are not well. */
export function workloadFacts(workloads: readonly CnfWorkload[]) {
  const sick = workloads.filter(({ healthy }) => !healthy).length
  return [
    ...cnfTypes.flatMap((type) => {
      const count = workloads.filter((one) => one.type === type).length
      return count > 0 ? [{ label: cnfLabels[type], value: String(count) }] : []
    }),
    { label: 'not well', value: String(sick), tone: sick > 0 ? ('bad' as const) : ('good' as const) },
  ]
}

const columns = [
  { key: 'cluster', label: 'Cluster', type: 'text' as const },
  { key: 'namespace', label: 'Namespace', type: 'text' as const },
  { key: 'name', label: 'Pod', type: 'text' as const },
  { key: 'type', label: 'Type', type: 'text' as const },
  { key: 'status', label: 'Status', type: 'state' as const },
  { key: 'node', label: 'Node', type: 'text' as const },
  { key: 'lastUpdated', label: 'Since', type: 'age' as const },
  { key: 'reason', label: 'Reason', type: 'text' as const },
]

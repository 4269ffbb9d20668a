import * as z from 'zod'
import { type Fact, formatMoney, tone } from '#contract'
import { defineTool } from '#define'
import { clusters, durationSeconds, limit, matchesText, namespace, since, text } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { counted, tableOf } from '../table.ts'
import { factsLine, lines, tsv } from '../text.ts'
import { gpuAccess } from './access.ts'
import { collectGpus } from './collect.ts'
import { meansByPod, meanUtilizationQuery } from './dcgm.ts'
import { freeBlocks, type Workload, workloadsOf } from './workloads.ts'

const row = z.strictObject({
  id: z.string(),
  cluster: z.string(),
  namespace: z.string(),
  workload: z.string(),
  state: z.string(),
  stateTone: tone,
  gpus: z.number().int(),
  model: z.string().optional(),
  pods: z.number().int(),
  nodes: z.number().int(),
  utilizationPercent: z.number().optional().describe('Now'),
  meanUtilizationPercent: z.number().optional().describe('Mean over the time asked for'),
  memoryUsedMib: z.number().optional(),
  idle: z.number().int().describe('Held and below 5 % over the time'),
  idleCost: z.number().int().optional(),
  idleCostCurrency: z.string().optional(),
  resources: z.string().optional(),
  since: z.string().optional(),
})
type Row = z.output<typeof row>

/** Who holds the GPUs, what they make of them, and how the free ones lie (GPU-014, CHT-046). */
export const getGpuWorkloads = defineTool({
  name: 'get_gpu_workloads',
  title: 'GPU workloads',
  about:
    'Workloads that hold or wait for GPUs: load over time, idle allocations with their cost, and how free GPUs are scattered. Idle first.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'kubernetes'],
  uses: ['prometheus', 'prices'],
  input: z.strictObject({
    clusters,
    namespace,
    idleOnly: z.boolean().optional().describe('Only with idle GPUs'),
    since,
    text,
    limit,
  }),
  output: tableOf(row),
  examples: [{}, { idleOnly: true, since: '6h' }],
  route: { method: 'GET', path: '/gpu/workloads' },
  access: gpuAccess,
  text: ({ title, rows, facts }) =>
    lines(
      `${title}. ${factsLine(facts)}`,
      tsv(
        [
          'cluster',
          'namespace',
          'workload',
          'gpus',
          'model',
          'pods',
          'nodes',
          'mean%',
          'now%',
          'memMiB',
          'idle',
          'idleCost/h',
          'state',
          'resource',
        ],
        rows.map((one) => [
          ...[one.cluster, one.namespace, one.workload, one.gpus, one.model, one.pods, one.nodes],
          ...[one.meanUtilizationPercent, one.utilizationPercent, one.memoryUsedMib, one.idle || undefined],
          one.idleCost === undefined ? undefined : formatMoney({ amount: one.idleCost, currency: 'usd-cent' }),
          ...[one.state, one.resources],
        ]),
      ),
    ),
  async run(input, ctx) {
    const { kubernetes, prometheus, prices } = ctx.clients
    const window = input.since ?? '1h'
    const scope = ctx.scopeOf(kubernetes, input.clusters)
    const measured = scope.filter((name) => prometheus?.names().includes(name))
    const [{ found, clusters }, means] = await Promise.all([
      collectGpus(ctx, scope, { smi: 'none' }),
      ctx.fanOut(measured, async (cluster, signal) =>
        meansByPod(
          await prometheus!.for(cluster).query({ query: meanUtilizationQuery(`${durationSeconds(window)}s`), signal }),
        ),
      ),
    ])
    requireSome({ values: found.map((value) => ({ cluster: value.cluster, value })), clusters })
    const known = found.flatMap(({ kube, cluster, gpus }) => (kube ? [{ kube, cluster, gpus }] : []))
    const all = known.flatMap(({ cluster, gpus, kube }) =>
      workloadsOf(cluster, {
        pods: kube.pods,
        nodes: kube.nodes,
        gpus,
        prices,
        means: means.values.find((one) => one.cluster === cluster)?.value ?? new Map(),
      }),
    )
    const shown = all.filter(
      (one) =>
        (!input.namespace || one.namespace === input.namespace) &&
        (!input.idleOnly || one.idle > 0) &&
        matchesText(input.text, [one.workload, one.namespace, one.cluster, ...one.models, ...one.nodes]),
    )
    const facts = [
      ...factsOf(
        all,
        known.flatMap(({ kube, cluster }) =>
          freeBlocks(kube.nodes, kube.pods)
            .slice(0, 4)
            .map((block) => ({ ...block, cluster })),
        ),
        window,
      ),
      ...unknownFact(found.flatMap((one) => one.unknowns)),
    ]
    if (shown.length === 0)
      return {
        empty: {
          title:
            input.idleOnly && all.length > 0
              ? `No idle GPU in ${counted(all.length, 'workload')}`
              : 'No workload holds a GPU',
          likely: [facts.length > 0 ? factsLine(facts) : 'These clusters have no GPUs'],
          next: ['get_gpu_workloads with fewer filters', 'list_nodes for free GPUs'],
        },
        clusters,
      }
    const rows = shown.sort(byWaste).map((one) => rowOf(one))
    return { data: { title: counted(rows.length, 'GPU workload'), columns, rows, facts }, clusters }
  },
})

const byWaste = (left: Workload, right: Workload) =>
  right.idle - left.idle || right.pending - left.pending || right.gpus - left.gpus || left.id.localeCompare(right.id)

function stateOf({ pending, idle, gpus, meanUtilizationPercent }: Workload): Pick<Row, 'state' | 'stateTone'> {
  if (pending > 0) return { state: `${counted(pending, 'pod')} waiting for a GPU`, stateTone: 'warn' }
  if (idle > 0) return { state: idle >= gpus ? 'idle' : `${idle} of ${gpus} idle`, stateTone: 'warn' }
  return meanUtilizationPercent === undefined
    ? { state: 'not measured', stateTone: 'neutral' }
    : { state: 'busy', stateTone: 'good' }
}

function rowOf(one: Workload): Row {
  const { idleCost, models, nodes, resources, pending: _, ...rest } = one
  const special = resources.filter((name) => name !== 'nvidia.com/gpu')
  return {
    ...rest,
    nodes: nodes.length,
    ...(models.length > 0 && { model: models.join(', ') }),
    ...(idleCost && { idleCost: idleCost.amount, idleCostCurrency: idleCost.currency }),
    ...(special.length > 0 && { resources: special.join(', ') }),
    ...stateOf(one),
  } as Row
}

const unknownFact = (unknowns: readonly string[]): Fact[] =>
  unknowns.length === 0 ? [] : [{ label: 'not looked at', value: unknowns.join('; ').slice(0, 300), tone: 'warn' }]

function factsOf(
  all: readonly Workload[],
  blocks: readonly (ReturnType<typeof freeBlocks>[number] & { cluster: string })[],
  window: string,
): Fact[] {
  const held = all.reduce((sum, { gpus }) => sum + gpus, 0)
  const idle = all.reduce((sum, one) => sum + one.idle, 0)
  const cents = all.reduce((sum, { idleCost }) => sum + (idleCost?.amount ?? 0), 0)
  const pending = all.reduce((sum, one) => sum + one.pending, 0)
  const cost = cents > 0 ? ` (${formatMoney({ amount: cents, currency: 'usd-cent' })} an hour)` : ''
  return [
    { label: 'GPUs held', value: String(held) },
    { label: `idle over ${window}`, value: `${idle}${cost}`, tone: idle > 0 ? 'warn' : 'good' },
    ...(pending > 0 ? [{ label: 'pods waiting', value: String(pending), tone: 'warn' as const }] : []),
    ...blocks.map(({ cluster, model, free, nodes, largest }) => ({
      label: `free on ${cluster}, ${model}`,
      value: nodes > 1 ? `${free} on ${nodes} nodes, at most ${largest} together` : `${free} on one node`,
    })),
  ]
}

const columns = [
  { key: 'workload', label: 'Workload', type: 'text' as const },
  { key: 'namespace', label: 'Namespace', type: 'text' as const },
  { key: 'state', label: 'State', type: 'state' as const },
  { key: 'gpus', label: 'GPUs', type: 'number' as const },
  { key: 'model', label: 'Model', type: 'text' as const },
  { key: 'meanUtilizationPercent', label: 'Mean', type: 'percent' as const },
  { key: 'utilizationPercent', label: 'Now', type: 'percent' as const },
  { key: 'memoryUsedMib', label: 'Memory MiB', type: 'number' as const },
  { key: 'idle', label: 'Idle', type: 'number' as const },
  { key: 'idleCost', label: 'Idle, an hour', type: 'money' as const },
  { key: 'nodes', label: 'Nodes', type: 'number' as const },
  { key: 'since', label: 'Since', type: 'age' as const },
  { key: 'cluster', label: 'Cluster', type: 'text' as const },
]

import * as z from 'zod'
import { ToolError } from '#contract'
import { defineTool } from '#define'
import { word } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { tableOf } from '../table.ts'
import { factsLine, figure, lines, tsv } from '../text.ts'
import { type ClusterCheck, checkAccess, clusterAnswers, problemOf } from './check.ts'
import { type Capabilities, readCapabilities } from './discovery-store.ts'
import { type FleetContext, lookAt } from './service.ts'

const row = z
  .strictObject({ id: z.string(), aspect: z.string(), differs: z.string().describe('yes, or nothing') })
  .catchall(z.string())
type Row = z.output<typeof row>

const most = 6
const input = z.strictObject({
  clusters: z
    .array(word)
    .refine((names) => names.length >= 2 && names.length <= most, `must name 2 to ${most} clusters`)
    .describe(`2 to ${most} names`),
  metrics: z.array(word).optional().describe('cpu, memory, gpu, pods, or PromQL with one value; default: the four'),
})

/** Two to six clusters side by side, differences first (FLT-019). */
export const compareClusters = defineTool({
  name: 'compare_clusters',
  title: 'Clusters compared',
  about: 'A few clusters side by side: health, versions, GPUs, services, labels, metrics; what differs comes first.',
  risk: 'read',
  card: 'table',
  needs: ['fleet'],
  uses: ['kubernetes', 'prometheus', 'alertmanager', 'loki', 'tempo'],
  input,
  output: tableOf(row),
  examples: [{ clusters: ['gpu-east', 'gpu-west'] }, { clusters: ['gpu-east', 'gpu-west'], metrics: ['gpu'] }],
  access: checkAccess,
  text: ({ title, rows, columns, facts }) => {
    const names = columns.map(({ key }) => key).filter((key) => key !== 'aspect' && key !== 'differs')
    return lines(
      `${title}. ${factsLine(facts)}`,
      tsv(
        ['aspect', ...names, 'differs'],
        rows.map((one) => [one.aspect, ...names.map((name) => one[name]), one.differs]),
      ),
    )
  },
  async run(input, ctx) {
    const names = [...new Set(ctx.scope(input.clusters))]
    if (names.length < 2)
      throw new ToolError('invalid-input', 'A comparison needs two different clusters.', {
        next: 'Name two to six clusters of list_clusters.',
        field: 'clusters',
      })
    const [checks, capabilities, measured] = await Promise.all([
      lookAt(ctx, names),
      readCapabilities(ctx, names),
      measure(ctx, names, input.metrics ?? Object.keys(known)),
    ])
    const aspects = [...factsOf(checks, capabilities), ...measured]
    const rows = aspects
      .map(([aspect, values]) => rowOf(aspect, names, values))
      .filter((one) => names.some((name) => one[name] !== ''))
      .sort((left, right) => Number(right.differs === 'yes') - Number(left.differs === 'yes'))
    const differing = rows.filter(({ differs }) => differs === 'yes').length
    return {
      data: {
        title: names.join(' and '),
        columns: [
          { key: 'aspect', label: 'Aspect', type: 'text' as const },
          ...names.map((name) => ({ key: name, label: name, type: 'text' as const })),
          { key: 'differs', label: 'Differs', type: 'text' as const },
        ],
        rows,
        facts: [{ label: 'differ in', value: `${differing} of ${rows.length}` }],
      },
      clusters: clusterAnswers(checks),
    }
  },
})

type Aspect = [string, Map<string, string>]

function rowOf(aspect: string, names: readonly string[], values: Map<string, string>): Row {
  const all = names.map((name) => values.get(name) ?? '')
  const differs = new Set(all).size > 1 ? 'yes' : ''
  return { id: aspect, aspect, differs, ...Object.fromEntries(names.map((name, index) => [name, all[index]!])) }
}

function factsOf(checks: readonly ClusterCheck[], found: Map<string, Capabilities>): Aspect[] {
  const each = (of: (check: ClusterCheck, capabilities?: Capabilities) => string | number | undefined) =>
    new Map(checks.map((check) => [check.info.name, String(of(check, found.get(check.info.name)) ?? '')]))
  const labels = [...new Set(checks.flatMap(({ info }) => Object.keys(info.labels)))]
  return [
    ['state', each(({ state }) => state)],
    ['problem', each(({ services }) => problemOf(services))],
    ['type', each(({ info }) => info.type)],
    ['environment', each(({ info }) => info.environment)],
    ['region', each(({ info }) => info.region)],
    ['kubernetes', each(({ api }, known) => api?.version ?? known?.kubernetesVersion)],
    ['platform', each((_, known) => known && [known.platform, known.distribution].filter(Boolean).join(' '))],
    ['nodes ready', each(({ api }) => api && `${api.readyNodes} of ${api.nodes}`)],
    ['GPUs', each(({ api }) => api?.gpus)],
    ['GPU models', each(({ api }) => api?.gpuModels.join(', '))],
    ['services', each(({ services }) => services.map(({ service }) => service).join(', '))],
    ['mesh', each((_, known) => known?.mesh)],
    ['CNF', each((_, known) => known?.cnfTypes.join(', '))],
    ...labels.map((label): Aspect => [`label ${label}`, each(({ info }) => info.labels[label])]),
  ]
}

/** Names for what everybody asks; each expression gives one value a cluster. */
const known: Record<string, { label: string; query: string; unit: string }> = {
  cpu: {
    label: 'CPU busy',
    query: '100 * (1 - avg(rate(node_cpu_seconds_total{mode="idle"}[5m])))',
    unit: '%',
  },
  memory: {
    label: 'memory used',
    query: '100 * (1 - sum(node_memory_MemAvailable_bytes) / sum(node_memory_MemTotal_bytes))',
    unit: '%',
  },
  gpu: { label: 'GPU busy', query: 'avg({__name__=~"DCGM_FI_DEV_GPU_UTIL|DCGM_FI_DEV_GPU_UTIL_RATIO"})', unit: '%' },
  pods: { label: 'pods not running', query: 'sum(kube_pod_status_phase{phase=~"Pending|Failed|Unknown"})', unit: '' },
}

async function measure(ctx: FleetContext, names: readonly string[], metrics: readonly string[]): Promise<Aspect[]> {
  const { prometheus } = ctx.clients
  const asked = names.filter((name) => prometheus?.names().includes(name))
  if (!prometheus || asked.length === 0) return []
  return Promise.all(
    metrics.map(async (metric): Promise<Aspect> => {
      const { label, query, unit } = known[metric] ?? { label: metric, query: metric, unit: '' }
      const read = await ctx.fanOut(asked, async (cluster, signal) => {
        const { series } = await prometheus.for(cluster).query({ query, signal })
        return series.length > 1 ? `${series.length} series` : asText(series[0]?.values.at(-1)?.[1], unit)
      })
      // a query that is wrong is wrong everywhere: say so; a cluster that is silent is a gap
      const { values } = known[metric] ? read : requireSome(read)
      return [label, new Map(values.map(({ cluster, value }) => [cluster, value]))]
    }),
  )
}

const asText = (value: string | undefined, unit: string): string =>
  value === undefined ? '' : `${figure(Number(value))}${unit && ` ${unit}`}`

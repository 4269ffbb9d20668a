import * as z from 'zod'
import { type Fact, tone } from '#contract'
import { defineTool } from '#define'
import { clusters, limit, matchesLoosely, matchesText, optionalWord, text } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { counted, tableOf } from '../table.ts'
import { factsLine, lines, tsv } from '../text.ts'
import { gpuQuery, gpusOf } from './dcgm.ts'
import type { Gpu } from './gpu.ts'
import { average, hotCelsius, idlePercent, most, total } from './sums.ts'
import { xidOf } from './xid.ts'

const row = z.strictObject({
  id: z.string(),
  cluster: z.string(),
  node: z.string(),
  gpu: z.string().optional().describe('Index, and MIG profile'),
  uuid: z.string().optional(),
  model: z.string(),
  gpus: z.number().int(),
  utilizationPercent: z.number().optional(),
  memoryUsedMib: z.number().optional(),
  memoryTotalMib: z.number().optional(),
  temperatureC: z.number().optional(),
  powerWatts: z.number().optional(),
  idle: z.number().int().describe('GPUs below 5 % that hold memory or a pod'),
  pod: z.string().optional(),
  state: z.string().describe('ok, hot, or the XID'),
  stateTone: tone,
})
type Row = z.output<typeof row>

const input = z.strictObject({
  clusters,
  node: optionalWord('Only this'),
  gpuModel: optionalWord('Part of it: H100'),
  perGpu: z.boolean().optional().describe('Row per GPU'),
  problemsOnly: z.boolean().optional().describe('XID or hot'),
  text,
  limit,
})

/** What DCGM measures, by node or by GPU (GPU-001, GPU-012, GPU-014, GPU-022). */
export const getGpuNodes = defineTool({
  name: 'get_gpu_nodes',
  title: 'GPU telemetry',
  about:
    'GPUs as DCGM measures them: load, memory, heat, power, XID, pod; troubled first. Free GPUs: list_nodes. Totals: get_gpu_summary.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'prometheus'],
  input,
  output: tableOf(row),
  examples: [{}, { clusters: ['gpu-east'], node: 'gpu-east-h100-01' }, { problemsOnly: true, perGpu: true }],
  route: { method: 'GET', path: '/gpu/nodes' },
  text: ({ title, rows, facts }) =>
    lines(
      `${title}. ${factsLine(facts)}`,
      tsv(
        ['cluster', 'node', 'gpu', 'gpus', 'model', 'util%', 'memMiB', 'ofMiB', 'C', 'W', 'idle', 'state', 'pod'],
        rows.map((one) => [
          one.cluster,
          one.node,
          one.gpu,
          one.gpu === undefined ? one.gpus : undefined,
          one.model,
          one.utilizationPercent,
          one.memoryUsedMib,
          one.memoryTotalMib,
          one.temperatureC,
          one.powerWatts,
          one.idle || undefined,
          one.state,
          one.pod,
        ]),
      ),
    ),
  async run(input, ctx) {
    const { prometheus } = ctx.clients
    const read = await ctx.fanOut(ctx.scopeOf(prometheus, input.clusters), async (cluster, signal) =>
      gpusOf(await prometheus.for(cluster).query({ query: gpuQuery(input.node), signal }), cluster),
    )
    const { values, clusters } = requireSome(read)
    const all = values.flatMap(({ value }) => value)
    const gpus = all.filter(
      (gpu) =>
        matchesLoosely(input.gpuModel, gpu.model) &&
        (!input.problemsOnly || gpu.xid !== undefined || (gpu.temperatureC ?? 0) >= hotCelsius) &&
        matchesText(input.text, [gpu.node, gpu.cluster, gpu.model, gpu.pod, gpu.uuid]),
    )
    if (gpus.length === 0) return { empty: explain(all, input), clusters }
    const perGpu = input.perGpu ?? input.node !== undefined
    const rows = (perGpu ? gpus.map(gpuRow) : nodeRows(gpus)).sort(byTrouble)
    const title = perGpu ? counted(rows.length, 'GPU') : counted(rows.length, 'GPU node')
    return { data: { title, columns: columns(perGpu), rows, facts: factsOf(gpus) }, clusters }
  },
})

const isIdle = (gpu: Gpu) =>
  gpu.utilizationPercent !== undefined &&
  gpu.utilizationPercent < idlePercent &&
  (gpu.pod !== undefined || (gpu.memoryUsedMib ?? 0) > 1024)

function stateOf(gpus: readonly Gpu[]): Pick<Row, 'state' | 'stateTone'> {
  const xids = [...new Set(gpus.flatMap((gpu) => gpu.xid ?? []))].sort((left, right) => left - right)
  if (xids.length > 0) {
    const hard = xids.some((xid) => xidOf(xid).hardware)
    return {
      state: xids.map((xid) => `XID ${xid}: ${xidOf(xid).meaning}`).join('; '),
      stateTone: hard ? 'bad' : 'warn',
    }
  }
  const hottest = most(gpus.map((gpu) => gpu.temperatureC))
  if (hottest !== undefined && hottest >= hotCelsius) return { state: 'hot', stateTone: 'warn' }
  return { state: 'ok', stateTone: 'good' }
}

const optional = (values: Record<string, number | string | undefined>): Partial<Row> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))

function gpuRow(gpu: Gpu): Row {
  const { cluster, node, model, index, mig } = gpu
  const { uuid, utilizationPercent, memoryUsedMib, memoryTotalMib, temperatureC, powerWatts, pod } = gpu
  return {
    id: `${cluster}/${node}/${uuid ?? index}${mig ? `/${mig}` : ''}`,
    cluster,
    node,
    gpu: mig ? `${index} ${mig}` : String(index),
    model,
    gpus: 1,
    ...optional({ uuid, utilizationPercent, memoryUsedMib, memoryTotalMib, temperatureC, powerWatts, pod }),
    idle: isIdle(gpu) ? 1 : 0,
    ...stateOf([gpu]),
  }
}

function nodeRows(gpus: readonly Gpu[]): Row[] {
  const nodes = new Map<string, Gpu[]>()
  for (const gpu of gpus) {
    const key = `${gpu.cluster}/${gpu.node}`
    nodes.set(key, [...(nodes.get(key) ?? []), gpu])
  }
  return [...nodes].map(([id, own]) => ({
    id,
    cluster: own[0]!.cluster,
    node: own[0]!.node,
    model: [...new Set(own.map((gpu) => gpu.model))].join(', '),
    gpus: new Set(own.map((gpu) => gpu.index)).size,
    ...optional({
      utilizationPercent: average(own.map((gpu) => gpu.utilizationPercent)),
      memoryUsedMib: total(own.map((gpu) => gpu.memoryUsedMib)),
      memoryTotalMib: total(own.map((gpu) => gpu.memoryTotalMib)),
      temperatureC: most(own.map((gpu) => gpu.temperatureC)),
      powerWatts: total(own.map((gpu) => gpu.powerWatts)),
    }),
    idle: own.filter(isIdle).length,
    ...stateOf(own),
  }))
}

const weight = { bad: 0, warn: 1, busy: 2, good: 3, neutral: 4 }
const byTrouble = (left: Row, right: Row) =>
  weight[left.stateTone] - weight[right.stateTone] || left.id.localeCompare(right.id, 'en', { numeric: true })

function factsOf(gpus: readonly Gpu[]): Fact[] {
  const devices = new Set(gpus.map((gpu) => `${gpu.cluster}/${gpu.node}/${gpu.index}`)).size
  const mean = average(gpus.map((gpu) => gpu.utilizationPercent))
  const sick = gpus.filter((gpu) => gpu.xid !== undefined).length
  const hot = gpus.filter((gpu) => (gpu.temperatureC ?? 0) >= hotCelsius).length
  return [
    { label: 'GPUs', value: String(devices) },
    ...(mean === undefined ? [] : [{ label: 'mean utilisation', value: `${mean} %` }]),
    { label: 'idle', value: String(gpus.filter(isIdle).length) },
    { label: 'with XID', value: String(sick), tone: sick > 0 ? ('bad' as const) : ('good' as const) },
    { label: 'hot', value: String(hot), tone: hot > 0 ? ('warn' as const) : ('good' as const) },
  ]
}

function explain(
  all: readonly Gpu[],
  input: { node?: string | undefined; gpuModel?: string | undefined; problemsOnly?: boolean | undefined },
) {
  if (all.length > 0 && input.problemsOnly)
    return {
      title: `None of ${counted(all.length, 'GPU')} has an XID or is hot`,
      likely: ['All measure well right now'],
      next: ['list_alerts'],
    }
  if (all.length > 0)
    return {
      title: 'No GPU matches',
      likely: [`Models here: ${[...new Set(all.map((gpu) => gpu.model))].join(', ')}`],
      next: ['get_gpu_nodes with fewer filters'],
    }
  return {
    title: input.node ? `No GPU telemetry of ${input.node}` : 'No GPU telemetry',
    likely: [
      ...(input.node ? ['The node name is wrong, or its dcgm-exporter is down'] : []),
      'These clusters have no GPUs, dcgm-exporter does not run there, or Prometheus does not scrape it',
    ],
    next: ['list_nodes with minFreeGpus 0 to see which nodes have GPUs', 'find_metrics {"text":"DCGM"}'],
  }
}

const columns = (perGpu: boolean) => [
  { key: 'node', label: 'Node', type: 'text' as const },
  perGpu
    ? { key: 'gpu', label: 'GPU', type: 'text' as const }
    : { key: 'gpus', label: 'GPUs', type: 'number' as const },
  { key: 'state', label: 'State', type: 'state' as const },
  { key: 'model', label: 'Model', type: 'text' as const },
  { key: 'utilizationPercent', label: 'Utilisation', type: 'percent' as const },
  { key: 'memoryUsedMib', label: 'Memory MiB', type: 'number' as const },
  { key: 'memoryTotalMib', label: 'of MiB', type: 'number' as const },
  { key: 'temperatureC', label: '°C', type: 'number' as const },
  { key: 'powerWatts', label: 'W', type: 'number' as const },
  perGpu
    ? { key: 'pod', label: 'Pod', type: 'text' as const }
    : { key: 'idle', label: 'Idle', type: 'number' as const },
  { key: 'cluster', label: 'Cluster', type: 'text' as const },
]

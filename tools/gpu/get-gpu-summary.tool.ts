import * as z from 'zod'
import { defineTool } from '#define'
import { clusters } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { counted, tableOf } from '../table.ts'
import { bytesText, factsLine, lines, tsv } from '../text.ts'
import { gpuAccess } from './access.ts'
import { collectGpus, gpuScope } from './collect.ts'
import type { Gpu } from './gpu.ts'
import { average, hotCelsius, total } from './sums.ts'

const row = z.strictObject({
  id: z.string(),
  cluster: z.string(),
  model: z.string(),
  nodes: z.number().int(),
  gpus: z.number().int(),
  utilizationPercent: z.number().optional().describe('Mean'),
  memoryUsedMib: z.number().optional(),
  memoryTotalMib: z.number().optional(),
  powerWatts: z.number().optional(),
  withXid: z.number().int(),
  hot: z.number().int(),
})

/** GPU totals of the fleet by cluster and model (GPU-003, GPU-012, GPU-014). */
export const getGpuSummary = defineTool({
  name: 'get_gpu_summary',
  title: 'GPU summary',
  about: 'GPU totals by cluster and model: count, load, memory, power, faults. Single nodes or GPUs: get_gpu_nodes.',
  risk: 'read',
  card: 'table',
  needs: ['fleet'],
  uses: ['prometheus', 'kubernetes'],
  input: z.strictObject({ clusters }),
  output: tableOf(row),
  examples: [{}, { clusters: ['gpu-east'] }],
  route: { method: 'GET', path: '/gpu/summary' },
  access: gpuAccess,
  text: ({ title, rows, facts }) =>
    lines(
      `${title}. ${factsLine(facts)}`,
      tsv(
        ['cluster', 'model', 'nodes', 'gpus', 'util%', 'memMiB', 'ofMiB', 'W', 'xid', 'hot'],
        rows.map((one) => [
          one.cluster,
          one.model,
          one.nodes,
          one.gpus,
          one.utilizationPercent,
          one.memoryUsedMib,
          one.memoryTotalMib,
          one.powerWatts,
          one.withXid,
          one.hot,
        ]),
      ),
    ),
  async run(input, ctx) {
    const { found, clusters } = await collectGpus(ctx, gpuScope(ctx, ctx.clients, input.clusters))
    requireSome({ values: found.map((value) => ({ cluster: value.cluster, value })), clusters })
    const all = found.flatMap(({ gpus }) => gpus)
    const silent = found.flatMap((one) => one.silent)
    if (all.length + silent.length === 0)
      return {
        empty: {
          title: 'No GPU telemetry',
          likely: ['These clusters have no GPUs, or Prometheus does not scrape a dcgm-exporter there'],
          next: ['list_nodes', 'find_metrics {"text":"DCGM"}'],
        },
        clusters,
      }
    const groups = new Map<string, Gpu[]>()
    for (const gpu of all) {
      const key = `${gpu.cluster}/${gpu.model}`
      groups.set(key, [...(groups.get(key) ?? []), gpu])
    }
    const rows = [...groups].map(([id, own]) => ({ id, cluster: own[0]!.cluster, model: own[0]!.model, ...sums(own) }))
    rows.sort((left, right) => right.gpus - left.gpus)
    const sum = sums(all)
    const memory = (mib: number | undefined) => bytesText((mib ?? 0) * 2 ** 20)
    const withGpu = new Set(all.map((gpu) => gpu.cluster)).size
    const facts = [
      { label: 'GPUs', value: String(sum.gpus) },
      { label: 'nodes', value: String(sum.nodes) },
      { label: 'clusters with GPUs', value: String(withGpu) },
      {
        label: 'mean utilisation',
        value: sum.utilizationPercent === undefined ? 'not measured' : `${sum.utilizationPercent} %`,
      },
      { label: 'memory', value: `${memory(sum.memoryUsedMib)} of ${memory(sum.memoryTotalMib)}` },
      { label: 'with XID', value: String(sum.withXid), tone: sum.withXid > 0 ? ('bad' as const) : ('good' as const) },
      ...(silent.length > 0
        ? [
            {
              label: 'without telemetry',
              value: `${counted(
                silent.reduce((count, node) => count + (node.physical ?? node.capacity), 0),
                'GPU',
              )} on ${counted(silent.length, 'node')}`,
              tone: 'warn' as const,
            },
          ]
        : []),
    ]
    return {
      data: { title: `${counted(sum.gpus, 'GPU')} in ${counted(withGpu, 'cluster')}`, columns, rows, facts },
      clusters,
    }
  },
})

function sums(gpus: readonly Gpu[]) {
  const utilizationPercent = average(gpus.map((gpu) => gpu.utilizationPercent))
  const memoryUsedMib = total(gpus.map((gpu) => gpu.memoryUsedMib))
  const memoryTotalMib = total(gpus.map((gpu) => gpu.memoryTotalMib))
  const powerWatts = total(gpus.map((gpu) => gpu.powerWatts))
  return {
    nodes: new Set(gpus.map((gpu) => `${gpu.cluster}/${gpu.node}`)).size,
    gpus: new Set(gpus.map((gpu) => `${gpu.cluster}/${gpu.node}/${gpu.index}`)).size,
    ...(utilizationPercent !== undefined && { utilizationPercent }),
    ...(memoryUsedMib !== undefined && { memoryUsedMib }),
    ...(memoryTotalMib !== undefined && { memoryTotalMib }),
    ...(powerWatts !== undefined && { powerWatts }),
    withXid: gpus.filter((gpu) => gpu.xid !== undefined).length,
    hot: gpus.filter((gpu) => (gpu.temperatureC ?? 0) >= hotCelsius).length,
  }
}

const columns = [
  { key: 'cluster', label: 'Cluster', type: 'text' as const },
  { key: 'model', label: 'Model', type: 'text' as const },
  { key: 'gpus', label: 'GPUs', type: 'number' as const },
  { key: 'nodes', label: 'Nodes', type: 'number' as const },
  { key: 'utilizationPercent', label: 'Utilisation', type: 'percent' as const },
  { key: 'memoryUsedMib', label: 'Memory MiB', type: 'number' as const },
  { key: 'memoryTotalMib', label: 'of MiB', type: 'number' as const },
  { key: 'powerWatts', label: 'W', type: 'number' as const },
  { key: 'withXid', label: 'With XID', type: 'number' as const },
]

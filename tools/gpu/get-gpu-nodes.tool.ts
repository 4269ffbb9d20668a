import * as z from 'zod'
import { defineTool } from '#define'
import { clusters, limit, matchesLoosely, matchesText, optionalWord, text } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { counted, tableOf } from '../table.ts'
import { factsLine, lines, tsv } from '../text.ts'
import { gpuAccess } from './access.ts'
import { type ClusterGpus, collectGpus, gpuScope } from './collect.ts'
import { devicesSubject, nodeSubject } from './events.ts'
import type { Gpu } from './gpu.ts'
import {
  byTrouble,
  type GpuRow,
  gpuCells,
  gpuColumns,
  gpuFacts,
  gpuHeader,
  gpuRow,
  isHot,
  rowOfGpu,
  rowOfSilent,
  rowsOfNodes,
} from './rows.ts'

const input = z.strictObject({
  clusters,
  node: optionalWord('Only this'),
  gpuModel: optionalWord('Part of it: H100'),
  perGpu: z.boolean().optional().describe('Row per GPU'),
  problemsOnly: z.boolean().optional().describe('XID or hot'),
  text,
  limit,
})

/** What DCGM and nvidia-smi measure, by node or by GPU (GPU-001, GPU-005, GPU-012, GPU-014, GPU-022). */
export const getGpuNodes = defineTool({
  name: 'get_gpu_nodes',
  title: 'GPU telemetry',
  about:
    'GPUs: load, memory, heat, power, XID, pod; troubled first. Totals: get_gpu_summary. Why sick: check_gpu_health.',
  risk: 'read',
  card: 'table',
  needs: ['fleet'],
  uses: ['prometheus', 'kubernetes', 'prices'],
  input,
  output: tableOf(gpuRow),
  examples: [{}, { clusters: ['gpu-east'], node: 'gpu-east-h100-01' }, { problemsOnly: true, perGpu: true }],
  route: { method: 'GET', path: '/gpu/nodes' },
  access: gpuAccess,
  text: ({ title, rows, facts }) => lines(`${title}. ${factsLine(facts)}`, tsv(gpuHeader, rows.map(gpuCells))),
  async run(input, ctx) {
    const { clients } = ctx
    const { found, clusters } = await collectGpus(ctx, gpuScope(ctx, clients, input.clusters), { node: input.node })
    requireSome({ values: found.map((value) => ({ cluster: value.cluster, value })), clusters })
    const all = found.flatMap(({ gpus }) => gpus)
    const gpus = all.filter(
      (gpu) =>
        matchesLoosely(input.gpuModel, gpu.model) &&
        (!input.problemsOnly || gpu.xid !== undefined || isHot(gpu) || rowOfGpu(gpu).stateTone !== 'good') &&
        matchesText(input.text, [gpu.node, gpu.cluster, gpu.model, gpu.pod, gpu.uuid]),
    )
    const silent = found
      .flatMap(silentRows)
      .filter(
        (row) =>
          matchesLoosely(input.gpuModel, row.model) &&
          (input.node === undefined || row.node === input.node) &&
          matchesText(input.text, [row.node, row.cluster, row.model]),
      )
    if (gpus.length + silent.length === 0) return { empty: explain(all, input), clusters }
    const perGpu = input.perGpu ?? input.node !== undefined
    const { prices } = clients
    const measured = perGpu ? gpus.map((gpu) => rowOfGpu(gpu, prices)) : rowsOfNodes(gpus, prices)
    const rows = [...measured, ...silent].sort(byTrouble)
    const title = perGpu ? counted(measured.length, 'GPU') : counted(rows.length, 'GPU node')
    const [count, ...others] = gpuFacts(gpus, { prices, silent: silent.length })
    const facts = input.problemsOnly
      ? [{ ...count!, label: 'troubled GPUs', value: `${count!.value} of ${all.length}` }, ...others]
      : [count!, ...others]
    return { data: { title, columns: gpuColumns(perGpu), rows, facts }, clusters, ...liveOf(rows, perGpu) }
  },
})

/** What the card follows: the nodes of its clusters, or the GPUs of its one node. */
function liveOf(rows: readonly GpuRow[], perGpu: boolean): { subject?: string } {
  const names = [...new Set(rows.map(({ cluster }) => cluster))]
  if (!perGpu) return { subject: nodeSubject(names.length === 1 ? names[0] : undefined) }
  const [first, ...others] = [...new Set(rows.map(({ node, cluster }) => `${cluster}/${node}`))]
  return first !== undefined && others.length === 0 ? { subject: devicesSubject(rows[0]!.cluster, rows[0]!.node) } : {}
}

/** Nodes that have GPUs and tell nothing, each with the reason that is known. */
export const silentRows = ({ silent, smi, kube }: ClusterGpus) =>
  silent.map((node) => {
    const failure = smi.get(node.node)?.failure
    const exporter = kube?.agents.find((agent) => agent.node === node.node && agent.component === 'dcgm-exporter')
    const dcgm =
      exporter === undefined
        ? 'no dcgm-exporter runs there'
        : exporter.ready
          ? 'its dcgm-exporter is not scraped'
          : `dcgm-exporter ${exporter.reason ?? 'is not ready'}`
    return rowOfSilent(node, [dcgm, failure?.meaning].filter(Boolean).join('; '))
  })

/** Why there is no row: everything is well, the filter is too narrow, or nothing measures. */
export function explain(
  all: readonly Gpu[],
  input: { node?: string | undefined; gpuModel?: string | undefined; problemsOnly?: boolean | undefined },
) {
  if (all.length > 0 && input.problemsOnly)
    return {
      title: `None of ${counted(all.length, 'GPU')} has an XID or is hot`,
      likely: ['All measure well right now'],
      next: ['check_gpu_health for what is not seen in a moment', 'list_alerts'],
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
      ...(input.node ? ['The node name is wrong, or it has no GPU'] : []),
      'These clusters have no GPUs, dcgm-exporter does not run there, or Prometheus does not scrape it',
    ],
    next: ['list_nodes with minFreeGpus 0 to see which nodes have GPUs', 'find_metrics {"text":"DCGM"}'],
  }
}

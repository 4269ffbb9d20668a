import * as z from 'zod'
import { defineTool } from '#define'
import { clusters, limit, matchesText, optionalWord, text } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { counted, tableOf } from '../table.ts'
import { cell, factsLine, lines, outsideNote, quoted, tsv } from '../text.ts'
import { gpuAccess } from './access.ts'
import { type ClusterGpus, collectGpus } from './collect.ts'

const row = z.strictObject({
  id: z.string(),
  cluster: z.string(),
  node: z.string(),
  gpu: z.number().int(),
  uuid: z.string(),
  model: z.string(),
  pid: z.number().int(),
  name: z.string(),
  type: z.enum(['compute', 'graphics', 'mixed']),
  memoryUsedMib: z.number().optional(),
  pod: z.string().optional().describe('Where one pod alone holds the GPU'),
})

/** What runs on the GPUs, by nvidia-smi in the driver pods (GPU-004, GPU-007, GPU-013). */
export const getGpuProcesses = defineTool({
  name: 'get_gpu_processes',
  title: 'GPU processes',
  about:
    'Processes on the GPUs by nvidia-smi: pid, name, GPU, memory, compute or graphics, pod. By workload and its load: get_gpu_workloads.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'kubernetes'],
  uses: ['prometheus'],
  input: z.strictObject({ clusters, node: optionalWord('Only this'), text, limit }),
  output: tableOf(row),
  examples: [{ clusters: ['gpu-east'] }, { clusters: ['gpu-east'], node: 'gpu-east-h100-01' }],
  route: { method: 'GET', path: '/gpu/processes' },
  access: gpuAccess,
  text: ({ title, rows, facts }) =>
    lines(
      `${title}. ${factsLine(facts)}`,
      rows.length > 0 && outsideNote,
      tsv(
        ['cluster', 'node', 'gpu', 'model', 'pid', 'process', 'type', 'memMiB', 'pod'],
        rows.map((one) => [
          ...[one.cluster, one.node, one.gpu, one.model, one.pid, quoted(one.name, 80), one.type],
          ...[one.memoryUsedMib, one.pod],
        ]),
      ),
    ),
  async run(input, ctx) {
    const scope = ctx.scopeOf(ctx.clients.kubernetes, input.clusters)
    const { found, clusters } = await collectGpus(ctx, scope, { node: input.node, smi: 'all', whole: true })
    requireSome({ values: found.map((value) => ({ cluster: value.cluster, value })), clusters })
    const rows = found
      .flatMap(processRows)
      .filter((one) => matchesText(input.text, [one.name, one.pod, one.node, one.uuid, String(one.pid)]))
      .sort((left, right) => (right.memoryUsedMib ?? 0) - (left.memoryUsedMib ?? 0))
    const unknowns = found.flatMap((one) => one.unknowns)
    const asked = found.reduce((sum, { smi }) => sum + [...smi.values()].filter(({ report }) => report).length, 0)
    const nodes = found.reduce((sum, { kube }) => sum + (kube?.nodes.length ?? 0), 0)
    if (rows.length === 0)
      return {
        empty: {
          title: asked > 0 ? `No process on the GPUs of ${counted(asked, 'node')}` : 'No GPU node could be asked',
          likely: unknowns.length > 0 ? unknowns.slice(0, 5) : ['Nothing runs there, or the filter is too narrow'],
          next: ['get_gpu_workloads for who holds GPUs', 'get_gpu_nodes for what they measure'],
        },
        clusters,
      }
    const notAsked = nodes - asked
    const facts = [
      { label: 'nodes asked', value: `${asked} of ${nodes}` },
      ...(notAsked > 0
        ? [
            {
              label: 'not looked at',
              value: (unknowns.join('; ') || 'name a node to ask it').slice(0, 300),
              tone: 'warn' as const,
            },
          ]
        : []),
    ]
    return { data: { title: counted(rows.length, 'GPU process', 'GPU processes'), columns, rows, facts }, clusters }
  },
})

function processRows({ cluster, gpus, smi }: ClusterGpus): z.output<typeof row>[] {
  return [...smi].flatMap(([node, { report }]) =>
    (report?.processes ?? []).map((one) => {
      const gpu = gpus.find((other) => other.node === node && other.uuid === one.uuid && !other.mig)
      const instance =
        one.migId &&
        gpus.find((other) => other.node === node && other.index === one.gpuIndex && other.migId === one.migId)
      const holder = instance || gpu
      // Of a shared GPU nobody can tell from outside whose process it is.
      const pod = holder && (holder.pods?.length ?? 1) === 1 ? holder.pod : undefined
      return {
        id: `${cluster}/${node}/${one.uuid}/${one.pid}`,
        cluster,
        node,
        gpu: one.gpuIndex,
        uuid: one.uuid,
        model: cell(gpu?.model ?? '', 60),
        pid: one.pid,
        name: cell(one.name, 120),
        type: one.type,
        ...(one.memoryUsedMib !== undefined && { memoryUsedMib: one.memoryUsedMib }),
        ...(pod && { pod }),
      }
    }),
  )
}

const columns = [
  { key: 'node', label: 'Node', type: 'text' as const },
  { key: 'gpu', label: 'GPU', type: 'number' as const },
  { key: 'pid', label: 'PID', type: 'number' as const },
  { key: 'name', label: 'Process', type: 'code' as const },
  { key: 'type', label: 'Type', type: 'text' as const },
  { key: 'memoryUsedMib', label: 'Memory MiB', type: 'number' as const },
  { key: 'pod', label: 'Pod', type: 'text' as const },
  { key: 'model', label: 'Model', type: 'text' as const },
  { key: 'cluster', label: 'Cluster', type: 'text' as const },
]

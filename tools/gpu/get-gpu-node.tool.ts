import * as z from 'zod'
import { ToolError } from '#contract'
import { defineTool } from '#define'
import { cluster, word } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { counted, tableOf } from '../table.ts'
import { factsLine, lines, tsv } from '../text.ts'
import { gpuAccess } from './access.ts'
import { collectGpus, gpuScope } from './collect.ts'
import { devicesSubject } from './events.ts'
import { silentRows } from './get-gpu-nodes.tool.ts'
import { byTrouble, gpuCells, gpuColumns, gpuFacts, gpuHeader, gpuRow, rowOfGpu } from './rows.ts'

/** Every GPU of one node from every source: DCGM, nvidia-smi in the driver pod, Kubernetes (GPU-002, GPU-005). */
export const getGpuNode = defineTool({
  name: 'get_gpu_node',
  title: 'GPUs of a node',
  about:
    'Every GPU of one node from DCGM and nvidia-smi together: figures with their source, memory errors, remapped rows, links, throttling, who holds it.',
  risk: 'read',
  card: 'table',
  needs: ['fleet'],
  uses: ['prometheus', 'kubernetes', 'prices'],
  input: z.strictObject({ cluster, node: word.describe('Node name') }),
  output: tableOf(gpuRow),
  examples: [{ cluster: 'gpu-east', node: 'gpu-east-h100-01' }],
  route: { method: 'GET', path: '/gpu/nodes/{cluster}/{node}' },
  access: gpuAccess,
  text: ({ title, rows, facts }) => lines(`${title}. ${factsLine(facts)}`, tsv(gpuHeader, rows.map(gpuCells))),
  async run(input, ctx) {
    const scope = gpuScope(ctx, ctx.clients, [input.cluster])
    const options = { node: input.node, fields: 'all', whole: true } as const
    const { found, clusters } = await collectGpus(ctx, scope, options)
    requireSome({ values: found.map((value) => ({ cluster: value.cluster, value })), clusters })
    const [own] = found
    const { prices } = ctx.clients
    const gpus = own?.gpus.filter((gpu) => gpu.node === input.node) ?? []
    const rows = [...gpus.map((gpu) => rowOfGpu(gpu, prices)), ...(own ? silentRows(own) : [])].sort(byTrouble)
    if (rows.length === 0)
      throw new ToolError('not-found', `${input.cluster} has no GPU node named "${input.node.slice(0, 80)}".`, {
        next: `Take a name from get_gpu_nodes${own?.kube ? '' : '; Kubernetes did not answer, so only what DCGM tells is known'}.`,
        field: 'node',
        cluster: input.cluster,
        details: {
          reason: 'NO_GPU_NODES',
          known: own?.known.slice(0, 50) ?? [],
        },
      })
    const node = own?.kube?.nodes.find((one) => one.node === input.node)
    const report = own?.smi.get(input.node)?.report
    const driver = report?.driver ?? gpus.find((gpu) => gpu.driver)?.driver ?? node?.driver
    const facts = [
      ...gpuFacts(gpus, { prices }),
      ...(driver ? [{ label: 'driver', value: driver }] : []),
      ...(report?.cuda ? [{ label: 'CUDA', value: report.cuda }] : []),
      ...(node
        ? [
            {
              label: 'allocatable',
              value: `${node.allocatable} of ${node.capacity}${node.physical === undefined ? '' : `, ${node.physical} in the machine`}`,
            },
          ]
        : []),
      ...(node?.sharing ? [{ label: 'shared', value: `${node.sharing}, ${node.replicas} each` }] : []),
      ...(own?.unknowns.length
        ? [{ label: 'not looked at', value: own.unknowns.join('; ').slice(0, 400), tone: 'warn' as const }]
        : []),
    ]
    const title = `${counted(gpus.length, 'GPU')} of ${input.node}`
    return {
      data: { title, columns: gpuColumns(true), rows, facts },
      clusters,
      subject: devicesSubject(input.cluster, input.node),
    }
  },
})

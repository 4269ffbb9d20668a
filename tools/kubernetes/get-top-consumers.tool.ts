import * as z from 'zod'
import { ToolError } from '#contract'
import { defineTool } from '#define'
import { clusters, limit, namespace } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { tableOf } from '../table.ts'
import { factsLine, lines } from '../text.ts'
import { readUsage, usageAccess } from './usage.ts'
import { byUse, resources, usageColumns, usageFacts, usageRow, usageRowOf, usageTable } from './usage-rows.ts'

const input = z.strictObject({
  resource: z.enum(resources).describe('Of what'),
  by: z.enum(['pods', 'workloads', 'namespaces', 'nodes']).default('pods').describe('Rows'),
  clusters,
  namespace,
  limit: limit.default(10),
})

const words = { cpu: 'CPU', memory: 'memory', gpu: 'GPUs' }

/** Who uses most of a resource over all clusters (MET-028). */
export const getTopConsumers = defineTool({
  name: 'get_top_consumers',
  title: 'Top consumers',
  about:
    'Pods, workloads, namespaces or nodes that use most CPU, memory or GPU, with their share. All of them: get_resource_usage.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'kubernetes'],
  uses: ['prometheus'],
  input,
  output: tableOf(usageRow.extend({ share: z.number().optional().describe('Of all that is used, percent') })),
  examples: [{ resource: 'gpu' }, { resource: 'memory', by: 'workloads', clusters: ['gpu-east'], limit: 5 }],
  route: { method: 'GET', path: '/usage/top' },
  access: usageAccess,
  text: ({ title, rows, facts }) => lines(`${title}. ${factsLine(facts)}`, usageTable(rows)),
  async run(input, ctx) {
    const { resource, by, namespace } = input
    const names = ctx.scopeOf(ctx.clients.kubernetes, input.clusters)
    const read = await ctx.fanOut(names, (name, signal, begun) =>
      readUsage(ctx.clients, name, { by, namespace, signal, begun }),
    )
    const { values, clusters } = requireSome(read)
    const seen = values.map(({ value }) => value)
    const all = seen.flatMap((value) => value.rows.map(usageRowOf))
    const used = `${resource}Used` as const
    const using = all.filter((row) => (row[used] ?? 0) > 0).sort(byUse(resource))
    if (using.length === 0) {
      const unknowns = seen.flatMap((value) => value.unknowns)
      if (all.length > 0 && unknowns.length > 0)
        throw new ToolError(
          'not-configured',
          `Nobody measures ${words[resource]} here: ${unknowns.slice(0, 3).join('; ')}.`,
          {
            next: 'Install a metrics server, or configure "prometheus" for the cluster. What was requested: get_resource_usage.',
          },
        )
      return {
        empty: {
          title: `Nothing uses ${words[resource]} here`,
          likely: [
            resource === 'gpu'
              ? 'No pod holds a GPU that is busy, or no DCGM exporter is scraped'
              : `${all.length} ${by} known, none measured`,
          ],
          next: ['get_resource_usage', 'get_gpu_nodes'],
        },
        clusters,
      }
    }
    const total = using.reduce((sum, row) => sum + row[used]!, 0)
    const rows = using.map((row) => ({ ...row, share: Number(((100 * row[used]!) / total).toFixed(1)) }))
    const columns = usageColumns(by, rows)
    return {
      data: {
        title: `${by[0]!.toUpperCase()}${by.slice(1)} by ${words[resource]} used, ${using.length} of ${all.length} use any`,
        columns: [
          ...columns.slice(0, 3),
          { key: 'share', label: 'Share', type: 'percent' as const },
          ...columns.slice(3),
        ],
        rows,
        facts: usageFacts(all, seen),
      },
      clusters,
    }
  },
})

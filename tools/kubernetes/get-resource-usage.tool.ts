import * as z from 'zod'
import { defineTool } from '#define'
import { clusters, limit, matchesText, namespace, text } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { counted, tableOf } from '../table.ts'
import { factsLine, lines } from '../text.ts'
import { readUsage, usageAccess } from './usage.ts'
import { byUse, resources, usageColumns, usageFacts, usageRow, usageRowOf, usageTable } from './usage-rows.ts'

const input = z.strictObject({
  clusters,
  by: z.enum(['pods', 'workloads', 'namespaces', 'nodes']).default('namespaces').describe('Rows'),
  namespace,
  sort: z.enum(resources).default('cpu').describe('Most used first'),
  text,
  limit: limit.default(25),
})

/** CPU, memory and GPUs used against what was requested and what is allowed (MET-028). */
export const getResourceUsage = defineTool({
  name: 'get_resource_usage',
  title: 'Resource usage',
  about:
    'CPU, memory, GPUs used, requested and limited by pods, workloads, namespaces or nodes. The greediest: get_top_consumers. Over time: query_metrics.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'kubernetes'],
  uses: ['prometheus'],
  input,
  output: tableOf(usageRow),
  examples: [{}, { clusters: ['gpu-east'], by: 'nodes', sort: 'gpu' }, { by: 'workloads', namespace: 'inference' }],
  route: { method: 'GET', path: '/usage' },
  access: usageAccess,
  text: ({ title, rows, facts }) => lines(`${title}. ${factsLine(facts)}`, usageTable(rows)),
  async run(input, ctx) {
    const { by, namespace } = input
    const names = ctx.scopeOf(ctx.clients.kubernetes, input.clusters)
    const read = await ctx.fanOut(names, (name, signal, begun) =>
      readUsage(ctx.clients, name, { by, namespace, signal, begun }),
    )
    const { values, clusters } = requireSome(read)
    const all = values.flatMap(({ value }) => value.rows.map(usageRowOf))
    const rows = all.filter((row) => matchesText(input.text, [row.name, row.namespace, row.cluster]))
    if (rows.length === 0)
      return {
        empty: {
          title: `No ${by} here`,
          likely: [
            all.length > 0
              ? `None of ${all.length} has a name with these words`
              : namespace
                ? `Namespace ${JSON.stringify(namespace)} has no pods on these clusters, or does not exist`
                : 'Nothing runs on these clusters',
          ],
          next: ['get_resource_usage with fewer filters', 'list_clusters'],
        },
        clusters,
      }
    rows.sort(byUse(input.sort))
    const facts = usageFacts(
      rows,
      values.map(({ value }) => value),
    )
    const title = counted(rows.length, by.slice(0, -1))
    return { data: { title, columns: usageColumns(by, rows), rows, facts }, clusters }
  },
})

import * as z from 'zod'
import type { Context, Reply } from '#define'
import { matchesText } from '../arguments.ts'
import type { Loki } from '../clients/loki/types.ts'
import { requireSome } from '../fan-out.ts'
import { counted, tableOf } from '../table.ts'
import { cell, lines, tsv } from '../text.ts'
import { logTimeoutMs } from './read.ts'

const row = z.strictObject({ id: z.string(), name: z.string(), clusters: z.string() })
export const labelTable = tableOf(row)

export const labelText = ({ title, rows }: z.output<typeof labelTable>): string =>
  lines(
    title,
    tsv(
      ['name', 'clusters'],
      rows.map((one) => [one.name, one.clusters]),
    ),
  )

/** Names over the clusters, each once with the clusters that have it. */
export async function listLabels(
  ctx: Context<'fleet' | 'loki'>,
  asked: { what: string; many?: string; text?: string | undefined; clusters?: readonly string[] | undefined },
  read: (client: Loki, signal: AbortSignal) => Promise<string[]>,
): Promise<Reply<z.output<typeof labelTable>>> {
  const { loki } = ctx.clients
  const names = ctx.scopeOf(loki, asked.clusters)
  const { values, clusters } = requireSome(
    await ctx.fanOut(names, (cluster, signal) => read(loki.for(cluster), signal), { timeoutMs: logTimeoutMs }),
  )
  const found = new Map<string, string[]>()
  for (const { cluster, value } of values)
    for (const name of new Set(value)) found.set(name, [...(found.get(name) ?? []), cluster])
  const rows = [...found]
    .filter(([name]) => matchesText(asked.text, [name]))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, from]) => ({ id: cell(name, 200), name: cell(name, 120), clusters: from.join(', ') }))
  const many = asked.many ?? `${asked.what}s`
  if (rows.length === 0)
    return {
      empty: {
        title: `No ${many}`,
        likely: [
          found.size > 0
            ? `None of ${found.size} holds ${cell(asked.text, 60)}`
            : 'No streams in the time Loki looks at by itself (6 hours), or no such label',
        ],
        next: ['get_log_labels'],
      },
      clusters,
    }
  return { data: { title: counted(rows.length, asked.what, many), columns, rows }, clusters }
}

const columns = [
  { key: 'name', label: 'Name', type: 'text' as const },
  { key: 'clusters', label: 'Clusters', type: 'text' as const },
]

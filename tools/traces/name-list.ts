import * as z from 'zod'
import type { Context, Reply } from '#define'
import { matchesText, timeRange } from '../arguments.ts'
import { counted, tableOf } from '../table.ts'
import { cell, lines, tsv } from '../text.ts'
import { tagValuesOver } from './service.ts'

const row = z.strictObject({ id: z.string(), name: z.string(), clusters: z.string() })
export const nameTable = tableOf(row)

interface Asked {
  tag: string
  query?: string
  what: string
  text?: string | undefined
  requested?: readonly string[] | undefined
  since?: string | undefined
}

/** The values of one attribute over clusters, as rows: each name once, with the clusters that have it. */
export async function listNames(
  ctx: Context<'fleet' | 'tempo'>,
  { tag, query, what, text, requested, since }: Asked,
): Promise<Reply<z.output<typeof nameTable>>> {
  const range = timeRange({ since }, { now: ctx.now() })
  const names = ctx.scopeOf(ctx.clients.tempo, requested)
  const { values, clusters } = await tagValuesOver(ctx, names, { tag, ...(query && { query }), range })
  const found = new Map<string, string[]>()
  for (const { cluster, value } of values)
    for (const name of new Set(value)) found.set(name, [...(found.get(name) ?? []), cluster])
  const rows = [...found]
    .filter(([name]) => matchesText(text, [name]))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, from]) => ({ id: name, name: cell(name, 120), clusters: from.join(', ') }))
  if (rows.length === 0)
    return {
      empty: {
        title: `No ${what}s`,
        likely: [
          found.size > 0
            ? `None of ${counted(found.size, what)} holds ${cell(text, 60)}`
            : `No spans${query ? ` of ${query}` : ''} between ${range.start.toISOString()} and ${range.end.toISOString()}: nothing is instrumented, or it does not send here`,
        ],
        next: ['a longer time with since'],
      },
      clusters,
    }
  return { data: { title: counted(rows.length, what), columns, rows }, clusters }
}

export const namesText = ({ title, rows }: z.output<typeof nameTable>): string =>
  lines(
    title,
    tsv(
      ['name', 'clusters'],
      rows.map((one) => [one.name, one.clusters]),
    ),
  )

const columns = [
  { key: 'name', label: 'Name', type: 'text' as const },
  { key: 'clusters', label: 'Clusters', type: 'text' as const },
]

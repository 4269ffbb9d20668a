import * as z from 'zod'
import type { Context } from '#define'
import { defineTool } from '#define'
import { clusters, limit } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { counted, tableOf } from '../table.ts'
import { cell, lines, quoted, tsv } from '../text.ts'
import { score } from './find.ts'
import { unitOfName } from './units.ts'

const row = z.strictObject({
  id: z.string(),
  name: z.string(),
  type: z.string().optional().describe('counter, gauge, histogram or summary'),
  unit: z.string().optional(),
  help: z.string().optional().describe('Text from outside'),
  labels: z.string().optional().describe('Labels that tell its series apart, of the best fits'),
  clusters: z.string().describe('Where it exists'),
  score: z.number().describe('How well it fits'),
})

const input = z.strictObject({
  text: z.string().describe('Such as: time to first token'),
  clusters,
  limit: limit.default(20),
})

/** Metric names by what they measure (MET-004). */
export const findMetrics = defineTool({
  name: 'find_metrics',
  title: 'Find metrics',
  about: 'Metric names for some words, with type, unit, help; then query_metrics. Label values: get_metric_labels.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'prometheus'],
  input,
  output: tableOf(row),
  examples: [{ text: 'time to first token' }, { text: 'gpu temperature', clusters: ['gpu-east'] }],
  route: { method: 'GET', path: '/metrics/names' },
  text: ({ title, rows }) =>
    lines(
      title,
      tsv(
        ['metric', 'type', 'unit', 'labels', 'clusters', 'help'],
        rows.map((one) => [one.name, one.type, one.unit, one.labels, one.clusters, quoted(one.help, 100)]),
      ),
    ),
  async run(input, ctx) {
    const { prometheus } = ctx.clients
    const read = await ctx.fanOut(ctx.scopeOf(prometheus, input.clusters), async (cluster, signal) => {
      const client = prometheus.for(cluster)
      const [names, metadata] = await Promise.all([
        client.labelValues({ label: '__name__', signal }),
        // Names are worth having without their descriptions; some gateways serve no metadata.
        client.metadata({ signal }).catch((): Metadata => ({})),
      ])
      return { names, metadata }
    })
    const { values, clusters } = requireSome(read)
    const rows = new Map<string, z.output<typeof row>>()
    const total = new Set<string>()
    for (const { cluster, value } of values) {
      for (const name of value.names) total.add(name)
      for (const name of shownNames(value.names, value.metadata)) {
        const known = rows.get(name)
        if (known) {
          known.clusters += `, ${cluster}`
          continue
        }
        const about = describe(name, value.metadata)
        const fits = score({ name, help: about?.help }, input.text)
        if (fits <= 0) continue
        const unit = about?.unit || unitOfName(about?.type === 'histogram' ? baseOf(name) : name)
        rows.set(name, {
          id: name,
          name,
          ...(about?.type && { type: about.type }),
          ...(unit && { unit }),
          ...(about?.help && { help: cell(about.help, 200) }),
          clusters: cluster,
          score: Math.round(fits * 10) / 10,
        })
      }
    }
    if (rows.size === 0)
      return {
        empty: {
          title: `No metric for "${cell(input.text, 80)}"`,
          likely: [`${total.size} metrics exist here; none has all of these words in its name or help`],
          next: ['find_metrics with one word, such as latency, gpu, tokens, memory'],
        },
        clusters,
      }
    const sorted = [...rows.values()].sort(
      (left, right) => right.score - left.score || (left.name < right.name ? -1 : 1),
    )
    await addLabels(sorted.slice(0, described), ctx)
    return { data: { title: `${counted(sorted.length, 'metric')} of ${total.size}`, columns, rows: sorted }, clusters }
  },
})

type Metadata = Record<string, { type: string; help: string; unit: string }[]>

/** Best fits whose labels are looked up; the others are a guess that nobody will ask about. */
const described = 6
const mostLabels = 6

/** Where a series was scraped tells nothing of what it measures. */
const everywhere = new Set(
  '__name__ job instance endpoint service pod_ip container_id prometheus prometheus_replica cluster uid'.split(' '),
)

async function addLabels(rows: z.output<typeof row>[], ctx: Context<'prometheus'>): Promise<void> {
  const byCluster = new Map<string, z.output<typeof row>[]>()
  for (const row of rows) {
    const [cluster = ''] = row.clusters.split(', ')
    byCluster.set(cluster, [...(byCluster.get(cluster) ?? []), row])
  }
  await ctx.fanOut(
    [...byCluster.keys()],
    (cluster, signal) =>
      Promise.all(
        byCluster.get(cluster)!.map(async (row) => {
          const match = [`{__name__=${JSON.stringify(row.name)}}`]
          const names = await ctx.clients.prometheus.for(cluster).labelNames({ match, signal })
          const own = names.filter((name) => !everywhere.has(name))
          if (own.length > 0) row.labels = own.slice(0, mostLabels).join(', ')
        }),
      ),
    { timeoutMs: 1_000 },
  )
}

/** A histogram is described under its own name and stored as _bucket, _sum and _count. */
const baseOf = (name: string) => name.replace(/_(bucket|sum|count|total|created)$/, '')
const describe = (name: string, metadata: Metadata) => metadata[name]?.[0] ?? metadata[baseOf(name)]?.[0]

/** A histogram once, by the name that histogram_quantile takes. */
function shownNames(names: readonly string[], metadata: Metadata): string[] {
  const all = new Set(names)
  return names.filter((name) => {
    const bucket = `${baseOf(name)}_bucket`
    return (
      name === bucket ||
      !(/_(sum|count|created)$/.test(name) && all.has(bucket) && describe(name, metadata)?.type !== 'counter')
    )
  })
}

const columns = [
  { key: 'name', label: 'Metric', type: 'code' as const },
  { key: 'type', label: 'Type', type: 'text' as const },
  { key: 'unit', label: 'Unit', type: 'text' as const },
  { key: 'labels', label: 'Labels', type: 'code' as const },
  { key: 'help', label: 'Help', type: 'text' as const },
  { key: 'clusters', label: 'Clusters', type: 'text' as const },
]

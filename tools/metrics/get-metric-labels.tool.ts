import * as z from 'zod'
import { defineTool } from '#define'
import { clusters, limit, matchesText, optionalWord, text } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { nearest } from '../scope.ts'
import { counted, tableOf } from '../table.ts'
import { cell, lines, tsv } from '../text.ts'

const row = z.strictObject({
  id: z.string(),
  value: z.string().describe('Text from outside'),
  clusters: z.string().describe('Where it exists'),
})

const input = z.strictObject({
  labelName: optionalWord('Default: names of labels'),
  match: optionalWord('Selector: up{job="x"}'),
  clusters,
  text,
  limit,
})

/** Label names, or values of one label, over clusters (MET-003, MET-004, MET-021, MET-027). */
export const getMetricLabels = defineTool({
  name: 'get_metric_labels',
  title: 'Metric labels',
  about: 'Label names, or the values of one, of series that match; for the selectors of query_metrics.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'prometheus'],
  input,
  output: tableOf(row),
  examples: [{ labelName: 'model_name', match: 'vllm:num_requests_running' }, { match: 'DCGM_FI_DEV_GPU_UTIL' }],
  route: { method: 'GET', path: '/metrics/labels' },
  text: ({ title, rows }) =>
    lines(
      title,
      tsv(
        ['value', 'clusters'],
        rows.map((one) => [cell(one.value, 120), one.clusters]),
      ),
    ),
  async run(input, ctx) {
    const { prometheus } = ctx.clients
    if (input.match) (await import('./promql.ts')).parsePromql(input.match)
    const match = input.match ? { match: [input.match] } : {}
    const names = ctx.scopeOf(prometheus, input.clusters)
    const look = (cluster: string, signal: AbortSignal, label?: string) => {
      const client = prometheus.for(cluster)
      return label === undefined
        ? client.labelNames({ ...match, signal })
        : client.labelValues({ label, ...match, signal })
    }
    const read = await ctx.fanOut(names, (cluster, signal) => look(cluster, signal, input.labelName))
    const { values, clusters } = requireSome(read)
    const where = new Map<string, string[]>()
    for (const { cluster, value } of values)
      for (const one of value) where.set(one, [...(where.get(one) ?? []), cluster])
    const rows = [...where]
      .filter(([value]) => matchesText(input.text, [value]))
      .map(([value, own]) => ({ id: value, value, clusters: own.join(', ') }))
      .sort((left, right) => (left.value < right.value ? -1 : 1))
    if (rows.length > 0) return { data: { title: titleOf(rows.length, input), columns, rows }, clusters }
    const likely: string[] = []
    if (where.size > 0) likely.push(`${counted(where.size, 'value')} there; none has these words`)
    else if (input.labelName !== undefined) {
      const all = await ctx.fanOut(names, (cluster, signal) => look(cluster, signal))
      const labels = [...new Set(all.values.flatMap(({ value }) => value))]
      const near = nearest(input.labelName, labels)
      likely.push(`No series here has a label ${cell(input.labelName, 80)}${near ? `; there is ${near}` : ''}`)
      if (labels.length > 0) likely.push(`Labels: ${labels.slice(0, 30).join(', ')}`)
    }
    if (input.match && where.size === 0) likely.push('Or the selector matches no series')
    return {
      empty: { title: 'No values', likely, next: ['find_metrics', 'get_metric_labels without labelName'] },
      clusters,
    }
  },
})

const titleOf = (count: number, { labelName, match }: z.output<typeof input>): string => {
  const what =
    labelName === undefined
      ? counted(count, 'label name')
      : counted(count, `value of ${labelName}`, `values of ${labelName}`)
  return match ? `${what} in ${cell(match, 120)}` : what
}

const columns = [
  { key: 'value', label: 'Value', type: 'code' as const },
  { key: 'clusters', label: 'Clusters', type: 'text' as const },
]

import * as z from 'zod'
import { ToolError } from '#contract'
import { defineTool } from '#define'
import { clusters, limit, matchesText, optionalWord, text } from '../arguments.ts'
import type { Prometheus } from '../clients/prometheus/types.ts'
import { requireSome } from '../fan-out.ts'
import { nearest } from '../scope.ts'
import { counted, tableOf } from '../table.ts'
import { cell, lines, quoted, tsv } from '../text.ts'

const row = z.strictObject({
  id: z.string(),
  value: z.string().describe('Text from outside'),
  type: z.string().optional(),
  unit: z.string().optional(),
  help: z.string().optional().describe('Text from outside'),
  clusters: z.string().describe('Where it exists'),
})

const input = z.strictObject({
  labelName: optionalWord('Default: names of labels'),
  match: optionalWord('Selector: up{job="x"}'),
  show: z.enum(['labels', 'series', 'metadata']).optional().describe('Default: labels'),
  clusters,
  text,
  limit,
})
type Input = z.output<typeof input>

/** Label names, values of one, series of a selector, metadata, over clusters (MET-003, MET-004, MET-021, MET-027). */
export const getMetricLabels = defineTool({
  name: 'get_metric_labels',
  title: 'Metric labels',
  about: 'Label names, values of one, series of a selector, or type, unit and help of metrics; for query_metrics.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'prometheus'],
  input,
  output: tableOf(row),
  examples: [
    { labelName: 'model_name', match: 'vllm:num_requests_running' },
    { match: 'DCGM_FI_DEV_GPU_UTIL' },
    { match: 'up{job="vllm"}', show: 'series' },
  ],
  route: { method: 'GET', path: '/metrics/labels' },
  alsoAt: [
    { method: 'GET', path: '/metrics/label/{labelName}/values' },
    { method: 'GET', path: '/metrics/series', with: { show: 'series' } },
    { method: 'GET', path: '/metrics/metadata', with: { show: 'metadata' } },
  ],
  text: ({ title, rows }) =>
    lines(
      title,
      tsv(
        ['value', 'type', 'unit', 'clusters', 'help'],
        rows.map((one) => [cell(one.value, 300), one.type, one.unit, one.clusters, quoted(one.help, 100)]),
      ),
    ),
  async run(input, ctx) {
    const { prometheus } = ctx.clients
    if (input.match && input.show !== 'metadata') (await import('./promql.ts')).parsePromql(input.match)
    if (input.show === 'series' && !input.match)
      throw new ToolError('invalid-request', 'Series are those of a selector, and none is given.', {
        next: 'Give match, such as up{job="vllm"}.',
        field: 'match',
      })
    const names = ctx.scopeOf(prometheus, input.clusters)
    const read = await ctx.fanOut(names, (cluster, signal) => look(prometheus.for(cluster), input, signal))
    const { values, clusters } = requireSome(read)
    const found = new Map<string, { item: Item; clusters: string[] }>()
    for (const { cluster, value } of values)
      for (const item of value) {
        const known = found.get(item.value)
        if (known) known.clusters.push(cluster)
        else found.set(item.value, { item, clusters: [cluster] })
      }
    const rows = [...found.values()]
      .filter(({ item }) => matchesText(input.text, [item.value, item.help]))
      .map(({ item, clusters }) => ({ id: item.value, ...item, clusters: clusters.join(', ') }))
      .sort((left, right) => (left.value < right.value ? -1 : 1))
    if (rows.length > 0) return { data: { title: titleOf(rows.length, input), columns, rows }, clusters }
    const likely: string[] = []
    if (found.size > 0) likely.push(`${counted(found.size, 'value')} there; none has these words`)
    else if (input.labelName !== undefined) {
      const all = await ctx.fanOut(names, (cluster, signal) =>
        look(prometheus.for(cluster), { ...input, labelName: undefined }, signal),
      )
      const labels = [...new Set(all.values.flatMap(({ value }) => value.map((one) => one.value)))]
      const near = nearest(input.labelName, labels)
      likely.push(`No series here has a label ${cell(input.labelName, 80)}${near ? `; there is ${near}` : ''}`)
      if (labels.length > 0) likely.push(`Labels: ${labels.slice(0, 30).join(', ')}`)
    }
    if (input.match && found.size === 0)
      likely.push(
        input.show === 'metadata' ? 'No metric of this name is described' : 'Or the selector matches no series',
      )
    if (likely.length === 0) likely.push('The servers know no series')
    return {
      empty: { title: 'No values', likely, next: ['find_metrics', 'get_metric_labels without labelName'] },
      clusters,
    }
  },
})

interface Item {
  value: string
  type?: string
  unit?: string
  help?: string
}

/** Series of one cluster that are looked at; more would not fit any answer. */
const mostSeries = 1_000

async function look(client: Prometheus, { show, labelName, match }: Input, signal: AbortSignal): Promise<Item[]> {
  const matching = match ? { match: [match] } : {}
  if (show === 'series') {
    const { series } = await client.series({ match: [match!], limit: mostSeries, signal })
    return series.map((metric) => ({ value: textOf(metric) }))
  }
  if (show === 'metadata') {
    const all = await client.metadata({ ...(match && { metric: match }), signal })
    return Object.entries(all).map(([value, [about]]) => ({
      value,
      ...(about?.type && { type: about.type }),
      ...(about?.unit && { unit: about.unit }),
      ...(about?.help && { help: cell(about.help, 200) }),
    }))
  }
  const values =
    labelName === undefined
      ? await client.labelNames({ ...matching, signal })
      : await client.labelValues({ label: labelName, ...matching, signal })
  return values.map((value) => ({ value }))
}

/** As PromQL writes it, whole: it can be asked for. */
const textOf = ({ __name__ = '', ...labels }: Record<string, string>): string =>
  `${__name__}{${Object.entries(labels)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join(',')}}`

const titleOf = (count: number, { labelName, match, show }: Input): string => {
  const what =
    show === 'series'
      ? counted(count, 'series', 'series')
      : show === 'metadata'
        ? counted(count, 'metric')
        : labelName === undefined
          ? counted(count, 'label name')
          : counted(count, `value of ${labelName}`, `values of ${labelName}`)
  return match ? `${what} in ${cell(match, 120)}` : what
}

const columns = [
  { key: 'value', label: 'Value', type: 'code' as const },
  { key: 'type', label: 'Type', type: 'text' as const },
  { key: 'unit', label: 'Unit', type: 'text' as const },
  { key: 'help', label: 'Help', type: 'text' as const },
  { key: 'clusters', label: 'Clusters', type: 'text' as const },
]

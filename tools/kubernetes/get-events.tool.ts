import * as z from 'zod'
import type { Fact } from '#contract'
import { defineTool } from '#define'
import { clusters, durationSeconds, limit, matchesText, namespace, optionalWord, since, text } from '../arguments.ts'
import { eventKind } from '../clients/kubernetes/types.ts'
import { requireSome } from '../fan-out.ts'
import { counted, tableOf } from '../table.ts'
import { cell, factsLine, lines, outsideNote, quoted, shortTime, tsv } from '../text.ts'
import { type EventRow, eventLines, eventRow, eventRows, eventTime } from './event-rows.ts'

const input = z.strictObject({
  clusters,
  namespace,
  object: optionalWord('Name or its start; Kind/name'),
  type: z.enum(['warning', 'normal', 'all']).default('warning').describe('Type'),
  since: since.unwrap().default('1h').describe('Last'),
  text,
  limit: limit.default(30),
})

/** Events, warnings first, equal ones counted together. */
export const getEvents = defineTool({
  name: 'get_events',
  title: 'Kubernetes events',
  about: 'Kubernetes events, newest warnings first, repeats counted. What a container printed: get_pod_logs.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'kubernetes'],
  input,
  output: tableOf(eventRow),
  examples: [{ since: '30m' }, { clusters: ['gpu-east'], namespace: 'inference', object: 'Pod/qwen-0', type: 'all' }],
  route: { method: 'GET', path: '/events' },
  access: [{ verbs: ['list'], group: '', resource: 'events' }],
  text: ({ title, rows, facts }) =>
    lines(
      `${title}. ${factsLine(facts)}`,
      outsideNote,
      tsv(
        ['cluster', 'namespace', 'last(UTC)', 'type', 'reason', 'object', 'count', 'message'],
        eventLines(rows).map(({ row, objects, count }) => [
          row.cluster,
          row.namespace,
          shortTime(row.at),
          row.type,
          row.reason,
          objects,
          count,
          quoted(row.message, 160),
        ]),
      ),
    ),
  async run(input, ctx) {
    const { kubernetes } = ctx.clients
    const oldest = new Date(ctx.now().getTime() - durationSeconds(input.since) * 1000)
    const [kindOrName, objectName] = input.object?.split('/') ?? []
    const read = await ctx.fanOut(ctx.scopeOf(kubernetes, input.clusters), async (cluster, signal) => {
      const { items } = await kubernetes.for(cluster).list(eventKind, {
        signal,
        ...(input.namespace && { namespace: input.namespace }),
        // What a Deployment runs is told of its pods, whose names begin with its own.
        ...(objectName && { fieldSelector: `involvedObject.name=${objectName}` }),
      })
      return eventRows(
        items.filter((item) => Date.parse(eventTime(item)) >= oldest.getTime()),
        cluster,
      )
    })
    const { values, clusters } = requireSome(read)
    const all = values.flatMap(({ value }) => value)
    const rows = all.filter(
      (row) =>
        (input.type === 'all' || row.type.toLowerCase() === input.type) &&
        isAbout(row.object, { kindOrName, objectName }) &&
        matchesText(input.text, [row.reason, row.object, row.message, row.namespace]),
    )
    if (rows.length === 0) return { empty: explain(input, all.length), clusters }
    rows.sort(byWeight)
    return {
      data: { title: `${counted(rows.length, 'event')} since ${input.since}`, columns, rows, facts: factsOf(rows) },
      clusters,
    }
  },
})

/** `Pod/qwen-7f9-x2` is about `Pod/qwen-7f9-x2`, `qwen-7f9-x2` and `qwen`. */
function isAbout(object: string, wanted: { kindOrName: string | undefined; objectName: string | undefined }): boolean {
  const { kindOrName, objectName } = wanted
  if (kindOrName === undefined) return true
  if (objectName !== undefined) return object.toLowerCase().startsWith(`${kindOrName.toLowerCase()}/`)
  const name = object.slice(object.indexOf('/') + 1)
  return name === kindOrName || name.startsWith(`${kindOrName}-`)
}

const byWeight = (left: EventRow, right: EventRow) =>
  Number(right.type === 'Warning') - Number(left.type === 'Warning') ||
  (left.at < right.at ? 1 : left.at > right.at ? -1 : 0)

function factsOf(rows: EventRow[]): Fact[] {
  const counts = new Map<string, number>()
  for (const row of rows) counts.set(row.reason, (counts.get(row.reason) ?? 0) + row.count)
  const top = [...counts].sort((left, right) => right[1] - left[1])
  const shown = top.slice(0, 10).map(([label, value]) => ({ label, value: String(value) }))
  return [{ label: 'events', value: String(rows.reduce((sum, row) => sum + row.count, 0)) }, ...shown]
}

function explain(input: { type: string; since: string; object?: string | undefined }, others: number) {
  return {
    title: `No ${input.type === 'all' ? '' : `${input.type} `}events since ${input.since}`,
    likely: [
      ...(others > 0 ? [`${counted(others, 'other event')} there: type "all" shows them`] : []),
      'Clusters keep events for an hour by default; older ones are gone',
      ...(input.object ? [`Nothing is called ${cell(input.object, 80)}, or begins with that and a dash`] : []),
    ],
    next: [...(input.type === 'all' ? [] : ['get_events with type "all"']), 'list_pods with problemsOnly'],
  }
}

const columns = [
  { key: 'at', label: 'Last', type: 'age' as const },
  { key: 'type', label: 'Type', type: 'state' as const },
  { key: 'reason', label: 'Reason', type: 'text' as const },
  { key: 'object', label: 'Object', type: 'text' as const },
  { key: 'count', label: 'Count', type: 'number' as const },
  { key: 'message', label: 'Message', type: 'text' as const },
  { key: 'namespace', label: 'Namespace', type: 'text' as const },
  { key: 'cluster', label: 'Cluster', type: 'text' as const },
]

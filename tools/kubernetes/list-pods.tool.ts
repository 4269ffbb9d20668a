import * as z from 'zod'
import type { EmptyPayload } from '#contract'
import { defineTool } from '#define'
import { clusters, labelSelector, limit, matchesText, namespace, optionalWord, text } from '../arguments.ts'
import { type KubeObject, type KubernetesCluster, podKind } from '../clients/kubernetes/types.ts'
import { requireSome } from '../fan-out.ts'
import { counted, tableOf } from '../table.ts'
import { factsLine, lines, outsideNote, quoted, shortTime, tsv } from '../text.ts'
import { byTrouble, podFacts, podRow, podRowOf } from './pod-rows.ts'

const input = z.strictObject({
  clusters,
  namespace,
  labelSelector,
  node: optionalWord('Node name'),
  status: optionalWord('As kubectl: OOMKilled'),
  problemsOnly: z.boolean().optional().describe('Only troubled'),
  text,
  limit: limit.default(25),
})
type Input = z.output<typeof input>

/** Pods of many clusters in kubectl's words. */
export const listPods = defineTool({
  name: 'list_pods',
  title: 'Pods',
  about: 'Pods with status, restarts, node, GPUs; troubled first, exact totals. Why one fails: diagnose_pod.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'kubernetes'],
  input,
  output: tableOf(podRow),
  examples: [
    { problemsOnly: true },
    { clusters: ['gpu-east'], namespace: 'inference', labelSelector: 'app=qwen' },
    { status: 'OOMKilled' },
  ],
  route: { method: 'GET', path: '/pods' },
  access: [{ verbs: ['list', 'watch'], group: '', resource: 'pods' }],
  text: ({ title, rows, facts }) =>
    lines(
      `${title}. ${factsLine(facts)}`,
      rows.some((row) => row.reason) && outsideNote,
      tsv(
        ['cluster', 'namespace', 'pod', 'status', 'ready', 'restarts', 'gpus', 'node', 'created', 'reason'],
        rows.map((row) => [
          row.cluster,
          row.namespace,
          row.name,
          row.status,
          row.ready,
          row.restarts || undefined,
          row.gpus || undefined,
          row.node,
          shortTime(row.created),
          quoted(row.reason, 90),
        ]),
      ),
    ),
  async run(input, ctx) {
    const { kubernetes } = ctx.clients
    const names = ctx.scopeOf(kubernetes, input.clusters)
    const now = ctx.now()
    const read = await ctx.fanOut(names, async (name, signal, begun) => {
      const items = await podsOf(kubernetes.for(name), input, { signal, begun })
      return items.map((object) => podRowOf(object, name, now))
    })
    const { values, clusters } = requireSome(read)
    const all = values.flatMap(({ value }) => value)
    const wanted = input.status?.toLowerCase()
    const rows = all
      .filter(
        ({ row, problem }) =>
          (!input.problemsOnly || problem) &&
          (wanted === undefined || row.status.toLowerCase() === wanted) &&
          matchesText(input.text, [row.name, row.namespace, row.cluster, row.status, row.node, row.owner, row.reason]),
      )
      .map(({ row }) => row)
    if (rows.length === 0)
      return {
        empty: explain(
          input,
          all.map(({ row }) => row.status),
        ),
        clusters,
      }
    rows.sort(byTrouble)
    return { data: { title: counted(rows.length, 'pod'), columns, rows, facts: podFacts(rows) }, clusters }
  },
})

/** Labels and nodes are filtered by the API server; everything and namespaces come from what is remembered. */
async function podsOf(
  client: KubernetesCluster,
  input: Input,
  { signal, begun }: { signal: AbortSignal; begun: () => void },
): Promise<KubeObject[]> {
  const { namespace, labelSelector, node } = input
  const place = { signal, ...(namespace && { namespace }) }
  if (!labelSelector && !node) return client.cached(podKind, { ...place, begun })
  const { items } = await client.list(podKind, {
    ...place,
    ...(labelSelector && { labelSelector }),
    ...(node && { fieldSelector: `spec.nodeName=${node}` }),
  })
  return items
}

const columns = [
  { key: 'name', label: 'Pod', type: 'text' as const },
  { key: 'namespace', label: 'Namespace', type: 'text' as const },
  { key: 'cluster', label: 'Cluster', type: 'text' as const },
  { key: 'status', label: 'Status', type: 'state' as const },
  { key: 'ready', label: 'Ready', type: 'text' as const },
  { key: 'restarts', label: 'Restarts', type: 'number' as const },
  { key: 'created', label: 'Age', type: 'age' as const },
  { key: 'node', label: 'Node', type: 'text' as const },
  { key: 'gpus', label: 'GPUs', type: 'number' as const },
  { key: 'reason', label: 'Reason', type: 'text' as const },
]

function explain(input: Input, statuses: string[]): EmptyPayload {
  const { problemsOnly, status, namespace, labelSelector } = input
  if (statuses.length > 0 && problemsOnly && !status)
    return {
      title: `None of ${counted(statuses.length, 'pod')} is in trouble`,
      likely: ['All run and are ready, have completed, or are on their way for less than five minutes'],
      next: ['list_alerts', 'get_events'],
    }
  if (statuses.length > 0)
    return {
      title: 'No pod matches',
      likely: [
        `${counted(statuses.length, 'pod')} known here; statuses: ${[...new Set(statuses)].slice(0, 12).join(', ')}`,
      ],
      next: ['list_pods with fewer filters'],
    }
  const likely = [
    ...(namespace ? [`Namespace ${namespace} is empty or does not exist on these clusters`] : []),
    ...(labelSelector ? ['No pod has these labels: they may be those of the Deployment and not of its pods'] : []),
  ]
  return {
    title: 'No pods',
    likely: likely.length > 0 ? likely : ['The clusters asked run nothing'],
    next: ['list_pods without filters', 'list_clusters'],
  }
}

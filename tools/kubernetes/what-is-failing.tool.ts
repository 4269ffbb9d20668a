import * as z from 'zod'
import type { EmptyPayload } from '#contract'
import { defineTool } from '#define'
import { clusters, limit, matchesText, namespace, text } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { counted, tableOf } from '../table.ts'
import { factsLine, lines, outsideNote } from '../text.ts'
import { type ClusterFailures, failingAccess, readFailures } from './failing.ts'
import { byWeight, type FailureRow, failureFacts, failureRow, failureRowOf, failureTable } from './failing-rows.ts'

const input = z.strictObject({ clusters, namespace, text, limit: limit.default(30) })

/** Failing and pending workloads of many clusters, grouped by cause. */
export const whatIsFailing = defineTool({
  name: 'what_is_failing',
  title: 'What is failing',
  about: 'Failing workloads, nodes, jobs, claims by cause, all counted. Why: diagnose_pod.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'kubernetes'],
  input,
  output: tableOf(failureRow),
  examples: [{}, { clusters: ['gpu-east'], namespace: 'inference' }, { text: 'OOMKilled' }],
  route: { method: 'GET', path: '/failing' },
  access: failingAccess,
  text: ({ title, rows, facts }) =>
    lines(`${title}. ${factsLine(facts)}`, rows.some((row) => row.message) && outsideNote, failureTable(rows)),
  async run(input, ctx) {
    const { kubernetes } = ctx.clients
    const names = ctx.scopeOf(kubernetes, input.clusters)
    const now = ctx.now()
    // All at once: one that hangs at the end of a queue would be waited for on top of the others.
    const read = await ctx.fanOut(
      names,
      (name, signal, begun) => readFailures(kubernetes.for(name), { signal, begun, now, namespace: input.namespace }),
      { concurrency: 25 },
    )
    const { values, clusters } = requireSome(read)
    const seen = values.map(({ value }) => value)
    const all = seen.flatMap(({ failures }) => failures.map(failureRowOf))
    const rows = all.filter(({ causeTone: _, id: __, ...row }) =>
      matchesText(input.text, Object.values(row).map(String)),
    )
    if (rows.length === 0) return { empty: explain(input, { all, seen }), clusters }
    rows.sort(byWeight)
    return {
      data: { title: titleOf(rows), columns, rows, facts: failureFacts(rows, seen) },
      clusters,
      next: nextOf(rows),
    }
  },
})

const columns = [
  { key: 'cause', label: 'Cause', type: 'state' as const },
  { key: 'pods', label: 'Pods', type: 'number' as const },
  { key: 'workload', label: 'Workload', type: 'text' as const },
  { key: 'namespace', label: 'Namespace', type: 'text' as const },
  { key: 'cluster', label: 'Cluster', type: 'text' as const },
  { key: 'ready', label: 'Ready', type: 'text' as const },
  { key: 'since', label: 'Since', type: 'age' as const },
  { key: 'detail', label: 'Detail', type: 'text' as const },
  { key: 'message', label: 'Said last', type: 'text' as const },
  { key: 'example', label: 'For example', type: 'text' as const },
]

function titleOf(rows: readonly FailureRow[]): string {
  const pods = rows.reduce((total, row) => total + row.pods, 0)
  return `${counted(pods, 'failing pod')}, ${counted(rows.length, 'group')}`
}

/** The worst node, whose trouble is that of its pods, and the worst pod. */
function nextOf(rows: readonly FailureRow[]): string[] {
  const node = rows.find(({ workload }) => workload.startsWith('Node/'))
  const pod = rows.find(({ example, workload }) => example && !workload.startsWith('Node/'))
  return [
    ...(node ? [nextOfNode(node)] : []),
    ...(pod
      ? [`diagnose_pod ${JSON.stringify({ cluster: pod.cluster, namespace: pod.namespace, pod: pod.example })}`]
      : []),
  ]
}

/** A GPU is judged by what measures it; of another trouble the node's events tell. */
function nextOfNode({ cluster, workload, cause, message }: FailureRow): string {
  const node = workload.slice('Node/'.length)
  return /gpu|xid|nvlink|nvswitch/i.test(`${cause} ${message ?? ''}`)
    ? `check_gpu_health ${JSON.stringify({ clusters: [cluster], node })}`
    : `get_events ${JSON.stringify({ clusters: [cluster], object: workload })}`
}

function explain(
  { text, namespace }: z.output<typeof input>,
  { all, seen }: { all: readonly FailureRow[]; seen: readonly ClusterFailures[] },
): EmptyPayload {
  const sum = (key: 'pods' | 'nodes' | 'settling') => seen.reduce((total, one) => total + one[key], 0)
  const unknowns = seen.flatMap((one) => one.unknowns)
  if (all.length > 0)
    return {
      title: `Nothing that fails matches ${JSON.stringify(text)}`,
      likely: [`${counted(all.length, 'group')} fail: ${[...new Set(all.map(({ cause }) => cause))].join(', ')}`],
      next: ['what_is_failing without text'],
    }
  if (sum('pods') === 0 && namespace)
    return {
      title: `No pods in ${namespace}`,
      likely: ['The namespace is empty or does not exist on these clusters'],
      next: ['what_is_failing without namespace'],
    }
  const settling = sum('settling')
  return {
    title: 'Nothing is failing',
    likely: [
      `${counted(sum('pods'), 'pod')}${sum('nodes') > 0 ? ` and ${counted(sum('nodes'), 'node')}` : ''} looked at: all are well${settling > 0 ? `, ${settling} on their way for less than five minutes` : ''}`,
      ...(unknowns.length > 0 ? [`Not looked at: ${unknowns.slice(0, 5).join('; ')}`] : []),
    ],
    next: ['list_alerts', 'get_events'],
  }
}

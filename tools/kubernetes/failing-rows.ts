import * as z from 'zod'
import { type Fact, tone } from '#contract'
import { counted } from '../table.ts'
import { cell, quoted, shortId, shortTime, tsv } from '../text.ts'
import type { ClusterFailures, Failure } from './failing.ts'

/** Everything in one workload that suffers from one cause, as a row. */
export const failureRow = z.strictObject({
  id: z.string().describe('The same while it is the same trouble of the same workload'),
  cluster: z.string(),
  namespace: z.string().describe('Empty for nodes and namespaces'),
  workload: z.string().describe('Kind/name'),
  cause: z.string(),
  causeTone: tone,
  pods: z.number().int().describe('Failing pods'),
  ready: z.string().optional().describe('Ready/wanted pods'),
  since: z.string().optional().describe('ISO 8601'),
  example: z.string().optional().describe('A pod to look at'),
  detail: z.string().optional().describe('Figures'),
  message: z.string().optional().describe('What was said last; text from outside'),
})
export type FailureRow = z.output<typeof failureRow>

export const failureRowOf = (failure: Failure): FailureRow => {
  const { cluster, namespace, workload, cause, tone, pods, ready, since, example, detail, message } = failure
  return {
    id: shortId(cluster, namespace, workload, cause),
    cluster,
    namespace,
    workload: cell(workload, 120),
    cause: cell(cause, 60),
    causeTone: tone,
    pods,
    ...(ready && { ready }),
    ...(since && { since }),
    ...(example && { example }),
    ...(detail && { detail: cell(detail, 120) }),
    ...(message && { message: cell(message, 160) }),
  }
}

const isNode = ({ workload }: FailureRow) => workload.startsWith('Node/')

const placeOf = ({ cluster, namespace, workload, cause }: FailureRow) => [cluster, namespace, workload, cause].join('/')

/** What is broken before what limps, nodes before what runs on them, then by pods hit, the newest trouble first of equals. */
export const byWeight = (left: FailureRow, right: FailureRow): number =>
  Number(left.causeTone !== 'bad') - Number(right.causeTone !== 'bad') ||
  Number(isNode(right)) - Number(isNode(left)) ||
  right.pods - left.pods ||
  (right.since ?? '').localeCompare(left.since ?? '') ||
  (placeOf(left) < placeOf(right) ? -1 : 1)

/** Totals over all rows: by cause, by cluster, and what was looked at. Every failing pod is in each of them. */
export function failureFacts(rows: readonly FailureRow[], seen: readonly ClusterFailures[]): Fact[] {
  const sum = (key: 'cause' | 'cluster') => {
    const totals = new Map<string, { pods: number; rows: number; bad: boolean }>()
    for (const row of rows) {
      const total = totals.get(row[key]) ?? { pods: 0, rows: 0, bad: false }
      totals.set(row[key], {
        pods: total.pods + row.pods,
        rows: total.rows + 1,
        bad: total.bad || row.causeTone === 'bad',
      })
    }
    return [...totals].sort((left, right) => right[1].pods - left[1].pods || right[1].rows - left[1].rows)
  }
  // A trouble without pods counts what it is of: claims, nodes, workloads.
  const figure = ({ pods, rows }: { pods: number; rows: number }) => (pods > 0 ? String(pods) : `(${rows})`)
  const byCluster = sum('cluster')
  const unknowns = seen.flatMap((one) => one.unknowns)
  const pods = seen.reduce((total, one) => total + one.pods, 0)
  const nodes = seen.reduce((total, one) => total + one.nodes, 0)
  return [
    ...sum('cause').map(
      ([cause, total]): Fact => ({ label: cause, value: figure(total), tone: total.bad ? 'bad' : 'warn' }),
    ),
    ...(byCluster.length > 1
      ? [{ label: 'by cluster', value: byCluster.map(([name, total]) => `${name} ${figure(total)}`).join(', ') }]
      : []),
    { label: 'looked at', value: `${counted(pods, 'pod')}${nodes > 0 ? `, ${counted(nodes, 'node')}` : ''}` },
    ...(unknowns.length > 0
      ? [{ label: 'not looked at', value: cell(unknowns.join('; '), 300), tone: 'warn' as const }]
      : []),
  ]
}

/** Widths of what a row says, the widest that fits is taken: many rows say less each, none is left out. */
const widths = [
  { said: 110, example: true },
  { said: 60, example: true },
  { said: 60, example: false },
  { said: 36, example: false },
  { said: 0, example: false },
]
const budgetOne = 1_900
const budgetMany = 3_100

export function failureTable(rows: readonly FailureRow[]): string {
  const budget = rows.some(({ cluster }) => cluster !== rows[0]!.cluster) ? budgetMany : budgetOne
  let table = ''
  for (const width of widths) {
    table = tsv(
      ['cluster', 'namespace', 'workload', 'cause', 'pods', 'ready', 'since(UTC)', 'example', 'why'],
      rows.map((row) => [
        row.cluster,
        row.namespace,
        shortKind(row.workload),
        row.cause,
        row.pods || undefined,
        row.ready,
        shortTime(row.since),
        width.example ? row.example : undefined,
        width.said > 0 ? why(row, width.said) : undefined,
      ]),
    )
    if (table.length <= budget) break
  }
  return table
}

/** As kubectl abbreviates them. */
const abbreviations: Record<string, string> = {
  Deployment: 'deploy',
  StatefulSet: 'sts',
  DaemonSet: 'ds',
  CronJob: 'cj',
}
const shortKind = (workload: string): string =>
  workload.replace(/^\w+(?=\/)/, (kind) => abbreviations[kind] ?? kind.toLowerCase())

const why = ({ detail, message }: FailureRow, most: number): string =>
  [detail && cell(detail, most), message && quoted(message, most)].filter((part) => part).join(' ')

import * as z from 'zod'
import { type Column, type Fact, type Tone, tone } from '#contract'
import { matchesText } from '../../arguments.ts'
import { cell } from '../../text.ts'
import { type Phase, phases, type ServedComponent, type ServedDeployment } from '../runtimes/types.ts'

/** A model deployment as a row (MOD-045), whatever serves it. */
export const deploymentRow = z.strictObject({
  id: z.string().describe('cluster/namespace/name'),
  cluster: z.string(),
  namespace: z.string(),
  name: z.string(),
  model: z.string(),
  engine: z.string().optional(),
  runtime: z.string().describe('What serves it'),
  phase: z.enum(phases),
  phaseTone: tone,
  ready: z.string().describe('Ready of wanted worker replicas'),
  gpus: z.number().int().describe('GPUs of all workers'),
  reason: z.string().optional().describe('Why it does not serve; text from outside'),
  created: z.string().optional().describe('ISO 8601'),
  keptBy: z.string().optional().describe('Who keeps it, where somebody said so'),
})
export type DeploymentRow = z.output<typeof deploymentRow>

export const deploymentColumns: Column[] = [
  { key: 'name', label: 'Deployment', type: 'code' },
  { key: 'model', label: 'Model', type: 'text' },
  { key: 'cluster', label: 'Cluster', type: 'text' },
  { key: 'engine', label: 'Engine', type: 'text' },
  { key: 'runtime', label: 'Runtime', type: 'text' },
  { key: 'phase', label: 'Status', type: 'state' },
  { key: 'ready', label: 'Replicas', type: 'text' },
  { key: 'gpus', label: 'GPUs', type: 'number' },
  { key: 'created', label: 'Age', type: 'age' },
  { key: 'reason', label: 'Reason', type: 'text' },
]

export const phaseTones: Record<Phase, Tone> = {
  running: 'good',
  deploying: 'busy',
  pending: 'warn',
  terminating: 'busy',
  failed: 'bad',
}

const beside: readonly ServedComponent['role'][] = ['frontend', 'planner', 'router', 'head']

/** The components that hold the model; of one that has no such, all. */
export function workersOf({ components }: ServedDeployment): ServedComponent[] {
  const workers = components.filter(({ role }) => !beside.includes(role))
  return workers.length > 0 ? workers : components
}

export interface Replicas {
  ready: number
  wanted: number
  gpus: number
}

export function replicasOf(served: ServedDeployment): Replicas {
  const sums = { ready: 0, wanted: 0, gpus: 0 }
  for (const { readyReplicas, replicas } of workersOf(served)) {
    sums.ready += readyReplicas
    sums.wanted += replicas
  }
  for (const { replicas, gpusPerReplica } of served.components) sums.gpus += replicas * gpusPerReplica
  return sums
}

/** Serves, with all of its workers. */
const isWhole = ({ ready, wanted }: Replicas) => ready >= wanted

export const stateTone = (served: ServedDeployment): Tone =>
  served.phase === 'running' && !isWhole(replicasOf(served)) ? 'warn' : phaseTones[served.phase]

export const idOf = ({ cluster, namespace, name }: Pick<ServedDeployment, 'cluster' | 'namespace' | 'name'>): string =>
  `${cluster}/${namespace}/${name}`

export function deploymentRowOf(served: ServedDeployment): DeploymentRow {
  const { cluster, namespace, name, model, engine, runtime, phase, message, reason, createdAt, keptBy } = served
  const replicas = replicasOf(served)
  const phaseTone = stateTone(served)
  const words = phaseTone === 'good' ? undefined : (message ?? reason)
  return {
    id: idOf(served),
    cluster,
    namespace,
    name,
    model: model ?? 'unknown',
    ...(engine && { engine }),
    runtime,
    phase,
    phaseTone,
    ready: `${replicas.ready}/${replicas.wanted}`,
    gpus: replicas.gpus,
    ...(words && { reason: cell(words, 160) }),
    ...(createdAt && { created: createdAt }),
    ...(keptBy && { keptBy: cell(keptBy, 60) }),
  }
}

export const isTroubled = ({ phaseTone }: DeploymentRow): boolean => phaseTone !== 'good'

/** Failed first; of those that serve the ones that lack replicas; then by place. */
export const troubledFirst = (left: DeploymentRow, right: DeploymentRow): number =>
  phases.indexOf(left.phase) - phases.indexOf(right.phase) ||
  Number(isTroubled(right)) - Number(isTroubled(left)) ||
  (left.id < right.id ? -1 : 1)

const members = ['engine', 'runtime', 'model', 'namespace', 'cluster', 'keptBy'] as const
const memberOf = (key: string) => members.find((member) => member.toLowerCase() === key.toLowerCase())

/** `qwen engine=sglang runtime=kserve`: each word is in the row, each `member=value` in that member. */
export function matchesWords(wanted: string | undefined, row: DeploymentRow): boolean {
  const words = (wanted ?? '').split(/\s+/).filter((word) => word !== '')
  return words.every((word) => {
    const [, key = '', value = ''] = /^(\w+)=(.+)$/.exec(word) ?? []
    const member = memberOf(key)
    if (member) return (row[member] ?? '').toLowerCase().includes(value.toLowerCase())
    return matchesText(word, [row.name, row.model, row.cluster, row.namespace, row.engine, row.runtime])
  })
}

/** Totals over all rows, and where the trouble is when it is too much to be shown. */
export function deploymentFacts(rows: readonly DeploymentRow[], shown: number): Fact[] {
  const count = (phase: Phase) => rows.filter((one) => one.phase === phase).length
  const short = rows.filter((row) => row.phase === 'running' && isTroubled(row)).length
  return [
    { label: 'deployments', value: String(rows.length), counts: {} },
    ...phases
      .filter((phase) => count(phase) > 0)
      .map((phase) => ({
        label: phase,
        value: String(count(phase)),
        tone: phaseTones[phase],
        counts: { phase },
      })),
    ...(short > 0 ? [{ label: 'of them lack replicas', value: String(short), tone: 'warn' as const }] : []),
    { label: 'GPUs', value: String(rows.reduce((total, one) => total + one.gpus, 0)) },
    ...whereTroubled(rows, shown),
  ]
}

function whereTroubled(rows: readonly DeploymentRow[], shown: number): Fact[] {
  const troubled = rows.filter(isTroubled)
  if (troubled.length <= shown) return []
  const byCluster = [...Map.groupBy(troubled, ({ cluster }) => cluster)]
    .map(([cluster, own]) => ({ cluster, count: own.length }))
    .sort((a, b) => b.count - a.count || (a.cluster < b.cluster ? -1 : 1))
  const most = byCluster.slice(0, 12).map(({ cluster, count }) => `${cluster} ${count}`)
  return [{ label: 'not well by cluster', value: `${most.join(', ')}${byCluster.length > 12 ? ' …' : ''}` }]
}

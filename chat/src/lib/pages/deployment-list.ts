import type { Tone } from '#contract'
import type { Words } from '../words/index.ts'
import { engineWord } from './model-list.ts'

/** A row of list_deployments (MOD-045). */
export interface DeploymentRow {
  id: string
  cluster: string
  namespace: string
  name: string
  model: string
  engine?: string
  runtime?: string
  phase: string
  phaseTone: Tone
  /** Ready of wanted */
  ready: string
  gpus: number
  reason?: string
  created?: string
  keptBy?: string
}

export const filterKeys = ['text', 'phase', 'cluster', 'engine', 'runtime'] as const
export type DeploymentFilter = Record<(typeof filterKeys)[number], string>

export const filterOf = (search: Pick<URLSearchParams, 'get'>): DeploymentFilter =>
  Object.fromEntries(filterKeys.map((key) => [key, search.get(key) ?? ''])) as DeploymentFilter

/** Troubled is all that does not serve as wanted. */
export const troubled = 'troubled'
const isTroubled = ({ phaseTone }: DeploymentRow): boolean => phaseTone === 'bad' || phaseTone === 'warn'

const weight: Record<Tone, number> = { bad: 0, warn: 1, busy: 2, neutral: 3, good: 4 }
const names = new Intl.Collator('en', { numeric: true })

/** Those that pass, the troubled first. */
export function matching(rows: readonly DeploymentRow[], filter: DeploymentFilter): DeploymentRow[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean)
  return rows
    .filter((row) => {
      const text = [row.name, row.model, row.namespace, row.cluster, row.reason].join(' ').toLowerCase()
      return (
        (!filter.phase || (filter.phase === troubled ? isTroubled(row) : row.phase === filter.phase)) &&
        (['cluster', 'engine', 'runtime'] as const).every((key) => !filter[key] || row[key] === filter[key]) &&
        words.every((word) => text.includes(word))
      )
    })
    .sort((left, right) => weight[left.phaseTone] - weight[right.phaseTone] || names.compare(left.id, right.id))
}

/** Phases that are there with how many, all of them and the troubled first. */
export function phaseCounts(
  rows: readonly DeploymentRow[],
  words: { all: string; troubled: string },
): { id: string; label: string; count: number }[] {
  const phases = Map.groupBy(rows, ({ phase }) => phase)
  const sick = rows.filter(isTroubled).length
  return [
    { id: '', label: words.all, count: rows.length },
    ...(sick > 0 ? [{ id: troubled, label: words.troubled, count: sick }] : []),
    ...[...phases].map(([phase, own]) => ({ id: phase, label: phase, count: own.length })).sort(byLabel),
  ]
}
const byLabel = (left: { label: string }, right: { label: string }) => names.compare(left.label, right.label)

export const deploymentPath = (one: { cluster: string; namespace: string; name: string }): string =>
  `/deployments/${encodeURIComponent(one.cluster)}/${encodeURIComponent(one.name)}?namespace=${encodeURIComponent(one.namespace)}`

const runtimeWords: Record<string, string> = {
  dynamo: 'Dynamo',
  kserve: 'KServe',
  'kserve-llm': 'KServe LLM',
  'ray-service': 'Ray Serve',
  plain: 'Kubernetes',
}
type RuntimeWords = Pick<Words['pagesDeployments'], 'byGoal'>
export const runtimeWord = (runtime: string, words: RuntimeWords): string =>
  runtime === 'dynamo-request' ? words.byGoal : (runtimeWords[runtime] ?? runtime)

export const servedBy = ({ engine, runtime }: Pick<DeploymentRow, 'engine' | 'runtime'>, words: RuntimeWords): string =>
  [engine && engineWord(engine), runtime && runtimeWord(runtime, words)].filter(Boolean).join(' · ') || '–'

import type { Words } from '../../words/index.ts'
import type { Row } from './rows.ts'

type Text = Words['cards']
type VerbName = Exclude<keyof Text['verbs'], 'inCluster' | 'and'>

const text = (row: Row, key: string): string => (typeof row[key] === 'string' ? (row[key] as string) : '')
const named = (key: string) => (row: Row) => text(row, key)
const spaced = (row: Row) => [text(row, 'namespace'), text(row, 'name')].filter(Boolean).join('/')

/** Which rows may be chosen, what they are called, and what can be asked for several at once. */
interface Choice {
  verbs: readonly VerbName[]
  nameOf: (row: Row) => string
}

const nodes: Choice = {
  verbs: ['drain', 'cordon', 'uncordon'],
  nameOf: (row) => text(row, 'node') || text(row, 'name'),
}
const choices: Record<string, Choice> = {
  list_nodes: nodes,
  get_gpu_nodes: nodes,
  list_alerts: { verbs: ['explain', 'silence'], nameOf: named('alert') },
  list_deployments: { verbs: ['diagnose', 'scale', 'restart', 'remove'], nameOf: spaced },
  list_pods: { verbs: ['diagnose', 'remove'], nameOf: spaced },
}

export const choiceOf = (tool: string | undefined): Choice | undefined =>
  tool !== undefined && Object.hasOwn(choices, tool) ? choices[tool] : undefined

/** What is put into the composer: "Drain node-1, node-2 in gpu-east". It asks for a plan; nothing is done. */
export function requestFor(verb: VerbName, rows: readonly Row[], { nameOf }: Choice, words: Text): string {
  const byCluster = Map.groupBy(rows, (row) => text(row, 'cluster'))
  return [...byCluster]
    .map(([cluster, own]) => {
      const names = [...new Set(own.map(nameOf))].join(', ')
      return cluster ? words.verbs.inCluster(words.verbs[verb], names, cluster) : `${words.verbs[verb]} ${names}`
    })
    .join(words.verbs.and)
}

import type { Completed } from '#personas/runbooks/index.ts'
import type { Answered, Call } from '../call-tool.ts'
import type { Identified } from '../policy/identify.ts'

/** A value that may be meant: as it is put into an argument, and what it is. */
export interface Suggested {
  value: string
  kind: Completed
  note?: string
}

type Row = Record<string, unknown>

interface Source {
  tool: string
  input: (text: string) => Row
  rows: (data: Row) => Row[]
  value: (row: Row) => string
  note?: (row: Row) => string
}

const word = (value: unknown): string => (typeof value === 'string' ? value : '')
const rowsOf = (data: Row): Row[] => (Array.isArray(data.rows) ? data.rows : [])
const placed = (row: Row) => `${word(row.cluster)}/${word(row.name)}`
const searched = (text: string) => ({ ...(text && { text }), limit: 50 })

/** Which reading tool knows the names of a kind. Its answer is what the caller may see: it goes down the road as the caller. */
const sources: Record<Completed, Source> = {
  cluster: {
    tool: 'list_clusters',
    input: searched,
    rows: rowsOf,
    value: ({ name }) => word(name),
    note: (row) => word(row.state),
  },
  node: {
    tool: 'list_nodes',
    input: searched,
    rows: ({ nodes }) => (Array.isArray(nodes) ? nodes : []),
    value: placed,
    note: ({ status, gpuModel }) => [word(status), word(gpuModel)].filter(Boolean).join(', '),
  },
  pod: { tool: 'list_pods', input: searched, rows: rowsOf, value: placed, note: ({ status }) => word(status) },
  deployment: {
    tool: 'list_deployments',
    input: searched,
    rows: rowsOf,
    value: placed,
    note: ({ phase }) => word(phase),
  },
  'ray-cluster': {
    tool: 'list_ray_clusters',
    input: searched,
    rows: rowsOf,
    value: placed,
    note: ({ state }) => word(state),
  },
  model: { tool: 'list_models', input: searched, rows: rowsOf, value: ({ name, id }) => word(name) || word(id) },
  alert: {
    tool: 'list_alerts',
    input: searched,
    rows: rowsOf,
    value: (row) => word(row.alertname) || word(row.name),
    note: (row) => word(row.severity),
  },
}

export const completedKinds = Object.keys(sources) as Completed[]

/** MCP allows this many in one answer. */
export const mostValues = 100
const patienceMs = 5_000

/** What is meant by a few letters. A source that does not answer in time gives nothing: the form stays usable. */
export async function complete(
  road: (call: Call) => Promise<Answered>,
  { who, kind, text }: { who: Identified; kind: Completed; text: string },
): Promise<Suggested[]> {
  const { tool, input, rows, value, note } = sources[kind]
  // Typed as it is shown, with the cluster before it: only the name can be asked for
  const name = text.slice(text.lastIndexOf('/') + 1)
  const { answer } = await road({
    tool,
    input: input(name.slice(0, 80)),
    actor: who.actor,
    face: 'mcp',
    signal: AbortSignal.timeout(patienceMs),
    conversationClusters: who.conversationClusters,
  })
  if (answer.error || !answer.data) return []
  const wanted = text.toLowerCase()
  const seen = new Set<string>()
  return rows(answer.data)
    .map((row) => ({ value: value(row), note: note?.(row) }))
    .filter((one) => one.value.toLowerCase().includes(wanted) && !seen.has(one.value) && seen.add(one.value))
    .sort((a, b) => startsLate(a.value, wanted) - startsLate(b.value, wanted))
    .slice(0, mostValues)
    .map((one) => ({ value: one.value, kind, ...(one.note && { note: one.note }) }))
}

const startsLate = (value: string, wanted: string) => {
  const low = value.toLowerCase()
  return low.startsWith(wanted) || low.includes(`/${wanted}`) ? 0 : 1
}

import { conceptOf } from './arguments.ts'
import type { Call, Conversation, Toolbox } from './conversation.ts'
import { type Entities, type KnownNames, readEntities } from './entities.ts'
import { bestCluster } from './plan/lookup.ts'
import { readResult } from './results.ts'
import { shapeOf } from './schema.ts'
import { cell, type Row } from './tables.ts'

const COLUMNS: [keyof Entities, string[]][] = [
  ['clusters', ['cluster']],
  ['namespace', ['namespace', 'ns']],
  ['pod', ['pod']],
  ['node', ['node']],
  ['model', ['model']],
  ['job', ['job']],
  ['deployment', ['deployment']],
]

/** Names that the conversation and the schemas have shown, so that they are recognised wherever they stand in a question. */
export function knownNames(conversation: Conversation, toolbox: Toolbox): KnownNames {
  const clusters = new Set<string>()
  const namespaces = new Set<string>()
  const pods = new Set<string>()
  for (const { schema } of toolbox.values()) {
    for (const [key, property] of Object.entries(shapeOf(schema, schema).properties ?? {})) {
      if (conceptOf(key) !== 'clusters') continue
      const shape = shapeOf(property, schema)
      for (const option of shape.enum ?? shape.items?.enum ?? []) if (typeof option === 'string') clusters.add(option)
    }
  }
  for (const call of conversation.turns.flatMap((turn) => turn.calls)) {
    if (call.result === undefined) continue
    const { rows, text } = readResult(call.tool, call.result)
    for (const row of rows) {
      const named = cell(row, ['cluster']) ?? (call.tool === 'list_clusters' ? cell(row, ['name', 'id']) : undefined)
      if (named && isName(named)) clusters.add(named.toLowerCase())
      const namespace = cell(row, ['namespace'])
      if (namespace && isName(namespace)) namespaces.add(namespace)
      const pod = cell(row, ['pod']) ?? (call.tool === 'list_pods' ? cell(row, ['name']) : undefined)
      if (pod && isName(pod)) pods.add(pod)
    }
    for (const [, name = ''] of text.matchAll(/\bcluster[:=]?\s+"?([a-z][a-z0-9]*(?:-[a-z0-9]+)+)\b/g))
      clusters.add(name)
  }
  for (const name of scopeOf(conversation)) clusters.add(name)
  return { clusters: [...clusters], namespaces: [...namespaces], pods: [...pods] }
}

/** The clusters that the instructions confine the conversation to. */
export function scopeOf({ system }: Conversation): string[] {
  const listed = /\bclusters?(?: in scope)?(?:\s*:\s*|\s+)([a-z0-9-]+(?:\s*,\s*[a-z0-9-]+)*)(?=:|\s*[.\n]|$)/i.exec(
    system,
  )?.[1]
  return (listed ?? '').split(/[,\s]+/).filter((name) => isName(name) && name.length > 2)
}

const isName = (text: string) => /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i.test(text) && /[a-z]/i.test(text)

/**
 * The latest of everything that was named in earlier turns: first what people said and tools were asked, newest first,
 * then the first row of the newest table, then the texts of the answers.
 */
export function focusOf(conversation: Conversation, known: KnownNames): Entities {
  const focus: Entities = {}
  const earlier = conversation.turns.slice(0, -1).reverse()
  const add = (found: Entities) => {
    for (const [key, value] of Object.entries(found)) if (!(key in focus)) Object.assign(focus, { [key]: value })
  }
  for (const turn of earlier) {
    add(readEntities(turn.question, known).entities)
    for (const call of [...turn.calls].reverse()) add(fromInput(call))
  }
  for (const call of earlier.flatMap((turn) => [...turn.calls].reverse())) add(firstRow(call))
  for (const turn of earlier) add(pick(readEntities(turn.answer, known).entities, ['model', 'clusters', 'pod', 'job']))
  return focus
}

function fromInput(call: Call): Entities {
  const found: Entities = {}
  for (const [key, value] of Object.entries(call.input)) {
    const concept = conceptOf(key)
    if (concept === 'clusters') found.clusters = (Array.isArray(value) ? value : [value]).map(String)
    else if (concept && ['model', 'namespace', 'pod', 'node', 'job', 'deployment', 'gpuModel'].includes(concept))
      Object.assign(found, { [concept]: Array.isArray(value) ? value[0] : value })
  }
  return found
}

/** Entities of the first row of a call's table; what a list's `name` column holds is told by the tool's name. */
function firstRow(call: Call): Entities {
  const row = call.result === undefined ? undefined : readResult(call.tool, call.result).rows[0]
  return row ? fromRow(call.tool, row) : {}
}

/** What the tables of these calls name first; the cluster is the one with the most free GPUs where that is told. */
export function seenIn(calls: Call[]): Entities {
  const best = bestCluster(calls)
  const rows = calls.map(firstRow).reverse()
  return Object.assign({}, ...rows, best === undefined ? {} : { clusters: [best] })
}

export function fromRow(tool: string, row: Row): Entities {
  const found: Entities = {}
  for (const [key, names] of COLUMNS) {
    const value = cell(row, names)
    // In a table of nodes the model is that of the GPUs.
    if (key === 'model' && !/model|deployment|serving/.test(tool)) continue
    if (value !== undefined) Object.assign(found, { [key]: key === 'clusters' ? [value] : value })
  }
  const noun = /^list_(pod|node|cluster|model|deployment)s$/.exec(tool)?.[1]
  const name = noun === undefined ? undefined : cell(row, ['name', 'id'])
  if (name !== undefined && noun === 'cluster') found.clusters = [name]
  else if (name !== undefined && noun !== undefined && !(noun in found)) Object.assign(found, { [noun]: name })
  return splitPath(found)
}

/** Cards name pods `namespace/pod`, sometimes with the cluster in front. */
function splitPath(found: Entities): Entities {
  const parts = found.pod?.split('/') ?? []
  if (parts.length < 2) return found
  const [pod, namespace, cluster] = [...parts].reverse()
  return {
    ...found,
    pod,
    namespace: found.namespace ?? namespace,
    clusters: found.clusters ?? (cluster === undefined ? undefined : [cluster]),
  }
}

function pick(entities: Entities, keys: (keyof Entities)[]): Entities {
  return Object.fromEntries(keys.filter((key) => entities[key] !== undefined).map((key) => [key, entities[key]]))
}

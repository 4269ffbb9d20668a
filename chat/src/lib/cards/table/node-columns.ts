import type { Column, Node } from '#contract'
import type { Words } from '../../words/index.ts'

const types = {
  name: 'text',
  status: 'state',
  cluster: 'text',
  gpuModel: 'text',
  gpuFree: 'number',
  gpuUsed: 'number',
  gpuUse: 'text',
  gpuMemoryUsedMib: 'number',
  temperatureC: 'number',
  powerWatts: 'number',
  xid: 'text',
  ecc: 'text',
  pods: 'number',
  pool: 'text',
  region: 'text',
  since: 'age',
} as const satisfies Record<string, Column['type']>

const always = new Set(['name', 'status'])

/** Also why nothing is known */
const says = (node: Node, key: string) =>
  (node as Record<string, unknown>)[key] !== undefined || (key === 'gpuUse' && node.gpuUnknown !== undefined)

/** The columns of which some node has something to say. */
export const nodeColumns = (nodes: readonly Node[], words: Words['cards']): Column[] =>
  Object.entries(types)
    .filter(([key]) => always.has(key) || nodes.some((node) => says(node, key)))
    .map(([key, type]) => ({ key, type, label: words.nodes.columns[key as keyof typeof types] }))

import { goto } from '$app/navigation'
import { canvas } from '../../canvas/canvas.svelte.ts'
import { askTool } from '../../pages/ask-tool.ts'
import type { SearchHit } from '../../types.ts'
import type { usePaletteWords } from '../../words/use-palette.ts'
import type { Entry, Scope } from './entries.ts'
import type { Schema } from './tool-fields.ts'

export interface FoundTool {
  name: string
  about: string
  risk: string
  input: Schema
}

export interface Search {
  scope?: Scope
  text: string
  words: ReturnType<typeof usePaletteWords>
  /** For a conversation without a title */
  untitled: string
  signal: AbortSignal
  /** Shows a form for the arguments of a tool */
  openTool(tool: FoundTool): void
}

type Row = Record<string, unknown>
const word = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Asks a tool and shows its card beside the page. */
export async function showInCanvas(tool: string, input: object): Promise<void> {
  const began = performance.now()
  const answer = await askTool(tool, input)
  canvas.open({ answer, tool, input, tookMs: Math.round(performance.now() - began) })
}

async function rowsOf(tool: string, input: object, { signal }: Search): Promise<Row[]> {
  const { data, error } = await askTool(tool, input, { signal })
  if (error) throw new Error(error.message)
  // `list_nodes` and its like name their rows after what they are
  const rows = data?.rows ?? data?.nodes ?? []
  return Array.isArray(rows) ? (rows as Row[]) : []
}

/** Conversations by everything that was said in them. */
export async function findChats({ text, untitled, signal }: Search): Promise<Entry[]> {
  const response = await fetch(`/api/v1/chat/search?limit=8&q=${encodeURIComponent(text)}`, { signal })
  if (!response.ok) throw new Error(String(response.status))
  const { hits } = (await response.json()) as { hits: SearchHit[] }
  return hits.slice(0, 8).map(
    ({ conversation, title, messageId, snippet }): Entry => ({
      id: `chat-${conversation}-${messageId ?? ''}`,
      group: 'chats',
      icon: 'search',
      title: title.text || untitled,
      titleMarks: title.marks,
      ...(snippet && { detail: snippet.text, detailMarks: snippet.marks }),
      run: () => void goto(`/c/${conversation}${messageId ? `?m=${encodeURIComponent(messageId)}` : ''}`),
    }),
  )
}

const most = ({ scope }: Search) => (scope === 'resources' ? 8 : 3)
const part = encodeURIComponent

/** Clusters by name: one cheap read, like each of the next two. */
export const findClusters = async (search: Search): Promise<Entry[]> =>
  (await rowsOf('list_clusters', { text: search.text }, search)).slice(0, 3).map((row): Entry => {
    const name = word(row.name) || word(row.cluster)
    return {
      id: `cluster-${name}`,
      group: 'resources',
      icon: 'cluster',
      title: word(row.displayName) || name,
      detail: search.words.kinds.cluster,
      run: () => void goto(`/fleet/${part(name)}`),
      inCanvas: () => void showInCanvas('get_cluster_status', { cluster: name }),
    }
  })

export const findNodes = async (search: Search): Promise<Entry[]> =>
  (await rowsOf('list_nodes', { text: search.text, limit: 8 }, search)).slice(0, most(search)).map((row): Entry => {
    const [name, cluster] = [word(row.name), word(row.cluster)]
    return {
      id: `node-${cluster}-${name}`,
      group: 'resources',
      icon: 'chip',
      title: name,
      detail: `${search.words.kinds.node} · ${cluster}`,
      run: () => void goto(`/gpus/${part(cluster)}/${part(name)}`),
      inCanvas: () => void showInCanvas('get_gpu_node', { cluster, node: name }),
    }
  })

export const findDeployments = async (search: Search): Promise<Entry[]> =>
  (await rowsOf('list_deployments', { text: search.text, limit: 8 }, search))
    .slice(0, most(search))
    .map((row): Entry => {
      const [name, cluster] = [word(row.name), word(row.cluster)]
      return {
        id: `deployment-${cluster}-${name}`,
        group: 'resources',
        icon: 'serve',
        title: name,
        detail: `${search.words.kinds.deployment} · ${cluster}`,
        run: () => void goto(`/deployments/${part(cluster)}/${part(name)}`),
        inCanvas: () => void showInCanvas('get_deployment', { cluster, name }),
      }
    })

/** Tools by their words; their arguments are asked for in a form. */
export async function findTools(search: Search): Promise<Entry[]> {
  const rows = await rowsOf('search_tools', { query: search.text, limit: 8 }, search)
  return rows
    .filter(({ name }) => !['search_tools', 'run_tool', 'decide_approval', 'get_result'].includes(word(name)))
    .slice(0, 6)
    .map((row): Entry => {
      const tool = { name: word(row.name), about: word(row.about), risk: word(row.risk), input: row.input as Schema }
      return {
        id: `tool-${tool.name}`,
        group: 'actions',
        icon: tool.risk === 'read' ? 'tool' : 'shield',
        title: tool.name.replaceAll('_', ' '),
        words: tool.name,
        detail: `${tool.about} (${tool.risk === 'read' ? search.words.reads : search.words.changes})`,
        stays: true,
        run: () => search.openTool(tool),
      }
    })
}

import type { Call } from '../conversation.ts'
import { readResult } from '../results.ts'
import { cell } from '../tables.ts'

/** The cluster with the most free GPUs by the tables at hand, else the first one they name. */
export function bestCluster(calls: Call[]): string | undefined {
  for (const call of calls) {
    if (!/^(?:list_nodes|list_clusters|get_gpu_nodes)$/.test(call.tool) || call.result === undefined) continue
    const free = new Map<string, number>()
    for (const row of readResult(call.tool, call.result).rows) {
      const cluster = cell(row, call.tool === 'list_clusters' ? ['cluster', 'name', 'id'] : ['cluster'])
      const count = Number(cell(row, ['free', 'free gpus', 'gpus free', 'available'])?.match(/\d+/)?.[0] ?? 0)
      if (cluster !== undefined) free.set(cluster, (free.get(cluster) ?? 0) + count)
    }
    const best = [...free].sort(([, a], [, b]) => b - a)[0]
    if (best) return best[0]
  }
  return undefined
}

import type { Node } from '#contract'
import type { Context } from '#define'
import { gpuQuery, gpusOf, rowsOfNodes } from '../gpu/service.ts'
import { cell } from '../text.ts'

/** A list of nodes does not wait longer than this for what its GPUs do. */
const timeoutMs = 1000

type Load = Pick<
  Node,
  'gpuUse' | 'gpuMemoryUsedMib' | 'gpuMemoryTotalMib' | 'temperatureC' | 'powerWatts' | 'xid' | 'ecc' | 'gpuUnknown'
>

/** What the GPUs of a Kubernetes node do, by its name; why not, where that is not known. */
export type GpuLoads = (cluster: string, node: string) => Load

/** Load, memory, heat, power and errors of all GPUs: one query a cluster, all at once. Never throws but when it is aborted. */
export async function readGpuLoads(ctx: Context<never, 'prometheus'>, clusters: readonly string[]): Promise<GpuLoads> {
  const { prometheus } = ctx.clients
  const measuring = new Set(prometheus?.names() ?? [])
  const names = clusters.filter((name) => measuring.has(name))
  const { values, clusters: answers } = await ctx.fanOut(
    names,
    async (cluster, signal) =>
      gpusOf(await prometheus!.for(cluster).query({ query: gpuQuery(undefined, 'nodes'), signal }), cluster),
    { timeoutMs, concurrency: Math.max(1, names.length) },
  )
  const found = new Map(values.flatMap(({ value }) => loadsOf(value)))
  const failed = new Map(
    answers.flatMap(({ cluster, status, error }) =>
      status === 'success' ? [] : [[cluster, error ?? status] as const],
    ),
  )
  return (cluster, node) => {
    const load = found.get(`${cluster}/${node}`)
    if (load) return load
    if (!measuring.has(cluster)) return { gpuUnknown: 'no Prometheus is configured for this cluster' }
    const error = failed.get(cluster)
    return { gpuUnknown: error ? cell(error, 120) : 'dcgm-exporter tells nothing of this node' }
  }
}

function loadsOf(gpus: ReturnType<typeof gpusOf>): [string, Load][] {
  const byNode = Map.groupBy(gpus, ({ cluster, node }) => `${cluster}/${node}`)
  return rowsOfNodes(gpus).map((row) => {
    const own = byNode.get(row.id) ?? []
    // What is long over is a matter of the node's own page
    const xids = row.stateTone === 'good' ? [] : [...new Set(own.flatMap(({ xid }) => xid ?? []))]
    const uncorrected = own.reduce((sum, gpu) => sum + (gpu.eccUncorrectedVolatile ?? 0), 0)
    return [
      row.id,
      {
        ...(row.gpuUse && { gpuUse: row.gpuUse }),
        ...(row.memoryUsedMib !== undefined && { gpuMemoryUsedMib: row.memoryUsedMib }),
        ...(row.memoryTotalMib !== undefined && { gpuMemoryTotalMib: row.memoryTotalMib }),
        ...(row.temperatureC !== undefined && { temperatureC: row.temperatureC }),
        ...(row.powerWatts !== undefined && { powerWatts: row.powerWatts }),
        ...(xids.length > 0 && { xid: xids.sort((left, right) => left - right).join(', ') }),
        ...(uncorrected > 0 && { ecc: String(uncorrected) }),
      },
    ]
  })
}

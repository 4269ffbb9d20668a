import type { Node as NodeRow } from '#contract'
import type { RayDashboard, RayNode } from '../clients/ray/types.ts'

/** The machines of one Ray cluster. `addresses` by row id tell those that are pods of a Kubernetes cluster. */
export async function readRayNodes(
  client: RayDashboard,
  signal: AbortSignal,
): Promise<{ rows: NodeRow[]; addresses: Map<string, string> }> {
  const nodes = await client.nodes(signal)
  const rows = nodes.map((node) => rayRow(node, client.name))
  return { rows, addresses: new Map(nodes.map((node, index) => [rows[index]!.id, node.ip])) }
}

/** Ray does not say which GPUs its tasks hold: one whose memory is more than a twentieth full counts as used. */
const isUsed = ({ memoryUsedMib = 0, memoryTotalMib = 0 }: RayNode['gpus'][number]) =>
  memoryTotalMib > 0 && memoryUsedMib > memoryTotalMib / 20

/** What the dashboard measures anyway. */
function telemetryOf({ gpus }: RayNode): Partial<NodeRow> {
  const used = gpus.map(({ memoryUsedMib }) => memoryUsedMib)
  const total = gpus.map(({ memoryTotalMib }) => memoryTotalMib)
  const sum = (values: (number | undefined)[]) => values.reduce<number>((all, value) => all + (value ?? 0), 0)
  return {
    ...(gpus.some(({ utilizationPercent }) => utilizationPercent !== undefined) && {
      gpuUse: gpus.map(({ utilizationPercent }) => Math.round(utilizationPercent ?? -1)),
    }),
    ...(gpus.length > 0 &&
      ![...used, ...total].includes(undefined) && { gpuMemoryUsedMib: sum(used), gpuMemoryTotalMib: sum(total) }),
  }
}

export function rayRow(node: RayNode, cluster: string): NodeRow {
  const alive = node.state === 'ALIVE'
  const gpuCapacity = Math.max(Math.round(node.resourcesTotal.GPU ?? 0), node.gpus.length)
  const gpuUsed = node.gpus.filter(isUsed).length
  const memoryMib = node.gpus[0]?.memoryTotalMib
  const model = node.gpus[0]?.name
  const cpuCores = node.resourcesTotal.CPU
  const pool = node.labels['ray.io/node-group'] ?? (node.isHead ? 'head' : undefined)
  return {
    id: `ray/${cluster}/${node.nodeId}`,
    kind: 'ray',
    cluster,
    name: node.name || node.ip,
    status: alive ? 'ready' : 'offline',
    ...(pool && { pool }),
    ...(model && { gpuModel: model }),
    gpuCapacity,
    gpuUsed,
    ...(alive && telemetryOf(node)),
    gpuFree: alive ? Math.max(0, gpuCapacity - gpuUsed) : 0,
    ...(memoryMib !== undefined && { gpuMemoryMib: Math.round(memoryMib) }),
    ...(cpuCores !== undefined && { cpuCores }),
    ...(node.memoryBytes && { memoryBytes: Math.round(node.memoryBytes.total) }),
  }
}

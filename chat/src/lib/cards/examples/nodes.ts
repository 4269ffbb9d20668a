import type { CardData } from '#contract'
import { minutesAgo } from './moment.ts'

export const exampleNodes = (count: number): CardData['nodes'] => {
  const nodes = Array.from({ length: count }, (_, index): CardData['nodes']['nodes'][number] => {
    const cluster = ['gpu-east', 'gpu-west', 'edge-1', 'hub'][index % 4]!
    const gpuModel = ['H100-SXM5-80GB', 'H200-SXM-141GB', 'L40S', undefined][index % 4]
    const gpuCapacity = gpuModel ? [8, 8, 4][index % 4]! : 0
    const status = (['ready', 'ready', 'ready', 'cordoned', 'ready', 'not-ready', 'ready'] as const)[index % 7]!
    const gpuUsed = gpuCapacity === 0 ? 0 : (index * 3) % (gpuCapacity + 1)
    return {
      id: `kubernetes/${cluster}/node-${index}`,
      kind: 'kubernetes',
      cluster,
      name: `${cluster}-${gpuModel ? 'gpu' : 'cpu'}-${String(index).padStart(2, '0')}`,
      status,
      reason: status === 'not-ready' ? 'kubelet stopped posting status 4 m ago' : undefined,
      pool: gpuModel ? 'gpu' : 'system',
      region: cluster.endsWith('west') ? 'eu-west' : 'us-east',
      gpuModel,
      gpuCapacity,
      gpuUsed,
      gpuFree: status === 'ready' ? gpuCapacity - gpuUsed : 0,
      gpuMemoryMib: gpuModel ? 81_559 : undefined,
      cpuCores: 96,
      memoryBytes: 1_081_101_176_832,
      pods: (index * 7) % 40,
      since: minutesAgo(60 * 24 * (index + 3)),
    }
  })
  const sum = (pick: (node: (typeof nodes)[number]) => number) => nodes.reduce((total, node) => total + pick(node), 0)
  return {
    title: 'Nodes with GPUs',
    summary: {
      nodes: count,
      ready: nodes.filter(({ status }) => status === 'ready').length,
      gpuCapacity: sum(({ gpuCapacity }) => gpuCapacity),
      gpuUsed: sum(({ gpuUsed }) => gpuUsed),
      gpuFree: sum(({ gpuFree }) => gpuFree),
      byModel: [
        { gpuModel: 'H100-SXM5-80GB', capacity: 96, free: 21 },
        { gpuModel: 'H200-SXM-141GB', capacity: 64, free: 12 },
        { gpuModel: 'L40S', capacity: 32, free: 9 },
      ],
    },
    nodes,
  }
}

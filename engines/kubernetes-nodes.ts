import { setTimeout as sleep } from 'node:timers/promises'
import { type KubernetesApi, mustSucceed } from './kubernetes-api.ts'

export type GpuNodes = {
  /** How many nodes; they are called `<pool>-0`, `<pool>-1`, … */
  count: number
  /** GPUs of each node; 0 makes plain nodes. */
  gpus: number
  /** One of GPU_MODELS, as GPU feature discovery spells it. */
  model?: keyof typeof GPU_MODELS
  /** Also the value of the label `karpenter.sh/nodepool`. */
  pool: string
  labels?: Record<string, string>
  taints?: { key: string; value?: string; effect: string }[]
}

/** Memory in MiB as nvidia-smi shows it, family and compute capability, as GPU feature discovery publishes them. */
export const GPU_MODELS = {
  'NVIDIA-H100-80GB-HBM3': { memoryMib: 81_559, family: 'hopper', major: 9, minor: 0 },
  'NVIDIA-A100-SXM4-80GB': { memoryMib: 81_920, family: 'ampere', major: 8, minor: 0 },
  'NVIDIA-L40S': { memoryMib: 46_068, family: 'ada-lovelace', major: 8, minor: 9 },
  'NVIDIA-L4': { memoryMib: 23_034, family: 'ada-lovelace', major: 8, minor: 9 },
} as const

/** Creates nodes without machines, which kwok keeps alive, and returns their names when all of them are Ready. */
export async function addGpuNodes(api: KubernetesApi, nodes: GpuNodes): Promise<string[]> {
  const names = Array.from({ length: nodes.count }, (_, index) => `${nodes.pool}-${index}`)
  for (const name of names) {
    await mustSucceed(api, { method: 'POST', path: '/api/v1/nodes', body: nodeManifest(name, nodes) })
  }
  const deadline = performance.now() + 60_000
  while (!(await allReady(api, names))) {
    if (performance.now() > deadline) throw new Error(`kwok did not make these nodes ready: ${names.join(', ')}`)
    await sleep(200)
  }
  return names
}

/** A node as a kubelet with the NVIDIA device plugin would register it. */
export function nodeManifest(name: string, nodes: GpuNodes): Record<string, unknown> {
  const gpus = nodes.gpus > 0 ? { 'nvidia.com/gpu': String(nodes.gpus) } : {}
  const resources = { cpu: '96', memory: '1Ti', 'ephemeral-storage': '2Ti', pods: '110', ...gpus }
  const labels = {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'karpenter.sh/nodepool': nodes.pool,
    ...gpuLabels(nodes),
    ...nodes.labels,
  }
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    spec: { taints: nodes.taints ?? [] },
    status: { allocatable: resources, capacity: resources },
  }
}

function gpuLabels({ gpus, model = 'NVIDIA-H100-80GB-HBM3' }: GpuNodes): Record<string, string> {
  if (gpus === 0) return {}
  const { memoryMib, family, major, minor } = GPU_MODELS[model]
  return {
    'nvidia.com/gpu.present': 'true',
    'nvidia.com/gpu.count': String(gpus),
    'nvidia.com/gpu.product': model,
    'nvidia.com/gpu.memory': String(memoryMib),
    'nvidia.com/gpu.family': family,
    'nvidia.com/gpu.replicas': '1',
    'nvidia.com/gpu.sharing-strategy': 'none',
    'nvidia.com/gpu.compute.major': String(major),
    'nvidia.com/gpu.compute.minor': String(minor),
    'nvidia.com/mig.capable': String(family !== 'ada-lovelace'),
    'nvidia.com/mig.strategy': 'single',
    'nvidia.com/cuda.driver-version.full': '580.95.05',
    'nvidia.com/cuda.driver-version.major': '580',
    'nvidia.com/cuda.runtime-version.full': '13.0',
    'nvidia.com/cuda.runtime-version.major': '13',
  }
}

type NodeList = {
  items: { metadata: { name: string }; status?: { conditions?: { type: string; status: string }[] } }[]
}

async function allReady(api: KubernetesApi, names: string[]): Promise<boolean> {
  const list = (await mustSucceed(api, { path: '/api/v1/nodes' })) as NodeList
  const ready = new Set(
    list.items
      .filter((node) => node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'))
      .map((node) => node.metadata.name),
  )
  return names.every((name) => ready.has(name))
}
